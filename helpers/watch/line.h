/*
 * line - what a feed tells, as lines of JSON: what `watch-swarm --json` prints and what its
 * page is fed with.
 *
 * Each appends one object and a line end; a full buffer says so itself. The keys are
 * those of docs/watch.md; texts are fit for a terminal, as docker/view.h has them.
 */
#ifndef WATCH_LINE_H
#define WATCH_LINE_H

#include "watch/feed.h"

struct buf;

/* {"kind":"node","change":"added",...} and likewise of services and tasks. */
void watch_line_change(struct buf *b, const struct watch_change *c);

/* {"kind":"manager",...}: one is used, or was lost */
void watch_line_status(struct buf *b, const struct watch_status *s);

/* {"kind":"whole",...}: all that there was has been told */
void watch_line_whole(struct buf *b, const struct watch_model *m);

/* Appends `text` as a string of JSON. */
void watch_line_text(struct buf *b, const char *text);

#endif
