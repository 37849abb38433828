/*
 * roll_internal - what the files roll*.c share: roll.c decides the order, roll_begin.c
 * what has to hold before, roll_node.c does one node, roll_batch.c several side by
 * side.
 */
#ifndef SWARM_ROLL_INTERNAL_H
#define SWARM_ROLL_INTERNAL_H

#include "base/deadline.h"
#include "base/err.h"
#include "docker/info.h"
#include "docker/node.h"
#include "docker/service.h"
#include "swarm/join_lease.h"
#include "swarm/manager.h"
#include "swarm/roll.h"
#include "swarm/roll_lease.h"

#include <stdatomic.h>

/* ---- roll_ask.c: a manager that answers, found anew when one does not any more ---- */

struct swarm_roll_ask {
	const struct swarm_hosts *managers;
	const struct docker_target *skip; /* not this one; may be NULL */
	struct swarm_manager m;           /* engine NULL: none so far; owned */
};

/* The errors after which another try may help, perhaps with another manager. */
#define SWARM_ROLL_MAY_PASS \
	(ERR_TRANSIENT | ERR_KIND(ERR_NOT_MANAGER) | ERR_KIND(ERR_NO_ENGINE) | \
	 ERR_KIND(ERR_CONFLICT))

/* *manager is borrowed until swarm_roll_ask_close. Errors: those of
 * swarm_manager_find, which has the time of `d`. */
int swarm_roll_manager(struct swarm_roll_ask *a, struct docker_engine **manager,
		       const struct deadline *d, struct err *e);

/* Lets the manager go; the next call finds one again. */
void swarm_roll_ask_close(struct swarm_roll_ask *a);

/* Calls act(ctx, manager, ...) until it succeeds, with another manager after an error
 * that may pass, until `d`. */
int swarm_roll_asking(struct swarm_roll_ask *a,
		      int (*act)(void *ctx, struct docker_engine *manager,
				 const struct deadline *d, struct err *e),
		      void *ctx, const struct deadline *d, struct err *e);

/* What came of a look at the swarm. */
enum swarm_roll_seen {
	SWARM_ROLL_FINE,
	SWARM_ROLL_NOT_YET, /* another look may find it fine; *e says what is missing */
	SWARM_ROLL_FAILED   /* *e says why */
};

/* ---- a node, and the whole ---- */

struct swarm_roll_node {
	struct swarm_rolling *roll;
	const struct swarm_roll_host *host;
	struct docker_target target;  /* the host's, with `label` */
	char label[600];              /* "dev-worker-1 (10.0.1.21)", once it is known */
	struct docker_engine *engine; /* connected; owned; NULL: not any more */
	int64_t used_ms;              /* when it was last of use */
	bool answers;                 /* its engine did, before the roll began */
	struct docker_info info;      /* what that said last */
	struct swarm_roll_ask ask;    /* another manager than the node, if there is one */
	/* from the swarm's list; empty while the engine does not answer */
	char id[32], hostname[256];
	enum docker_role role;
	bool leader;
	enum docker_availability wanted, found;
	bool unfinished; /* an earlier roll was cut off at it, or failed */
	bool recorded;   /* what its availability was: roll_record.c */
	/* while it is rolled */
	bool handing_over, was_drained, rebooting;
	struct swarm_roll_boot boot; /* after its script: the one that may have to end */
	int64_t drain_ms, script_ms, boot_ms, ready_ms, all_ms;
	enum swarm_roll_outcome outcome;
	bool ended, failed;
	struct err why;
};

struct swarm_rolling {
	const struct swarm_roll_params *params;
	const struct deadline *d;
	struct swarm_roll_node *nodes; /* one a host */
	size_t count;
	size_t workers;  /* of them */
	size_t managers; /* of the swarm */
	struct swarm_roll_ask ask;
	struct swarm_roll_lease lease;
	int64_t renewed_ms;              /* when the lease was */
	bool lost;                       /* the lease; no other node is begun */
	struct swarm_join_lease joining; /* `mine`: held, and to be renewed */
	json_t *labels; /* of the swarm, as they were when the roll began; owned */
	bool counted;   /* `before` is */
	struct docker_services before;
	atomic_size_t done; /* nodes that are as they should be */
	char cluster_id[32];
};

/* ---- roll_open.c ---- */

/* Connects to all hosts side by side and asks their engines. One whose host answers and
 * whose engine does not is no error (node->answers). Errors: ERR_UNREACHABLE, ERR_HOST_KEY,
 * ERR_AUTH, naming the host. */
int swarm_roll_open(struct swarm_rolling *r, struct err *e);

/* Makes sure that the node's engine is connected to, waiting for the host. One that was
 * idle for long is connected to anew. */
int swarm_roll_reopen(struct swarm_roll_node *n, const struct deadline *d, struct err *e);

