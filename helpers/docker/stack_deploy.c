/* SPDX-License-Identifier: MIT */
/* Runs `docker stack deploy` on a manager. */
#include "docker/stack_deploy.h"

#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "docker/api_error.h"
#include "docker/call.h"
#include "docker/stack_script.h"
#include "ssh/here.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define MAX_INPUT (8u << 20)
#define LINE 1020
#define NONCE_BYTES 16
#define MARK "deploy-stack:"
/* The name is the shell's $0, which tells a later run that this is one of ours. */
#define COMMAND "sh -c 'p=$(cat); eval \"$p\"' deploy-stack"

enum stage { NOTHING, BEGUN, ENDED };

struct output {
	char mark[sizeof(MARK) + 2 * NONCE_BYTES + 1]; /* with a blank behind it */
	enum stage stage;
	uint32_t code;
	char last[LINE];
};

static void take_text(struct output *o, const char *line, size_t n)
{
	utf8_copy(o->last, sizeof(o->last), line, n);
	utf8_mask(o->last);
	if (o->stage == BEGUN)
		log_progress("%s", o->last);
}

static bool take_line(void *ctx, const char *line, size_t n)
{
	struct output *o = ctx;
	size_t skip = strlen(o->mark);
	char word[8];

	if (n <= skip || n >= skip + sizeof(word) || memcmp(line, o->mark, skip)) {
		if (n)
			take_text(o, line, n);
		return true;
	}
	memcpy(word, line + skip, n - skip);
	word[n - skip] = '\0';
	if (!strcmp(word, "begin")) {
		o->stage = BEGUN;
		o->last[0] = '\0';
	} else if (!text_to_u32(word, 0, 255, &o->code)) {
		o->stage = ENDED;
	}
	return o->stage != ENDED;
}

static int make_mark(struct output *o, struct err *e)
{
	unsigned char bytes[NONCE_BYTES];
	size_t n = strlen(MARK);

	if (getentropy(bytes, sizeof(bytes)))
		return err_set(e, ERR_LOCAL, "no random bytes to be had");
	memcpy(o->mark, MARK, n);
	for (size_t i = 0; i < sizeof(bytes); i++, n += 2)
		snprintf(o->mark + n, sizeof(o->mark) - n, "%02x ", bytes[i]);
	return 0;
}

/* ---- the input ---- */

static void set(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=", name);
	text_shell_quote(b, value);
	buf_adds(b, "\n");
}

static void set_environment(struct buf *b, const json_t *environment)
{
	struct buf names = BUF_INIT(MAX_INPUT);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)environment, name, value) {
		buf_addf(&names, "%s%s", names.len ? "," : "", name);
		buf_adds(b, "export ");
		set(b, name, json_string_value(value));
	}
	set(b, "VARIABLES", buf_str(&names));
	buf_free(&names);
}

static int write_input(struct buf *b, const struct docker_engine *g,
		       const struct docker_stack_deploy *p, const struct output *o,
		       const struct deadline *d, struct err *e)
{
	const char *local = g->target.login.host + strlen("unix://");
	size_t nonce = strlen(MARK);

	set_environment(b, p->environment);
	buf_addf(b, "NONCE=%.*s\nLEFT=%lld\n", 2 * NONCE_BYTES, o->mark + nonce,
		 (long long)deadline_left_ms(d) / 1000 + 1); /* 0 has no end */
	set(b, "STACK", p->stack);
	set(b, "SOCKET", g->ssh ? g->target.socket : local);
	set(b, "RESOLVE", p->resolve_image);
	set(b, "COMPOSE", buf_str(p->compose));
	set(b, "NAMES", p->names);
	set(b, "LOGINS", p->logins ? p->logins : "");
	buf_adds(b, docker_stack_script);
	if (!b->failed)
		return 0;
	return err_set(e, ERR_LOCAL,
		       "the compose file and what goes with it are larger "
		       "than %u bytes",
		       MAX_INPUT);
}

/* ---- how it ended ---- */

/* The docker command tells of its engine in words of its own, too. */
static enum err_kind kind_of(const char *said)
{
	return strstr(said, "Cannot connect to the Docker daemon") ||
			       strstr(said, "error during connect")
		       ? ERR_BUSY
		       : docker_api_error_kind(0, said);
}

static int judge(const struct output *o, const char *label, int code, struct err *e)
{
	const char *said = *o->last ? o->last : "nothing";

	if (o->stage == ENDED && !o->code)
		return 0;
	if (o->stage == ENDED)
		return err_set(e, kind_of(said), "%s: docker stack deploy: %s", label,
			       said);
	if (o->stage == BEGUN)
		return err_set(e, ERR_UNREACHABLE,
			       "%s: the shell that ran docker stack deploy went before it "
			       "said how that ended (exit code %d: %s)",
			       label, code, said);
	return err_set(e, ERR_REFUSED,
		       "%s: the login shell runs no command of ours (exit code %d: %s); "
		       "give the user a shell like /bin/bash, or log in as another",
		       label, code, said);
}

int docker_stack_deploy(struct docker_engine *manager,
			const struct docker_stack_deploy *deploy,
			const struct deadline *d, struct err *e)
{
	struct buf input = BUF_INIT(MAX_INPUT);
	struct output o = { .stage = NOTHING };
	struct ssh_command command = {
		.line = COMMAND, .input = &input, .on_line = take_line, .ctx = &o
	};
	int code = 0, ret = -1;

	if (make_mark(&o, e) || write_input(&input, manager, deploy, &o, d, e))
		goto out;
	ret = manager->ssh ? ssh_exec(manager->ssh, &command, &code, d, e)
			   : ssh_here_exec(&command, &code, d, e);
	ret = ret ? err_wrap(e, "%s", docker_label(manager))
		  : judge(&o, docker_label(manager), code, e);
out:
	buf_free(&input);
	return ret;
}
