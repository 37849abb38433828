/*
 * page - a feed's model as a page for a browser of this machine (the only user of
 * libmicrohttpd).
 *
 * It listens on loopback alone. Who asks has to know the random token in its address and to
 * name the address as it is printed (another site's name that resolves to 127.0.0.1 does
 * not); nothing but GET is answered, and nothing changes the swarm. The page loads nothing
 * from anywhere else.
 */
#ifndef WATCH_PAGE_H
#define WATCH_PAGE_H

#include "watch/feed.h"

struct watch_page;

/* Listens at `at`, "127.0.0.1:0", "localhost:8080" or "[::1]:0"; port 0 is any free one.
 * The caller frees *out with watch_page_free, after the feed has been stopped. Errors:
 * ERR_USAGE for what is no loopback address, ERR_LOCAL. */
int watch_page_open(struct watch_page **out, const char *at, struct err *e);

/* What the feed has to be started with. */
struct watch_listener watch_page_listener(struct watch_page *p);

/* Answers from now on, in threads of its own. Both are borrowed until watch_page_end.
 * Errors: ERR_LOCAL. */
int watch_page_start(struct watch_page *p, struct watch_feed *feed,
		     const struct swarm_hosts *managers, struct err *e);

/* "http://127.0.0.1:40123/TOKEN/"; borrowed. */
const char *watch_page_url(const struct watch_page *p);

/* Ends all answers; before the feed is stopped. */
void watch_page_end(struct watch_page *p);

/* NULL is fine. */
void watch_page_free(struct watch_page *p);

#endif
