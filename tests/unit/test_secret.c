/* SPDX-License-Identifier: MIT */
/* base/secret: every block is wiped before it is given back, and the process
 * is prepared. Linked with --wrap=free, so that this sees what free gets. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "SWMTKN-1-hunter2"

void *__real_malloc(size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void __wrap_free(void *p);

/* The newest block that malloc gave to the code under test. */
static unsigned char *block;
static size_t block_size;
/* And the size of each. */
static struct {
	void *p;
	size_t n;
} sizes[64];
static size_t next_size;
static bool watching, fail_malloc;
static unsigned freed_clean, freed_dirty;

void *__wrap_malloc(size_t n)
{
	void *p = watching && fail_malloc ? NULL : __real_malloc(n);

	if (watching) {
		block = p;
		block_size = n;
		sizes[next_size].p = p;
		sizes[next_size].n = n;
		next_size = (next_size + 1) % 64;
	}
	return p;
}

static size_t size_of(const void *p)
{
	for (size_t i = 0; i < 64; i++)
		if (sizes[i].p == p)
			return sizes[i].n;
	return 0;
}

static bool holds(const unsigned char *p, size_t n, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= n; i++)
		if (!memcmp(p + i, what, len))
			return true;
	return false;
}

void __wrap_free(void *p)
{
	size_t n = watching && p ? size_of(p) : 0;

	if (n) {
		if (holds(p, n, "hunter2"))
			freed_dirty++;
		else
			freed_clean++;
	}
	__real_free(p);
}

static int watch(void **state)
{
	(void)state;
	freed_clean = freed_dirty = 0;
	fail_malloc = false;
	watching = true;
	return 0;
}

static int unwatch(void **state)
{
	(void)state;
	watching = false;
	return 0;
}

/* mutant helpers/base/secret.c secret_free: without secret_wipe() */
static void wipes_on_free(void **state)
{
	char *copy = secret_strdup(TOKEN);

	(void)state;
	assert_string_equal(copy, TOKEN);
	assert_true(holds(block, block_size, TOKEN));
	secret_free(copy);
	secret_free(NULL);
	assert_int_equal(freed_clean, 1);
	assert_int_equal(freed_dirty, 0);
}

static void wipes_on_growth(void **state)
{
	char *p = secret_strdup(TOKEN);

	(void)state;
	p = secret_realloc(p, 4096);
	assert_string_equal(p, TOKEN);
	assert_int_equal(freed_clean, 1);
	p = secret_realloc(p, 40);
	assert_string_equal(p, TOKEN);
	secret_free(p);
	assert_int_equal(freed_clean, 3);
	assert_int_equal(freed_dirty, 0);
}

static void keeps_the_block_when_growth_fails(void **state)
{
	char *p = secret_strdup(TOKEN);

	(void)state;
	fail_malloc = true;
	assert_null(secret_realloc(p, 4096));
	assert_null(secret_strdup(TOKEN));
	assert_null(secret_calloc(1, 1));
	fail_malloc = false;
	assert_string_equal(p, TOKEN);
	secret_free(p);
}

static void aligns_for_any_type(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		void *p = secret_malloc(n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		secret_free(p);
	}
}

static void zeroes_and_refuses_overflow(void **state)
{
	unsigned char *p = secret_calloc(8, 8);
	volatile size_t huge = SIZE_MAX;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	secret_free(p);
	assert_null(secret_calloc(huge, 2));
	assert_null(secret_calloc(huge / 2, 3));
	assert_null(secret_malloc(huge));
}

static void wipes_all_of_it(void **state)
{
	char text[] = TOKEN;

	(void)state;
	secret_wipe(text, 0);
	assert_string_equal(text, TOKEN);
	secret_wipe(text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], 0);
}

/* Runs in a child without descriptors 0 to 2; its exit code says what of it
 * did not hold, 0 for nothing. */
static int judge_process(void)
{
	struct rlimit core;
	struct sigaction pipe_action;
	char c = 'x';

	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	secret_process();
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 1;
	if (read(0, &c, 1) != -1 || errno != EBADF)
		return 2;
	if (write(1, &c, 1) != -1 || errno != EBADF)
		return 3;
	if (write(2, &c, 1) != 1)
		return 4;
	if (umask(0) != 077)
		return 5;
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur || core.rlim_max)
		return 6;
	if (sigaction(SIGPIPE, NULL, &pipe_action) || pipe_action.sa_handler != SIG_IGN)
		return 7;
	return 0;
}

/* mutant helpers/base/secret.c secret_process: without setrlimit() */
static void prepares_the_process(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	if (!child)
		_exit(judge_process());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(wipes_on_free, watch, unwatch),
		cmocka_unit_test_setup_teardown(wipes_on_growth, watch, unwatch),
		cmocka_unit_test_setup_teardown(keeps_the_block_when_growth_fails, watch,
						unwatch),
		cmocka_unit_test(aligns_for_any_type),
		cmocka_unit_test(zeroes_and_refuses_overflow),
		cmocka_unit_test(wipes_all_of_it),
		cmocka_unit_test(prepares_the_process),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
