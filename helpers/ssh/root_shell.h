/*
 * root_shell - a script that runs as root on a host.
 */
#ifndef SSH_ROOT_SHELL_H
#define SSH_ROOT_SHELL_H

struct buf;
struct deadline;
struct err;
struct ssh;
struct ssh_command;

/* Bytes of a line of output that are kept: a character less than ssh_exec gives,
 * so that what is cut here is cut at a character. */
#define SSH_ROOT_LINE 1020

/* Borrowed, all of it. */
struct ssh_root_script {
	const char *program; /* of ours, [a-z-]: names the lock /run/<program> */
	const char *name;    /* of the script, for messages */
	const char *shell;   /* "sh" or "bash" */
	const struct buf *text;
	/* ssh_here_exec, for one that may run on this machine, too; else NULL, so that
	 * who has no use for it is not linked with it */
	int (*here)(const struct ssh_command *c, int *exit_code, const struct deadline *d,
		    struct err *e);
	int also;  /* an exit code that is no failure either; 0 for none */
	int *code; /* out, may be NULL: the exit code of a script that did not fail */
};

/*
 * Feeds the script to a shell on the host: root's, or one through `sudo -n`. It
 * travels on the shell's standard input, so that it does not show in a list of
 * processes; the script itself reads from /dev/null. Its output becomes progress
 * lines; the last line of it is written to `last` (SSH_ROOT_LINE bytes).
 *
 * It has succeeded only once its shell has said so, after it: a server that runs
 * something else in its place, or closes early, is an error. What the script
 * leaves running is not waited for.
 *
 * Without a connection (NULL) the host is this machine.
 *
 * One script of a program at a time runs on a host: another waits until that one
 * has ended, or its own time is up. A script whose connection is lost is not
 * killed: a package manager that is cut off in its middle leaves what no second
 * run can mend, and one that runs to its end leaves nothing to do. The next run
 * finds it there and waits.
 * Errors: ERR_REFUSED (no shell that runs commands; no sudo without a password; a
 * lock that is not root's alone; the script's exit code and last line; an end
 * that was not seen); ERR_DEADLINE (also when it never got its turn); ERR_LOCAL;
 * ERR_UNREACHABLE.
 */
int ssh_root_shell(struct ssh *s, const struct ssh_root_script *script, char *last,
		   const struct deadline *d, struct err *e);

#endif
