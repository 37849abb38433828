/*
 * leave_steps - the ways out of a swarm, one function each; leave.c decides
 * which one it is. Every way is convergent.
 */
#ifndef SWARM_LEAVE_STEPS_H
#define SWARM_LEAVE_STEPS_H

#include "base/err.h"
#include "docker/info.h"
#include "docker/node.h"
#include "swarm/leave.h"
#include "swarm/manager.h"
#include "swarm/member.h"
#include "swarm/teardown_file.h"

/* A leave under way: who goes, who is asked. */
struct swarm_leaving {
	const struct swarm_leave_params *want;
	struct docker_engine *node; /* NULL when the machine is dead; owned */
	struct docker_info info;    /* of the node, when it answers */
	struct swarm_manager other; /* engine NULL when none answers; owned */
	struct err no_other;        /* why none answers */
	enum swarm_word word;       /* what a teardown said of it */
	bool given_up;              /* silent for long, though the swarm sees it */
	bool has_left;              /* in this run: its entry has to go */
	bool second_look;           /* something was cut off a moment ago */
};

/* The whole order: drain, wait, demote, leave, remove, read back. */
int swarm_leave_in_order(struct swarm_leaving *l,
			 enum swarm_leave_outcome *outcome,
			 const struct deadline *d, struct err *e);

/* A worker whose managers do not answer: leaves if nothing of the swarm runs on
 * it, or on_drain_timeout says so; then what runs is stopped with its own grace
 * period first. Errors: ERR_UNREACHABLE, and nothing is touched. */
int swarm_leave_alone(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e);

/* The host is in no swarm (any more): only its entry is left to remove. */
int swarm_leave_entry(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		      const struct deadline *d, struct err *e);

/* A host whose own swarm state is of no use (locked, in error, pending): the
 * managers take it out, then it gives its state up. */
int swarm_leave_broken(struct swarm_leaving *l, enum swarm_leave_outcome *outcome,
		       const struct deadline *d, struct err *e);

/* Names the containers beside the swarm's that run on the node, which no drain
 * stops; refuses when the query says so. */
int swarm_leave_standalone(struct swarm_leaving *l, const struct deadline *d,
			   struct err *e);

/* By what the node was asked for. */
struct swarm_member_id swarm_leave_asked(const struct swarm_leaving *l);

/* Finds the machine's entry in a manager's list. *found false when there is
 * none. The copy in *n is the caller's (docker_node_free). */
int swarm_leave_find_entry(const struct swarm_leaving *l, bool *found,
			   struct docker_node *n, const struct deadline *d,
			   struct err *e);

#endif
