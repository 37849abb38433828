/* SPDX-License-Identifier: MIT */
/* Lines of JSON out of a model's changes, by a table of what each kind has. */
#include "watch/line.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000) /* nanoseconds */

enum type {
	TEXT,
	NUMBER,
	FLAG,
	ROLE,
	AVAILABILITY,
	NODE_STATE,
	TASK_STATE,
	MODE,
	MOMENT
};

struct field {
	const char *key;
	enum type type;
	size_t offset;
};
#define FIELD(kind, key, type, member) \
	{ key, type, offsetof(struct docker_view_##kind, member) }

static const struct field node_fields[] = {
	FIELD(node, "id", TEXT, id),
	FIELD(node, "hostname", TEXT, hostname),
	FIELD(node, "address", TEXT, addr),
	FIELD(node, "role", ROLE, role),
	FIELD(node, "availability", AVAILABILITY, availability),
	FIELD(node, "state", NODE_STATE, state),
	FIELD(node, "manager", FLAG, manager),
	FIELD(node, "leader", FLAG, leader),
	FIELD(node, "reachable", FLAG, reachable),
	FIELD(node, "engine", TEXT, engine),
	FIELD(node, "nano_cpus", NUMBER, cpus),
	FIELD(node, "memory", NUMBER, memory),
	FIELD(node, "message", TEXT, message),
	{ 0 },
};

static const struct field service_fields[] = {
	FIELD(service, "id", TEXT, id),
	FIELD(service, "name", TEXT, name),
	FIELD(service, "mode", MODE, mode),
	FIELD(service, "replicas", NUMBER, replicas),
	FIELD(service, "image", TEXT, image),
	FIELD(service, "update", TEXT, update),
	FIELD(service, "message", TEXT, message),
	{ 0 },
};

static const struct field task_fields[] = {
	FIELD(task, "id", TEXT, id),
	FIELD(task, "service", TEXT, service),
	FIELD(task, "node", TEXT, node),
	FIELD(task, "slot", NUMBER, slot),
	FIELD(task, "state", TASK_STATE, state),
	FIELD(task, "desired", TASK_STATE, desired),
	FIELD(task, "since", MOMENT, since),
	FIELD(task, "created", MOMENT, created),
	FIELD(task, "image", TEXT, image),
	FIELD(task, "nano_cpus", NUMBER, cpus),
	FIELD(task, "memory", NUMBER, memory),
	FIELD(task, "exit", NUMBER, exit),
	FIELD(task, "container", TEXT, container),
	FIELD(task, "message", TEXT, message),
	{ 0 },
};

static const struct {
	const char *name;
	const struct field *fields;
} kinds[] = {
	[WATCH_NODE] = { "node", node_fields },
	[WATCH_SERVICE] = { "service", service_fields },
	[WATCH_TASK] = { "task", task_fields },
};

static const char *const changes[] = {
	[WATCH_ADDED] = "added",
	[WATCH_CHANGED] = "changed",
	[WATCH_REMOVED] = "removed",
};

/* What the text's one-line form leaves to be escaped. */
void watch_line_text(struct buf *b, const char *text)
{
	buf_adds(b, "\"");
	while (*text) {
		size_t plain = strcspn(text, "\"\\\n");

		buf_add(b, text, plain);
		text += plain;
		if (*text == '\n')
			buf_adds(b, "\\n");
		else if (*text)
			buf_addf(b, "\\%c", *text);
		text += *text != '\0';
	}
	buf_adds(b, "\"");
}

static void add_text(struct buf *b, const char *key, const char *text)
{
	buf_addf(b, ",\"%s\":", key);
	watch_line_text(b, text);
}

/* As RFC 3339 has it, in UTC, to the millisecond; "" for none. */
static void add_moment(struct buf *b, const char *key, int64_t ns)
{
	time_t seconds = (time_t)(ns / SECOND);
	char text[40] = "";
	struct tm t;

	if (ns && gmtime_r(&seconds, &t)) {
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &t);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ".%03dZ",
			 (int)(ns % SECOND / 1000000));
	}
	add_text(b, key, text);
}

static void add_now(struct buf *b)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	add_moment(b, "time", now.tv_sec * SECOND + now.tv_nsec);
}

/* An enum's word; they all are of int's size. */
static const char *word(enum type type, const void *at)
{
	switch (type) {
	case ROLE:
		return docker_role_name(*(const enum docker_role *)at);
	case AVAILABILITY:
		return docker_availability_name(*(const enum docker_availability *)at);
	case NODE_STATE:
		return docker_node_state_name(*(const enum docker_node_state *)at);
	case TASK_STATE:
		return docker_task_state_name(*(const enum docker_task_state *)at);
	case MODE:
		return docker_view_mode_name(*(const enum docker_view_mode *)at);
	default:
		return at;
	}
}

static void add_field(struct buf *b, const struct field *f, const char *object)
{
	const void *at = object + f->offset;

	if (f->type == NUMBER)
		buf_addf(b, ",\"%s\":%lld", f->key, (long long)*(const int64_t *)at);
	else if (f->type == FLAG)
		buf_addf(b, ",\"%s\":%s", f->key, *(const bool *)at ? "true" : "false");
	else if (f->type == MOMENT)
		add_moment(b, f->key, *(const int64_t *)at);
	else
		add_text(b, f->key, word(f->type, at));
}

/* Names of what a task is of, since a script has only this line. */
static void add_names(struct buf *b, const struct watch_model *m,
		      const struct docker_view_task *t)
{
	long node = watch_model_node(m, t->node);
	char name[200];

	watch_model_task_name(m, t, name, sizeof(name));
	add_text(b, "name", name);
	add_text(b, "hostname", node < 0 ? "" : m->nodes.list[node].hostname);
}

void watch_line_change(struct buf *b, const struct watch_change *c)
{
	buf_addf(b, "{\"kind\":\"%s\",\"change\":\"%s\"", kinds[c->kind].name,
		 changes[c->change]);
	add_now(b);
	for (const struct field *f = kinds[c->kind].fields; f->key; f++)
		add_field(b, f, c->now);
	if (c->kind == WATCH_TASK)
		add_names(b, c->model, c->now);
	buf_adds(b, "}\n");
}

void watch_line_status(struct buf *b, const struct watch_status *s)
{
	buf_addf(b, "{\"kind\":\"manager\",\"change\":\"%s\"",
		 s->connected ? "used" : "lost");
	add_now(b);
	add_text(b, "manager", s->manager ? s->manager : "");
	add_text(b, "cluster", s->cluster);
	add_text(b, "why", s->connected ? "" : s->why.msg);
	buf_adds(b, "}\n");
}

void watch_line_whole(struct buf *b, const struct watch_model *m)
{
	buf_adds(b, "{\"kind\":\"whole\"");
	add_now(b);
	buf_addf(b, ",\"nodes\":%zu,\"services\":%zu,\"tasks\":%zu}\n", m->nodes.count,
		 m->services.count, m->tasks.count);
}
