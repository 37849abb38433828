/* SPDX-License-Identifier: MIT */
/* Runs a script on a host in root's shell. */
#include "ssh/root_shell.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "ssh/ssh.h"
#include "sshkey/crypto.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_INPUT (4u << 20)
#define TAIL_LINES 20
#define NONCE_BYTES 16

/* The shell reads all of its input before it runs any of it, so that the
 * script cannot eat its own text; `eval` keeps the text out of argv. What a
 * login shell prints before the first line of ours does not count. A restricted
 * shell may know no `exec`. */
#define COMMAND_FORMAT \
	"sh -c 'echo %s:shell; " \
	"if [ \"$(id -u)\" = 0 ]; then s=; else s=\"sudo -n\"; fi; " \
	"exec $s %s -c \"read -r l; p=\\$(cat); eval \\\"\\$l\\\"\"'"

#define BUSY 75     /* exit code: EX_TEMPFAIL of sysexits.h */
#define BAD_LOCK 77 /* EX_NOPERM */

// clang-format off: the shell's own indentation
/* Makes the lock $k, a folder, or prints what is there and is not root's alone.
 * Whoever can open a lock can hold it. Only root can make anything in /run. */
#define MAKE_LOCK \
	"(umask 077; mkdir $k 2>/dev/null; for f in $k $k/lock; do " \
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
 * run at a time. The arguments are the name, the nonce, BAD_LOCK, the seconds
 * left and BUSY. */
#define FIRST_LINE_FORMAT \
	"a=%s; m=$a:end:%s; k=/run/$a; echo $a:begin; n=0; " \
	"if command -v flock >/dev/null; then " \
	MAKE_LOCK " || exit %d; exec 9>>$k/lock; " \
	"until flock -n 9; do " \
		"[ $n -lt %lld ] || exit %d; n=$((n + 1)); " \
		"if [ $((n %% 10)) = 1 ]; then echo \"another run of $a is " \
		"under way here; waiting for it ($n s)\"; else echo; fi || exit 1; " \
		"sleep 1; " \
	"done; fi; echo $a:alone || exit 1; " \
	"(unset a k l m n; eval \"$p\") </dev/null 9>&-; " \
	"s=$?; printf '\\n%%s %%d\\n' $m $s; exit $s\n"
// clang-format on

/* How far it got. */
enum stage {
	NOTHING,
	AS_USER, /* the user's login shell runs our command */
	BEGUN,   /* root's shell is there */
	RUNNING, /* and the only one, so that the script runs */
	ENDED
};

/* What came back. */
struct output {
	const char *name;
	char nonce[2 * NONCE_BYTES + 1];
	enum stage stage;
	int code; /* the script's, once ENDED */
	size_t lines;
	char tail[TAIL_LINES][SSH_ROOT_LINE];
};

/* What follows "<name>:" in a line; NULL in any other line. */
static const char *marker_in(const struct output *o, const char *line, size_t *n)
{
	size_t skip = strlen(o->name);

	if (*n <= skip || memcmp(line, o->name, skip) || line[skip] != ':')
		return NULL;
	*n -= skip + 1;
	return line + skip + 1;
}

/* The marker that leads on from where it is; not the last, which holds more. */
static bool is_next(const struct output *o, const char *line, size_t n)
{
	static const char *const markers[] = {
		[NOTHING] = "shell",
		[AS_USER] = "begin",
		[BEGUN] = "alone",
	};
	const char *marker = marker_in(o, line, &n);

	return marker && o->stage < RUNNING && n == strlen(markers[o->stage]) &&
	       !memcmp(marker, markers[o->stage], n);
}

/* "end:<nonce> <exit code>" */
static bool is_end(struct output *o, const char *line, size_t n)
{
	const char *marker = marker_in(o, line, &n);
	char text[sizeof("end:") + sizeof(o->nonce) + 8];
	char expected[sizeof(text)];
	size_t start;
	uint32_t value;

	if (!marker || o->stage != RUNNING || n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)n, marker);
	start = (size_t)snprintf(expected, sizeof(expected), "end:%s ", o->nonce);
	if (strncmp(text, expected, start) || text_to_u32(text + start, 0, 255, &value))
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
		utf8_copy(slot, SSH_ROOT_LINE, line, n);
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

