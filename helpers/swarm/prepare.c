/* SPDX-License-Identifier: MIT */
/* Runs a script on a host as root. */
#include "swarm/prepare.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "sshkey/crypto.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SCRIPT (1u << 20)
#define MAX_INPUT (2 * MAX_SCRIPT)
#define TAIL_LINES 20

/* What tells how far it got, each a line of its own, in this order. */
#define SHELL "prepare-node:shell" /* the user's login shell runs our command */
#define BEGIN "prepare-node:begin" /* root's shell is there */
#define ALONE "prepare-node:alone" /* and the only one, so that the script runs */
#define END "prepare-node:end:"    /* nonce, space, the script's exit code */

#define NONCE_BYTES 16

/* The shell reads all of its input before it runs any of it, so that the
 * script cannot eat its own text; `eval` keeps the text out of argv. What a
 * login shell prints before the first line of ours does not count. A restricted
 * shell may know no `exec`. */
#define COMMAND_FORMAT \
	"sh -c 'echo " SHELL "; " \
	"if [ \"$(id -u)\" = 0 ]; then s=; else s=\"sudo -n\"; fi; " \
	"exec $s %s -c \"read -r l; p=\\$(cat); eval \\\"\\$l\\\"\"'"

#define LOCK "/run/prepare-node" /* a folder, so that no other user gets near */
#define BUSY 75      /* exit code: EX_TEMPFAIL of sysexits.h */
#define BAD_LOCK 77  /* EX_NOPERM */

/* Makes the lock, or prints what is there and is not root's alone. Whoever
 * can open a lock can hold it. Only root can make anything in /run. */
#define MAKE_LOCK \
	"(umask 077; mkdir " LOCK " 2>/dev/null; for f in " LOCK " " LOCK "/lock; do " \
		"[ -e $f ] || [ -L $f ] || true >>$f; " \
		"[ ! -L $f ] && [ -O $f ] && " \
		"case $(ls -ld $f) in ?rw[x-]------*) ;; *) false ;; esac || " \
		"{ ls -ld $f; exit 1; }; " \
	"done)"

/* The first line of input: waits until it is alone, runs the rest, and says how
 * that ended, with a number that nothing else on the host knows: neither a
 * forced command nor a channel that closes early is taken for success. Only
 * this shell holds the lock, not the script, which may start a daemon; so the
 * kernel takes it back whatever becomes of the two. It is asked for again and
 * again and not waited for, since only an echo, if of an empty line, shows
 * whether the other side is still there: one that fails ends the wait.
 * util-linux and busybox have flock; a host that has neither is trusted to one
 * run at a time. */
#define FIRST_LINE_FORMAT \
	"m=" END "%s; echo " BEGIN "; n=0; " \
	"if command -v flock >/dev/null; then " \
	MAKE_LOCK " || exit %d; exec 9>>" LOCK "/lock; " \
	"until flock -n 9; do " \
		"[ $n -lt %lld ] || exit %d; n=$((n + 1)); " \
		"if [ $((n %% 10)) = 1 ]; then echo \"another run of prepare-node is " \
		"under way here; waiting for it ($n s)\"; else echo; fi || exit 1; " \
		"sleep 1; " \
	"done; fi; echo " ALONE " || exit 1; (unset l m n; eval \"$p\") </dev/null 9>&-; " \
	"s=$?; printf '\\n%%s %%d\\n' $m $s; exit $s\n"

enum stage { NOTHING, AS_USER, BEGUN, RUNNING, ENDED };

/* What came back: how far it got, and the last lines. */
struct output {
	char nonce[2 * NONCE_BYTES + 1];
	enum stage stage;
	int code; /* the script's, once ENDED */
	size_t lines;
	char tail[TAIL_LINES][SWARM_PREPARE_LINE];
};

static bool is_line(const char *line, size_t n, const char *marker)
{
	return n == strlen(marker) && !memcmp(line, marker, n);
}

/* The marker that leads on from where it is; not the last, which holds more. */
static bool is_next(const struct output *o, const char *line, size_t n)
{
	static const char *const markers[] = {
		[NOTHING] = SHELL, [AS_USER] = BEGIN, [BEGUN] = ALONE,
	};

	return o->stage < RUNNING && is_line(line, n, markers[o->stage]);
}

static bool is_end(struct output *o, const char *line, size_t n)
{
	char text[sizeof(END) + sizeof(o->nonce) + 8], *code;
	size_t start = sizeof(END) - 1 + strlen(o->nonce) + 1;
	char expected[sizeof(text)];
	uint32_t value;

	if (o->stage != RUNNING || n >= sizeof(text) || n <= start)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, line);
	snprintf(expected, sizeof(expected), END "%s ", o->nonce);
	code = text + start;
	if (strncmp(text, expected, start) || text_to_u32(code, 0, 255, &value))
		return false;
	o->code = (int)value;
	return true;
}

