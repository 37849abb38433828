/* SPDX-License-Identifier: MIT */
/* Puts a manager's swarm state onto a host. */
#include "docker/state_place.h"

#include "base/buf.h"
#include "base/err.h"
#include "docker/call.h"
#include "docker/state_place_script.h"
#include "docker/state_shell.h"
#include "ssh/root_shell.h"
#include "ssh/root_write.h"

#include <string.h>

#define PROGRAM "restore-swarm"
#define MAX_SCRIPT 65536

static int run(struct docker_engine *g, const struct docker_state_place *p,
	       const char *what, char *last, const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);
	const struct ssh_root_script script = {
		.program = PROGRAM,
		.name = "of " PROGRAM,
		.shell = "sh",
		.text = &text,
	};
	const char *const variables[][2] = {
		{ "ROOT", p->root },  { "SOCKET", g->target.socket },
		{ "SUM", p->sha256 }, { "CA_SUM", p->ca_sha256 },
		{ "ADDR", p->addr },  { "DO", what },
	};
	int ret;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		docker_state_shell_set(&text, variables[i][0], variables[i][1]);
	buf_adds(&text, docker_state_place_script);
	ret = text.failed ? err_no_memory(e) : docker_state_shell(g, &script, last, d, e);
	buf_free(&text);
	return ret;
}

int docker_state_place_look(struct docker_engine *g, const struct docker_state_place *p,
			    struct docker_state_found *out, const struct deadline *d,
			    struct err *e)
{
	char last[SSH_ROOT_LINE];

	if (run(g, p, "look", last, d, e))
		return -1;
	if (strncmp(last, STATE_PLACE_FOUND, sizeof(STATE_PLACE_FOUND) - 1) != 0)
		return err_set(e, ERR_REFUSED,
			       "%s: the look at its state ended with "
			       "\"%.200s\"",
			       docker_label(g), last);
	out->placed = strstr(last, " " STATE_PLACE_PLACED) != NULL;
	out->remains = strstr(last, " " STATE_PLACE_REMAINS) != NULL;
	out->has_addr = strstr(last, " " STATE_PLACE_ADDRESS) != NULL;
	return 0;
}

int docker_state_place(struct docker_engine *g, const struct docker_state_place *p,
		       const struct deadline *d, struct err *e)
{
	char last[SSH_ROOT_LINE];

	if (ssh_root_write(g->ssh, STATE_PLACE_FOLDER, STATE_PLACE_FILE, p->state, d, e))
		return err_wrap(e, "%s", docker_label(g));
	return run(g, p, "place", last, d, e);
}

int docker_state_place_forget(struct docker_engine *g, const struct docker_state_place *p,
			      const struct deadline *d, struct err *e)
{
	char last[SSH_ROOT_LINE];

	return run(g, p, "forget", last, d, e);
}
