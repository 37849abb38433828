/*
 * raft_snapshot - the newest snapshot that a manager's raft has written, which its API does
 * not tell: the name of a file of root's.
 */
#ifndef DOCKER_RAFT_SNAPSHOT_H
#define DOCKER_RAFT_SNAPSHOT_H

#include "docker/engine.h"

#include <stdbool.h>

struct deadline;
struct err;

struct docker_raft_snapshot {
	bool known;    /* it has been looked for before; false at first */
	char name[64]; /* "" without any */
};

/* Reads which one it is below `root` (DockerRootDir). While it is the one that is known
 * already, waits for another one, some seconds. Errors: those of ssh_root_shell; ERR_USAGE
 * through a socket. */
int docker_raft_snapshot_newest(struct docker_engine *g, const char *root,
				struct docker_raft_snapshot *s, const struct deadline *d,
				struct err *e);

#endif