static bool take_line(void *ctx, const char *line, size_t n)
{
	struct output *o = ctx;
	char *slot = o->tail[o->lines % TAIL_LINES];

	if (is_next(o, line, n)) {
		o->stage++;
		o->lines = 0;
	} else if (is_end(o, line, n)) {
		o->stage = ENDED;
	} else if (n) {
		utf8_copy(slot, SWARM_PREPARE_LINE, line, n);
		o->lines++;
		if (o->stage >= BEGUN)
			log_progress("%s", slot);
	}
	return o->stage != ENDED;
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
	struct stat st;
	int fd = file_open(path, &st), ret = 0;

	if (fd < 0 || file_read(fd, out))
		ret = err_set(e, ERR_LOCAL, "script %s cannot be read: %s; give a "
			      "file of at most %u bytes", path, file_why(errno),
			      MAX_SCRIPT);
	if (fd >= 0)
		close(fd);
	return ret;
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

static int still_busy(const struct output *o, const struct docker_target *host,
		      struct err *e)
{
	return err_set(e, ERR_DEADLINE, "%s: the script did not get its turn (%s); "
		       "look there for a script that does not end, or give it a "
		       "longer timeout", host->label, last_line(o));
}

static int no_shell(const struct output *o, const struct docker_target *host,
		    int code, struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: the login shell of user %s runs no "
		       "command of ours, or a forced command stands in its place "
		       "(exit code %d: %s); give the user a shell like /bin/bash, or "
		       "log in as another", host->label, host->login.user, code,
		       last_line(o));
}

static int no_root(const struct output *o, const struct docker_target *host,
		   struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: user %s is not root and cannot become "
		       "root with sudo without a password (%s); allow that, or log "
		       "in as root", host->label, host->login.user, last_line(o));
}

static int bad_lock(const struct output *o, const struct docker_target *host,
		    struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: what keeps runs of prepare-node apart "
		       "there is not root's alone (%s); find out who made it, then "
		       "remove it", host->label, last_line(o));
}

static int no_end(const struct output *o, const char *script, int code,
		  const struct docker_target *host, struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: the shell that ran script %s went before "
		       "it said how the script ended (exit code %d: %s); look there "
		       "for what ended it, and run it again", host->label, script,
		       code, last_line(o));
}

/* `code` is what the server said of the shell as a whole; of the script only
 * its own last line is believed. */
static int judge(const struct output *o, const char *script, int code,
		 const struct docker_target *host, struct err *e)
{
	if (o->stage == ENDED && !o->code)
		return 0;
	if (o->stage == NOTHING)
		return no_shell(o, host, code, e);
	if (o->stage == AS_USER)
		return no_root(o, host, e);
	if (o->stage == BEGUN && code == BAD_LOCK)
		return bad_lock(o, host, e);
	if (o->stage == BEGUN && code == BUSY)
		return still_busy(o, host, e);
	show_tail(o);
	if (o->stage != ENDED)
		return no_end(o, script, code, host, e);
	return err_set(e, ERR_REFUSED, "%s: script %s failed with exit code %d: %s",
		       host->label, script, o->code, last_line(o));
}

static int converse(struct ssh *ssh, const struct buf *script,
		    const struct buf *input, const struct docker_target *host,
		    struct output *out, int *code, const struct deadline *d,
		    struct err *e)
{
	struct buf whole = BUF_INIT(MAX_INPUT + sizeof(FIRST_LINE_FORMAT) + 128);
	char line[512];
	struct ssh_command command = { .line = line, .input = &whole,
				       .on_line = take_line, .ctx = out };
	int ret;

	if (crypto_random_name(out->nonce, NONCE_BYTES, e))
		return -1;
	snprintf(line, sizeof(line), COMMAND_FORMAT, shell_of(script));
	buf_addf(&whole, FIRST_LINE_FORMAT, out->nonce, BAD_LOCK,
		 (long long)deadline_left_ms(d) / 1000, BUSY);
	buf_add(&whole, input->data, input->len);
	ret = whole.failed ? err_set(e, ERR_LOCAL, "out of memory")
			   : ssh_exec(ssh, &command, code, d, e);
	buf_free(&whole);
	if (ret && e->kind == ERR_DEADLINE && out->stage == BEGUN && out->lines)
		return still_busy(out, host, e);
	return ret ? err_wrap(e, "%s", host->label) : 0;
}

int swarm_prepare(const struct docker_target *host, const char *script,
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
