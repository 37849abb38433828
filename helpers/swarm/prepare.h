/*
 * prepare - one script run on a host over the verified connection, as root.
 */
#ifndef SWARM_PREPARE_H
#define SWARM_PREPARE_H

#include "docker/engine.h"

#include <jansson.h>

struct deadline;
struct err;

/* Bytes of a line of output that are kept: a character less than ssh_exec gives,
 * so that what is cut here is cut at a character. */
#define SWARM_PREPARE_LINE 1020

/*
 * Feeds `script` (a path on this machine) to a shell on the host: root's, or
 * one through `sudo -n`. `environment` (a map of strings, may be NULL,
 * borrowed) is exported first. Script and environment travel on the shell's
 * standard input, so neither shows in a list of processes; the script itself
 * reads from /dev/null. A first line naming bash gets bash, any other sh. Its
 * output becomes progress lines; the last line of it is written to `last`
 * (SWARM_PREPARE_LINE bytes).
 *
 * It has succeeded only once its shell has said so, after it: a server that runs
 * something else in its place, or closes early, is an error. What the script
 * leaves running is not waited for.
 *
 * One script at a time runs on a host: another waits until that one has ended,
 * or its own time is up. A script whose connection is lost is not killed: a
 * package manager that is cut off in its middle leaves what no second run can
 * mend, and one that runs to its end leaves nothing to do. The next run finds it
 * there and waits.
 * Errors: those of ssh_open; ERR_LOCAL (the file cannot be read); ERR_USAGE (a
 * name that is no variable); ERR_REFUSED (no shell that runs commands; no sudo
 * without a password; a lock that is not root's alone; the script's exit code
 * and last line; an end that was not seen); ERR_DEADLINE (also when it never
 * got its turn).
 */
int swarm_prepare(const struct docker_target *host, const char *script,
		  const json_t *environment, char *last,
		  const struct deadline *d, struct err *e);

#endif
