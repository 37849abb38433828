/*
 * node_status - role, availability and state of a node, and the words that the
 * Engine API has for them. Replies are parsed once, where they are decoded.
 */
#ifndef DOCKER_NODE_STATUS_H
#define DOCKER_NODE_STATUS_H

/* NONE, here and below: not given, or no word of the list. */
enum docker_role { DOCKER_ROLE_NONE, DOCKER_MANAGER, DOCKER_WORKER };

enum docker_availability {
	DOCKER_AVAILABILITY_NONE,
	DOCKER_AVAILABLE, /* "active" */
	DOCKER_PAUSED,
	DOCKER_DRAINED
};

enum docker_node_state {
	DOCKER_NODE_UNKNOWN,
	DOCKER_NODE_DOWN,
	DOCKER_NODE_READY,
	DOCKER_NODE_DISCONNECTED
};

/* "manager", "worker"; "" for NONE. */
const char *docker_role_name(enum docker_role role);

/* "active", "pause", "drain"; "" for NONE. */
const char *docker_availability_name(enum docker_availability a);

/* "unknown", "down", "ready", "disconnected". */
const char *docker_node_state_name(enum docker_node_state s);

/* The other way round; `text` may be NULL. */
enum docker_role docker_role_of(const char *text);
enum docker_availability docker_availability_of(const char *text);
enum docker_node_state docker_node_state_of(const char *text);

#endif
