/* SPDX-License-Identifier: MIT */
/*
 * fetch-tokens - a query: both join tokens and the cluster ID of a swarm, read
 * from a running manager.
 */
#include "docker/swarm.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/tokens.h"

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers, asked side by side "
		     "with host when given; the first that answers is used",
	  .example = "10.0.1.11,admin@10.0.1.13:2222" },
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail", .choices = "fail|empty",
	  .meaning =
		  "what to do when no manager can "
		  "answer: fail, or exit 0 with empty strings and reachable \"false\"; a "
		  "wrong host key or a refused user key always fails",
	  .example = "empty" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "manager", "the token that joins a node as a manager (secret)" },
	{ "worker", "the token that joins a node as a worker (secret)" },
	{ "cluster_id", "the swarm's ID" },
	{ "reachable", "\"true\", or \"false\" with empty strings in the others" },
	{ 0 },
};

static void answer(struct result *r, const struct docker_swarm *s, const char *reachable)
{
	result_set(r, "manager", s->manager_token);
	result_set(r, "worker", s->worker_token);
	result_set(r, "cluster_id", s->id);
	result_set(r, "reachable", reachable);
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct docker_swarm swarm = { 0 };
	struct target_set *targets = NULL;
	int ret = -1;

	if (target_read(&targets, q, "managers", false, false, e))
		goto out;
	ret = swarm_tokens_read(&swarm, target_all(targets), d, e);
	if (!ret) {
		answer(r, &swarm, "true");
	} else if (target_may_be_empty(q, d, e)) {
		docker_swarm_wipe(&swarm);
		answer(r, &swarm, "false");
		ret = 0;
	}
out:
	docker_swarm_wipe(&swarm);
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "fetch-tokens",
		.kind = HELPER_QUERY,
		.purpose = "read both join tokens and the cluster ID of a swarm "
			   "from a running manager",
		.details = "Needs no more than host. It changes nothing and waits "
			   "for nothing, so that Terraform may run it on every "
			   "plan. The tokens are secrets: what this program "
			   "prints, Terraform keeps in its state.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
