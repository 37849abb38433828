/*
 * script - a script of this machine, as it is to run on another one.
 */
#ifndef SSH_SCRIPT_H
#define SSH_SCRIPT_H

#include "base/buf.h"

#include <jansson.h>

struct err;

struct ssh_script {
	const char *shell; /* "bash" where its first line names that, or "sh" */
	struct buf text;   /* with the environment in front of it */
};

/* Reads the file `path`. First come the variables of two maps of strings (borrowed, may
 * be NULL): those of `environment` are exported, those of `secrets` are the shell's alone,
 * so that no process that the script starts has them in /proc. The caller frees it with ssh_script_free, unless this fails.
 * Errors: ERR_LOCAL (the file cannot be read), ERR_USAGE (a name that is no
 * variable). */
int ssh_script_read(struct ssh_script *s, const char *path, const json_t *environment,
		    const json_t *secrets, struct err *e);

/* Wipes. */
void ssh_script_free(struct ssh_script *s);

#endif
