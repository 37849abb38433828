/* SPDX-License-Identifier: MIT */
/*
 * drain-and-remove - an action: takes one node out of the swarm without losing
 * work or quorum.
 */
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/remove.h"

/* The choices of on_drain_timeout and standalone_containers */
enum { TIMEOUT_FAIL, TIMEOUT_PROCEED };
enum { STANDALONE_IGNORE, STANDALONE_REFUSE };

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "managers of the swarm, asked side "
		     "by side; the first that answers is used. May name the host itself",
	  .example = "10.0.1.11,10.0.1.13" },
	{ "advertise_addr", QUERY_ADDRESS,
	  .meaning = "the node's address in the "
		     "swarm: with name, how it is found when the machine is gone",
	  .example = "10.0.1.12" },
	{ "node_id", QUERY_TEXT,
	  .meaning = "the node's ID; found on the node "
		     "itself when not given",
	  .example = "2xk9g1zt8w6a0q7b5c3d4e5f6" },
	{ "drain_timeout", QUERY_DURATION, .fallback = "5m",
	  .meaning = "how long "
		     "the node's tasks get to stop, their own stop grace periods included",
	  .example = "10m" },
	{ "on_drain_timeout", QUERY_CHOICE, .fallback = "fail", .choices = "fail|proceed",
	  .meaning =
		  "what to do when tasks have not "
		  "stopped by then: fail (the node stays drained) or leave all the same",
	  .example = "proceed" },
	{ "standalone_containers", QUERY_CHOICE, .fallback = "ignore",
	  .choices = "ignore|refuse",
	  .meaning =
		  "what to do when containers run "
		  "on the node that are not the swarm's, which no drain stops: name them "
		  "and go on, or refuse",
	  .example = "refuse" },
	{ "teardown_file", QUERY_PATH,
	  .meaning =
		  "the teardown_file of drain-swarm: "
		  "where neither the host nor a manager answers, such a host is taken for "
		  "gone only if it says so, of this very destroy: that nobody could be "
		  "asked, or that nothing ran on it any more",
	  .example = ".swarm/dev.teardown" },
	{ "going_file", QUERY_PATH,
	  .meaning = "what teardown_file was called in "
		     "0.1.0",
	  .example = ".swarm/dev.going" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome",
	  "left; left-alone (no manager could be asked); removed-dead "
	  "(the machine was Down); was-gone (it had left, or was removed, before); "
	  "unverified (neither it nor a manager answers, and drain-swarm said so)" },
	{ 0 },
};

static const char *file(const struct query *q)
{
	const char *now = query_text(q, "teardown_file");

	return now ? now : query_text(q, "going_file");
}

static void read_params(struct swarm_remove_params *w, const struct query *q,
			const struct target_set *targets)
{
	*w = (struct swarm_remove_params){
		.host = target_host(targets),
		.managers = *target_others(targets),
		.node_id = query_text(q, "node_id"),
		.advertise_addr = query_text(q, "advertise_addr"),
		.hostname = query_text(q, "name"),
		.drain_ms = query_ms(q, "drain_timeout"),
		.proceed_on_timeout = query_choice(q, "on_drain_timeout") ==
				      TIMEOUT_PROCEED,
		.refuse_standalone = query_choice(q, "standalone_containers") ==
				     STANDALONE_REFUSE,
		.teardown_file = file(q),
	};
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	enum swarm_remove_outcome outcome;
	struct target_set *targets = NULL;
	struct swarm_remove_params params;
	int ret = -1;

	if (target_read(&targets, q, "managers", true, false, e))
		goto out;
	read_params(&params, q, targets);
	if (swarm_remove(&params, &outcome, d, e))
		goto out;
	result_set(r, "outcome", swarm_remove_outcome_name(outcome));
	ret = 0;
out:
	target_free(targets);
	return ret;
}

static int64_t extra_ms(const struct query *q)
{
	return query_ms(q, "drain_timeout");
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "drain-and-remove",
		.kind = HELPER_ACTION,
		.purpose = "take one node out of the swarm without losing work or "
			   "quorum",
		.details = "Drains it, waits until no task of it runs or stops any "
			   "more, demotes it if it is a manager, lets it leave, "
			   "removes it by its node ID and reads that back. A "
			   "machine that is gone is removed through a manager "
			   "once it is Down. The last manager always refuses: "
			   "the end of a whole swarm is drain-swarm's.",
		.fields = fields,
		.outputs = outputs,
		.at_destroy = true,
		.default_timeout = "2m",
		.extra_ms = extra_ms,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
