/*
 * command - a program that an executable starts for the person who called it, and the
 * signals that come meanwhile.
 *
 * Only executables that are a person's tools start one: whoever kills one of the others
 * must not leave a program behind.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct buf;
struct deadline;
struct err;

#define COMMAND_NOT_FOUND 127 /* as a shell says it */
#define COMMAND_CANNOT_RUN 126

struct command {
	pid_t pid;  /* 0: none runs */
	int status; /* once it has ended: its exit code, 128 plus its signal */
	bool over;  /* it has ended; without one: a signal to end has come */
};

/* From now on SIGINT, SIGTERM, SIGHUP (unless ignored) and the end of a child make the
 * descriptor readable that is returned; it lives as long as the process. -1 with
 * ERR_LOCAL. In place of helper_signals. */
int command_watch(struct err *e);

/* Starts `argv`, found on PATH, with this process's streams and environment, `mask` as
 * its umask and signals as this process was given them. One that cannot be started
 * is over, with a shell's status for that; a line on stderr says so. */
void command_start(struct command *c, const char *const argv[], mode_t mask);

/* Takes in what has come: passes a signal that somebody sent to this process alone on to
 * the command (one of the terminal it has got itself), and learns that it ended. */
void command_take(struct command *c);

/* Runs `argv`, appends what it writes (as much as fits), and writes its exit code.
 * Errors: ERR_LOCAL (it cannot be started), ERR_DEADLINE (it was killed). */
int command_output(const char *const argv[], struct buf *out, int *status,
		   const struct deadline *d, struct err *e);

#endif
