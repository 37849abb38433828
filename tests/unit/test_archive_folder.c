/* SPDX-License-Identifier: MIT */
/* The archives in a folder: their names, which of them are of use, which may go. */
#include "archive/folder.h"

#include "base/err.h"
#include "test_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CLUSTER "c2c2c2c2c2c2c2c2c2c2c2c2c"
#define NODE "n1n1n1n1n1n1n1n1n1n1n1n1n"
#define NAME(made, until) "swarm-" CLUSTER "-" NODE "-" made "-until-" until ".tar.gz"
#define LONG "20991231T235959Z"
#define GONE "20200101T000000Z"

static void reads_names(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = {
		{ NAME("20261129T115959Z", LONG), true },
		{ NAME("20261129T115959Z", LONG) ".cms", true },
		{ NAME("20261129T115959Z", LONG) ".part", false },
		{ "." NAME("20261129T115959Z", LONG), false },
		{ NAME("20261129T115959", LONG), false },
		{ NAME("20261129x115959Z", LONG), false },
		{ NAME("2026112xT115959Z", LONG), false },
		{ "swarm-short-" NODE "-20261129T115959Z-until-" LONG ".tar.gz", false },
		{ "swarm-" CLUSTER "x-" NODE "-20261129T115959Z-until-" LONG ".tar.gz",
		  false },
		{ "swarm-" CLUSTER "-", false },
		{ "", false },
	};
	struct archive_entry a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[sizeof(a.name)];

		assert_int_equal(archive_entry_read(&a, rows[i].name), rows[i].is);
		if (!rows[i].is)
			continue;
		snprintf(name, sizeof(name), "%s", a.name);
		archive_entry_name(&a);
		assert_string_equal(a.name, name);
		assert_string_equal(a.node_id, NODE);
	}
}

static void assert_moment(int64_t at)
{
	struct archive_stamp s = archive_stamp_at(at);

	assert_int_equal(archive_stamp_seconds(&s), at);
}

static void writes_moments(void **state)
{
	struct archive_stamp s = archive_stamp_at(1795953599);

	(void)state;
	assert_string_equal(s.text, "20261129T115959Z");
	assert_string_equal(archive_stamp_rfc(&s).text, "2026-11-29T11:59:59Z");
	for (int64_t at = 951782399; at < 4107542400; at += 86399 * 17)
		assert_moment(at);
	assert_moment(951868799); /* the end of February 29, 2000 */
	assert_moment(1709164800);
	s = archive_stamp_at(0);
	assert_string_equal(s.text, "19700101T000000Z");
}

/* One letter an archive, the newest first: u can be used, x has expired. */
static size_t kept(const char *shape, uint32_t keep)
{
	struct archive_entry list[16] = { 0 };
	struct archive_folder f = { list, strlen(shape) };
	struct archive_stamp now = archive_stamp_at(1795953599);

	for (size_t i = 0; i < f.count; i++)
		list[i].until = archive_stamp_at(1795953599 + (shape[i] == 'u'));
	return archive_folder_kept(&f, keep, &now);
}

/* mutant helpers/archive/folder.c archive_folder_kept: condition usable => ++usable_ones == keep
 * mutant helpers/archive/folder.c usable: 0 => -1 */
static void keeps_what_can_be_used(void **state)
{
	static const struct {
		const char *shape;
		uint32_t keep;
		size_t kept;
	} rows[] = {
		{ "uuuu", 2, 2 },  { "uuuu", 1, 1 },  { "uuuu", 4, 4 }, { "uuuu", 5, 4 },
		{ "uxxu", 2, 4 },  { "uxuxu", 2, 3 }, { "xxxx", 1, 4 }, { "xuxx", 1, 2 },
		{ "uxxxx", 2, 5 }, { "", 1, 0 },      { "u", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s, %u\n", rows[i].shape, rows[i].keep);
		assert_int_equal(kept(rows[i].shape, rows[i].keep), rows[i].kept);
	}
}

/* ---- a folder ---- */

static int put(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static bool is_there(const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return !stat(path, &st);
}

#define OTHER \
	"swarm-c3c3c3c3c3c3c3c3c3c3c3c3c-" NODE "-20261101T000000Z-until-" LONG ".tar.gz"

static void put_all(void)
{
	close(put(NAME("20261101T000000Z", LONG)));
	close(put(NAME("20261103T000000Z", LONG) ".cms"));
	close(put(NAME("20261102T000000Z", LONG)));
	close(put(NAME("20261104T000000Z", GONE)));
	close(put(OTHER));
	close(put("notes.txt"));
}

static void finds_the_newest(void **state)
{
	struct archive_stamp now = archive_stamp_at(1796000000 + 86400);
	struct archive_folder f;
	struct err e = { 0 };

	(void)state;
	put_all();
	assert_int_equal(archive_folder_list(&f, folder, CLUSTER, &e), 0);
	assert_int_equal(f.count, 4);
	assert_string_equal(f.list[0].made.text, "20261104T000000Z");
	assert_string_equal(archive_folder_newest(&f, &now)->made.text,
			    "20261103T000000Z");
	archive_folder_free(&f);
	assert_int_equal(archive_folder_list(&f, "/nonexistent/x", CLUSTER, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
}

static void removes_older_ones_of_this_swarm(void **state)
{
	struct err e = { 0 };
	size_t removed;

	(void)state;
	put_all();
	assert_int_equal(archive_folder_prune(folder, CLUSTER, 2, &removed, &e), 0);
	assert_int_equal(removed, 1);
	assert_false(is_there(NAME("20261101T000000Z", LONG)));
	assert_true(is_there(NAME("20261102T000000Z", LONG)));
	assert_true(is_there(OTHER));
	assert_true(is_there("notes.txt"));
}

/* mutant helpers/archive/folder.c archive_folder_tidy: term flock => true */
static void tidies_up_what_nobody_writes(void **state)
{
	const char *dead = "." NAME("20261101T000000Z", LONG) ".part";
	const char *alive = "." NAME("20261102T000000Z", LONG) ".cms.part";
	int fd;

	(void)state;
	close(put(dead));
	close(put(".other.part"));
	fd = put(alive);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	archive_folder_tidy(folder);
	assert_false(is_there(dead));
	assert_true(is_there(alive));
	assert_true(is_there(".other.part"));
	close(fd);
}

static void sums(void **state)
{
	struct err e = { 0 };
	char sum[65], fifo[sizeof(folder) + 8];
	int fd = put("abc");

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(write(fd, "abc", 3), 3);
	close(fd);
	assert_int_equal(archive_folder_sum(folder, "abc", sum, &e), 0);
	assert_string_equal(
		sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(archive_folder_sum(folder, "none", sum, &e), -1);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(archive_folder_sum(folder, "fifo", sum, &e), -1);
	assert_non_null(strstr(e.msg, "no regular file"));
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names),
		cmocka_unit_test(writes_moments),
		cmocka_unit_test(keeps_what_can_be_used),
		IN_FOLDER(finds_the_newest),
		IN_FOLDER(removes_older_ones_of_this_swarm),
		IN_FOLDER(tidies_up_what_nobody_writes),
		IN_FOLDER(sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
