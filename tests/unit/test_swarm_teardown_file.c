/* SPDX-License-Identifier: MIT */
/* What a teardown tells later leaves, and whom. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/js.h"
#include "base/process.h"
#include "swarm/teardown_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/teardown.XXXXXX";
static char path[128];

static const struct docker_target one = { .login = { .host = "10.0.1.11", .port = 22 } },
				  two = { .login = { .host = "10.0.1.12", .port = 22 } },
				  far = { .login = { .host = "10.0.1.12",
						     .port = 2222 } };

/* Runs `act` in a child, as an executable of the run that this process is. */
static int in_child(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(act());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int say_unheard(void)
{
	struct err e;

	return swarm_teardown_file_unheard(path, &e) != 0;
}

static int about_one(void)
{
	return (int)swarm_teardown_file_about(path, &one);
}

/* An executable behind a shell of the run. */
static int about_one_below(void)
{
	return in_child(about_one);
}

/* Another run: it wrote the file and has ended. */
static int other_run(void)
{
	return in_child(say_unheard);
}

static void write_text(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	fclose(f);
}

static void holds_for_the_run_that_wrote_it(void **state)
{
	(void)state;
	swarm_teardown_file_remove(path);
	assert_int_equal(in_child(about_one), SWARM_WORD_NONE);
	assert_int_equal(in_child(say_unheard), 0);
	assert_int_equal(in_child(about_one), SWARM_WORD_UNHEARD);
	assert_int_equal(in_child(about_one_below), SWARM_WORD_UNHEARD);
}

/* mutant helpers/swarm/teardown_file.c swarm_teardown_file_about: process_is_ancestor(js_text(said, UNHEARD)) => json_object_get(said, UNHEARD) */
static void ends_with_that_run(void **state)
{
	(void)state;
	swarm_teardown_file_remove(path);
	assert_int_equal(in_child(other_run), 0);
	assert_int_equal(in_child(about_one), SWARM_WORD_NONE);
}

/* The same PID, and that of a process begun at another time. */
/* mutant helpers/base/process.c look_at: text %s %u %s => %s %u */
static void takes_no_other_process_for_it(void **state)
{
	char name[PROCESS_NAME_MAX], text[PROCESS_NAME_MAX + 32], *start;

	(void)state;
	assert_int_equal(process_parent(name, sizeof(name)), 0);
	assert_true(process_is_ancestor(name));
	start = strrchr(name, ' ');
	assert_non_null(start);
	snprintf(text, sizeof(text), "%.*s 1", (int)(start - name), name);
	assert_false(process_is_ancestor(text));
	assert_false(process_is_ancestor(""));
}

static int say_drained_of_one(void)
{
	const struct docker_target *hosts[] = { &one };
	struct err e;

	return swarm_teardown_file_drained(path, "c1", hosts, 1, &e) != 0;
}

static int other_run_drained(void)
{
	return in_child(say_drained_of_one);
}

static int say_drained_of_two(void)
{
	const struct docker_target *hosts[] = { &two };
	struct err e;

	return swarm_teardown_file_drained(path, "c2", hosts, 1, &e) != 0;
}

/* A swarm may have been made of the same hosts since. */
/* mutant helpers/swarm/teardown_file.c swarm_teardown_file_about: process_is_ancestor(js_text(said, DRAINED_BY)) => true
 * mutant helpers/swarm/teardown_file.c swarm_teardown_file_drained: term !process_is_ancestor => false */
static void forgets_what_another_run_drained(void **state)
{
	(void)state;
	swarm_teardown_file_remove(path);
	assert_int_equal(in_child(other_run_drained), 0);
	assert_int_equal(in_child(about_one), SWARM_WORD_NONE);
	assert_int_equal(in_child(say_drained_of_two), 0);
	assert_int_equal(in_child(about_one), SWARM_WORD_NONE);
}

static int keeps_both(void)
{
	const struct docker_target *hosts[] = { &one }, *more[] = { &two };
	struct err e;

	return swarm_teardown_file_drained(path, "c1", hosts, 1, &e) ||
	       swarm_teardown_file_drained(path, "c1", more, 1, &e);
}

static int about_two(void)
{
	return (int)swarm_teardown_file_about(path, &two);
}

static int about_far(void)
{
	return (int)swarm_teardown_file_about(path, &far);
}

static void keeps_what_was_seen_of_each_host(void **state)
{
	struct stat st;

	(void)state;
	swarm_teardown_file_remove(path);
	assert_int_equal(in_child(keeps_both), 0);
	assert_int_equal(in_child(about_one), SWARM_WORD_DRAINED);
	assert_int_equal(in_child(about_two), SWARM_WORD_DRAINED);
	assert_int_equal(in_child(about_far), SWARM_WORD_NONE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void believes_nothing_else(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"{\"drained\":[\"10.0.1.11 22\"]}",
		"{\"drained\":{\"10.0.1.11 22\":\"c1\"}}",
		"{\"unheard_by\":true}",
		"{\"unheard_by\":\"\"}",
		"{\"drained\":",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text(texts[i]);
		assert_int_equal(swarm_teardown_file_about(path, &one), SWARM_WORD_NONE);
	}
	assert_int_equal(swarm_teardown_file_about(NULL, &one), SWARM_WORD_NONE);
}

/* mutant helpers/swarm/teardown_file.c swarm_teardown_file_remove: condition is_foreign => false
 * mutant helpers/swarm/teardown_file.c write_file: condition is_foreign => false */
static void leaves_what_is_none_of_its_own(void **state)
{
	static const char *const texts[] = { "a shopping list", "{\"drain\":1}", "[]" };
	struct stat st;
	char beside[sizeof(path) + 8];

	(void)state;
	snprintf(beside, sizeof(beside), "%s.new", path);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text(texts[i]);
		assert_int_equal(in_child(say_unheard), 1);
		swarm_teardown_file_remove(path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, strlen(texts[i]));
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(in_child(say_unheard), 1);
	swarm_teardown_file_remove(path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(beside, 0600), 0);
	assert_int_equal(in_child(say_unheard), 1);
	assert_int_equal(unlink(beside), 0);
}

/* 0.1.0's. */
static void takes_an_empty_file_away(void **state)
{
	struct stat st;

	(void)state;
	write_text("");
	swarm_teardown_file_remove(path);
	assert_int_equal(stat(path, &st), -1);
}

static int make_folder(void **state)
{
	(void)state;
	js_setup();
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/in/teardown", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	swarm_teardown_file_remove(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path) || rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_for_the_run_that_wrote_it),
		cmocka_unit_test(ends_with_that_run),
		cmocka_unit_test(takes_no_other_process_for_it),
		cmocka_unit_test(forgets_what_another_run_drained),
		cmocka_unit_test(keeps_what_was_seen_of_each_host),
		cmocka_unit_test(believes_nothing_else),
		cmocka_unit_test(leaves_what_is_none_of_its_own),
		cmocka_unit_test(takes_an_empty_file_away),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
