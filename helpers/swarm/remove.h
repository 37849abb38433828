/*
 * remove - one node out of the swarm without losing work or quorum.
 *
 * Order: drain, wait until no task of the node is live, demote if manager,
 * leave, remove by node ID, read back. Convergent: killed anywhere and run
 * again it goes on from what it finds. A host or manager that stops answering
 * half-way is waited for, or taken for dead once the swarm sees it as Down.
 */
#ifndef SWARM_REMOVE_H
#define SWARM_REMOVE_H

#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;

struct swarm_remove_params {
	const struct docker_target *host;
	struct swarm_hosts managers;
	const char *node_id;        /* NULL: found on the node */
	const char *advertise_addr; /* for finding it when it is gone; may be NULL */
	const char *hostname;       /* the same */
	int64_t drain_ms;
	bool proceed_on_timeout;   /* leave although tasks have not stopped */
	bool refuse_standalone;    /* not while containers beside the swarm's run */
	const char *teardown_file; /* see swarm/teardown_file.h; may be NULL */
};

enum swarm_remove_outcome {
	SWARM_LEFT,         /* drained, left, removed, read back */
	SWARM_LEFT_ALONE,   /* left, but no manager could be asked */
	SWARM_REMOVED_DEAD, /* the machine was Down: removed by a manager */
	SWARM_WAS_GONE,     /* it had left, or was removed, before */
	SWARM_UNVERIFIED    /* neither host nor manager answers, as drain-swarm said */
};

/* "left", "left-alone", "removed-dead", "was-gone", "unverified". */
const char *swarm_remove_outcome_name(enum swarm_remove_outcome o);

/*
 * Errors: ERR_REFUSED (the last manager, whatever the teardown marker says; quorum;
 * several nodes fit), ERR_DEADLINE (tasks have not stopped; the node stays
 * drained), ERR_UNREACHABLE (the host does not answer while the swarm still
 * sees it), and those of docker_open.
 */
int swarm_remove(const struct swarm_remove_params *params,
		 enum swarm_remove_outcome *outcome, const struct deadline *d,
		 struct err *e);

#endif
