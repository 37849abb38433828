/* SPDX-License-Identifier: MIT */
/* The loop of the terminal's face: what comes from the feed, from keys and from signals. */
#include "watch/term_internal.h"

#include "base/deadline.h"
#include "base/timing.h"
#include "base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ESCAPE 27
#define CTRL(key) ((key) & 0x1f)

/* ---- the log of a task ---- */

static void drop_ask(struct watch_term *t)
{
	if (!t->asked)
		return;
	watch_feed_drop(t->p->feed, &t->ask);
	buf_free(&t->ask.text);
	t->asked = false;
}

static void ask_log(struct watch_term *t)
{
	drop_ask(t);
	if (t->kind != WATCH_ROW_TASK)
		return;
	t->ask = (struct watch_ask){ .lines = WATCH_TERM_LOG_LINES,
				     .text = BUF_INIT(WATCH_TERM_LOG_MAX) };
	memcpy(t->ask.task, t->id, sizeof(t->ask.task));
	t->asked = true;
	watch_feed_ask(t->p->feed, &t->ask);
}

/* ---- keys ---- */

static void select_row(struct watch_term *t, size_t at)
{
	if (!t->rows.count)
		return;
	t->at = at < t->rows.count ? at : t->rows.count - 1;
	t->kind = t->rows.list[t->at].kind;
	memcpy(t->id, t->rows.list[t->at].id, sizeof(t->id));
}

static void up(struct watch_term *t, size_t by)
{
	select_row(t, t->at > by ? t->at - by : 0);
}

static void down(struct watch_term *t, size_t by)
{
	select_row(t, t->at + by);
}

static void show_view(struct watch_term *t, enum watch_view view)
{
	t->view = view;
	t->rows_of = -1;
	t->top = 0;
}

static void open_detail(struct watch_term *t)
{
	select_row(t, t->at);
	if (!t->rows.count || t->kind == WATCH_ROW_NOWHERE)
		return;
	t->detail = true;
	ask_log(t);
}

static void close_detail(struct watch_term *t)
{
	drop_ask(t);
	t->detail = false;
	erase();
}

static void show_all(struct watch_term *t)
{
	t->all = !t->all;
	t->rows_of = -1;
}

static void clear_filter(struct watch_term *t)
{
	*t->filter = '\0';
	t->rows_of = -1;
}

/* Those that move in the list; false for another key. */
static bool move_key(struct watch_term *t, int key)
{
	size_t screen = LINES > 5 ? (size_t)LINES - 5 : 1;

	if (key == KEY_UP || key == 'k')
		up(t, 1);
	else if (key == KEY_DOWN || key == 'j')
		down(t, 1);
	else if (key == KEY_PPAGE || key == CTRL('b'))
		up(t, screen);
	else if (key == KEY_NPAGE || key == CTRL('f') || key == ' ')
		down(t, screen);
	else if (key == KEY_HOME || key == 'g')
		select_row(t, 0);
	else if (key == KEY_END || key == 'G')
		select_row(t, t->rows.count);
	else
		return false;
	return true;
}

static void list_key(struct watch_term *t, int key)
{
	if (move_key(t, key))
		return;
	switch (key) {
	case 'n':
		show_view(t, WATCH_NODES_ALONE);
		break;
	case 't':
		show_view(t, WATCH_BY_NODE);
		break;
	case 's':
		show_view(t, WATCH_BY_SERVICE);
		break;
	case 'a':
		show_all(t);
		break;
	case '/':
		t->typing = true;
		break;
	case ESCAPE:
		clear_filter(t);
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
		open_detail(t);
		break;
	}
}

static void type_key(struct watch_term *t, int key)
{
	size_t n = strlen(t->filter);

	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		t->typing = false;
	} else if (key == ESCAPE) {
		t->typing = false;
		clear_filter(t);
	} else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && n) {
		t->filter[n - 1] = '\0';
		t->rows_of = -1;
	} else if (key >= ' ' && key < 127 && n + 1 < sizeof(t->filter)) {
		t->filter[n] = (char)key;
		t->filter[n + 1] = '\0';
		t->rows_of = -1;
	}
}

static void detail_key(struct watch_term *t, int key)
{
	if (key == 'r')
		ask_log(t);
	else if (key == ESCAPE || key == KEY_BACKSPACE || key == '\r' ||
		 key == KEY_LEFT || key == '\n')
		close_detail(t);
}

static void take_key(struct watch_term *t, int key)
{
	if (key == KEY_RESIZE || key == CTRL('l'))
		clearok(stdscr, TRUE);
	else if (t->typing)
		type_key(t, key);
	else if (key == 'q')
		t->over = true;
	else if (t->detail)
		detail_key(t, key);
	else
		list_key(t, key);
}

/* ---- the loop ---- */

/* The last line of what was written to stderr, without the program's name. */
static void take_message(struct watch_term *t, int fd)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);
	char *at, *name;

	if (n <= 0)
		return;
	text[n] = '\0';
	text[n - (text[n - 1] == '\n')] = '\0';
	at = strrchr(text, '\n');
	at = at ? at + 1 : text;
	name = strstr(at, ": ");
	at = name ? name + 2 : at;
	utf8_copy(t->message, sizeof(t->message), at, strlen(at));
	utf8_mask(t->message);
	t->message_ms = deadline_now_ms();
}

static void draw(struct watch_term *t)
{
	struct watch_feed *f = t->p->feed;

	watch_feed_lock(f);
	if (t->detail)
		watch_term_detail_draw(t);
	else
		watch_term_list_draw(t);
	watch_feed_unlock(f);
	refresh();
}

/* Rows are of the last look that was drawn, and of the keys before: the next key is about
 * what they are now. */
static void take_keys(struct watch_term *t)
{
	int key;

	while (!t->over && (key = getch()) != ERR) {
		watch_feed_lock(t->p->feed);
		watch_term_list_refresh(t);
		watch_feed_unlock(t->p->feed);
		take_key(t, key);
	}
}

static int loop(struct watch_term *t, int err_fd, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = t->p->signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = watch_feed_fd(t->p->feed), .events = POLLIN },
		{ .fd = err_fd, .events = POLLIN },
	};

	while (!t->over) {
		draw(t);
		if (poll(p, 4, TIMING_WATCH_TICK_MS) < 0 && errno != EINTR)
			return err_set(e, ERR_LOCAL, "cannot wait: %s", strerror(errno));
		watch_feed_woken(t->p->feed);
		take_message(t, err_fd);
		take_keys(t);
		t->over |= t->p->is_over(t->p->ctx);
		/* A terminal that has gone has no keys any more. */
		t->over |= (p[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
	}
	return 0;
}

int watch_term_run(const struct watch_term_params *p, struct err *e)
{
	struct watch_term t = { .p = p, .rows_of = -1 };
	int err_fd = -1, ret;

	if (watch_term_screen_open(&err_fd, e))
		return -1;
	ret = loop(&t, err_fd, e);
	watch_term_screen_close();
	drop_ask(&t);
	free(t.rows.list);
	return ret;
}
