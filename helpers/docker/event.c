/* SPDX-License-Identifier: MIT */
/* The event stream of an engine, reduced to what a wait needs. */
#include "docker/event.h"

#include "base/js.h"
#include "base/secret.h"
#include "docker/call.h"
#include "http/http.h"

#include <string.h>

/* Events that have come together are swallowed together, but a flood of them
 * must not keep the caller from looking. */
#define SWALLOW_MAX 1000

struct docker_events {
	struct docker_engine *engine;
	struct http_stream *stream;
	bool timed;
	int64_t latest;
};

/* As text, which is less code than objects. The engine takes a label without a value as
 * "has that label". */
static const char *filters_of(enum docker_event_kind kind)
{
	if (kind == DOCKER_EVENT_NODE)
		return "{\"type\":[\"node\"]}";
	if (kind == DOCKER_EVENT_UPDATE)
		return "{\"type\":[\"node\"],\"event\":[\"update\"]}";
	if (kind == DOCKER_EVENT_SWARM)
		return "{\"type\":[\"node\",\"service\"]}";
	return "{\"type\":[\"container\"],\"event\":[\"die\"],"
	       "\"label\":[\"com.docker.swarm.node.id\"]}";
}

static int open_stream(struct docker_events *ev, enum docker_event_kind kind,
		       const struct deadline *d, struct err *e)
{
	struct docker_engine *g = ev->engine;
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret;

	buf_addf(&path, "/v1.%u/events?filters=", g->minor);
	docker_encode(&path, filters_of(kind));
	ret = http_stream_open(&ev->stream, g->http, buf_str(&path), d, e);
	buf_free(&path);
	return ret;
}

int docker_events_open(struct docker_events **out, struct docker_engine *g,
		       enum docker_event_kind kind, const struct deadline *d,
		       struct err *e)
{
	struct docker_events *ev;

	if (docker_call_agree(g, d, e))
		return -1;
	ev = secret_calloc(1, sizeof(*ev));
	if (!ev)
		return err_no_memory(e);
	ev->engine = g;
	ev->timed = kind == DOCKER_EVENT_UPDATE;
	if (open_stream(ev, kind, d, e)) {
		secret_free(ev);
		return err_wrap(e, "%s: GET /events", docker_label(g));
	}
	*out = ev;
	return 0;
}

/* What cannot be read has no time; the next event may have one. */
static void note(struct docker_events *ev, const char *line)
{
	struct err ignored;
	int64_t when;
	json_t *v;

	if (!ev->timed)
		return;
	v = js_read(line, strlen(line), "", &ignored);
	when = js_number(v, "timeNano");
	if (when > ev->latest)
		ev->latest = when;
	json_decref(v);
}

static void swallow(struct docker_events *ev, const struct deadline *d)
{
	struct deadline now = deadline_within(d, 0);
	struct err ignored; /* a broken stream tells the next wait again */
	const char *line;

	for (int i = 0; i < SWALLOW_MAX; i++) {
		if (http_stream_line(ev->stream, &line, &now, &ignored) !=
		    HTTP_STREAM_LINE)
			return;
		note(ev, line);
	}
}

enum docker_events_waited docker_events_wait(struct docker_events *ev, int64_t ms,
					     const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, ms);
	const char *line;

	switch (http_stream_line(ev->stream, &line, &until, e)) {
	case HTTP_STREAM_LINE:
		note(ev, line);
		swallow(ev, d);
		return DOCKER_EVENTS_CAME;
	case HTTP_STREAM_SILENT:
		if (deadline_left_ms(d))
			return DOCKER_EVENTS_NONE;
		err_set(e, ERR_DEADLINE,
			"%s: the time ran out while waiting for "
			"events",
			docker_label(ev->engine));
		break;
	case HTTP_STREAM_FAILED:
		err_wrap(e, "%s: GET /events", docker_label(ev->engine));
	}
	return DOCKER_EVENTS_FAILED;
}

int64_t docker_events_latest(const struct docker_events *ev)
{
	return ev->latest;
}

void docker_events_close(struct docker_events *ev)
{
	if (!ev)
		return;
	http_stream_close(ev->stream);
	secret_free(ev);
}
