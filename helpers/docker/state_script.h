/*
 * state_script - what state_copy runs on a host as root.
 */
#ifndef DOCKER_STATE_SCRIPT_H
#define DOCKER_STATE_SCRIPT_H

/* Root's alone, and on a disk: the state may be larger than /run. */
#define DOCKER_STATE_FOLDER "/var/lib/backup-swarm"
#define DOCKER_STATE_FILE DOCKER_STATE_FOLDER "/state.tar.gz"

/* The exit code for a state that changed while it was copied: EX_TEMPFAIL of sysexits.h. */
#define DOCKER_STATE_CHANGED 75

/* The words of its last line; NULL for a value: bytes, milliseconds, sum. */
#define DOCKER_STATE_LAST \
	{ "copied", NULL, "bytes,", "stopped", "for", NULL, "ms,", "SHA-256", NULL }

/* POSIX shell. ROOT, SOCKET and COPY (stopped, running) are set in front of it. */
extern const char docker_state_script[];

#endif
