/* SPDX-License-Identifier: MIT */
/*
 * fetch-tokens - a query: both join tokens and the cluster ID of a swarm, read
 * from a running manager, or from a store.
 */
#include "base/err.h"
#include "docker/swarm.h"
#include "cli/helper.h"
#include "cli/store_fields.h"
#include "cli/target.h"
#include "swarm/tokens.h"

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers, asked side by side "
		     "with host when given; the first that answers is used",
	  .example = "10.0.1.11,admin@10.0.1.13:2222" },
	{ "store", QUERY_TEXT,
	  .meaning =
		  "where store-tokens has written them, read in place of a manager: " STORE_PLACES,
	  .example = "dynamodb://SwarmMetaTable/dev" },
	STORE_FIELDS,
	{ "with_manager_token", QUERY_CHOICE, .fallback = "false",
	  .choices = "false|true",
	  .meaning = "with store, true reads the token of managers as well",
	  .example = "true" },
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail", .choices = "fail|empty",
	  .meaning =
		  "what to do when no manager can "
		  "answer, or nothing is stored yet: fail, or exit 0 with empty strings and "
		  "reachable \"false\"; a wrong host key or a refused user key always fails",
	  .example = "empty" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "manager", "the token that joins a node as a manager (secret)" },
	{ "worker", "the token that joins a node as a worker (secret)" },
	{ "cluster_id", "the swarm's ID" },
	{ "managers", "with store, the managers' addresses and ports" },
	{ "reachable", "\"true\", or \"false\" with empty strings in the others" },
	{ 0 },
};

/* What is told, wherever it comes from; managers NULL: not known. */
struct found {
	const char *manager, *worker, *cluster_id, *managers;
};

static void answer(struct result *r, const struct found *f, const char *reachable)
{
	result_set(r, "manager", f->manager);
	result_set(r, "worker", f->worker);
	result_set(r, "cluster_id", f->cluster_id);
	if (f->managers)
		result_set(r, "managers", f->managers);
	result_set(r, "reachable", reachable);
}

static int ask_store(const struct query *q, struct result *r, const struct deadline *d,
		     struct err *e)
{
	bool all = query_choice(q, "with_manager_token") == 1;
	const struct store_params params = store_fields_read(q);
	struct store_entry entry = { 0 };
	struct store *store = NULL;
	int ret = -1;

	if (query_text(q, "host") || query_text(q, "managers"))
		return err_set(e, ERR_USAGE,
			       "store: is read in place of host and managers; leave these "
			       "out");
	if (!store_open(&store, &params, e))
		ret = store_read(store, all ? STORE_ALL : STORE_ROLE(STORE_WORKER),
				 &entry, d, e);
	if (!ret)
		answer(r,
		       &(struct found){ entry.token[STORE_MANAGER],
					entry.token[STORE_WORKER], entry.cluster_id,
					entry.managers },
		       "true");
	store_entry_wipe(&entry);
	store_close(store);
	return ret;
}

static int ask_manager(const struct query *q, struct result *r, const struct deadline *d,
		       struct err *e)
{
	struct docker_swarm swarm = { 0 };
	struct target_set *targets = NULL;
	int ret = -1;

	if (!query_text(q, "host"))
		return err_set(
			e, ERR_USAGE,
			"host: required, or store; name a manager, or where its tokens are stored");
	if (!target_read(&targets, q, "managers", false, false, e))
		ret = swarm_tokens_read(&swarm, target_all(targets), d, e);
	if (!ret)
		answer(r,
		       &(struct found){ swarm.manager_token, swarm.worker_token, swarm.id,
					NULL },
		       "true");
	docker_swarm_wipe(&swarm);
	target_free(targets);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	bool stored = query_text(q, "store") != NULL;

	if (!(stored ? ask_store : ask_manager)(q, r, d, e))
		return 0;
	if (!target_may_be_empty(q, d, e))
		return -1;
	answer(r, &(struct found){ "", "", "", stored ? "" : NULL }, "false");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "fetch-tokens",
		.kind = HELPER_QUERY,
		.purpose = "read both join tokens and the cluster ID of a swarm "
			   "from a running manager, or from a store",
		.details = "Needs no more than host, or store. It changes nothing and "
			   "waits for nothing, so that Terraform may run it on every "
			   "plan. The tokens are secrets: what this program "
			   "prints, Terraform keeps in its state.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.host_optional = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
