/* SPDX-License-Identifier: MIT */
/* Lets a host copy its swarm state, and reads the copy. */
#include "docker/state_copy.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "docker/call.h"
#include "docker/state_script.h"
#include "docker/state_shell.h"
#include "ssh/here.h"
#include "ssh/root_read.h"
#include "ssh/root_shell.h"

#include <string.h>

#define PROGRAM "backup-swarm"
#define MAX_SCRIPT 65536

const char *docker_copy_name(enum docker_copy_kind kind)
{
	return kind == DOCKER_COPY_STOPPED ? "stopped" : "running";
}

static int run(struct docker_engine *g, const struct buf *text, int *code, char *last,
	       const struct deadline *d, struct err *e)
{
	const struct ssh_root_script script = {
		.program = PROGRAM,
		.name = "of " PROGRAM,
		.shell = "sh",
		.text = text,
		.here = ssh_here_exec,
		.also = DOCKER_STATE_CHANGED,
		.code = code,
	};

	return docker_state_shell(g, &script, last, d, e);
}

/* The next word of a line. */
static void word(const char **p, char *out, size_t size)
{
	size_t n = strcspn(*p, " "), kept = n < size ? n : size - 1;

	memcpy(out, *p, kept);
	out[kept] = '\0';
	*p += n + ((*p)[n] == ' ');
}

static int read_facts(const char *line, struct docker_state_copy *out)
{
	static const char *const words[] = DOCKER_STATE_LAST;
	char bytes[16], ms[16], text[16];
	const struct {
		char *p;
		size_t size;
	} values[] = { { bytes, sizeof(bytes) },
		       { ms, sizeof(ms) },
		       { out->sha256, sizeof(out->sha256) } };
	size_t value = 0;
	uint32_t stopped;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i])
			word(&line, text, sizeof(text));
		else
			word(&line, values[value].p, values[value].size);
		value += !words[i];
		if (words[i] && strcmp(text, words[i]) != 0)
			return -1;
	}
	if (*line || text_to_u32(ms, 0, UINT32_MAX, &stopped) ||
	    text_to_u32(bytes, 1, UINT32_MAX, &out->bytes) || strlen(out->sha256) != 64)
		return -1;
	out->stopped_ms = stopped;
	return 0;
}

int docker_state_copy(struct docker_engine *g, const char *root,
		      enum docker_copy_kind kind, struct docker_state_copy *out,
		      const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);
	char last[SSH_ROOT_LINE];
	int code = 0, ret;

	docker_state_shell_set(&text, "ROOT", root);
	docker_state_shell_set(&text, "SOCKET", g->target.socket);
	docker_state_shell_set(&text, "COPY", docker_copy_name(kind));
	buf_adds(&text, docker_state_script);
	ret = text.failed ? err_no_memory(e) : run(g, &text, &code, last, d, e);
	buf_free(&text);
	if (ret)
		return -1;
	out->changed = code == DOCKER_STATE_CHANGED;
	if (out->changed || !read_facts(last, out))
		return 0;
	return err_set(e, ERR_REFUSED, "%s: the copy ended with \"%.200s\"",
		       docker_label(g), last);
}

int docker_state_read(struct docker_engine *g, const struct docker_state_copy *copy,
		      const struct sink *sink, const struct deadline *d, struct err *e)
{
	if (ssh_root_read(g->ssh, DOCKER_STATE_FILE, copy->bytes, sink, d, e))
		return err_wrap(e, "%s", docker_label(g));
	return 0;
}

int docker_state_forget(struct docker_engine *g, const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);
	char last[SSH_ROOT_LINE];
	int code, ret;

	buf_adds(&text, "rm -rf " DOCKER_STATE_FOLDER "\n");
	ret = run(g, &text, &code, last, d, e);
	buf_free(&text);
	return ret;
}
