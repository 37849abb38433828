/* SPDX-License-Identifier: MIT */
/* The list of nodes, services and tasks on the terminal. */
#include "watch/term_internal.h"

#include "base/deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000) /* nanoseconds */
#define FRESH 3                    /* seconds for which what is new stands out */
#define WIDE 120                   /* columns of a wide terminal */
#define HEAD_LINES 2
#define FOOT_LINES 2

static int64_t age_of(int64_t ns)
{
	int64_t age = time(NULL) - ns / SECOND;

	return age > 0 ? age : 0;
}

void watch_term_age(char *out, size_t size, int64_t ns)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t age = age_of(ns);
	size_t i = 0;

	if (!ns) {
		*out = '\0';
		return;
	}
	while (units[i].seconds > 1 && age < 2 * units[i].seconds)
		i++;
	snprintf(out, size, "%lld%c", (long long)(age / units[i].seconds), units[i].unit);
}

static int percent(int64_t part, int64_t whole)
{
	return whole > 0 ? (int)(part * 100 / whole) : 0;
}

/* ---- which rows ---- */

static void keep_selection(struct watch_term *t)
{
	const struct watch_rows *r = &t->rows;

	for (size_t i = 0; i < r->count; i++) {
		if (r->list[i].kind == t->kind && !strcmp(r->list[i].id, t->id)) {
			t->at = i;
			return;
		}
	}
	if (t->at >= r->count)
		t->at = r->count ? r->count - 1 : 0;
}

void watch_term_list_refresh(struct watch_term *t)
{
	const struct watch_model *m = watch_feed_model(t->p->feed);
	int64_t seen = watch_feed_status(t->p->feed)->seen_ms;
	const struct watch_rows_params p = { .view = t->view,
					     .all = t->all,
					     .filter = t->filter };

	if (t->rows_of == seen)
		return;
	watch_rows_make(&t->rows, m, &p);
	t->rows_of = seen;
	keep_selection(t);
}

/* ---- head and foot ---- */

struct totals {
	unsigned ready, running, wanted;
};

static struct totals add_up(const struct watch_model *m)
{
	struct totals t = { 0 };

	for (size_t i = 0; i < m->nodes.count; i++)
		t.ready += m->nodes.list[i].state == DOCKER_NODE_READY;
	for (size_t i = 0; m->whole && i < m->services.count; i++) {
		t.running += m->service_loads[i].running;
		t.wanted += m->service_loads[i].wanted;
	}
	return t;
}

/* Before the first look nobody knows how many there are of anything. */
static void describe_swarm(char *text, size_t size, const struct watch_model *m,
			   const struct watch_status *s)
{
	struct totals n = add_up(m);
	char age[16] = "";

	if (!m->whole && s->connected) {
		snprintf(text, size, " asking %s", s->manager);
		return;
	}
	if (!s->connected)
		snprintf(age, sizeof(age), " %llds ago",
			 s->seen_ms ? deadline_seconds_since(s->seen_ms) : 0LL);
	snprintf(text, size, " %u of %zu nodes ready  %u of %u tasks running  %s %s%s",
		 n.ready, m->nodes.count, n.running, n.wanted,
		 s->connected ? (s->moving ? "moving at" : "calm at") : "LOST",
		 s->manager ? s->manager : "", age);
}

static void draw_title(const struct watch_term *t)
{
	const struct watch_status *s = watch_feed_status(t->p->feed);
	char text[512];

	describe_swarm(text, sizeof(text), watch_feed_model(t->p->feed), s);
	attrset((int)A_REVERSE | (s->connected ? 0 : watch_term_screen_mood(WATCH_BAD)));
	watch_term_screen_put(0, 0, COLS, text);
	attrset(A_NORMAL);
}

/* Columns of a name, of which a wide terminal shows more. */
static int name_width(void)
{
	return COLS >= WIDE ? 44 : 20;
}

static void draw_columns(const struct watch_term *t)
{
	char text[256];

	if (t->view == WATCH_BY_SERVICE)
		snprintf(text, sizeof(text), "  %-*s %-14s %-9s %6s  %s",
			 name_width() + 4, "SERVICE", "MODE", "RUNNING", "SINCE",
			 "IMAGE");
	else
		snprintf(text, sizeof(text), "  %-*s %-11s %-7s %-12s %-7s %s",
			 name_width(), "NODE", "PART", "AVAIL", "STATE", "TASKS",
			 "RESERVED");
	attrset(A_BOLD);
	watch_term_screen_put(1, 0, COLS, text);
	attrset(A_NORMAL);
}

static void draw_keys(const struct watch_term *t)
{
	char text[256];

	if (t->typing)
		snprintf(text, sizeof(text), " filter: %s_   enter keep  esc clear",
			 t->filter);
	else
		snprintf(text, sizeof(text),
			 " n nodes  t by node  s by service  a %s  / filter%s%s  enter show  "
			 "q quit",
			 t->all ? "fewer" : "all", *t->filter ? ": " : "", t->filter);
	attrset(A_REVERSE);
	watch_term_screen_put(LINES - 1, 0, COLS, text);
	attrset(A_NORMAL);
}

