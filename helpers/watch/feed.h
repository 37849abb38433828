/*
 * feed - keeps a model of a swarm up to date over one connection to one manager.
 *
 * A thread of its own listens to the events of nodes and services, of which tasks have none,
 * and looks once a second while something moves, else every five seconds. When the manager
 * goes, the next one is looked for, which the status and stderr say; the model stays as it
 * was meanwhile. Whoever shows it holds the lock while it reads.
 */
#ifndef WATCH_FEED_H
#define WATCH_FEED_H

#include "base/buf.h"
#include "base/err.h"
#include "swarm/hosts.h"
#include "watch/model.h"

struct deadline;
struct watch_feed;

struct watch_status {
	bool connected;
	const char *manager; /* the label of the one in use, or used last */
	size_t position;     /* and its position in the list of managers */
	char node[DOCKER_VIEW_ID];
	char cluster[DOCKER_VIEW_ID];
	struct err why;  /* while it is not connected */
	int64_t seen_ms; /* the last look, as deadline_now_ms; 0 before the first */
	int64_t took_ms; /* and how long it took */
	bool moving;     /* it looks once a second */
};

/* Called by the feed's thread under the lock; each may be NULL. */
struct watch_listener {
	watch_change_fn *changed;
	/* A manager is used, or was lost. */
	void (*linked)(void *ctx, const struct watch_status *s);
	/* A look has ended, with differences or without. */
	void (*looked)(void *ctx, const struct watch_model *m);
	void *ctx;
};

struct watch_feed_params {
	const struct swarm_hosts *managers; /* borrowed */
	int64_t timeout_ms;                 /* for each search for a manager */
	struct watch_listener listener;
};

/* Connects to the first manager that answers, until `d`, and starts. The caller ends it with
 * watch_feed_stop. Errors: those of swarm_manager_find; ERR_LOCAL. */
int watch_feed_start(struct watch_feed **out, const struct watch_feed_params *p,
		     const struct deadline *d, struct err *e);

/* Readable when there is something new: a look, a change of the status, an answer. Reading it
 * empty is watch_feed_woken's business. */
int watch_feed_fd(const struct watch_feed *f);
void watch_feed_woken(struct watch_feed *f);

/* While it is locked, the two below hold. */
void watch_feed_lock(struct watch_feed *f);
void watch_feed_unlock(struct watch_feed *f);
const struct watch_model *watch_feed_model(const struct watch_feed *f);
const struct watch_status *watch_feed_status(const struct watch_feed *f);

/* The last log lines of a task, asked for over the same connection. */
struct watch_ask {
	char task[DOCKER_VIEW_ID];
	unsigned lines;
	bool done;       /* under the lock; the rest holds from then on */
	int ret;         /* of docker_task_logs */
	struct err why;  /* when that is -1 */
	struct buf text; /* begins empty, with a limit; the caller frees it */
	bool under_way;  /* the feed's */
	struct watch_ask *next;
};

/* Hands it over until it is done, or watch_feed_drop has returned. */
void watch_feed_ask(struct watch_feed *f, struct watch_ask *a);
/* Waits until it is done or `ms` have passed; says whether it is. */
bool watch_feed_await(struct watch_feed *f, struct watch_ask *a, int64_t ms);
void watch_feed_drop(struct watch_feed *f, struct watch_ask *a);

/* Ends the thread, closes the connection, frees all. NULL is fine. */
void watch_feed_stop(struct watch_feed *f);

#endif
