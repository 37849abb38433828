/*
 * remove_internal - what the files remove*.c share: remove.c decides how a node
 * leaves, each way has a file of its own. Every way is convergent.
 */
#ifndef SWARM_REMOVE_INTERNAL_H
#define SWARM_REMOVE_INTERNAL_H

#include "base/err.h"
#include "docker/info.h"
#include "docker/node.h"
#include "swarm/manager.h"
#include "swarm/node_match.h"
#include "swarm/remove.h"
#include "swarm/teardown_file.h"

/* A removal under way: who goes, who is asked. */
struct swarm_removal {
	const struct swarm_remove_params *params;
	enum swarm_remove_outcome outcome; /* set once it has succeeded */
	struct docker_engine *node;        /* NULL when the machine is dead; owned */
	struct docker_info info;           /* of the node, when it answers */
	struct swarm_manager other;        /* engine NULL when none answers; owned */
	struct err no_other;               /* why none answers */
	enum swarm_word word;              /* what a teardown said of the node */
	char dead_id[32];                  /* of a silent node's entry, "" without one */
	bool timed_out;                    /* silent for long, though the swarm sees it */
	bool was_asked;                    /* whether it has ever been in a swarm */
	bool unused;                       /* it says that it has not */
	bool has_left;                     /* in this run: its entry has to go */
	bool retried;                      /* something was cut off a moment ago */
};

/* ---- remove_live.c ---- */

/* The whole order: drain, wait, demote, leave, remove, read back. */
int swarm_remove_live(struct swarm_removal *rm, const struct deadline *d, struct err *e);

/* A worker whose managers do not answer: leaves if nothing of the swarm runs on
 * it, or on_drain_timeout says so; then what runs is stopped with its own grace
 * period first. Errors: ERR_UNREACHABLE, and nothing is touched. */
int swarm_remove_alone(struct swarm_removal *rm, const struct deadline *d, struct err *e);

/* Names the containers beside the swarm's that run on the node, which no drain
 * stops; refuses when the query says so. */
int swarm_remove_standalone(struct swarm_removal *rm, const struct deadline *d,
			    struct err *e);

/* ---- remove_broken.c ---- */

/* The host is in no swarm (any more): only its entry is left to remove. */
int swarm_remove_left(struct swarm_removal *rm, const struct deadline *d, struct err *e);

/* A host whose own swarm state is of no use (locked, in error, pending): the
 * managers take it out, then it gives its state up. */
int swarm_remove_broken(struct swarm_removal *rm, const struct deadline *d,
			struct err *e);

/* By what the node was asked for. */
struct swarm_node_id swarm_remove_asked(const struct swarm_removal *rm);

/* Finds the machine's entry in a manager's list. *found false when there is
 * none. The copy in *n is the caller's (docker_node_free). */
int swarm_remove_find_entry(const struct swarm_removal *rm, bool *found,
			    struct docker_node *n, const struct deadline *d,
			    struct err *e);

/* ---- remove_dead.c ---- */

enum swarm_host_wait {
	SWARM_HOST_SILENT,
	SWARM_HOST_ENDED, /* the connection is made, or has failed */
	SWARM_HOST_DEAD,
	SWARM_HOST_FAILED /* *e says why */
};

/* The host, or its engine, does not answer (yet): tries it until it does or until the
 * swarm says that it is Down, or has no entry of it for long enough; where no manager
 * answers, until the host itself says that it has never been in a swarm. Errors of the requests to
 * a manager; ERR_REFUSED with the candidates; ERR_UNREACHABLE for one that the swarm
 * sees alive. */
enum swarm_host_wait swarm_remove_wait_host(struct swarm_removal *rm,
					    const struct swarm_connect *c,
					    const struct deadline *d, struct err *e);

/* The machine is dead: a manager removes its entry. */
int swarm_remove_dead(struct swarm_removal *rm, const struct deadline *d, struct err *e);

/* An error of the host itself (wrong key, no Docker), `why`, does not matter once
 * the swarm sees the machine as Down. */
int swarm_remove_failed(struct swarm_removal *rm, const struct err *why,
			const struct deadline *d, struct err *e);

/* ---- remove_manager.c ---- */

/*
 * For a worker: looks again for one of the managers that the query names, and for
 * those that the worker itself knows of (RemoteManagers), with the host's own user,
 * port and key, whose host key has to be known; for 30 s, and only while an answer
 * may come. rm->other.engine stays NULL, and rm->no_other says why, when none
 * does. Errors: ERR_HOST_KEY, ERR_AUTH; ERR_DEADLINE when a stop was asked.
 */
int swarm_remove_find_manager(struct swarm_removal *rm, const struct deadline *d,
			      struct err *e);

#endif
