/*
 * here - a command on this machine in place of one on a host, for an executable that runs on
 * the host itself.
 */
#ifndef SSH_HERE_H
#define SSH_HERE_H

struct deadline;
struct err;
struct ssh_command;

/*
 * As ssh_exec, with `sh -c` in the place of the login shell. The command is in a process group
 * of its own and, as on a host, not killed when the time is up.
 * Errors: ERR_DEADLINE, ERR_LOCAL.
 */
int ssh_here_exec(const struct ssh_command *c, int *exit_code, const struct deadline *d,
		  struct err *e);

#endif
