/*
 * restore - the state of a swarm, put back from an archive onto a host with the address that
 * the manager had, or with another one.
 *
 * All that can be refused is refused before the host is touched. Each step looks at what it
 * finds, so that a run after a kill goes on. An archive of several managers becomes a swarm
 * with this one alone; workers come back by themselves.
 */
#ifndef SWARM_RESTORE_H
#define SWARM_RESTORE_H

#include "swarm/hosts.h"

#include <stdbool.h>
#include <stddef.h>

struct aws_s3;
struct deadline;
struct err;

/* Borrowed, all of it. */
struct swarm_restore_params {
	const struct docker_target *host;
	const char *from;           /* the archive: its path, or "s3://bucket/key" */
	struct aws_s3 *s3;          /* of the latter; NULL: it is a file */
	const char *key;            /* in the bucket */
	const char *decrypt_with;   /* path of a private key, or NULL */
	const char *unlock_key;     /* or NULL. Secret */
	const char *advertise_addr; /* or NULL: that of the archive */
	struct swarm_hosts peers;   /* the other managers that the swarm had */
	struct swarm_hosts workers; /* those that know only managers which are gone are led
				       to this one */
	const char *gone;           /* managers that do not run any more: IDs, hostnames,
				  addresses, comma-separated; or NULL */
	bool leave_other; /* the host leaves another swarm that it is in, by force;
				  peers and workers may be in another one */
};

enum swarm_restore_outcome {
	SWARM_RESTORED,
	SWARM_WAS_RESTORED /* the host is that node already */
};

struct swarm_restore_result {
	char cluster_id[32], node_id[32];
	enum swarm_restore_outcome outcome;
	bool moved; /* to another address than the archive's */
	size_t workers_back;
	char workers_missing[4096]; /* hostnames, comma-separated; cut */
};

/*
 * Errors: those of archive/reader and aws_s3_get; ERR_USAGE for a key of the query that is missing;
 * ERR_REFUSED before the host is touched (an archive that has expired, an address that the
 * host has not, an older engine, a host in another swarm, managers that live or cannot be
 * ruled out), or for an engine that does not take the state; those of docker_open, docker_state_place,
 * docker_swarm_init and, for another address, docker_raft_member_move.
 */
int swarm_restore(const struct swarm_restore_params *params,
		  struct swarm_restore_result *out, const struct deadline *d,
		  struct err *e);

#endif
