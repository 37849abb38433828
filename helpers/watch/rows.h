/*
 * rows - a model as the lines of a list: nodes with their tasks, services with theirs, or
 * nodes alone; and the words for what they do. It knows no terminal.
 */
#ifndef WATCH_ROWS_H
#define WATCH_ROWS_H

#include "watch/model.h"

enum watch_view { WATCH_BY_NODE, WATCH_BY_SERVICE, WATCH_NODES_ALONE };

enum watch_row_kind {
	WATCH_ROW_NODE,
	WATCH_ROW_NOWHERE, /* heads the tasks that have no node, or an unknown service */
	WATCH_ROW_SERVICE,
	WATCH_ROW_TASK
};

struct watch_row {
	enum watch_row_kind kind;
	char id[DOCKER_VIEW_ID]; /* a copy; "" of WATCH_ROW_NOWHERE */
	/* what it is of; the others are NULL */
	const struct docker_view_node *node;
	const struct docker_view_service *service;
	const struct docker_view_task *task;
	const struct watch_load *load; /* of a node or service */
};

/* Points into the model, until its lists change. The caller frees list with free(). */
struct watch_rows {
	struct watch_row *list;
	size_t count;
};

struct watch_rows_params {
	enum watch_view view;
	bool all;           /* tasks that have ended, too */
	const char *filter; /* shown is what has this in it, in any case; "" for all */
};

/* Replaces what *out holds. Managers come first, then by name, numbers by their value. A
 * group whose head has the filter's text is shown whole. -1 without memory. */
int watch_rows_make(struct watch_rows *out, const struct watch_model *m,
		    const struct watch_rows_params *p);

/* How somebody should look at a row. */
enum watch_mood { WATCH_GOOD, WATCH_MOVING, WATCH_BAD, WATCH_ENDED };
enum watch_mood watch_row_mood(const struct watch_row *r);

/* One character for a mood, where there are no colours: '=', '>', '!', '.' */
char watch_mood_sign(enum watch_mood m);

/* "leader", "manager", "unreachable" or "worker" */
const char *watch_node_part(const struct docker_view_node *n);

/* "running", "stopping" where it is to end, "preparing", "failed", ... */
const char *watch_task_word(const struct docker_view_task *t);

#endif
