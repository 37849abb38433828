#include "swarm/going.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "docker/node.h"
#include "docker/swarm.h"
#include "swarm/drain.h"
#include "swarm/manager.h"
#include "swarm/member.h"

#include <stdio.h>
#include <string.h>

#define MARK "terraform-swarm-helpers.going"
#define MARK_MAX (1u << 20)
#define NOTHING "nothing" /* was not drained anyhow: a label needs some value */
#define ROLLBACK_MS 20000
#define AGAIN_MS 1000
/* How long managers that do not answer get before the swarm is out of reach; to
 * go on without draining it kills what runs. */
#define REACH_MS 30000

/* What the mark says, "" without one. */
static int read_mark(struct docker_engine *manager, struct buf *mark,
		     const struct deadline *d, struct err *e)
{
	struct docker_swarm swarm = { 0 };
	const char *value;
	int ret = 0;

	if (docker_swarm_read(manager, &swarm, d, e))
		return -1;
	value = docker_swarm_label(&swarm, MARK);
	if (value && buf_adds(mark, *value ? value : NOTHING))
		ret = err_set(e, ERR_LOCAL, "out of memory");
	docker_swarm_wipe(&swarm);
	return ret;
}

int swarm_going_read(struct docker_engine *manager, bool *going,
		     const struct deadline *d, struct err *e)
{
	struct buf mark = BUF_INIT(MARK_MAX);
	int ret = read_mark(manager, &mark, d, e);

	*going = mark.len != 0;
	buf_free(&mark);
	return ret;
}

static int set_availability(struct docker_engine *manager, const char *id,
			    const char *availability, const struct deadline *d,
			    struct err *e)
{
	struct docker_node_want want = { .availability = availability };

	if (!docker_node_update(manager, id, &want, NULL, d, e))
		return 0;
	/* somebody removed it meanwhile: nothing left to do for it */
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* What the mark keeps, so that whoever takes it off can put it back: "ID=active"
 * for every node that is not drained anyhow. */
static int write_mark(const struct docker_nodes *nodes, struct buf *mark,
		      struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (strcmp(n->availability, "drain"))
			buf_addf(mark, "%s%s=%s", mark->len ? "," : "", n->id,
				 n->availability);
	}
	if (!mark->len)
		buf_adds(mark, NOTHING);
	return mark->failed ? err_set(e, ERR_LOCAL, "out of memory") : 0;
}

/* One "ID=availability". A node that is no longer drained was set by somebody
 * in the meantime. */
