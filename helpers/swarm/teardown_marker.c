/* SPDX-License-Identifier: MIT */
/* The label on a swarm that is being torn down: what availabilities were. */
#include "swarm/teardown_marker.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "docker/swarm.h"

#include <stdio.h>
#include <string.h>

#define MARK "terraform-swarm-helpers.going"
#define MARK_MAX (1u << 20)
#define NOTHING "nothing" /* was not drained anyhow: a label needs some value */

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

/* "ID=active" for every node that is not drained anyhow. */
static int write_mark(const struct docker_nodes *nodes, struct buf *mark,
		      struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (n->availability != DOCKER_DRAINED)
			buf_addf(mark, "%s%s=%s", mark->len ? "," : "", n->id,
				 docker_availability_name(n->availability));
	}
	if (!mark->len)
		buf_adds(mark, NOTHING);
	return mark->failed ? err_set(e, ERR_LOCAL, "out of memory") : 0;
}

int swarm_teardown_marker_set(struct docker_engine *manager,
		   const struct docker_nodes *nodes, struct buf *mark,
		   const struct deadline *d, struct err *e)
{
	if (read_mark(manager, mark, d, e) ||
	    (!mark->len && write_mark(nodes, mark, e)))
		return -1;
	return docker_swarm_set_label(manager, MARK, buf_str(mark), d, e);
}

/* One "ID=availability". A node that is neither drained nor paused, which comes
 * before, was set by somebody in the meantime. */
static int put_back_one(struct docker_engine *manager, const char *item, int n,
			const char *but, const struct deadline *d,
			struct err *e)
{
	struct docker_node_params want = { 0 };
	struct docker_node now = { 0 };
	char text[64], *availability;
	bool ours;

	snprintf(text, sizeof(text), "%.*s", n, item);
	availability = strchr(text, '=');
	if (!availability)
		return 0;
	*availability++ = '\0';
	want.availability = docker_availability_of(availability);
	if (but && !strcmp(text, but))
		return 0;
	if (docker_node_read(manager, text, &now, d, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	ours = now.availability != DOCKER_AVAILABLE;
	docker_node_free(&now);
	if (!ours || !docker_node_update(manager, text, &want, NULL, d, e))
		return 0;
	/* somebody removed it meanwhile: nothing left to do for it */
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* Availabilities first: as long as the mark is there it can be done again. */
int swarm_teardown_marker_take_off(struct docker_engine *manager, const char *mark,
			const char *but, const struct deadline *d,
			struct err *e)
{
	const char *item, *rest = mark;
	size_t n;

	while (text_next_item(&rest, &item, &n))
		if (put_back_one(manager, item, (int)n, but, d, e))
			return err_wrap(e, "putting back %.*s", (int)n, item);
	return docker_swarm_set_label(manager, MARK, NULL, d, e);
}

int swarm_teardown_marker_clear(struct docker_engine *manager, const struct deadline *d,
		     struct err *e)
{
	struct buf mark = BUF_INIT(MARK_MAX);
	int ret = read_mark(manager, &mark, d, e);

	if (!ret && mark.len) {
		log_note("the swarm is marked by a drain-swarm that was cut off; "
			 "putting availabilities back and taking the mark off");
		ret = swarm_teardown_marker_take_off(manager, buf_str(&mark), NULL, d, e);
	}
	buf_free(&mark);
	return ret;
}
