/* SPDX-License-Identifier: MIT */
/* Archives in a bucket: what is put, read back, summed up, and which are deleted. */
#include "aws_server.h"

#include "archive/folder.h"
#include "archive/writer.h"
#include "aws/s3.h"
#include "swarm/backup_internal.h"

#define CLUSTER "clusterclusterclusterclus"
#define NODE "nodenodenodenodenodenoden"
#define OTHER "otherotherotherotherother"
#define NAME(cluster, made, until) \
	"swarm-" cluster "-" NODE "-" made "T000000Z-until-" until "T000000Z.tar.gz"
#define FIRST NAME(CLUSTER, "20260101", "20990101")
#define SECOND NAME(CLUSTER, "20260102", "20990101")
#define THIRD NAME(CLUSTER, "20260103", "20990101")
#define ENDED NAME(CLUSTER, "20260104", "20260105")
#define KEY(name) "<Contents><Key>dev/" name "</Key></Contents>"
#define LIST \
	{ "GET /backups?list-type=2&max-keys=1000&prefix=dev%2F ", NULL, \
	  REPLY("200 OK", \
		"<L>" KEY(SECOND) KEY("not-ours.tar.gz") KEY(ENDED) KEY(FIRST) \
			KEY(NAME(OTHER, "20260101", "20990101")) KEY(THIRD) "</L>") }

static struct deadline d;
static struct err e;
static struct swarm_backup_params params;
static struct swarm_backing_up backup;

static int begin(void **state)
{
	struct aws_s3_params p = { .bucket = "backups", .region = "eu-west-1" };

	if (aws_set_up(state))
		return -1;
	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	p.endpoint = aws.url;
	d = deadline_in(60000);
	e = (struct err){ 0 };
	params = (struct swarm_backup_params){ .folder = "s3://backups/dev",
					       .prefix = "dev/" };
	backup = (struct swarm_backing_up){ .params = &params, .d = &d };
	snprintf(backup.m.info.cluster_id, sizeof(backup.m.info.cluster_id), CLUSTER);
	return aws_s3_open(&params.s3, &p, &e);
}

static int end(void **state)
{
	aws_s3_free(params.s3);
	return aws_tear_down(state);
}

static void lists_those_of_the_swarm(void **state)
{
	static const struct exchange script[] = { LIST };
	struct archive_folder f;

	(void)state;
	expect_requests(script, 1);
	if (swarm_backup_place_list(&backup, &f, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(f.count, 4);
	assert_string_equal(f.list[0].name, ENDED);
	assert_string_equal(f.list[1].name, THIRD);
	assert_string_equal(f.list[3].name, FIRST);
	archive_folder_free(&f);
	expect_all_came();
}

/* The one that has ended is newer than all others, and none of the two.
 * mutant helpers/swarm/backup_place.c swarm_backup_place_prune: archive_folder_kept() => (size_t)p->keep
 *   fails keeps_those_that_can_be_used */
static void keeps_those_that_can_be_used(void **state)
{
	static const struct exchange script[] = {
		LIST,
		{ "DELETE /backups/dev/" FIRST " ", NULL, REPLY("204 No Content", "") },
		LIST,
	};
	size_t removed;

	(void)state;
	expect_requests(script, 3);
	params.keep = 2;
	if (swarm_backup_place_prune(&backup, &removed, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(removed, 1);
	params.keep = 9;
	if (swarm_backup_place_prune(&backup, &removed, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(removed, 0);
	expect_all_came();
}

static void says_that_it_may_not_delete(void **state)
{
	static const struct exchange script[] = {
		LIST,
		{ "DELETE ", NULL,
		  REPLY("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>") },
	};
	size_t removed;

	(void)state;
	expect_requests(script, 2);
	params.keep = 2;
	assert_int_equal(swarm_backup_place_prune(&backup, &removed, &e), -1);
	assert_non_null(strstr(e.msg, "the archive is there, and older ones could not be "
				      "removed: s3://backups/dev/" FIRST));
	assert_non_null(strstr(e.msg, "s3:DeleteObject is denied"));
	expect_all_came();
}

static int put(const char *text)
{
	struct archive_writer *w = NULL;
	char sha256[65];
	int ret;

	assert_int_equal(archive_writer_open_memory(&w, FIRST, NULL, &e), 0);
	assert_int_equal(archive_writer_add(w, text, strlen(text), &e), 0);
	assert_int_equal(archive_writer_finish(w, sha256, &e), 0);
	ret = swarm_backup_place_put(&backup, FIRST, w, &e);
	archive_writer_free(w);
	return ret;
}

/* mutant helpers/swarm/backup_place.c swarm_backup_place_put: aws_s3_compare() => 0
 *   fails reads_back_what_it_puts */
static void reads_back_what_it_puts(void **state)
{
	static const struct exchange script[] = {
		{ "PUT /backups/dev/" FIRST " ", "x-amz-content-sha256: ba7816bf",
		  REPLY("200 OK", "") },
		{ "GET /backups/dev/" FIRST " ", NULL, REPLY("200 OK", "abc") },
		/* there already, as the answer to the first was lost */
		{ "PUT ", NULL, "HTTP/1.1 200" },
		{ "PUT ", NULL, REPLY("412 No", "") },
		{ "GET ", NULL, REPLY("200 OK", "abc") },
		/* there already, and another one */
		{ "PUT ", NULL, REPLY("412 No", "") },
		{ "GET ", NULL, REPLY("200 OK", "abd") },
	};

	(void)state;
	expect_requests(script, 7);
	if (put("abc") || put("abc"))
		fail_msg("%s", e.msg);
	assert_int_equal(put("abc"), -1);
	assert_non_null(strstr(e.msg, "what is there is not what was put"));
	expect_all_came();
}

static void sums_up_one(void **state)
{
	static const struct exchange script[] = {
		{ "GET /backups/dev/" FIRST " ", NULL, REPLY("200 OK", "abc") },
	};
	char sha256[65];

	(void)state;
	expect_requests(script, 1);
	if (swarm_backup_place_sum(&backup, FIRST, sha256, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(sha256,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f"
			    "20015ad");
	expect_all_came();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_those_of_the_swarm),
		TEST(keeps_those_that_can_be_used),
		TEST(says_that_it_may_not_delete),
		TEST(reads_back_what_it_puts),
		TEST(sums_up_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