/* Why there is no manager, or the last line of stderr for a while. */
static void draw_message(const struct watch_term *t)
{
	const struct watch_status *s = watch_feed_status(t->p->feed);
	bool fresh = t->message_ms && deadline_seconds_since(t->message_ms) < 10;

	attrset(watch_term_screen_mood(s->connected ? WATCH_MOVING : WATCH_BAD));
	watch_term_screen_put(LINES - 2, 0, COLS,
			      !s->connected ? s->why.msg
			      : fresh       ? t->message
					    : "");
	attrset(A_NORMAL);
}

/* ---- rows ---- */

/* A line of text with columns of a mood in it. */
static void draw_row(const struct watch_term *t, int y, size_t i, const char *text)
{
	const struct watch_row *r = &t->rows.list[i];
	enum watch_mood mood = watch_row_mood(r);
	int attr = watch_term_screen_mood(mood);

	if (r->task && r->task->since && age_of(r->task->since) < FRESH)
		attr |= (int)A_BOLD;
	if (i == t->at)
		attr |= (int)A_REVERSE;
	attrset(attr);
	watch_term_screen_put(y, 0, COLS, text);
	attrset(A_NORMAL);
}

static void node_text(char *out, size_t size, const struct watch_row *r)
{
	int width = name_width();
	char tasks[32], room[64];

	snprintf(tasks, sizeof(tasks), "%u/%u", r->load->running, r->load->wanted);
	snprintf(room, sizeof(room), "cpu %2d%% mem %2d%%",
		 percent(r->load->cpus, r->node->cpus),
		 percent(r->load->memory, r->node->memory));
	snprintf(out, size, "%c %-*.*s %-11s %-7s %-12s %-7s %-16s %s",
		 watch_mood_sign(watch_row_mood(r)), width, width, r->node->hostname,
		 watch_node_part(r->node),
		 docker_availability_name(r->node->availability),
		 docker_node_state_name(r->node->state), tasks, room, r->node->message);
}

static void service_text(char *out, size_t size, const struct watch_row *r)
{
	int width = name_width() + 4;
	char running[32];

	snprintf(running, sizeof(running), "%u/%u", r->load->running, r->load->wanted);
	snprintf(out, size, "%c %-*.*s %-14s %-9s %6s  %-28s %s %s",
		 watch_mood_sign(watch_row_mood(r)), width, width, r->service->name,
		 docker_view_mode_name(r->service->mode), running, "", r->service->image,
		 r->service->update, r->service->message);
}

/* What is wrong comes before the image, which a narrow terminal then does not show. */
static void what_it_is(char *out, size_t size, const struct watch_row *r)
{
	const struct docker_view_task *t = r->task;

	if (watch_row_mood(r) == WATCH_BAD)
		snprintf(out, size, "%s  %s", t->message, t->image);
	else
		snprintf(out, size, "%s", t->image);
}

static void task_text(const struct watch_term *t, char *out, size_t size,
		      const struct watch_row *r)
{
	const struct watch_model *m = watch_feed_model(t->p->feed);
	const struct docker_view_task *task = r->task;
	long node = watch_model_node(m, task->node);
	const char *host = node < 0 ? "(no node)" : m->nodes.list[node].hostname;
	char sign = watch_mood_sign(watch_row_mood(r)), name[200], age[16], rest[300];
	int width = name_width();

	watch_model_task_name(m, task, name, sizeof(name));
	watch_term_age(age, sizeof(age), task->since);
	what_it_is(rest, sizeof(rest), r);
	if (t->view == WATCH_BY_SERVICE)
		snprintf(out, size, "    %c %-*.*s %-14.14s %-9s %6s  %s", sign, width,
			 width, task->slot ? name : host, task->slot ? host : "",
			 watch_task_word(task), age, rest);
	else
		snprintf(out, size, "    %c %-*.*s %-11s %6s  %s", sign, width, width,
			 name, watch_task_word(task), age, rest);
}

static void row_text(const struct watch_term *t, char *out, size_t size,
		     const struct watch_row *r)
{
	if (r->node)
		node_text(out, size, r);
	else if (r->service)
		service_text(out, size, r);
	else if (r->task)
		task_text(t, out, size, r);
	else
		snprintf(out, size, "! %s",
			 t->view == WATCH_BY_SERVICE ? "of a service that has gone"
						     : "without a node");
}

/* The selected row is always seen. */
static void scroll_to_selection(struct watch_term *t, size_t lines)
{
	if (t->at < t->top)
		t->top = t->at;
	if (t->at >= t->top + lines)
		t->top = t->at - lines + 1;
	/* its group's head with it, where that was not seen before */
	if (t->top == t->at && t->top && t->rows.list[t->at].task &&
	    !t->rows.list[t->top - 1].task)
		t->top--;
	if (t->top + lines > t->rows.count)
		t->top = t->rows.count > lines ? t->rows.count - lines : 0;
}

void watch_term_list_draw(struct watch_term *t)
{
	int lines = LINES - HEAD_LINES - FOOT_LINES;
	char text[1024];

	watch_term_list_refresh(t);
	if (lines > 0)
		scroll_to_selection(t, (size_t)lines);
	draw_title(t);
	draw_columns(t);
	for (int y = 0; y < lines; y++) {
		size_t i = t->top + (size_t)y;

		if (i < t->rows.count) {
			row_text(t, text, sizeof(text), &t->rows.list[i]);
			draw_row(t, HEAD_LINES + y, i, text);
		} else {
			watch_term_screen_put(HEAD_LINES + y, 0, COLS, "");
		}
	}
	draw_message(t);
	draw_keys(t);
}
