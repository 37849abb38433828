/*
 * swarm - the swarm itself: GET /swarm, /swarm/init, /join, /leave, /update.
 */
#ifndef DOCKER_SWARM_H
#define DOCKER_SWARM_H

#include "docker/engine.h"
#include "docker/node_status.h"

#include <stdbool.h>
#include <stdint.h>

/* Read from a manager; tokens are secret, docker_swarm_wipe when done. */
struct docker_swarm {
	char id[32];
	char worker_token[128];
	char manager_token[128];
	json_t *raw; /* the whole object: docker_swarm_set_label needs it */
};

/* The caller wipes *out, also when this fails. Errors: those of docker_call;
 * ERR_REFUSED when the ID or a token is missing or too long. */
int docker_swarm_read(struct docker_engine *g, struct docker_swarm *out,
		      const struct deadline *d, struct err *e);

/* Wipes and frees; once more, or of one that is all zero, does no harm. */
void docker_swarm_wipe(struct docker_swarm *s);

/* The value of a label of the swarm (Spec.Labels), NULL without. Borrowed. */
const char *docker_swarm_label(const struct docker_swarm *s, const char *key);

/* Sets (value) or removes (NULL) a label of the swarm: POST /swarm/update with
 * the version just read, read and tried again when somebody else changed the
 * swarm meanwhile (compare and swap), until the deadline. No change, no
 * request. Errors: those of docker_swarm_read; ERR_DEADLINE when others kept
 * changing it. */
int docker_swarm_set_label(struct docker_engine *g, const char *key, const char *value,
			   const struct deadline *d, struct err *e);

/* A change of a label that depends on what it is. */
struct docker_swap {
	const char *key, *from, *to; /* NULL: is not there */
	bool rewrite;                /* sent even when it is `to` already */
	char now[512];               /* out: what it is in the end, "" without; cut */
	int64_t version;             /* out: of the swarm, before */
};

/* The same as docker_swarm_set_label, but only while the label is `from`. When
 * `now` is not `to` in the end, it was another and has been left alone. */
int docker_swarm_swap_label(struct docker_engine *g, struct docker_swap *s,
			    const struct deadline *d, struct err *e);

/* NULL or 0 leaves a field to the engine, but for listen_addr, which the API
 * demands: every address, port 2377, and subnet_size beside a pool, which the engine
 * cuts no network from without: 24 (the docker command's defaults too). */
struct docker_init {
	const char *advertise_addr, *listen_addr, *data_path_addr;
	uint32_t data_path_port;
	const char *default_addr_pool; /* comma-separated CIDRs */
	uint32_t subnet_size;          /* bits; only with a pool */
	bool has_task_history;
	uint32_t task_history;     /* tasks kept a slot */
	const char *label, *value; /* of the swarm itself; there last of all */
	bool force_new_cluster; /* the engine's own swarm, with it as the only manager */
};
/* Errors: ERR_CONFLICT when the engine is in a swarm already, as after a lost
 * reply to the same request. */
int docker_swarm_init(struct docker_engine *g, const struct docker_init *p,
		      const struct deadline *d, struct err *e);

/* Opens the swarm of an engine whose state is locked. `key` is secret, borrowed. Errors:
 * those of docker_call. */
int docker_swarm_unlock(struct docker_engine *g, const char *key,
			const struct deadline *d, struct err *e);

struct docker_join {
	const char *remote_addrs; /* "ip:port,ip:port" of managers; engines up
				     to now only try the first one */
	const char *token;        /* secret, borrowed */
	const char *advertise_addr, *listen_addr, *data_path_addr;
	enum docker_availability availability; /* NONE: the engine's default */
};
/* "Timeout was reached ... will continue in the background" is success here:
 * the caller waits for the node's state anyway (moby #36382). Errors:
 * ERR_CONFLICT as of docker_swarm_init. */
int docker_swarm_join(struct docker_engine *g, const struct docker_join *p,
		      const struct deadline *d, struct err *e);

/* Leaves the swarm; `force`: also as a manager, whatever that costs the others. Being
 * in no swarm is success. Errors: those of docker_call; ERR_NO_LEADER while the
 * engine still stops its tasks. */
int docker_swarm_leave(struct docker_engine *g, bool force, const struct deadline *d,
		       struct err *e);

#endif
