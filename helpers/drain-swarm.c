/*
 * drain-swarm - an action: the whole swarm is about to go; lets all work end
 * first.
 */
#include "base/log.h"
#include "helper.h"
#include "place.h"
#include "swarm/going.h"

#include <string.h>

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS, .meaning = "other managers of the swarm, asked "
	  "side by side with host when given; the first that answers is used",
	  .example = "10.0.1.11,10.0.1.13" },
	{ "drain_timeout", QUERY_DURATION, .fallback = "5m", .meaning = "how long "
	  "all tasks get to stop, their own stop grace periods included",
	  .example = "10m" },
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail",
	  .choices = "fail|proceed", .meaning = "what to do when no manager can "
	  "answer: fail, or exit 0 with a warning, the swarm unmarked",
	  .example = "proceed" },
	{ "going_file", QUERY_PATH, .meaning = "a file that is made once the swarm "
	  "is drained, or no manager could be told and the run goes on all the "
	  "same, for leaves that find no manager to ask; join-node takes it away",
	  .example = ".swarm/dev.going" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome", "drained, or unreachable (on_unreachable = proceed)" },
	{ "nodes", "how many nodes were drained" },
	{ "down", "how many nodes were Down and not waited for" },
	{ 0 },
};

static bool may_proceed(const struct query *q, const struct deadline *d,
			const struct err *e)
{
	return !strcmp(query_text(q, "on_unreachable"), "proceed") &&
	       !deadline_stopped(d) &&
	       e->kind != ERR_HOST_KEY && e->kind != ERR_AUTH &&
	       e->kind != ERR_LOCAL;
}

static int run(const struct query *q, struct result *r,
	       const struct deadline *d, struct err *e)
{
	const char *going_file = query_text(q, "going_file");
	struct swarm_going_result done = { 0 };
	struct place_set *places = NULL;
	int ret = -1;

	if (place_read(&places, q, "managers", false, false, e))
		goto out;
	ret = swarm_going_drain(place_all(places),
				query_ms(q, "drain_timeout"), &done, d, e);
	if (ret && !done.marked && may_proceed(q, d, e)) {
		log_warn("%s: going on without draining the swarm", e->msg);
		ret = 0;
	}
	/* the marked swarm may lose its quorum before all have read the mark */
	if (!ret && going_file)
		ret = swarm_going_file_make(going_file, e);
	result_set(r, "outcome", done.marked ? "drained" : "unreachable");
	result_setf(r, "nodes", "%zu", done.nodes);
	result_setf(r, "down", "%zu", done.down);
out:
	place_free(places);
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
		.kind = "action",
		.purpose = "let all work of a swarm end before the whole swarm goes",
		.details = "Marks the swarm as going, drains every node at once and "
			   "waits until all tasks have stopped. Interrupted or "
			   "failed, it takes the mark off and puts the nodes' "
			   "availabilities back; after a kill the next join-node "
			   "does.",
		.fields = fields,
		.outputs = outputs,
		.at_destroy = true,
		.default_timeout = "2m",
		.extra_ms = extra_ms,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
