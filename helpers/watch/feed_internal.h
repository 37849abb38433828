/*
 * feed_internal - what the thread of a feed and those who hold it share.
 */
#ifndef WATCH_FEED_INTERNAL_H
#define WATCH_FEED_INTERNAL_H

#include "watch/feed.h"

#include <pthread.h>

struct docker_engine;
struct docker_events;
struct swarm_manager;

struct watch_feed {
	struct watch_feed_params params;

	/* of the thread alone */
	struct docker_engine *engine; /* NULL: none answers */
	struct docker_events
		*events; /* NULL before the first look, and where there are none */
	bool no_events;  /* it has refused to tell of any */
	size_t last;     /* which manager is or was used */
	int64_t all_at;  /* when all lists are due, and when tasks: */
	int64_t tasks_at;
	int64_t begun_ms;   /* the last look */
	int64_t moved_ms;   /* when something was different, or an event came */
	int64_t slowest_ms; /* look so far */

	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct watch_model model;
	struct watch_status status;
	struct watch_ask *asks;

	int stop[2];  /* the write end is closed to end all */
	int knock[2]; /* written to when there is something to do for the thread */
	int news[2];  /* written to when there is something to see for the others */
	pthread_t thread;
	bool started;
};

/* Takes over the manager that was found, and tells so. */
void watch_feed_use(struct watch_feed *f, struct swarm_manager *m);

/* Lets go of a manager that does not serve any more. */
void watch_feed_lose(struct watch_feed *f, const struct err *why);

/* Looks for the next manager; false when none was found this time, or it is to end. */
bool watch_feed_find(struct watch_feed *f);

/* Reads what is due, if anything is. -1: the manager is lost. */
int watch_feed_look(struct watch_feed *f, struct err *e);

/* Waits until something is due, an event comes, or somebody knocks. -1: as above. */
int watch_feed_wait(struct watch_feed *f, struct err *e);

/* Answers what was asked. */
void watch_feed_answer(struct watch_feed *f);

/* A deadline that the end of the feed ends, too. */
struct deadline watch_feed_deadline(const struct watch_feed *f, int64_t ms);

/* Writes to one of the pipes, which may be full, and empties one. */
void watch_feed_wake(const int fd[2]);
void watch_feed_drain(const int fd[2]);

/* Makes watch_feed_fd readable. */
void watch_feed_tell(struct watch_feed *f);

#endif
