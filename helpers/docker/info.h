/*
 * info - what an engine says of itself and of its swarm (GET /info).
 * A struct docker_info is a plain value without pointers to free.
 */
#ifndef DOCKER_INFO_H
#define DOCKER_INFO_H

#include "docker/engine.h"

#include <stdbool.h>
#include <stdint.h>

enum docker_local_state { /* LocalNodeState */
			  DOCKER_INACTIVE,
			  DOCKER_PENDING,
			  DOCKER_ACTIVE,
			  DOCKER_ERROR,
			  DOCKER_LOCKED
};

struct docker_info {
	enum docker_local_state state;
	bool manager;        /* ControlAvailable */
	char engine_id[80];  /* ID: the engine's own, but for machines that were
				    cloned with it */
	char node_id[32];    /* "" when in no swarm */
	char node_addr[64];  /* advertise address without port */
	char cluster_id[32]; /* "" unless a manager answers */
	char hostname[256];  /* Name */
	char version[64];    /* ServerVersion */
	char root_dir[256];  /* DockerRootDir: where the engine keeps its state */
	char error[512];     /* the swarm's own complaint, "" without */
	int64_t clock;       /* SystemTime, in nanoseconds since 1970; 0 when
				    the engine does not say */
	char managers[1024]; /* RemoteManagers: "ip:port,ip:port", may be "" */
};

/* A manager whose leader is gone takes 20 s over this, or until another one is
 * elected; after 10 s without one it answers at once. It then shows an empty
 * cluster_id, the reason in error, and state active or pending (20.10).
 * Errors: those of docker_call; ERR_REFUSED when the state is none of the five,
 * which must not pass for "in no swarm". */
int docker_info(struct docker_engine *g, struct docker_info *out,
		const struct deadline *d, struct err *e);

/* Whether a manager found no leader in time, which may be an election, rather
 * than that there has been none for long: it says so then, and at once. */
bool docker_info_timed_out(const struct docker_info *info);

/* "inactive", "pending", "active", "error", "locked". */
const char *docker_state_name(enum docker_local_state s);

#endif
