/* SPDX-License-Identifier: MIT */
/* What of a raft log cannot be loaded. */
#include "archive/raft_log.h"

#include "base/err.h"
#include "raft_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#define FIRST "0000000000000000-0000000000000000.wal"
#define SECOND "0000000000000001-0000000000000004.wal"
#define SNAP "0000000000000002-0000000000000003.snap"

struct log {
	struct raft_file first, second, snap;
};

/* Entries 1 to 5 in two segments, a snapshot at 3. */
static void make(struct log *l)
{
	memset(l, 0, sizeof(*l));
	raft_begin(&l->first, 0);
	raft_told(&l->first, 0);
	for (uint64_t i = 1; i <= 3; i++)
		raft_entry(&l->first, i);
	raft_told(&l->first, 3);
	raft_zeros(&l->first, 4096);
	raft_begin(&l->second, l->first.crc);
	raft_entry(&l->second, 4);
	raft_entry(&l->second, 5);
	raft_commit(&l->second, 5);
	raft_zeros(&l->second, 100);
	raft_snap(&l->snap, "sealed");
}

static int add(struct raft_log *r, const char *name, const struct raft_file *f,
	       size_t piece, struct err *e)
{
	if (raft_log_begin(r, name, e))
		return -1;
	for (size_t at = 0; at < f->n; at += piece)
		if (raft_log_add(r, f->bytes + at, f->n - at < piece ? f->n - at : piece,
				 e))
			return -1;
	return raft_log_end(r, e);
}

/* In an order that is not theirs, as tar may have them. */
static int judge(const struct log *l, size_t piece, struct raft_log_facts *f,
		 struct err *e)
{
	struct raft_log *r = raft_log_new();
	int ret = add(r, "0.tmp", &l->snap, piece, e) ||
				  (l->second.n && add(r, SECOND, &l->second, piece, e)) ||
				  (l->snap.n && add(r, SNAP, &l->snap, piece, e)) ||
				  (l->first.n && add(r, FIRST, &l->first, piece, e)) ||
				  raft_log_judge(r, f, e)
			  ? -1
			  : 0;

	raft_log_free(r);
	return ret;
}

static void takes_a_whole_log(void **state)
{
	static const size_t pieces[] = { 1, 7, 512, 65536 };
	struct raft_log_facts f;
	struct err e = { 0 };
	struct log l;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		make(&l);
		assert_int_equal(judge(&l, pieces[i], &f, &e), 0);
		assert_int_equal(f.first, 1);
		assert_int_equal(f.last, 5);
		assert_int_equal(f.commit, 5);
		assert_int_equal(f.snapshot, 3);
	}
}

static void refused(const struct log *l, const char *why)
{
	struct raft_log_facts f;
	struct err e = { 0 };

	assert_int_equal(judge(l, 512, &f, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	if (!strstr(e.msg, why))
		fail_msg("%s, not %s", e.msg, why);
}

/* mutant helpers/archive/raft_log.c take_record: condition != (uint32_t)crc => false */
static void refuses_a_changed_byte(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	for (size_t i = 0; i + 6 < l.first.n; i++) {
		if (!memcmp(l.first.bytes + i, "sealed", 6)) {
			l.first.bytes[i]++;
			break;
		}
	}
	refused(&l, FIRST ": the checksum of a record is wrong");
	make(&l);
	l.snap.bytes[l.snap.n - 1]++;
	refused(&l, SNAP ": its checksum is wrong");
}

/* mutant helpers/archive/raft_log.c end_segment: condition l->pending.len => false */
static void refuses_a_torn_end(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	l.second.n -= 100 + 9;
	refused(&l, SECOND ": it ends within a record");
	make(&l);
	l.snap.n--;
	refused(&l, SNAP ": it ends too early");
	make(&l);
	l.snap.bytes[l.snap.n++] = 0;
	refused(&l, SNAP ": it is longer than it says");
	make(&l);
	l.second.n = 0;
	raft_zeros(&l.second, 4096);
	refused(&l, SECOND ": it has no record");
}

/* What follows the first zero frame was never written; zeros in the middle are a log that ends
 * there.
 * mutant helpers/archive/raft_log.c raft_log_judge: condition f->commit > last => false */
static void refuses_zeros_in_the_middle(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	l.second.n = 0;
	raft_begin(&l.second, l.first.crc);
	raft_commit(&l.second, 5);
	raft_zeros(&l.second, 64);
	raft_entry(&l.second, 4);
	refused(&l, "the raft log ends at 3, before what is committed, 5");
}

/* mutant helpers/archive/raft_log.c judge_chain: condition s[i].before => false */
static void refuses_segments_of_two_logs(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	l.second.n = 0;
	raft_begin(&l.second, l.first.crc + 1);
	raft_entry(&l.second, 4);
	refused(&l, "segments 0 and 1 of the raft log do not follow each other");
	make(&l);
	l.first.n = l.second.n = 0;
	refused(&l, "it has no raft log");
}

/* A snapshot that was made after its log was copied, or a log whose beginning was taken away
 * after its snapshot was.
 * mutant helpers/archive/raft_log.c raft_log_judge: condition knows => false
 * mutant helpers/archive/raft_log.c raft_log_judge: condition first > snapshot => false */
static void refuses_what_does_not_belong_together(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	l.second.n = l.first.n = 0;
	raft_begin(&l.first, 0);
	raft_entry(&l.first, 1);
	refused(&l, "knows nothing of the snapshot at 3; it ends at 1");
	make(&l);
	l.first.n = 0;
	l.snap.n = 0;
	refused(&l, "the raft log begins at 4, after the snapshot at 0");
}

static void refuses_garbage(void **state)
{
	struct log l;

	(void)state;
	make(&l);
	memset(l.first.bytes, 0xff, 64);
	refused(&l, FIRST ": a record is larger than any");
	make(&l);
	l.first.n = 0;
	raft_entry(&l.first, 1);
	refused(&l, FIRST ": it does not begin with a checksum");
	make(&l);
	memset(l.snap.bytes, 0xff, 64);
	l.snap.n = 64;
	refused(&l, SNAP ": it is no snapshot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_whole_log),
		cmocka_unit_test(refuses_a_changed_byte),
		cmocka_unit_test(refuses_a_torn_end),
		cmocka_unit_test(refuses_zeros_in_the_middle),
		cmocka_unit_test(refuses_segments_of_two_logs),
		cmocka_unit_test(refuses_what_does_not_belong_together),
		cmocka_unit_test(refuses_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
