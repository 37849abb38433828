/* SPDX-License-Identifier: MIT */
/* A command on this machine: what goes in, what comes out, how it ends. */
#include "ssh/here.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "ssh/ssh.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct said {
	size_t lines;
	char last[2048];
	const char *enough; /* the line after which nothing more is wanted */
};

static bool take(void *ctx, const char *line, size_t n)
{
	struct said *s = ctx;

	s->lines++;
	snprintf(s->last, sizeof(s->last), "%.*s", (int)n, line);
	return !s->enough || strcmp(s->last, s->enough) != 0;
}

static int run(struct said *s, const char *line, const struct buf *input, int *code,
	       int ms, struct err *e)
{
	const struct ssh_command c = {
		.line = line, .input = input, .on_line = take, .ctx = s
	};
	struct deadline d = deadline_in(ms);

	return ssh_here_exec(&c, code, &d, e);
}

static void reads_lines(void **state)
{
	struct said s = { 0 };
	struct err e;
	int code = -1;

	(void)state;
	assert_int_equal(run(&s, "echo a; echo b >&2; printf c; exit 7", NULL, &code,
			     20000, &e),
			 0);
	assert_int_equal(code, 7);
	assert_int_equal(s.lines, 3);
	assert_string_equal(s.last, "c");
}

static void says_of_a_signal(void **state)
{
	struct said s = { 0 };
	struct err e;
	int code = -1;

	(void)state;
	assert_int_equal(run(&s, "kill -KILL $$", NULL, &code, 20000, &e), 0);
	assert_int_equal(code, 128 + SIGKILL);
}

/* More than a pipe holds, both ways at once. */
static void passes_input_on(void **state)
{
	struct buf input = BUF_INIT(1u << 20);
	struct said s = { 0 };
	struct err e;
	int code = -1;

	(void)state;
	for (int i = 0; i < 50000; i++)
		buf_addf(&input, "line %d\n", i);
	assert_false(input.failed);
	assert_int_equal(run(&s, "cat", &input, &code, 20000, &e), 0);
	assert_int_equal(code, 0);
	assert_int_equal(s.lines, 50000);
	assert_string_equal(s.last, "line 49999");
	memset(&s, 0, sizeof(s));
	assert_int_equal(run(&s, "exec <&-; echo shut", &input, &code, 20000, &e), 0);
	assert_string_equal(s.last, "shut");
	buf_free(&input);
}

static void ends_in_time(void **state)
{
	struct said s = { 0 };
	struct err e;
	int code = -1;

	(void)state;
	assert_int_equal(run(&s, "sleep 3", NULL, &code, 50, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_non_null(strstr(e.msg, "did not end in time"));
}

/* What it has left running may hold its output open. */
static void ends_where_enough_is_known(void **state)
{
	struct said s = { .enough = "done" };
	struct err e;
	int code = -1;

	(void)state;
	assert_int_equal(run(&s, "sleep 5 & echo done", NULL, &code, 20000, &e), 0);
	assert_string_equal(s.last, "done");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(says_of_a_signal),
		cmocka_unit_test(passes_input_on),
		cmocka_unit_test(ends_in_time),
		cmocka_unit_test(ends_where_enough_is_known),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("ssh_here", tests, NULL, NULL);
}
