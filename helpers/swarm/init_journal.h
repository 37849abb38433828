/*
 * init_journal - a swarm that was being made when something was cut off.
 *
 * An engine that dies while it makes a swarm may have kept its certificate and
 * lost, with the rest of its memory, the key that signs those of others (Docker
 * 20.10: "no valid signer found"): it comes back as the manager of a swarm that
 * nobody can ever join, and nothing in its API shows that. What was asked for
 * the swarm may be lost as well. So a journal is begun before a swarm is made and
 * taken away once it is: a volume without use, which the engine keeps. Its label is a
 * random word, which the request to make the swarm asks for as a label of the swarm:
 * Docker writes that down last of all (moby daemon/cluster/swarm.go, initClusterSpec).
 *
 * So a swarm with the label is the one that was asked for, and is whole. One without it
 * was left by halves, or somebody else has made it since: only a run that has
 * seen its own request cut off can tell.
 */
#ifndef SWARM_INIT_JOURNAL_H
#define SWARM_INIT_JOURNAL_H

#include "docker/info.h"

#include <stdbool.h>

/* The label of the swarm. */
#define SWARM_INIT_LABEL "terraform-swarm-helpers.init-swarm"

/* What the swarm that a host manages is to its journal. */
enum swarm_init_journal {
	SWARM_NO_JOURNAL,
	SWARM_OURS,      /* what was asked for, and whole */
	SWARM_UNLABELLED /* left by halves, or somebody else's */
};

/* Begins the journal, unless there is one, and tells its label. Errors, here and
 * below: those of docker_call. */
int swarm_init_journal_begin(struct docker_engine *host, char label[64],
			     const struct deadline *d, struct err *e);

/* Takes it away; that there is none is success. */
int swarm_init_journal_end(struct docker_engine *host, const struct deadline *d,
			   struct err *e);

/* *there: whether there is one, on a host whose swarm counts as being made still. */
int swarm_init_journal_is(struct docker_engine *host, bool *there,
			  const struct deadline *d, struct err *e);

/* For a host that is the manager of a swarm. While there is a journal and no label,
 * gives whoever may just be making it 2 s to end. Errors also those of
 * docker_swarm_read. */
int swarm_init_journal_read(struct docker_engine *host, enum swarm_init_journal *what,
			    const struct deadline *d, struct err *e);

/* *used: whether anybody could miss it: another node, or what somebody has put into
 * it. */
int swarm_init_journal_in_use(struct docker_engine *host, bool *used,
			      const struct deadline *d, struct err *e);

#endif