static int still_busy(const struct output *o, struct err *e)
{
	return err_set(e, ERR_DEADLINE,
		       "the script did not get its turn (%s); "
		       "look there for a script that does not end, or give it a "
		       "longer timeout",
		       last_line(o));
}

static int no_time(const struct output *o, const char *script, struct err *e)
{
	return err_set(e, ERR_DEADLINE,
		       "script %s did not end in time (its last line: %s); look there "
		       "for what it waits for, or give it a longer timeout",
		       script, last_line(o));
}

static int no_shell(const struct output *o, const char *user, int code, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "the login shell of user %s runs no "
		       "command of ours, or a forced command stands in its place "
		       "(exit code %d: %s); give the user a shell like /bin/bash, or "
		       "log in as another",
		       user, code, last_line(o));
}

static int no_root(const struct output *o, const char *user, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "user %s is not root and cannot become "
		       "root with sudo without a password (%s); allow that, or log "
		       "in as root",
		       user, last_line(o));
}

static int bad_lock(const struct output *o, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "what keeps runs of %s apart there is not "
		       "root's alone (%s); find out who made it, then remove it",
		       o->name, last_line(o));
}

static int no_end(const struct output *o, const char *script, int code, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "the shell that ran script %s went before "
		       "it said how the script ended (exit code %d: %s); look there "
		       "for what ended it, and run it again",
		       script, code, last_line(o));
}

/* `code` is what the server said of the shell as a whole; of the script only
 * its own last line is believed. */
static int judge(const struct output *o, const struct ssh_root_script *script,
		 const char *user, int code, struct err *e)
{
	if (o->stage == ENDED && (!o->code || o->code == script->also))
		return 0;
	if (o->stage == NOTHING)
		return no_shell(o, user, code, e);
	if (o->stage == AS_USER)
		return no_root(o, user, e);
	if (o->stage == BEGUN && code == BAD_LOCK)
		return bad_lock(o, e);
	if (o->stage == BEGUN && code == BUSY)
		return still_busy(o, e);
	show_tail(o);
	if (o->stage != ENDED)
		return no_end(o, script->name, code, e);
	return err_set(e, ERR_REFUSED, "script %s failed with exit code %d: %s",
		       script->name, o->code, last_line(o));
}

static int send(struct ssh *s, const struct ssh_root_script *script, struct output *o,
		int *code, const struct deadline *d, struct err *e)
{
	struct buf input = BUF_INIT(MAX_INPUT);
	char line[512];
	struct ssh_command command = {
		.line = line, .input = &input, .on_line = take_line, .ctx = o
	};
	int ret;

	snprintf(line, sizeof(line), COMMAND_FORMAT, o->name, script->shell);
	buf_addf(&input, FIRST_LINE_FORMAT, o->name, o->nonce, BAD_LOCK,
		 (long long)deadline_left_ms(d) / 1000, BUSY);
	buf_add(&input, script->text->data, script->text->len);
	ret = input.failed ? err_no_memory(e)
	      : s          ? ssh_exec(s, &command, code, d, e)
			   : script->here(&command, code, d, e);
	buf_free(&input);
	if (!ret || e->kind != ERR_DEADLINE || deadline_stopped(d))
		return ret;
	if (o->stage == BEGUN && o->lines)
		return still_busy(o, e);
	return o->stage == RUNNING ? no_time(o, script->name, e) : ret;
}

int ssh_root_shell(struct ssh *s, const struct ssh_root_script *script, char *last,
		   const struct deadline *d, struct err *e)
{
	struct output o = { .name = script->program };
	int code = 0;

	if (crypto_random_name(o.nonce, NONCE_BYTES, e) ||
	    send(s, script, &o, &code, d, e))
		return -1;
	snprintf(last, SSH_ROOT_LINE, "%s", o.lines ? last_line(&o) : "");
	if (judge(&o, script, s ? ssh_user(s) : "of this process", code, e))
		return -1;
	if (script->code)
		*script->code = o.code;
	return 0;
}
