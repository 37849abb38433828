/* SPDX-License-Identifier: MIT */
/*
 * drain-swarm - an action: the end of a whole swarm; lets all work end, then
 * takes it apart.
 */
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/teardown.h"

/* The choices of on_unreachable */
enum { UNREACHABLE_FAIL, UNREACHABLE_PROCEED };

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers of the swarm, asked "
		     "side by side with host when given; the first that answers is used",
	  .example = "10.0.1.11,10.0.1.13" },
	{ "nodes", QUERY_HOSTS,
	  .meaning =
		  "every host of the swarm, each of which "
		  "leaves; without it host and managers. Entries of members that are none "
		  "of them are removed once nothing runs there",
	  .example = "10.0.1.11,10.0.1.13,10.0.1.21" },
	{ "drain_timeout", QUERY_DURATION, .fallback = "5m",
	  .meaning = "how long "
		     "all tasks get to stop, their own stop grace periods included",
	  .example = "10m" },
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail", .choices = "fail|proceed",
	  .meaning = "what to do when no manager can "
		     "answer: fail, or let each host that does stop its work and leave by "
		     "itself, managers by force",
	  .example = "proceed" },
	{ "teardown_file", QUERY_PATH,
	  .meaning =
		  "a file that keeps which hosts "
		  "did not answer, for the leaves of the same destroy; join-node takes it "
		  "away",
	  .example = ".swarm/dev.teardown" },
	{ "going_file", QUERY_PATH,
	  .meaning = "what teardown_file was called in "
		     "0.1.0",
	  .example = ".swarm/dev.going" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome",
	  "dissolved; handed-on (it lives on with managers that are none "
	  "of nodes); was-gone (no host is in a swarm); unreachable (no manager "
	  "could be asked, each host left by itself)" },
	{ "nodes", "how many nodes were drained" },
	{ "down", "how many nodes were Down and not waited for" },
	{ "timed_out", "how many hosts did not answer" },
	{ 0 },
};

static const char *file(const struct query *q)
{
	const char *now = query_text(q, "teardown_file");

	return now ? now : query_text(q, "going_file");
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *managers = NULL, *nodes = NULL;
	struct swarm_teardown_params params;
	struct swarm_teardown_result done;
	int ret = -1;

	if (target_read(&managers, q, "managers", false, false, e) ||
	    target_read(&nodes, q, "nodes", false, false, e))
		goto out;
	params = (struct swarm_teardown_params){
		.managers = *target_all(managers),
		.nodes = query_given(q, "nodes") ? *target_others(nodes)
						 : *target_all(managers),
		.drain_ms = query_ms(q, "drain_timeout"),
		.proceed = query_choice(q, "on_unreachable") == UNREACHABLE_PROCEED,
		.file = file(q),
	};
	if (swarm_teardown(&params, &done, d, e))
		goto out;
	result_set(r, "outcome", swarm_teardown_outcome_name(done.outcome));
	result_setf(r, "nodes", "%zu", done.nodes);
	result_setf(r, "down", "%zu", done.down);
	result_setf(r, "timed_out", "%zu", done.timed_out);
	ret = 0;
out:
	target_free(nodes);
	target_free(managers);
	return ret;
}

static int64_t extra_ms(const struct query *q)
{
	return query_ms(q, "drain_timeout");
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "drain-swarm",
		.kind = HELPER_ACTION,
		.purpose = "let all work of a swarm end, then take the whole swarm "
			   "apart",
		.details = "Drains every node at once and waits until all tasks have "
			   "stopped; then workers leave side by side, managers one "
			   "after the other, and the last one by force. Failed or "
			   "interrupted before that it puts the nodes' "
			   "availabilities back; after a kill the next join-node "
			   "does. Run again it goes on from what it finds.",
		.fields = fields,
		.outputs = outputs,
		.at_destroy = true,
		.default_timeout = "4m",
		.extra_ms = extra_ms,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
