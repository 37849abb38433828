/* SPDX-License-Identifier: MIT */
/* Runs a script that stops the Docker of a host for a moment. */
#include "docker/state_shell.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "docker/call.h"
#include "ssh/root_shell.h"

int docker_state_shell(struct docker_engine *g, const struct ssh_root_script *script,
		       char *last, const struct deadline *d, struct err *e)
{
	if (!g->ssh && !script->here)
		return err_set(e, ERR_USAGE,
			       "%s: nothing is put back through a socket; name the host "
			       "by its address",
			       docker_label(g));
	if (ssh_root_shell(g->ssh, script, last, d, e))
		return err_wrap(e, "%s", docker_label(g));
	return 0;
}

void docker_state_shell_set(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=", name);
	text_shell_quote(b, value);
	buf_adds(b, "\n");
}
