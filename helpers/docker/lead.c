/* SPDX-License-Identifier: MIT */
/* Leads what a worker sends to managers that are gone to another one. */
#include "docker/lead.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "docker/call.h"
#include "docker/lead_script.h"
#include "docker/state_shell.h"
#include "ssh/root_shell.h"

#include <string.h>

#define MAX_SCRIPT 16384

static int run(struct docker_engine *g, struct buf *text, const struct deadline *d,
	       struct err *e)
{
	const struct ssh_root_script script = {
		.program = "restore-swarm",
		.name = "of restore-swarm",
		.shell = "sh",
		.text = text,
	};
	char last[SSH_ROOT_LINE];
	int ret;

	buf_adds(text, docker_lead_script);
	ret = text->failed ? err_no_memory(e)
			   : docker_state_shell(g, &script, last, d, e);
	buf_free(text);
	return ret;
}

/* Each as "address port" on a line, the address without brackets. */
static void set_from(struct buf *text, const char *from)
{
	struct buf lines = BUF_INIT(MAX_SCRIPT);
	const char *item;
	size_t n;

	while (text_next_item(&from, &item, &n)) {
		size_t colon = n;

		while (colon && item[colon - 1] != ':')
			colon--;
		if (!colon)
			continue;
		if (*item == '[')
			buf_add(&lines, item + 1, colon >= 3 ? colon - 3 : 0);
		else
			buf_add(&lines, item, colon - 1);
		buf_adds(&lines, " ");
		buf_add(&lines, item + colon, n - colon);
		buf_adds(&lines, "\n");
	}
	docker_state_shell_set(text, "FROM", buf_str(&lines));
	buf_free(&lines);
}

int docker_lead_begin(struct docker_engine *g, const char *from, const char *to,
		      const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);

	docker_state_shell_set(&text, "DO", "lead");
	docker_state_shell_set(&text, "SOCKET", g->target.socket);
	docker_state_shell_set(&text, "TABLES", *to == '[' ? "ip6tables" : "iptables");
	docker_state_shell_set(&text, "TO", to);
	set_from(&text, from);
	return run(g, &text, d, e);
}

int docker_lead_end(struct docker_engine *g, const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);

	docker_state_shell_set(&text, "DO", "end");
	return run(g, &text, d, e);
}
