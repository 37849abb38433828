/*
 * term_internal - the state of the terminal's picture, and its parts.
 */
#ifndef WATCH_TERM_INTERNAL_H
#define WATCH_TERM_INTERNAL_H

#include "watch/rows.h"
#include "watch/term.h"

#include <curses.h>

#define WATCH_TERM_FILTER 64
#define WATCH_TERM_LOG_LINES 100
#define WATCH_TERM_LOG_MAX (256u << 10) /* bytes of a task's last lines */

struct watch_term {
	const struct watch_term_params *p;
	bool over;

	/* the list */
	enum watch_view view;
	bool all;
	struct watch_rows rows;
	int64_t rows_of; /* status.seen_ms of the look that they are of; -1: make them anew */
	char id[DOCKER_VIEW_ID]; /* which is selected, and where it was */
	enum watch_row_kind kind;
	size_t at, top;

	/* the filter, and whether it is being typed */
	char filter[WATCH_TERM_FILTER];
	bool typing;

	/* one thing alone; the list is behind it */
	bool detail;
	struct watch_ask ask;
	bool asked;

	/* the last line of stderr */
	char message[512];
	int64_t message_ms;
};

/* ---- term_screen: the terminal itself ---- */

/* Takes the terminal, and stderr, over; gives both back. *err_fd: what stderr gets. */
int watch_term_screen_open(int *err_fd, struct err *e);
void watch_term_screen_close(void);

/* What a mood looks like; of no effect where there are no colours. */
int watch_term_screen_mood(enum watch_mood m);

/* Writes as much of `text` as fits into `width` columns from there on, and blanks. */
void watch_term_screen_put(int y, int x, int width, const char *text);

/* ---- term_list, term_detail: under the feed's lock ---- */

void watch_term_list_draw(struct watch_term *t);
/* Makes the rows anew if they are of an older look. */
void watch_term_list_refresh(struct watch_term *t);
void watch_term_detail_draw(struct watch_term *t);

/* "12s", "5m", "3h", "2d" since a moment of another clock; "" for none */
void watch_term_age(char *out, size_t size, int64_t ns);

#endif
