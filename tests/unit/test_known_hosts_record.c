/* SPDX-License-Identifier: MIT */
/* What is written to a known hosts file, by several at once. */
#include "known_hosts_file.h"

static int record(const char *path, const char *host, uint16_t port, char letter,
		  struct err *e)
{
	struct deadline d = deadline_in(10000);
	struct known_hosts *k = NULL;
	struct buf key;
	int ret;

	key_of(&key, letter);
	assert_int_equal(known_hosts_load(&k, path, NULL, host, port, e), 0);
	ret = known_hosts_record(k, (unsigned char *)key.data, key.len, &d, e);
	known_hosts_free(k);
	buf_free(&key);
	return ret;
}

static void test_record(void **state)
{
	static const struct {
		const char *name, *before, *host;
		uint16_t port;
		char key;
		int ret;
		const char *after;
	} cases[] = {
		{ "empty file", "", "h.ex", 22, 'E', 0, "h.ex %E\n" },
		{ "after others", "g.ex %F\n", "h.ex", 22, 'E', 0, "g.ex %F\nh.ex %E\n" },
		{ "no final newline", "g.ex %F", "h.ex", 22, 'E', 0,
		  "g.ex %F\nh.ex %E\n" },
		{ "port", "", "h.ex", 2222, 'E', 0, "[h.ex]:2222 %E\n" },
		{ "IPv6", "", "fd00::1", 22, 'E', 0, "fd00::1 %E\n" },
		{ "IPv6 with port", "", "FD00::1", 222, 'E', 0, "[fd00::1]:222 %E\n" },
		{ "not doubled", "h.ex %E\n", "h.ex", 22, 'E', 0, "h.ex %E\n" },
		{ "another key meanwhile", "h.ex %F\n", "h.ex", 22, 'E', -1,
		  "h.ex %F\n" },
		{ "revoked meanwhile", "@revoked * %E\n", "h.ex", 22, 'E', -1,
		  "@revoked * %E\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf before = BUF_INIT(65536);
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		expand(&before, cases[i].before);
		write_file(buf_str(&before), before.len);
		assert_int_equal(record(file, cases[i].host, cases[i].port, cases[i].key,
					&e),
				 cases[i].ret);
		assert_int_equal(e.kind, cases[i].ret ? ERR_HOST_KEY : ERR_NONE);
		expect_file(cases[i].after);
		buf_free(&before);
	}
}

static void test_record_makes_file_and_folder(void **state)
{
	struct err e = { 0 };
	struct stat st;
	char path[160], folder[128];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/a/b", dir);
	snprintf(path, sizeof(path), "%s/known_hosts", folder);
	assert_int_equal(record(path, "h.ex", 22, 'E', &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_record_refuses_odd_names(void **state)
{
	static const char *const names[] = { "",       "a b", "*",  "h,g", "!h",
					     "|1|a|b", "#h",  "@h", "h\n*" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err e = { 0 };

		write_file("", 0);
		assert_int_equal(record(file, names[i], 22, 'E', &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		expect_file("");
	}
}

static void test_record_waits_for_the_lock(void **state)
{
	struct deadline d = deadline_in(150);
	struct known_hosts *k = NULL;
	struct err e = { 0 };
	struct buf key;
	int64_t began = deadline_now_ms();
	int fd;

	(void)state;
	write_file("", 0);
	fd = open(file, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	key_of(&key, 'E');
	assert_int_equal(known_hosts_load(&k, file, NULL, "h.ex", 22, &e), 0);
	assert_int_equal(known_hosts_record(k, (unsigned char *)key.data, key.len, &d,
					    &e),
			 -1);
	assert_non_null(strstr(e.msg, "locked"));
	assert_true(deadline_now_ms() - began >= 140 && deadline_now_ms() - began < 3000);
	close(fd);
	d = deadline_in(5000);
	e = (struct err){ 0 };
	assert_int_equal(known_hosts_record(k, (unsigned char *)key.data, key.len, &d,
					    &e),
			 0);
	expect_file("h.ex %E\n");
	known_hosts_free(k);
	buf_free(&key);
}

/* Eight processes, two hosts, each recorded four times at the same instant. */
static void test_record_in_parallel(void **state)
{
	int go[2];
	char c;

	(void)state;
	write_file("", 0);
	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < 8; i++) {
		struct err e = { 0 };
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid)
			continue;
		close(go[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(9);
		_exit(record(file, i % 2 ? "g.ex" : "h.ex", 22, 'E', &e) ? 1 : 0);
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	if (!strncmp(read_file(), "g", 1))
		expect_file("g.ex %E\nh.ex %E\n");
	else
		expect_file("h.ex %E\ng.ex %E\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_makes_file_and_folder),
		cmocka_unit_test(test_record_refuses_odd_names),
		cmocka_unit_test(test_record_waits_for_the_lock),
		cmocka_unit_test(test_record_in_parallel),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
