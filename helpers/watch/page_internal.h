/*
 * page_internal - what the files of the page share.
 */
#ifndef WATCH_PAGE_INTERNAL_H
#define WATCH_PAGE_INTERNAL_H

#include "base/buf.h"
#include "watch/page.h"

#include <microhttpd.h>
#include <pthread.h>

#define WATCH_PAGE_PIECES 256 /* looks whose changes are kept for those who lag behind */
#define WATCH_PAGE_MAX (64u << 20)
#define WATCH_PAGE_KEPT (16u << 20) /* bytes of all that are kept */
#define WATCH_PAGE_TOKEN 16         /* random bytes */

/* What was told since the page began, as pieces of a stream of events, newest last. Its lock
 * is taken under that of the feed, never the other way round. */
struct watch_page_journal {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct buf pieces[WATCH_PAGE_PIECES]; /* the n-th is at n % WATCH_PAGE_PIECES */
	uint64_t first, next; /* numbers of the oldest, and of one to come */
	size_t bytes;
	struct buf current; /* of the look that goes on */
	bool whole;         /* the first one has been told */
	bool over;
};

struct watch_page {
	struct watch_page_journal journal;
	struct MHD_Daemon *daemon;
	struct watch_feed *feed;
	const struct swarm_hosts *managers;
	int fd;      /* listens, until the daemon does */
	int stop[2]; /* the write end is closed when it ends */
	char token[2 * WATCH_PAGE_TOKEN + 1];
	char hosts[2][80]; /* what the header Host may be */
	char url[200];
};

/* ---- page_journal ---- */

void watch_page_journal_begin(struct watch_page_journal *j);
/* Wakes whoever waits for more, for the last time. */
void watch_page_journal_end(struct watch_page_journal *j);
void watch_page_journal_free(struct watch_page_journal *j);

/* Appends one line of JSON as an event. */
void watch_page_journal_event(struct buf *to, const struct buf *line);

/* ---- page_events ---- */

/* A stream of all there is and then all that changes; NULL without memory. */
struct MHD_Response *watch_page_events(struct watch_page *p);

/* ---- page_ask: what is asked for by a person ---- */

/* {"log":"..."} or {"why":"..."}, of a task; what a node's tasks use, or {"why":"..."} */
void watch_page_ask_log(struct watch_page *p, const char *task, struct buf *out);
void watch_page_ask_usage(struct watch_page *p, const char *node, struct buf *out);

#endif
