/* SPDX-License-Identifier: MIT */
/* One node, service or task alone on the terminal; of a task its error and last lines. */
#include "watch/term_internal.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

/* Where the next line goes. */
struct page {
	int y;
};

static void line(struct page *p, const char *key, const char *value)
{
	if (!*value || p->y >= LINES - 1)
		return;
	attrset(A_BOLD);
	watch_term_screen_put(p->y, 0, 14, key);
	attrset(A_NORMAL);
	watch_term_screen_put(p->y++, 14, COLS - 14, value);
}

static void number(struct page *p, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	line(p, key, text);
}

static void load(struct page *p, const struct watch_load *l)
{
	char text[160];

	snprintf(text, sizeof(text), "%u of %u running, %u moving, %u pending, %u failed",
		 l->running, l->wanted, l->moving, l->pending, l->failed);
	line(p, "tasks", text);
}

static void show_node(struct page *p, const struct watch_model *m, long at)
{
	const struct docker_view_node *n = &m->nodes.list[at];
	char text[64];

	line(p, "node", n->hostname);
	line(p, "ID", n->id);
	line(p, "address", n->addr);
	line(p, "part", watch_node_part(n));
	line(p, "availability", docker_availability_name(n->availability));
	line(p, "state", docker_node_state_name(n->state));
	line(p, "message", n->message);
	line(p, "engine", n->engine);
	snprintf(text, sizeof(text), "%.1f, %.1f reserved", (double)n->cpus / 1e9,
		 (double)m->node_loads[at].cpus / 1e9);
	line(p, "processors", text);
	snprintf(text, sizeof(text), "%lld MiB, %lld MiB reserved",
		 (long long)(n->memory >> 20),
		 (long long)(m->node_loads[at].memory >> 20));
	line(p, "memory", text);
	load(p, &m->node_loads[at]);
}

static void show_service(struct page *p, const struct watch_model *m, long at)
{
	const struct docker_view_service *s = &m->services.list[at];

	line(p, "service", s->name);
	line(p, "ID", s->id);
	line(p, "mode", docker_view_mode_name(s->mode));
	line(p, "image", s->image);
	line(p, "update", s->update);
	line(p, "message", s->message);
	load(p, &m->service_loads[at]);
}

static void show_task(struct page *p, const struct watch_model *m,
		      const struct docker_view_task *t)
{
	long node = watch_model_node(m, t->node);
	char name[200], age[16];

	watch_model_task_name(m, t, name, sizeof(name));
	watch_term_age(age, sizeof(age), t->since);
	line(p, "task", name);
	line(p, "ID", t->id);
	line(p, "node", node < 0 ? "none" : m->nodes.list[node].hostname);
	line(p, "image", t->image);
	line(p, "state", watch_task_word(t));
	line(p, "wanted", docker_task_state_name(t->desired));
	line(p, "since", age);
	line(p, docker_task_has_failed(t->state) ? "error" : "message", t->message);
	if (t->exit)
		number(p, "exit code", t->exit);
}

/* How many lines there are from there to the end. */
static int count_lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* As many of the last lines as fit. */
static void show_log(struct page *p, const struct watch_ask *a)
{
	const char *text = buf_str(&a->text);
	int skip = count_lines(text) - (LINES - 1 - p->y);

	while (skip-- > 0)
		text = strchr(text, '\n') + 1;
	while (*text && p->y < LINES - 1) {
		char one[1024];
		size_t n = strcspn(text, "\n");

		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		watch_term_screen_put(p->y++, 2, COLS - 2, one);
		text += n + (text[n] == '\n');
	}
}

static void show_answer(struct page *p, const struct watch_term *t)
{
	const struct watch_ask *a = &t->ask;

	p->y++;
	line(p, "last lines",
	     !a->done              ? "being read"
	     : a->ret              ? a->why.msg
	     : !*buf_str(&a->text) ? "none"
				   : " ");
	if (a->done && !a->ret)
		show_log(p, a);
}

static void show(struct page *p, const struct watch_term *t, const struct watch_model *m)
{
	long node = watch_model_node(m, t->id);
	long service = watch_model_service(m, t->id);
	long task = watch_model_task(m, t->id);

	if (t->kind == WATCH_ROW_NODE && node >= 0)
		show_node(p, m, node);
	else if (t->kind == WATCH_ROW_SERVICE && service >= 0)
		show_service(p, m, service);
	else if (t->kind == WATCH_ROW_TASK && task >= 0)
		show_task(p, m, &m->tasks.list[task]);
	else
		line(p, "gone", "the swarm does not have it any more");
	if (t->asked)
		show_answer(p, t);
}

void watch_term_detail_draw(struct watch_term *t)
{
	struct page p = { 0 };

	erase();
	show(&p, t, watch_feed_model(t->p->feed));
	attrset(A_REVERSE);
	watch_term_screen_put(LINES - 1, 0, COLS,
			      " esc back  r read the log again  q quit");
	attrset(A_NORMAL);
}
