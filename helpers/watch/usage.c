/* SPDX-License-Identifier: MIT */
/* Samples what a node's tasks use, from the node's own engine. */
#include "watch/usage.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/timing.h"
#include "docker/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX 256 /* of one node */

struct sampled {
	char task[DOCKER_VIEW_ID];
	char container[sizeof(((struct docker_view_task *)0)->container)];
	bool there;
	struct docker_stats first, second;
};

struct sampling {
	struct docker_target target;
	char host[64], label[160]; /* of a node that is no manager of the list */
	struct sampled *list;
	size_t count;
};

static void take_tasks(struct sampling *s, const struct watch_model *m, const char *node)
{
	for (size_t i = 0; i < m->tasks.count && s->count < TASKS_MAX; i++) {
		const struct docker_view_task *t = &m->tasks.list[i];
		struct sampled *to = &s->list[s->count];

		if (strcmp(t->node, node) || t->state != DOCKER_TASK_RUNNING ||
		    !*t->container)
			continue;
		memcpy(to->task, t->id, sizeof(to->task));
		memcpy(to->container, t->container, sizeof(to->container));
		s->count++;
	}
}

/* Where the node's engine is. */
static void take_target(struct sampling *s, const struct swarm_hosts *managers,
			const struct watch_status *status,
			const struct docker_view_node *n)
{
	s->target = managers->list[status->position];
	if (!strcmp(n->id, status->node))
		return;
	for (size_t i = 0; i < managers->count; i++) {
		if (!strcmp(managers->list[i].login.host, n->addr)) {
			s->target = managers->list[i];
			return;
		}
	}
	snprintf(s->host, sizeof(s->host), "%s", n->addr);
	snprintf(s->label, sizeof(s->label), "%s (%s)", n->hostname, n->addr);
	s->target.login.host = s->host;
	s->target.label = s->label;
}

static int prepare(struct sampling *s, struct watch_feed *f,
		   const struct swarm_hosts *managers, const char *node, struct err *e)
{
	const struct watch_model *m;
	long at;

	s->list = calloc(TASKS_MAX, sizeof(*s->list));
	if (!s->list)
		return err_no_memory(e);
	watch_feed_lock(f);
	m = watch_feed_model(f);
	at = watch_model_node(m, node);
	if (at >= 0) {
		take_target(s, managers, watch_feed_status(f), &m->nodes.list[at]);
		take_tasks(s, m, node);
	}
	watch_feed_unlock(f);
	if (at < 0)
		return err_set(e, ERR_NOT_FOUND, "no node %.40s is known", node);
	return 0;
}

/* A task may end meanwhile. */
static int sample(struct sampling *s, struct docker_engine *g, bool again,
		  const struct deadline *d, struct err *e)
{
	for (size_t i = 0; i < s->count; i++) {
		struct sampled *one = &s->list[i];
		struct docker_stats *to = again ? &one->second : &one->first;

		one->there = !docker_stats_read(g, one->container, to, d, e);
		if (!one->there && e->kind != ERR_NOT_FOUND)
			return -1;
	}
	return 0;
}

static double processors(const struct sampled *s)
{
	int64_t cpu = s->second.cpu_ns - s->first.cpu_ns;
	int64_t time = s->second.read_ns - s->first.read_ns;

	return time > 0 && cpu > 0 ? (double)cpu / (double)time : 0;
}

static void write_out(const struct sampling *s, const char *node, struct buf *out)
{
	const char *comma = "";

	buf_addf(out, "{\"node\":\"%s\",\"tasks\":[", node);
	for (size_t i = 0; i < s->count; i++) {
		const struct sampled *one = &s->list[i];

		if (!one->there)
			continue;
		buf_addf(out,
			 "%s{\"task\":\"%s\",\"cpu\":%.3f,\"memory\":%lld,\"limit\":%lld}",
			 comma, one->task, processors(one), (long long)one->second.memory,
			 (long long)one->second.limit);
		comma = ",";
	}
	buf_adds(out, "]}");
}

int watch_usage(struct watch_feed *f, const struct swarm_hosts *managers,
		const char *node, struct buf *out, const struct deadline *d,
		struct err *e)
{
	struct sampling s = { 0 };
	struct docker_engine *g = NULL;
	int ret = -1;

	if (prepare(&s, f, managers, node, e) || docker_open(&g, &s.target, d, e) ||
	    sample(&s, g, false, d, e))
		goto out;
	if (s.count && deadline_pause(d, TIMING_WATCH_SAMPLE_MS)) {
		err_set(e, ERR_DEADLINE, "%s: no time for a second sample",
			docker_label(g));
		goto out;
	}
	if (sample(&s, g, true, d, e))
		goto out;
	write_out(&s, node, out);
	ret = 0;
out:
	docker_close(g);
	free(s.list);
	return ret;
}
