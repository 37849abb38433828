/* SPDX-License-Identifier: MIT */
/* Looks for the snapshots of a manager's raft. */
#include "docker/raft_snapshot.h"

#include "base/buf.h"
#include "base/err.h"
#include "docker/call.h"
#include "docker/state_shell.h"
#include "ssh/root_shell.h"

#include <stdio.h>
#include <string.h>

#define MAX_SCRIPT 4096
#define NEWEST "newest snapshot "

// clang-format off: the shell's own indentation
/* Named after term and index, both as 16 hexadecimal digits (etcd's snap.go). */
static const char text_of_script[] =
"newest() { ls \"$ROOT\"/swarm/raft/snap-v3*/ 2>/dev/null | grep '\\.snap$' | sort | tail -n 1; }\n"
"waited=0\n"
"while [ \"$(newest)\" = \"$KNOWN\" ] && [ $waited -lt 30 ]; do\n"
"	sleep 0.1\n"
"	waited=$((waited + 1))\n"
"done\n"
"echo \"" NEWEST "$(newest)\"\n";
// clang-format on

int docker_raft_snapshot_newest(struct docker_engine *g, const char *root,
				struct docker_raft_snapshot *s, const struct deadline *d,
				struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);
	const struct ssh_root_script script = {
		.program = "restore-swarm",
		.name = "of restore-swarm",
		.shell = "sh",
		.text = &text,
	};
	char last[SSH_ROOT_LINE];
	int ret;

	docker_state_shell_set(&text, "ROOT", root);
	docker_state_shell_set(&text, "KNOWN", s->known ? s->name : "-");
	buf_adds(&text, text_of_script);
	ret = text.failed ? err_no_memory(e) : docker_state_shell(g, &script, last, d, e);
	buf_free(&text);
	if (ret)
		return -1;
	if (strncmp(last, NEWEST, sizeof(NEWEST) - 1) != 0)
		return err_set(e, ERR_REFUSED,
			       "%s: the look for its snapshots ended with \"%.200s\"",
			       docker_label(g), last);
	s->known = true;
	snprintf(s->name, sizeof(s->name), "%.63s", last + sizeof(NEWEST) - 1);
	return 0;
}
