/* SPDX-License-Identifier: MIT */
/*
 * join-node - an action: makes sure that this host is in the swarm as wanted,
 * and that a manager sees it so.
 */
#include "base/err.h"
#include "cli/helper.h"
#include "cli/store_fields.h"
#include "cli/target.h"
#include "swarm/join.h"
#include "swarm/join_stored.h"
#include "swarm/teardown_file.h"
#include "docker/info.h"

/* The choices of from_other_swarm */
enum { FROM_OTHER_REFUSE, FROM_OTHER_LEAVE };

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "managers of the swarm, asked side "
		     "by side; the first that answers is used. May name the host itself, "
		     "and those that become managers at the same time: a worker also asks "
		     "the managers that it knows itself, and the last manager is demoted "
		     "once another one named here has become one",
	  .example = "10.0.1.11,10.0.1.13" },
	{ "store", QUERY_TEXT,
	  .meaning = "where store-tokens has written token and addresses, read in place "
		     "of asking managers, for a worker: " STORE_PLACES,
	  .example = "dynamodb://SwarmMetaTable/dev" },
	STORE_FIELDS,
	{ "role", QUERY_CHOICE, .fallback = "worker", .choices = "manager|worker",
	  .meaning = "the wanted role; changed in place when the node is in the "
		     "swarm already",
	  .example = "manager" },
	{ "availability", QUERY_CHOICE, .choices = "active|pause|drain",
	  .meaning = "the wanted availability; as it is when not given",
	  .example = "active" },
	{ "labels", QUERY_MAP,
	  .meaning = "all labels of the node: others are taken off; as they are "
		     "when not given",
	  .example = "{\"zone\":\"a\"}" },
	{ "advertise_addr", QUERY_ADDRESS,
	  .meaning = "the address, or interface, "
		     "by which other nodes reach this one, with its port when that is not "
		     "2377",
	  .example = "10.0.1.12" },
	{ "listen_addr", QUERY_ADDRESS,
	  .meaning = "the address and port to "
		     "listen on for the swarm",
	  .example = "0.0.0.0:2377" },
	{ "data_path_addr", QUERY_ADDRESS,
	  .meaning = "the address or interface "
		     "for overlay traffic, when it is not the advertise address",
	  .example = "10.1.0.12" },
	{ "token_env", QUERY_ENV,
	  .meaning = "the environment variable with the join token; read from a "
		     "manager when not given",
	  .example = "SWARM_TOKEN" },
	{ "from_other_swarm", QUERY_CHOICE, .fallback = "refuse",
	  .choices = "refuse|leave",
	  .meaning =
		  "what to do with a host in another swarm: refuse, or let it leave that one (by force, whatever "
		  "that costs it)",
	  .example = "leave" },
	{ "teardown_file", QUERY_PATH,
	  .meaning = "the teardown_file of drain-swarm, "
		     "taken away before the node joins",
	  .example = ".swarm/dev.teardown" },
	{ "going_file", QUERY_PATH,
	  .meaning = "what teardown_file was called in "
		     "0.1.0",
	  .example = ".swarm/dev.going" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "node_id", "the node's ID in the swarm" },
	{ "role", "manager or worker, as a manager sees it" },
	{ "state", "ready; with store active, as the host itself sees it" },
	{ 0 },
};

static void read_params(struct swarm_join_params *w, const struct query *q,
			const struct target_set *targets)
{
	*w = (struct swarm_join_params){
		.host = target_host(targets),
		.hostname = query_text(q, "name"),
		.managers = *target_others(targets),
		.role = docker_role_of(query_text(q, "role")),
		.availability = docker_availability_of(query_text(q, "availability")),
		.labels = query_map(q, "labels"),
		.token = query_secret(q, "token_env"),
		.advertise_addr = query_text(q, "advertise_addr"),
		.listen_addr = query_text(q, "listen_addr"),
		.data_path_addr = query_text(q, "data_path_addr"),
		.leave_other = query_choice(q, "from_other_swarm") == FROM_OTHER_LEAVE,
	};
}

/* What only a manager can do, or does one after the other */
static int check_stored(const struct query *q, struct err *e)
{
	if (query_text(q, "managers"))
		return err_set(e, ERR_USAGE,
			       "store: is read in place of managers; leave these out");
	if (query_map(q, "labels"))
		return err_set(e, ERR_USAGE,
			       "labels: are set through a manager; give managers in "
			       "place of store");
	if (docker_role_of(query_text(q, "role")) == DOCKER_MANAGER)
		return err_set(e, ERR_USAGE,
			       "role: managers join through one another; give managers in "
			       "place of store");
	return 0;
}

static int join_stored(const struct query *q, const struct swarm_join_params *params,
		       struct swarm_joined *out, const struct deadline *d, struct err *e)
{
	const struct store_params place = store_fields_read(q);
	struct store *store = NULL;
	int ret = -1;

	if (!check_stored(q, e) && !store_open(&store, &place, e))
		ret = swarm_join_stored(params, store, out, d, e);
	store_close(store);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	bool stored = query_text(q, "store") != NULL;
	struct target_set *targets = NULL;
	struct swarm_join_params params;
	struct swarm_joined joined;
	int ret = -1;

	if (target_read(&targets, q, "managers", true, true, e))
		goto out;
	read_params(&params, q, targets);
	/* before: what it says is not true of a swarm that there is */
	swarm_teardown_file_remove(query_text(q, "teardown_file"));
	swarm_teardown_file_remove(query_text(q, "going_file"));
	if (stored ? join_stored(q, &params, &joined, d, e)
		   : swarm_join(&params, &joined, d, e))
		goto out;
	result_set(r, "node_id", joined.node_id);
	result_set(r, "role", docker_role_name(joined.role));
	result_set(r, "state",
		   stored ? docker_state_name(DOCKER_ACTIVE)
			  : docker_node_state_name(joined.state));
	ret = 0;
out:
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "join-node",
		.kind = HELPER_ACTION,
		.purpose = "make sure that this host is in the swarm, in the wanted "
			   "role, availability and labels, and Ready",
		.details =
			"Done when a manager sees it so. Also removes the teardown "
			"marker that an interrupted drain-swarm left behind, and "
			"what this same host left behind: a Down entry under an "
			"older node ID, and an entry without a name that has "
			"stayed so for 15 s. With store and host = "
			"unix:///var/run/docker.sock a machine joins itself; one that is "
			"in a swarm stays there, and no store is read.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "5m",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
