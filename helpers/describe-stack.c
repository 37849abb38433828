/* SPDX-License-Identifier: MIT */
/*
 * describe-stack - a query: tells whether a stack of services is what deploy-stack with the
 * same keys would make of it.
 */
#include "cli/helper.h"
#include "cli/stack_query.h"
#include "cli/target.h"

static const struct query_field fields[] = {
	STACK_FIELDS,
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail", .choices = "fail|empty",
	  .meaning = "what to do when no manager answers: fail, or succeed with "
		     "reachable=false and nothing known",
	  .example = "empty" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "reachable", "true, or false when no manager answered" },
	{ "state",
	  "as-deployed; changed: services were changed since; other: another version, or "
	  "none, was whole last; absent: the swarm has nothing of it; unknown" },
	{ "whole", "whether every service has its tasks: true or false" },
	{ "version", "the version that was whole last, as deploy-stack has told it" },
	{ "services", "how many services the stack has" },
	{ "running", "how many of their tasks run" },
	{ "desired", "how many are to run" },
	{ 0 },
};

static const char *state_name(const struct swarm_stack_state *s)
{
	if (!s->services && !s->deployed)
		return "absent";
	if (!s->current)
		return "other";
	return s->same ? "as-deployed" : "changed";
}

static void tell(struct result *r, const struct swarm_stack_state *s)
{
	result_set(r, "reachable", "true");
	result_set(r, "state", state_name(s));
	result_set(r, "whole", s->whole ? "true" : "false");
	result_set(r, "version", s->version);
	result_setf(r, "services", "%zu", s->services);
	result_setf(r, "running", "%lld", (long long)s->running);
	result_setf(r, "desired", "%lld", (long long)s->wanted);
}

static void tell_nothing(struct result *r)
{
	static const char *const empty[] = { "version", "services", "running",
					     "desired" };

	result_set(r, "reachable", "false");
	result_set(r, "state", "unknown");
	result_set(r, "whole", "false");
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		result_set(r, empty[i], "");
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	struct stack_query files = { 0 };
	struct swarm_stack_params params = { 0 };
	struct swarm_stack_state state;
	int ret = -1;

	if (target_read(&targets, q, "managers", false, false, e) ||
	    stack_query_read(&files, &params, q, true, e))
		goto out;
	params.managers = *target_all(targets);
	ret = swarm_stack_look(&params, &state, d, e);
	if (!ret) {
		tell(r, &state);
	} else if (target_may_be_empty(q, d, e)) {
		tell_nothing(r);
		ret = 0;
	}
out:
	stack_query_free(&files);
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "describe-stack",
		.kind = HELPER_QUERY,
		.purpose = "tell whether a stack of services is what deploy-stack would "
			   "make of it",
		.details =
			"Reads the same files and variables as deploy-stack and compares "
			"them with what the swarm has. A secret or config that is not to "
			"be had here counts as the one that was deployed last. Changes "
			"nothing and waits for nothing.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
