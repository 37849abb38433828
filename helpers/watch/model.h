/*
 * model - what a manager last said of its swarm, and what is different from the time before.
 *
 * Plain data of one thread; whoever shares it locks (watch/feed.h does). The lists are
 * sorted by ID.
 */
#ifndef WATCH_MODEL_H
#define WATCH_MODEL_H

#include "docker/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a node or a service has of tasks. */
struct watch_load {
	unsigned running;
	unsigned wanted;  /* that should run, whether they do or not */
	unsigned moving;  /* on their way up or down */
	unsigned pending; /* wanted, and no node is found for them */
	unsigned failed;  /* of those wanted, the task before has failed */
	int64_t cpus;     /* reserved by live tasks, billionths of a processor */
	int64_t memory;   /* reserved by live tasks, bytes */
};

struct watch_model {
	struct docker_view_nodes nodes;
	struct docker_view_services services;
	struct docker_view_tasks tasks;
	struct watch_load *node_loads, *service_loads; /* beside the lists */
	/* Those that are there or should be, and of each place in a service the last that
	 * has failed, as long as its successor does not run: by service, slot and node, the
	 * newest first. Into the list of all. */
	const struct docker_view_task **shown_tasks;
	size_t shown;
	bool whole; /* all three lists have been read once */
};

enum watch_kind { WATCH_NODE, WATCH_SERVICE, WATCH_TASK };
enum watch_change_kind { WATCH_ADDED, WATCH_CHANGED, WATCH_REMOVED };

/* One difference; borrowed until the call that tells it returns. */
struct watch_change {
	const struct watch_model *model; /* of which it is, with the new list in it */
	enum watch_kind kind;
	enum watch_change_kind change;
	const void *now;    /* a struct docker_view_...; of one removed the last of it */
	const void *before; /* of one changed */
};
typedef void watch_change_fn(void *ctx, const struct watch_change *c);

/* Each takes over the list and empties `lists`, then tells every difference, removed ones
 * last; `fn` may be NULL. Loads are counted by watch_model_count, once all lists are in.
 * Return whether there was a difference. */
bool watch_model_take_nodes(struct watch_model *m, struct docker_view_nodes *list,
			    watch_change_fn *fn, void *ctx);
bool watch_model_take_services(struct watch_model *m, struct docker_view_services *list,
			       watch_change_fn *fn, void *ctx);
bool watch_model_take_tasks(struct watch_model *m, struct docker_view_tasks *list,
			    watch_change_fn *fn, void *ctx);

/* Counts anew what nodes and services have. -1 without memory. */
int watch_model_count(struct watch_model *m);

/* Tells all there is as added, nodes first. */
void watch_model_tell(const struct watch_model *m, watch_change_fn *fn, void *ctx);

/* Positions in the lists; -1 for none. */
long watch_model_node(const struct watch_model *m, const char *id);
long watch_model_service(const struct watch_model *m, const char *id);
long watch_model_task(const struct watch_model *m, const char *id);

/* Whether the swarm wants it to run. */
bool watch_task_wanted(const struct docker_view_task *t);

/* Whether a task is on its way to what the swarm wants of it: it starts or stops. One that
 * has no node is not. */
bool watch_task_moves(const struct docker_view_task *t);

/* Whether any task moves. */
bool watch_model_moves(const struct watch_model *m);

/* How a task is called: "web.3", or of a global service "web" and its node; "" + ID when its
 * service has gone. */
void watch_model_task_name(const struct watch_model *m, const struct docker_view_task *t,
			   char *out, size_t size);

void watch_model_free(struct watch_model *m);

#endif
