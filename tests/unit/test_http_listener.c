/* SPDX-License-Identifier: MIT */
/* The folder of the socket that libcurl connects to: whose goes, and when. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"
#include "http/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/listener.XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* As a run leaves it that is killed while it connects, so many seconds ago. */
static void leave(const char *name, time_t seconds)
{
	struct timespec then[2] = { { .tv_sec = time(NULL) - seconds } };
	char path[256], socket[300];
	int fd;

	snprintf(path, sizeof(path), "%s", in_folder(name));
	snprintf(socket, sizeof(socket), "%s/s", path);
	assert_int_equal(mkdir(path, 0700), 0);
	fd = open(socket, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	then[1] = then[0];
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

static bool there(const char *name)
{
	return !access(in_folder(name), F_OK);
}

static void forget(const char *name)
{
	char socket[300];

	snprintf(socket, sizeof(socket), "%s/s", in_folder(name));
	unlink(socket);
	assert_int_equal(rmdir(in_folder(name)), 0);
}

static size_t count(void)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* itself and its parent */
}

static struct http_listener *make(void)
{
	struct http_listener *l;
	struct err e = { 0 };

	if (http_listener_new(&l, &e))
		fail_msg("%s", e.msg);
	return l;
}

/* mutant helpers/http/listener.c remove_old: OLD_SECONDS => 0 */
static void takes_away_what_is_old(void **state)
{
	(void)state;
	leave("swarm-helper-old", 70);
	leave("swarm-helper-new", 10);
	leave("somebody-elses", 7000);
	http_listener_free(make());
	assert_false(there("swarm-helper-old"));
	assert_true(there("swarm-helper-new"));
	assert_true(there("somebody-elses"));
	forget("swarm-helper-new");
	forget("somebody-elses");
}

/* A link would lead out of the folder.
 * mutant helpers/http/listener.c remove_old: AT_SYMLINK_NOFOLLOW => 0 */
static void follows_no_link(void **state)
{
	struct timespec then[2] = { { .tv_sec = time(NULL) - 7000 } };

	(void)state;
	then[1] = then[0];
	leave("target", 7000);
	assert_int_equal(symlink("target", in_folder("swarm-helper-link")), 0);
	assert_int_equal(utimensat(AT_FDCWD, in_folder("swarm-helper-link"), then,
				   AT_SYMLINK_NOFOLLOW),
			 0);
	http_listener_free(make());
	assert_true(there("target/s"));
	assert_int_equal(unlink(in_folder("swarm-helper-link")), 0);
	forget("target");
}

static void has_a_folder_while_it_listens(void **state)
{
	struct http_listener *l = make();
	struct err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(count(), 0);
	assert_int_equal(http_listener_open(l, &e), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(stat(http_listener_path(l), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	http_listener_close(l);
	assert_int_equal(count(), 0);
	assert_int_equal(http_listener_open(l, &e), 0);
	http_listener_free(l);
	assert_int_equal(count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_away_what_is_old),
		cmocka_unit_test(follows_no_link),
		cmocka_unit_test(has_a_folder_while_it_listens),
	};
	int failed;

	if (!mkdtemp(folder) || setenv("TMPDIR", folder, 1))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
