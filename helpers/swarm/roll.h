/*
 * roll - a script on every node of a swarm, one after the other, so that services and
 * quorum stay.
 *
 * Order: what an earlier roll has left unfinished, then managers one at a time with
 * the leader last, then workers, some at a time. A node: the script; if it asks for
 * that, the node's work goes first (drain, wait for the tasks, of the leader its
 * leadership too) and the script runs again; where the host says that it has to be
 * rebooted that comes next, without work there; wait until the node is Ready, as a manager
 * until it has the raft's log; its availability back; wait until services have as many
 * tasks as before. Stops at the first node that fails, which stays as it is. Convergent:
 * killed anywhere and run again it goes on from what it finds. docs/rolling.md has the
 * reasoning.
 */
#ifndef SWARM_ROLL_H
#define SWARM_ROLL_H

#include "docker/node_status.h"
#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;

/*
 * Runs the script on the node, whose engine has a connection to its host. `drained`:
 * no work of the swarm is there. *asks: it has done nothing yet, as that work has to go
 * first. Called from several threads, each with a node of its own.
 */
typedef int swarm_roll_script(void *ctx, struct docker_engine *node, bool drained,
			      bool *asks, const struct deadline *d, struct err *e);

/* The boot that a host is in. */
struct swarm_roll_boot {
	char id[128];  /* another one after each reboot */
	bool required; /* the host says that it has to be rebooted */
};

/*
 * Reads which boot the node's host is in. Where that is still the boot `from` (NULL: none),
 * the host is rebooted: this returns before it goes down.
 */
typedef int swarm_roll_boot_fn(void *ctx, struct docker_engine *node, const char *from,
			       struct swarm_roll_boot *now, const struct deadline *d,
			       struct err *e);

struct swarm_roll_host {
	const struct docker_target *target;    /* borrowed */
	enum docker_availability availability; /* the wanted one; NONE: as it is found */
};

/* Borrowed, all of it. */
struct swarm_roll_params {
	struct swarm_hosts managers;
	const struct swarm_roll_host *hosts; /* the nodes to roll */
	size_t count;
	swarm_roll_script *script;
	swarm_roll_boot_fn *boot; /* NULL: no host is rebooted */
	void *ctx;                /* of both */
	uint32_t unavailable;     /* workers at a time, or percent of them, at least 1 */
	bool percent;
	bool drain_always;  /* without asking the script first */
	bool missing_tasks; /* go on although a service has fewer tasks than it should */
	bool sole_manager;  /* go on although nobody can manage meanwhile */
	int64_t node_ms;    /* for one node, all in all */
	int64_t drain_ms;   /* of that, for its tasks to stop */
};

enum swarm_roll_outcome {
	SWARM_ROLL_KEPT,    /* the script was content while the node's work stayed */
	SWARM_ROLL_DRAINED, /* the work went first, and the node came back */
	SWARM_ROLL_REBOOTED /* the same, and its host was rebooted */
};

struct swarm_rolled {
	char id[32];
	char hostname[256];
	char engine[64]; /* its version */
	enum swarm_roll_outcome outcome;
	int64_t ms; /* that the node took */
};

/* Owned by the caller: swarm_roll_free. */
struct swarm_roll_result {
	char cluster_id[32];
	struct swarm_rolled *list; /* in the order in which they were begun */
	size_t count;
};

/* "kept", "drained", "rebooted". */
const char *swarm_roll_outcome_name(enum swarm_roll_outcome o);

/*
 * Errors: ERR_REFUSED before anything is touched (another roll, a node that is Down or
 * none of the swarm, a quorum that would be lost, a sole manager, managers that lock, a
 * service without all of its tasks); ERR_UNREACHABLE for a host that does not answer;
 * of a node that has failed its own, naming it, whether it stays drained, and how many
 * are done.
 */
int swarm_roll(const struct swarm_roll_params *params, struct swarm_roll_result *out,
	       const struct deadline *d, struct err *e);

void swarm_roll_free(struct swarm_roll_result *r);

#endif
