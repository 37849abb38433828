/* SPDX-License-Identifier: MIT */
/*
 * init-swarm - an action: makes sure that there is exactly one swarm, and that
 * this host is a member of it.
 */
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/init.h"
#include "swarm/pool.h"

#define SMALLEST_PREFIX 8
#define LARGEST_PREFIX 29

static const struct query_field fields[] = {
	{ "advertise_addr", QUERY_ADDRESS, .required = true,
	  .meaning =
		  "the "
		  "address, or interface, by which other nodes reach this one, with its "
		  "port when that is not 2377",
	  .example = "10.0.1.12" },
	{ "listen_addr", QUERY_ADDRESS,
	  .meaning = "the address and port to "
		     "listen on for the swarm",
	  .example = "0.0.0.0:2377" },
	{ "data_path_addr", QUERY_ADDRESS,
	  .meaning = "the address or interface "
		     "for overlay traffic, when it is not the advertise address",
	  .example = "10.1.0.12" },
	{ "data_path_port", QUERY_PORT,
	  .meaning = "the UDP port of overlay "
		     "traffic, 1024 to 49151; the engine's own default is 4789",
	  .example = "7789" },
	{ "default_addr_pool", QUERY_TEXT,
	  .meaning =
		  "the networks that overlay "
		  "networks are cut from, comma-separated, in CIDR notation; 10.0.0.0/8 when "
		  "not given. Not one that hosts have addresses in",
	  .example = "10.20.0.0/16,10.21.0.0/16" },
	{ "subnet_size", QUERY_NUMBER,
	  .meaning =
		  "the size of one overlay network, "
		  "in bits of its prefix, 8 to 29; only with default_addr_pool, and 24 when not "
		  "given",
	  .example = "24" },
	{ "task_history", QUERY_NUMBER,
	  .meaning = "how many ended tasks a slot "
		     "keeps in the list",
	  .example = "5" },
	{ "peers", QUERY_HOSTS,
	  .meaning = "the other would-be managers: when one "
		     "of them has a swarm already, that one is joined instead of making a "
		     "second; all of them must answer before a swarm is made",
	  .example = "10.0.1.11,10.0.1.13" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "node_id", "the host's node ID in the swarm" },
	{ "cluster_id", "the swarm's ID; empty when the host is a worker" },
	{ "outcome", "created, joined (a peer's swarm), or member (already)" },
	{ 0 },
};

static const char *const outcome_names[] = {
	[SWARM_CREATED] = "created",
	[SWARM_JOINED_PEER] = "joined",
	[SWARM_WAS_NODE] = "member",
};

static void read_params(struct swarm_init_params *w, const struct query *q,
			const struct target_set *targets)
{
	w->host = target_host(targets);
	w->hostname = query_text(q, "name");
	w->peers = *target_others(targets);
	w->init = (struct docker_init){
		.advertise_addr = query_text(q, "advertise_addr"),
		.listen_addr = query_text(q, "listen_addr"),
		.data_path_addr = query_text(q, "data_path_addr"),
		.data_path_port = query_number(q, "data_path_port"),
		.default_addr_pool = query_text(q, "default_addr_pool"),
		.subnet_size = query_number(q, "subnet_size"),
		.has_task_history = query_text(q, "task_history") != NULL,
		.task_history = query_number(q, "task_history"),
	};
}

/* Docker takes no notice of the size without a pool; modules/swarm refuses the same. */
static int check_subnet_size(const struct query *q, struct err *e)
{
	uint32_t bits = query_number(q, "subnet_size");

	if (!query_given(q, "subnet_size"))
		return 0;
	if (!query_given(q, "default_addr_pool"))
		return err_set(e, ERR_USAGE,
			       "subnet_size: goes with "
			       "default_addr_pool, without which Docker takes no "
			       "notice of it; give both, or neither");
	if (bits < SMALLEST_PREFIX || bits > LARGEST_PREFIX)
		return err_set(e, ERR_USAGE,
			       "subnet_size: expected a number from %d "
			       "to %d, got %u",
			       SMALLEST_PREFIX, LARGEST_PREFIX, bits);
	return 0;
}

/* Other networks of the host nobody can tell. */
static void warn_of_overlaps(const struct query *q, const struct docker_info *info)
{
	const char *pools = query_text(q, "default_addr_pool");

	swarm_pool_warn(pools, info->node_addr);
	swarm_pool_warn(pools, query_text(q, "data_path_addr"));
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	enum swarm_init_outcome outcome;
	struct target_set *targets = NULL;
	struct swarm_init_params params;
	struct docker_info info;
	int ret = -1;

	if (check_subnet_size(q, e) || target_read(&targets, q, "peers", true, true, e))
		goto out;
	read_params(&params, q, targets);
	if (swarm_init(&params, &outcome, &info, d, e))
		goto out;
	if (outcome == SWARM_CREATED)
		warn_of_overlaps(q, &info);
	result_set(r, "node_id", info.node_id);
	result_set(r, "cluster_id", info.cluster_id);
	result_set(r, "outcome", outcome_names[outcome]);
	ret = 0;
out:
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "init-swarm",
		.kind = HELPER_ACTION,
		.purpose = "make sure that there is exactly one swarm, with this "
			   "host in it",
		.details = "A host that is a member already is left as it is, and a "
			   "peer in another swarm is an error. It never makes a "
			   "second swarm because a would-be manager did not "
			   "answer, or because several init-swarm run at once. "
			   "While it makes one there are volumes "
			   "init-swarm-claim-... on all engines and "
			   "init-swarm-unfinished on the host's.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "2m",
		.ends_with_parent = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
