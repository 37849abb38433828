/*
 * node - the swarm's nodes as a manager knows them (GET /nodes, ...).
 * Identity is the ID, never the hostname.
 */
#ifndef DOCKER_NODE_H
#define DOCKER_NODE_H

#include "docker/engine.h"
#include "docker/node_status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct docker_node {
	char id[32];
	char hostname[256];
	char addr[64];         /* Status.Addr; that of manager_addr where it is 0.0.0.0 */
	enum docker_role role; /* Spec.Role */
	enum docker_availability availability; /* Spec.Availability */
	enum docker_node_state state;          /* Status.State */
	bool in_raft;                          /* has a ManagerStatus */
	bool leader;
	bool reachable;        /* ManagerStatus.Reachability is "reachable" */
	char manager_addr[64]; /* ManagerStatus.Addr "ip:port" */
	int64_t updated;       /* UpdatedAt by the leader's clock, in nanoseconds
				  since 1970; 0 when the engine does not say */
	json_t *labels;        /* Spec.Labels; owned by the struct */
};

/* Owned by the caller: docker_nodes_free. */
struct docker_nodes {
	struct docker_node *list;
	size_t count;
};

/* Reads the whole list, at most some 20,000 nodes. The caller frees *out with
 * docker_nodes_free, unless this fails. Errors: those of docker_call and
 * docker_list_read; ERR_REFUSED when a node of the reply cannot be read (no ID, a
 * role or availability that is no word of Docker's) or there are more. */
int docker_nodes_list(struct docker_engine *manager, struct docker_nodes *out,
		      const struct deadline *d, struct err *e);
void docker_nodes_free(struct docker_nodes *n);

/* The node with that ID, or NULL. Borrowed from the list. */
const struct docker_node *docker_nodes_find(const struct docker_nodes *n, const char *id);

/* Only the managers, or only the nodes whose hostname begins with `hostname`:
 * in a large swarm a small part of it. The manager picks them out; a node
 * counts as a manager there until it has left the raft (swarmkit
 * manager/state/store, ByRole). Otherwise as docker_nodes_list. */
int docker_nodes_managers(struct docker_engine *manager, struct docker_nodes *out,
			  const struct deadline *d, struct err *e);
int docker_nodes_named(struct docker_engine *manager, const char *hostname,
		       struct docker_nodes *out, const struct deadline *d, struct err *e);

/* One node. Here and below `id` is a whole ID: the API would take anything else for
 * a name or a prefix. The caller frees *out with docker_node_free, unless this
 * fails. Errors: ERR_NOT_FOUND when there is none with that ID; ERR_USAGE when it
 * is no ID; as docker_nodes_list. */
int docker_node_read(struct docker_engine *manager, const char *id,
		     struct docker_node *out, const struct deadline *d, struct err *e);
void docker_node_free(struct docker_node *n);

/* What should hold of a node; NONE or NULL leaves a thing as it is. `labels` is
 * the whole wanted map. */
struct docker_node_params {
	enum docker_role role;
	enum docker_availability availability;
	const json_t *labels; /* borrowed */
	bool rewrite;         /* sent even when nothing differs: whether the swarm takes
		       * writes, which a list that is read does not show */
};

/*
 * Reads the node, and when anything differs, or with `rewrite`, sends POST
 * /nodes/{id}/update with the version just read; on "update out of sequence"
 * reads again and retries until the deadline (heartbeats bump the version,
 * swarmkit #1379). Errors: as docker_node_read; ERR_DEADLINE when others kept
 * changing it; what docker_call says of a change that the swarm refuses.
 */
int docker_node_update(struct docker_engine *manager, const char *id,
		       const struct docker_node_params *params, const struct deadline *d,
		       struct err *e);

/* A write to the swarm that changes nothing: the node once more as it is. Returns
 * once the swarm has taken it, which a list that is read does not show. Errors: as
 * docker_node_update. */
int docker_node_rewrite(struct docker_engine *manager, const char *id,
			const struct deadline *d, struct err *e);

/* DELETE /nodes/{id}, of a node that is up with `force` only; one that is not there
 * is success. Errors: ERR_USAGE for an ID; those of docker_call. */
int docker_node_remove(struct docker_engine *manager, const char *id, bool force,
		       const struct deadline *d, struct err *e);

#endif
