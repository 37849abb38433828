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

#define MARKER_LABEL "terraform-swarm-helpers.going"
#define MARKER_MAX (1u << 20)
#define NOTHING "nothing" /* was not drained anyhow: a label needs some value */

/* What the marker says, "" without one. */
static int read_marker(struct docker_engine *manager, struct buf *marker,
		       const struct deadline *d, struct err *e)
{
	struct docker_swarm swarm = { 0 };
	const char *value;
	int ret = 0;

	if (docker_swarm_read(manager, &swarm, d, e))
		return -1;
	value = docker_swarm_label(&swarm, MARKER_LABEL);
	if (value && buf_adds(marker, *value ? value : NOTHING))
		ret = err_no_memory(e);
	docker_swarm_wipe(&swarm);
	return ret;
}

/* "ID=active" for every node that is not drained anyhow. */
static int write_marker(const struct docker_nodes *nodes, struct buf *marker,
			struct err *e)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct docker_node *n = &nodes->list[i];

		if (n->availability != DOCKER_DRAINED)
			buf_addf(marker, "%s%s=%s", marker->len ? "," : "", n->id,
				 docker_availability_name(n->availability));
	}
	if (!marker->len)
		buf_adds(marker, NOTHING);
	return marker->failed ? err_no_memory(e) : 0;
}

int swarm_teardown_marker_set(struct docker_engine *manager,
			      const struct docker_nodes *nodes, struct buf *marker,
			      const struct deadline *d, struct err *e)
{
	if (read_marker(manager, marker, d, e) ||
	    (!marker->len && write_marker(nodes, marker, e)))
		return -1;
	return docker_swarm_set_label(manager, MARKER_LABEL, buf_str(marker), d, e);
}

/* One "ID=availability". A node that is neither drained nor paused, which comes
 * before, was set by somebody in the meantime. */
static int restore_one(struct docker_engine *manager, const char *item, int n,
		       const char *but, const struct deadline *d, struct err *e)
{
	struct docker_node_params params = { 0 };
	struct docker_node now = { 0 };
	char text[64], *availability;
	bool ours;

	snprintf(text, sizeof(text), "%.*s", n, item);
	availability = strchr(text, '=');
	if (!availability)
		return 0;
	*availability++ = '\0';
	params.availability = docker_availability_of(availability);
	if (but && !strcmp(text, but))
		return 0;
	if (docker_node_read(manager, text, &now, d, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	ours = now.availability != DOCKER_AVAILABLE;
	docker_node_free(&now);
	if (!ours || !docker_node_update(manager, text, &params, d, e))
		return 0;
	/* somebody removed it meanwhile: nothing left to do for it */
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

/* Availabilities first: as long as the marker is there it can be done again. */
int swarm_teardown_marker_remove(struct docker_engine *manager, const char *marker,
				 const char *but, const struct deadline *d, struct err *e)
{
	const char *item, *rest = marker;
	size_t n;

	while (text_next_item(&rest, &item, &n))
		if (restore_one(manager, item, (int)n, but, d, e))
			return err_wrap(e, "restoring %.*s", (int)n, item);
	return docker_swarm_set_label(manager, MARKER_LABEL, NULL, d, e);
}

int swarm_teardown_marker_clear(struct docker_engine *manager, const struct deadline *d,
				struct err *e)
{
	struct buf marker = BUF_INIT(MARKER_MAX);
	int ret = read_marker(manager, &marker, d, e);

	if (!ret && marker.len) {
		log_note("a drain-swarm was cut off and left its teardown marker; "
			 "restoring availabilities and removing the teardown marker");
		ret = swarm_teardown_marker_remove(manager, buf_str(&marker), NULL, d, e);
	}
	buf_free(&marker);
	return ret;
}
