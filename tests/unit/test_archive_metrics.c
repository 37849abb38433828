/* SPDX-License-Identifier: MIT */
/* The file that tells node-exporter of the newest archive. */
#include "archive/metrics.h"

#include "base/err.h"
#include "test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CLUSTER "c2c2c2c2c2c2c2c2c2c2c2c2c"

static struct archive_stamp made, until;
static struct archive_metrics metrics = { CLUSTER, &made, &until };

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", folder, name);
}

static void assert_says(const char *wanted)
{
	char path[256], text[2048];
	FILE *f;
	size_t n;

	path_of(path, sizeof(path), "swarm_backup_" CLUSTER ".prom");
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static void says_when(void **state)
{
	struct stat st;
	struct err e;
	char path[256];

	(void)state;
	made = archive_stamp_at(1795953599);
	until = archive_stamp_at(1803729599);
	path_of(path, sizeof(path), "swarm_backup_" CLUSTER ".prom");
	assert_int_equal(archive_metrics_check(folder, &e), 0);
	assert_int_equal(archive_metrics_write(folder, &metrics, &e), 0);
	assert_says("# HELP swarm_backup_last_success_timestamp_seconds When the newest "
		    "archive of the swarm's state was made.\n"
		    "# TYPE swarm_backup_last_success_timestamp_seconds gauge\n"
		    "swarm_backup_last_success_timestamp_seconds{cluster_id=\"" CLUSTER
		    "\"} 1795953599\n"
		    "# HELP swarm_backup_usable_until_timestamp_seconds Until when that "
		    "archive can be restored.\n"
		    "# TYPE swarm_backup_usable_until_timestamp_seconds gauge\n"
		    "swarm_backup_usable_until_timestamp_seconds{cluster_id=\"" CLUSTER
		    "\"} 1803729599\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

/* Whoever has the old file open reads that to its end. */
static void replaces_it_as_a_whole(void **state)
{
	struct stat before, after;
	char path[256], part[256];
	struct err e;

	(void)state;
	path_of(path, sizeof(path), "swarm_backup_" CLUSTER ".prom");
	path_of(part, sizeof(part), ".swarm_backup_" CLUSTER ".prom.part");
	assert_int_equal(archive_metrics_write(folder, &metrics, &e), 0);
	assert_int_equal(stat(path, &before), 0);
	fclose(fopen(part, "w")); /* of a run that was killed */
	assert_int_equal(archive_metrics_write(folder, &metrics, &e), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(access(part, F_OK), -1);
}

static void says_where_it_cannot(void **state)
{
	char path[256];
	struct err e;

	(void)state;
	path_of(path, sizeof(path), "none");
	assert_int_equal(archive_metrics_check(path, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "metrics_dir: no file can be made in"));
	assert_int_equal(archive_metrics_write(path, &metrics, &e), -1);
	assert_non_null(strstr(e.msg, "No such file or directory"));
	path_of(path, sizeof(path), ".swarm_backup_" CLUSTER ".prom.part");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(archive_metrics_write(folder, &metrics, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(says_when, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(replaces_it_as_a_whole, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(says_where_it_cannot, make_folder,
						remove_folder),
	};

	return cmocka_run_group_tests_name("archive_metrics", tests, NULL, NULL);
}
