/* SPDX-License-Identifier: MIT */
/* Keeps what changed for the browsers that have not got it yet. */
#include "watch/page_internal.h"

#include "watch/line.h"

#include <string.h>

void watch_page_journal_event(struct buf *to, const struct buf *line)
{
	buf_adds(to, "data: ");
	buf_add(to, buf_str(line), line->len);
	buf_adds(to, "\n"); /* the line has its own end */
}

/* Drops the oldest pieces until there is room for one more. */
static void make_room(struct watch_page_journal *j, size_t n)
{
	while (j->first < j->next && (j->next - j->first == WATCH_PAGE_PIECES ||
				      j->bytes + n > WATCH_PAGE_KEPT)) {
		struct buf *oldest = &j->pieces[j->first++ % WATCH_PAGE_PIECES];

		j->bytes -= oldest->len;
		buf_free(oldest);
	}
}

/* What was told in one look becomes a piece. One too large is none: who waits for it gets
 * all there is instead. */
static void close_piece(struct watch_page_journal *j)
{
	struct buf *to;

	if (!j->current.len && !j->current.failed)
		return;
	pthread_mutex_lock(&j->lock);
	make_room(j, j->current.len);
	to = &j->pieces[j->next++ % WATCH_PAGE_PIECES];
	*to = j->current;
	j->bytes += to->len;
	if (j->current.failed || to->len > WATCH_PAGE_KEPT) {
		j->first = j->next;
		j->bytes = 0;
		buf_free(to);
	}
	j->current = BUF_INIT(WATCH_PAGE_MAX);
	pthread_cond_broadcast(&j->more);
	pthread_mutex_unlock(&j->lock);
}

static void add(struct watch_page_journal *j, struct buf *line)
{
	watch_page_journal_event(&j->current, line);
	buf_free(line);
}

static void changed(void *ctx, const struct watch_change *c)
{
	struct buf line = BUF_INIT(WATCH_PAGE_MAX);

	watch_line_change(&line, c);
	add(ctx, &line);
}

static void linked(void *ctx, const struct watch_status *s)
{
	struct buf line = BUF_INIT(WATCH_PAGE_MAX);

	watch_line_status(&line, s);
	add(ctx, &line);
	close_piece(ctx);
}

static void looked(void *ctx, const struct watch_model *m)
{
	struct watch_page_journal *j = ctx;
	struct buf line = BUF_INIT(WATCH_PAGE_MAX);

	if (!j->whole) {
		watch_line_whole(&line, m);
		add(j, &line);
	}
	j->whole = true;
	close_piece(j);
}

struct watch_listener watch_page_listener(struct watch_page *p)
{
	return (struct watch_listener){ changed, linked, looked, &p->journal };
}

void watch_page_journal_begin(struct watch_page_journal *j)
{
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->more, NULL);
	j->current = BUF_INIT(WATCH_PAGE_MAX);
}

void watch_page_journal_end(struct watch_page_journal *j)
{
	pthread_mutex_lock(&j->lock);
	j->over = true;
	pthread_cond_broadcast(&j->more);
	pthread_mutex_unlock(&j->lock);
}

void watch_page_journal_free(struct watch_page_journal *j)
{
	for (size_t i = 0; i < WATCH_PAGE_PIECES; i++)
		buf_free(&j->pieces[i]);
	buf_free(&j->current);
	pthread_cond_destroy(&j->more);
	pthread_mutex_destroy(&j->lock);
}