static int put_back_one(struct docker_engine *manager, const char *item, int n,
			const struct deadline *d, struct err *e)
{
	char text[64], *availability;
	struct docker_node now = { 0 };
	bool drained;

	snprintf(text, sizeof(text), "%.*s", n, item);
	availability = strchr(text, '=');
	if (!availability)
		return 0;
	*availability++ = '\0';
	if (docker_node_read(manager, text, &now, d, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	drained = !strcmp(now.availability, "drain");
	docker_node_free(&now);
	return drained ? set_availability(manager, text, availability, d, e) : 0;
}

/* Availabilities first: as long as the mark is there it can be done again. */
static int take_off(struct docker_engine *manager, const char *mark,
		    const struct deadline *d, struct err *e)
{
	const char *item, *rest = mark;
	size_t n;

	while (text_next_item(&rest, &item, &n))
		if (put_back_one(manager, item, (int)n, d, e))
			return err_wrap(e, "putting back %.*s", (int)n, item);
	return docker_swarm_set_label(manager, MARK, NULL, d, e);
}

int swarm_going_clear(struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct buf mark = BUF_INIT(MARK_MAX);
	int ret = read_mark(manager, &mark, d, e);

	if (!ret && mark.len) {
		log_note("the swarm was marked as going by a drain-swarm that was "
			 "interrupted; taking the mark off and putting "
			 "availabilities back");
		ret = take_off(manager, buf_str(&mark), d, e);
	}
	buf_free(&mark);
	return ret;
}

/* Runs with time of its own: the deadline has passed, or a stop was asked. */
static void roll_back(struct docker_engine *manager, const char *mark)
{
	struct deadline d = deadline_in(ROLLBACK_MS);
	struct err e;

	log_note("giving up: putting availabilities back and taking the mark off");
	if (take_off(manager, mark, &d, &e))
		log_warn("that has failed (%s); the next join-node does it", e.msg);
}

/* A dead manager counts for quorum; without it the leaves can go by demotion. */
static void drop_dead_manager(struct docker_engine *manager,
			      const struct docker_node *n,
			      const struct deadline *d)
{
	struct deadline soon = deadline_within(d, ROLLBACK_MS);
	struct err e;

	log_note("%s is a manager and Down; removing its entry", n->hostname);
	if (swarm_member_remove(manager, n->id, &soon, &e))
		log_warn("%s could not be removed: %s", n->hostname, e.msg);
}

static int drain_all(struct docker_engine *manager,
		     const struct docker_nodes *nodes, int64_t drain_ms,
		     struct swarm_going_result *out, const struct deadline *d,
		     struct err *e)
{
	struct deadline until = deadline_within(d, drain_ms);

	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (!strcmp(n->state, "down")) {
			out->down++;
			if (n->in_raft)
				drop_dead_manager(manager, n, d);
			continue;
		}
		if (set_availability(manager, n->id, "drain", d, e))
			return -1;
		out->nodes++;
	}
	return swarm_drain_wait_all(manager, &until, e);
}

/* A mark that is there already keeps what was before the first drain. */
static int mark_and_drain(struct docker_engine *manager, int64_t drain_ms,
			  struct swarm_going_result *out,
			  const struct deadline *d, struct err *e)
{
	struct buf mark = BUF_INIT(MARK_MAX);
	struct docker_nodes nodes = { 0 };
	int ret = -1;

	if (docker_nodes_list(manager, &nodes, d, e) ||
	    read_mark(manager, &mark, d, e) ||
	    (!mark.len && write_mark(&nodes, &mark, e)))
		goto out;
	out->marked = true;
	ret = docker_swarm_set_label(manager, MARK, buf_str(&mark), d, e);
	if (!ret)
		ret = drain_all(manager, &nodes, drain_ms, out, d, e);
	if (ret)
		roll_back(manager, buf_str(&mark));
out:
	docker_nodes_free(&nodes);
	buf_free(&mark);
	return ret;
}

static int find_and_drain(const struct swarm_hosts *managers, int64_t drain_ms,
			  struct swarm_going_result *out,
			  const struct deadline *d, struct err *e)
{
	struct swarm_manager m = { 0 };
	int ret = -1;

	*out = (struct swarm_going_result){ 0 };
	if (!swarm_manager_find(&m, managers, NULL, SWARM_MANAGER, d, e))
		ret = mark_and_drain(m.engine, drain_ms, out, d, e);
	docker_close(m.engine);
	return ret;
}

/* A connection that broke, an engine that restarts, an election. Once the mark
 * was to be written only what a manager says itself: what was done has been put
 * back, or the mark that stays keeps what was before. */
static bool may_pass(enum err_kind kind, bool marked)
{
	if (kind == ERR_NO_LEADER || kind == ERR_BUSY)
		return true;
	return !marked && (kind == ERR_UNREACHABLE || kind == ERR_NO_ENGINE);
}

int swarm_going_drain(const struct swarm_hosts *managers, int64_t drain_ms,
		      struct swarm_going_result *out, const struct deadline *d,
		      struct err *e)
{
	int64_t until = deadline_now_ms() + REACH_MS;

	while (find_and_drain(managers, drain_ms, out, d, e)) {
		if (!may_pass(e->kind, out->marked) || deadline_now_ms() > until)
			return -1;
		log_note("%s; looking again", e->msg);
		if (deadline_pause(d, AGAIN_MS))
			return -1;
	}
	return 0;
}
