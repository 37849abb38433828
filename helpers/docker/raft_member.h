/*
 * raft_member - the address under which the managers of a swarm know one of them.
 *
 * A manager that is told another address (`docker swarm init --force-new-cluster
 * --advertise-addr`) uses it, but its raft goes on telling the old one to all others
 * (docker/for-linux#523). What changes it is the call by which a manager joins, made with the
 * certificate of one that is a member already: docker.swarmkit.v1.RaftMembership/Join
 * (swarmkit manager/state/raft/raft.go, Join), gRPC on the port of the swarm, which the
 * Engine API does not have.
 *
 * TLS and the key stay in this process; the host only passes the encrypted bytes on to its own
 * port (direct-tcpip).
 */
#ifndef DOCKER_RAFT_MEMBER_H
#define DOCKER_RAFT_MEMBER_H

#include "docker/engine.h"

#include <stdint.h>

struct deadline;
struct err;

/* Borrowed, all of it. */
struct docker_raft_member {
	const char *addr; /* an IP address, without brackets */
	uint16_t port;
	/* The files of the folder "certificates": */
	const char *ca;          /* swarm-root-ca.crt */
	const char *certificate; /* swarm-node.crt */
	const char *key;         /* swarm-node.key, not locked. Secret */
};

/* Whether the call could be made, before it has to be: the address and the port alone count.
 * Changes nothing. Errors: ERR_LOCAL for a libcurl without HTTP/2; ERR_REFUSED for a host
 * that forwards to no port; ERR_USAGE through a socket; those of ssh_channel_tcp. */
int docker_raft_member_check(struct docker_engine *g, const struct docker_raft_member *m,
			     const struct deadline *d, struct err *e);

/* Has the leader `g`, whose certificate it is, tell its own raft that address. It has to reach
 * itself there. Once more does no harm. Errors: ERR_REFUSED with what the manager says;
 * those of http_call and ssh_channel_tcp. */
int docker_raft_member_move(struct docker_engine *g, const struct docker_raft_member *m,
			    const struct deadline *d, struct err *e);

#endif