/* Closes what the node holds open. */
void swarm_roll_close(struct swarm_roll_node *n);

/* ---- roll_begin.c ---- */

/* Reads the swarm, says which node is whose entry, and refuses what may not begin. */
int swarm_roll_begin(struct swarm_rolling *r, struct err *e);

/* ---- roll_record.c: availabilities ---- */

/* Takes note of the node's availability as it is now, and says which one it is to
 * have: the one asked for, or the one that was recorded, or this. */
void swarm_roll_find(struct swarm_roll_node *n, enum docker_availability now);

/* Records, before the first change, what the availability of the node is. Where it is
 * drained already nothing changes, and nothing is recorded. Errors, here and below: those
 * of docker_swarm_set_label. */
int swarm_roll_record(struct swarm_roll_node *n, struct docker_engine *manager,
		      const struct deadline *d, struct err *e);

/* Takes the record of the node away. */
int swarm_roll_forget(struct swarm_roll_node *n, struct docker_engine *manager,
		      const struct deadline *d, struct err *e);

/* Takes those away of nodes that are in the list no more. */
int swarm_roll_forget_gone(const struct swarm_rolling *r,
			   const struct docker_nodes *nodes,
			   struct docker_engine *manager, const struct deadline *d,
			   struct err *e);

/* ---- roll_whole.c: services ---- */

/* Reads into r->before how many tasks each service has, for 30 s until none is missing.
 * Errors: ERR_REFUSED, naming the service, unless params->missing_tasks (then it warns). */
int swarm_roll_count(struct swarm_rolling *r, struct err *e);

/* Waits until each service of r->before has as many tasks as then, or as many as it should
 * have by now; one that is gone is not waited for. Errors: ERR_DEADLINE, naming it. */
int swarm_roll_wait_whole(struct swarm_rolling *r, const struct deadline *d,
			  struct err *e);

/* The first service that lacks tasks: of those it should have (`before` NULL), or of
 * those it had. NULL for none. Pure. */
const struct docker_service *swarm_roll_lacking(const struct docker_services *now,
						const struct docker_services *before,
						int64_t *enough);

/* ---- roll_between.c ---- */

/* Waits until every node that may have work is Ready, for as long as a new leader may need
 * to hear of all: tasks of one whose state it does not know count as running. Errors:
 * ERR_DEADLINE, naming that node. */
int swarm_roll_wait_others(struct swarm_rolling *r, const struct swarm_roll_node *next,
			   struct err *e);

/* ---- roll_manager.c ---- */

/* Before a manager goes: acquires the join lease, since one that joins counts for the
 * quorum without having the raft's log, and counts whether the others have a quorum,
 * for 20 s until they have. Errors: ERR_REFUSED with the arithmetic. */
int swarm_roll_begin_manager(struct swarm_rolling *r, const struct swarm_roll_node *n,
			     struct err *e);

/* Releases the lease, also after a stop was asked or the time ran out. */
void swarm_roll_end_manager(struct swarm_rolling *r);

/* ---- roll_leader.c ---- */

/* Lets the node, one of several managers, hand leadership over if it has it: demotes it
 * and promotes it again. Idempotent. */
int swarm_roll_hand_over(struct swarm_roll_node *n, struct docker_engine *manager,
			 const struct deadline *d, struct err *e);

/* Promotes the node again at which an earlier roll was cut off meanwhile. */
int swarm_roll_finish_hand_over(struct swarm_rolling *r, struct err *e);

/* ---- roll_reboot.c: steps of a node, each of which may be taken again ---- */

/* Reads into n->boot whether the host has to be rebooted; not where nothing is rebooted. */
int swarm_roll_look_at_boot(struct swarm_roll_node *n, const struct deadline *d,
			    struct err *e);

/* Reboots the host, which has no work any more, unless it is in another boot than n->boot by
 * now. Errors: ERR_BUSY and those of a host that does not answer, until it is. */
int swarm_roll_reboot(struct swarm_roll_node *n, const struct deadline *d, struct err *e);

/* ---- roll_node.c ---- */

/* Rolls one node; what came of it is in the node. */
void swarm_roll_one(struct swarm_roll_node *n);

/* Sets the availability, reads it back, and writes it again where it is another. */
int swarm_roll_set_availability(struct docker_engine *manager, const char *id,
				enum docker_availability availability,
				const struct deadline *d, struct err *e);

/* ---- roll_batch.c ---- */

/* Renews the leases where that is due. */
void swarm_roll_keep_leases(struct swarm_rolling *r);

/* Rolls `count` nodes side by side, renewing the leases meanwhile. */
void swarm_roll_batch(struct swarm_rolling *r, struct swarm_roll_node *const *nodes,
		      size_t count);

#endif
