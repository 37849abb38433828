#include "swarm/prepare.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_SCRIPT (1u << 20)
#define MAX_INPUT (2 * MAX_SCRIPT)
#define TAIL_LINES 20
#define BEGIN "prepare-node:begin" /* our shell is there */
#define ALONE "prepare-node:alone" /* and the only one, so that the script runs */

/* The shell reads all of its input before it runs any of it, so that the
 * script cannot eat its own text; `eval` keeps the text out of argv. What a
 * login shell prints before the first line of ours does not count. */
#define COMMAND_FORMAT \
	"exec sh -c 'if [ \"$(id -u)\" = 0 ]; then s=; else s=\"sudo -n\"; fi; " \
	"exec $s %s -c \"read -r l; p=\\$(cat); eval \\\"\\$l\\\"\"'"

#define BUSY 75 /* exit code: EX_TEMPFAIL of sysexits.h */

/* The first line of input: waits until it is alone, then runs the rest. Only
 * this shell holds the lock, not the script, which may start a daemon; so the
 * kernel takes it back whatever becomes of the two. It is asked for again and
 * again and not waited for, since only an echo, if of an empty line, shows
 * whether the other side is still there: one that fails ends the wait.
 * Only root can make a file in /run. util-linux and busybox have flock; a host
 * that has neither is trusted to one run at a time. */
#define FIRST_LINE_FORMAT \
	"echo " BEGIN "; n=0; " \
	"command -v flock >/dev/null && exec 9>>/run/prepare-node.lock && " \
	"until flock -n 9; do " \
		"[ $n -lt %lld ] || exit %d; n=$((n + 1)); " \
		"if [ $((n %% 10)) = 1 ]; then echo \"another run of prepare-node is " \
		"under way here; waiting for it ($n s)\"; else echo; fi || exit 1; " \
		"sleep 1; " \
	"done; echo " ALONE " || exit 1; (eval \"$p\") </dev/null 9>&-; exit $?\n"

enum stage { NOTHING, BEGUN, RUNNING };

/* What came back: how far it got, and the last lines. */
struct output {
	enum stage stage;
	size_t lines;
	char tail[TAIL_LINES][SWARM_PREPARE_LINE];
};

static bool is_line(const char *line, size_t n, const char *marker)
{
	return n == strlen(marker) && !memcmp(line, marker, n);
}

static void take_line(void *ctx, const char *line, size_t n)
{
	struct output *o = ctx;
	char *slot = o->tail[o->lines % TAIL_LINES];

	if ((o->stage == NOTHING && is_line(line, n, BEGIN)) ||
	    (o->stage == BEGUN && is_line(line, n, ALONE))) {
		o->stage++;
		o->lines = 0;
		return;
	}
	if (!n)
		return;
	snprintf(slot, SWARM_PREPARE_LINE, "%.*s", (int)n, line);
	o->lines++;
	if (o->stage != NOTHING)
		log_progress("%s", slot);
}

static const char *last_line(const struct output *o)
{
	return o->lines ? o->tail[(o->lines - 1) % TAIL_LINES] : "no output";
}

static void show_tail(const struct output *o)
{
	size_t from = o->lines > TAIL_LINES ? o->lines - TAIL_LINES : 0;

	for (size_t i = from; i < o->lines; i++) {
		const char *line = o->tail[i % TAIL_LINES];

		log_remote(line, (int)strlen(line));
	}
}

static int read_script(const char *path, struct buf *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	char piece[4096];
	size_t n;

	if (!f)
		return err_set(e, ERR_LOCAL, "script %s cannot be read: %s", path,
			       strerror(errno));
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, n);
	n = (size_t)ferror(f);
	fclose(f);
	if (n || out->failed)
		return err_set(e, ERR_LOCAL, "script %s cannot be read, or is larger "
			       "than %u bytes", path, MAX_SCRIPT);
	return 0;
}

static bool is_variable(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz_";

	return *name && strchr(first, *name) &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "_0123456789") == strlen(name);
}

static int add_environment(struct buf *out, const json_t *map, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)map, name, value) {
		if (!is_variable(name))
			return err_set(e, ERR_USAGE, "environment: %s is not the name "
				       "of a variable (letters, digits and _)",
				       name);
		buf_addf(out, "export %s=", name);
		text_shell_quote(out, json_string_value(value));
		buf_adds(out, "\n");
	}
	return out->failed ? err_set(e, ERR_LOCAL, "environment: too large") : 0;
}

static const char *shell_of(const struct buf *script)
{
	size_t n = strcspn(buf_str(script), "\n");

	return !strncmp(buf_str(script), "#!", 2) && n >= 4 &&
	       !strncmp(buf_str(script) + n - 4, "bash", 4) ? "bash" : "sh";
}

static int still_busy(const struct output *o, const struct docker_place *host,
		      struct err *e)
{
	return err_set(e, ERR_DEADLINE, "%s: the script did not get its turn (%s); "
		       "look there for a script that does not end, or give it a "
		       "longer timeout", host->label, last_line(o));
}

static int judge(const struct output *o, const char *script, int code,
		 const struct docker_place *host, struct err *e)
{
	if (!code)
		return 0;
	if (o->stage == BEGUN && code == BUSY)
		return still_busy(o, host, e);
	if (o->stage == NOTHING)
		return err_set(e, ERR_REFUSED, "%s: user %s is not root and cannot "
			       "become root with sudo without a password (%s); "
			       "allow that, or log in as root", host->label,
			       host->login.user, last_line(o));
	show_tail(o);
	return err_set(e, ERR_REFUSED, "%s: script %s failed with exit code %d: %s",
		       host->label, script, code, last_line(o));
}

static int converse(struct ssh *ssh, const struct buf *script,
		    const struct buf *input, const struct docker_place *host,
		    struct output *out, int *code, const struct deadline *d,
		    struct err *e)
{
	struct buf whole = BUF_INIT(MAX_INPUT + sizeof(FIRST_LINE_FORMAT) + 64);
	char command[512];
	int ret;

	snprintf(command, sizeof(command), COMMAND_FORMAT, shell_of(script));
	buf_addf(&whole, FIRST_LINE_FORMAT, (long long)deadline_left_ms(d) / 1000,
		 BUSY);
	buf_add(&whole, input->data, input->len);
	ret = whole.failed ? err_set(e, ERR_LOCAL, "out of memory")
			   : ssh_exec(ssh, command, &whole, take_line, out, code,
				      d, e);
	buf_free(&whole);
	if (ret && e->kind == ERR_DEADLINE && out->stage == BEGUN && out->lines)
		return still_busy(out, host, e);
	return ret ? err_wrap(e, "%s", host->label) : 0;
}

int swarm_prepare(const struct docker_place *host, const char *script,
		  const json_t *environment, char *last,
		  const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT), input = BUF_INIT(MAX_INPUT);
	struct output out = { 0 };
	struct ssh *ssh = NULL;
	int code = 0, ret = -1;

	if (read_script(script, &text, e) ||
	    add_environment(&input, environment, e) ||
	    buf_add(&input, text.data, text.len))
		goto out;
	if (ssh_open(&ssh, &host->login, d, e)) {
		err_wrap(e, "%s", host->label);
		goto out;
	}
	if (converse(ssh, &text, &input, host, &out, &code, d, e))
		goto out;
	snprintf(last, SWARM_PREPARE_LINE, "%s", out.lines ? last_line(&out) : "");
	ret = judge(&out, script, code, host, e);
out:
	ssh_close(ssh);
	buf_free(&input);
	buf_free(&text);
	return ret;
}
