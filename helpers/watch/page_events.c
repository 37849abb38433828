/* SPDX-License-Identifier: MIT */
/* The stream that a browser reads: all there is, then all that changes
 * (HTML Standard, section "Server-sent events"). */
#include "watch/page_internal.h"

#include "base/secret.h"
#include "base/timing.h"
#include "watch/line.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BLOCK 32768 /* bytes that are handed over at a time */

/* One browser. */
struct client {
	struct watch_page *page;
	bool begun;
	uint64_t next;  /* the piece that it gets next */
	struct buf out; /* what it has not got yet, from `at` on */
	size_t at;
};

static void add_event(void *ctx, const struct watch_change *c)
{
	struct buf line = BUF_INIT(WATCH_PAGE_MAX);

	watch_line_change(&line, c);
	watch_page_journal_event(ctx, &line);
	buf_free(&line);
}

/* Everything, under the feed's lock, so that the next piece is the first that is missing. */
static void take_all(struct client *k)
{
	struct watch_page_journal *j = &k->page->journal;
	struct watch_feed *f = k->page->feed;
	struct buf line = BUF_INIT(WATCH_PAGE_MAX);

	buf_adds(&k->out, "event: anew\ndata: {}\n\n");
	watch_feed_lock(f);
	watch_line_status(&line, watch_feed_status(f));
	watch_page_journal_event(&k->out, &line);
	watch_model_tell(watch_feed_model(f), add_event, &k->out);
	buf_drop(&line, line.len);
	/* before the first look there is nothing; its piece says when that was told */
	if (watch_feed_model(f)->whole) {
		watch_line_whole(&line, watch_feed_model(f));
		watch_page_journal_event(&k->out, &line);
	}
	pthread_mutex_lock(&j->lock);
	k->next = j->next;
	pthread_mutex_unlock(&j->lock);
	watch_feed_unlock(f);
	buf_free(&line);
	k->begun = true;
}

/* Waits until there is a piece, for a while. */
static void wait_for_more(struct watch_page_journal *j, const struct client *k)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += TIMING_WATCH_ALIVE_MS / 1000;
	while (!j->over && k->next == j->next &&
	       pthread_cond_timedwait(&j->more, &j->lock, &until) != ETIMEDOUT)
		;
}

/* Fills what it gets next. False when it lags too far behind, and needs all there is. */
static bool take_piece(struct client *k)
{
	struct watch_page_journal *j = &k->page->journal;
	const struct buf *piece;
	bool there = true;

	pthread_mutex_lock(&j->lock);
	wait_for_more(j, k);
	if (k->next == j->next) {
		buf_adds(&k->out, ": alive\n\n");
	} else if (k->next < j->first) {
		there = false;
	} else {
		piece = &j->pieces[k->next++ % WATCH_PAGE_PIECES];
		buf_add(&k->out, buf_str(piece), piece->len);
	}
	pthread_mutex_unlock(&j->lock);
	return there;
}

static bool is_over(const struct client *k)
{
	struct watch_page_journal *j = &k->page->journal;
	bool over;

	pthread_mutex_lock(&j->lock);
	over = j->over;
	pthread_mutex_unlock(&j->lock);
	return over;
}

static ssize_t read_events(void *ctx, uint64_t at, char *to, size_t max)
{
	struct client *k = ctx;
	size_t n;

	(void)at;
	if (k->at == k->out.len) {
		buf_drop(&k->out, k->out.len);
		k->at = 0;
		if (!k->begun || !take_piece(k))
			take_all(k);
	}
	if (is_over(k) || k->out.failed)
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = k->out.len - k->at < max ? k->out.len - k->at : max;
	memcpy(to, k->out.data + k->at, n);
	k->at += n;
	return (ssize_t)n;
}

static void free_client(void *ctx)
{
	struct client *k = ctx;

	buf_free(&k->out);
	secret_free(k);
}

struct MHD_Response *watch_page_events(struct watch_page *p)
{
	struct client *k = secret_calloc(1, sizeof(*k));
	struct MHD_Response *r;

	if (!k)
		return NULL;
	k->page = p;
	k->out = BUF_INIT(WATCH_PAGE_MAX);
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, k,
					      free_client);
	if (!r)
		free_client(k);
	return r;
}
