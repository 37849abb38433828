/* SPDX-License-Identifier: MIT */
/*
 * remove-stack - an action: takes a stack of services away, and waits until nothing of it
 * is left.
 */
#include "base/err.h"
#include "base/log.h"
#include "cli/helper.h"
#include "cli/stack_query.h"
#include "cli/target.h"

/* The choices of on_no_manager */
enum { NO_MANAGER_FAIL, NO_MANAGER_NO_SWARM, NO_MANAGER_PROCEED };

static const struct query_field fields[] = {
	STACK_NAME_FIELDS,
	{ "on_no_manager", QUERY_CHOICE, .fallback = "fail",
	  .choices = "fail|no-swarm|proceed",
	  .meaning =
		  "what to do when no manager answers: fail; succeed where all hosts that "
		  "were named answer and manage no swarm, as the stack went with its swarm; or "
		  "succeed in any case, for a swarm that is to go",
	  .example = "no-swarm" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome", "removed; absent: nothing of it was there; or no-manager" },
	{ 0 },
};

/* Never where there is a doubt about who the hosts are. */
static bool may_proceed(const struct query *q, const struct deadline *d,
			const struct err *e)
{
	static const unsigned kinds[] = {
		[NO_MANAGER_FAIL] = 0,
		[NO_MANAGER_NO_SWARM] = ERR_KIND(ERR_NOT_MANAGER),
		[NO_MANAGER_PROCEED] = ERR_TRANSIENT | ERR_KIND(ERR_NOT_MANAGER) |
				       ERR_KIND(ERR_NO_ENGINE) | ERR_KIND(ERR_LOCKED),
	};

	return err_is(e, kinds[query_choice(q, "on_no_manager")]) && !deadline_stopped(d);
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	const char *stack;
	bool found;
	int ret = -1;

	if (target_read(&targets, q, "managers", false, false, e) ||
	    stack_query_name(&stack, q, e))
		goto out;
	ret = swarm_stack_remove(target_all(targets), stack, &found, d, e);
	if (!ret) {
		result_set(r, "outcome", found ? "removed" : "absent");
	} else if (may_proceed(q, d, e)) {
		log_note("%s; going on as on_no_manager says", e->msg);
		result_set(r, "outcome", "no-manager");
		ret = 0;
	} else {
		err_wrap(e, "stack %s", stack);
	}
out:
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "remove-stack",
		.kind = HELPER_ACTION,
		.purpose =
			"take a stack of services away, and wait until nothing of it is "
			"left",
		.details =
			"Its services go, their tasks stop as they are meant to, and then "
			"its secrets, configs and networks go. Volumes stay, as with "
			"docker stack rm. Tasks on nodes that are Down are not waited "
			"for. Run again it finds nothing to do.",
		.fields = fields,
		.outputs = outputs,
		.at_destroy = true,
		.default_timeout = "5m",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
