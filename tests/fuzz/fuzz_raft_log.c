/* SPDX-License-Identifier: MIT */
/* A copy of a raft folder: a segment and a snapshot, in pieces. */
/* mutant helpers/archive/raft_bytes.c raft_bytes_field: condition f->value > => f->type != BYTES
 * mutant helpers/archive/raft_log.c take_snapshot: condition l->left => false */

#include "fuzz.h"

#include "archive/raft_log.h"

/* Takes a file; whether it can be loaded. */
static int add(struct raft_log *l, const char *name, const uint8_t *p, size_t n,
	       size_t piece, struct err *e)
{
	if (raft_log_begin(l, name, e))
		return -1;
	for (; n; p += piece, n -= piece) {
		piece = piece < n ? piece : n;
		if (raft_log_add(l, p, piece, e))
			return -1;
	}
	return raft_log_end(l, e);
}

static int judge(const uint8_t *data, size_t n, size_t piece, struct raft_log_facts *f,
		 struct err *e)
{
	size_t half = n > 1 ? data[0] % n : 0;
	struct raft_log *l = raft_log_new();
	int ret;

	FUZZ_CHECK(l);
	ret = add(l, "0000000000000000-0000000000000000.wal", data + half, n - half,
		  piece, e);
	if (!ret && half)
		ret = add(l, "0000000000000001-0000000000000001.snap", data, half, piece,
			  e);
	if (!ret)
		ret = raft_log_judge(l, f, e);
	raft_log_free(l);
	return ret;
}

/* What comes of it does not depend on the pieces that it comes in. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct raft_log_facts whole = { 0 }, pieces = { 0 };
	struct err e = { 0 }, other = { 0 };
	int ret = judge(data, n, n + 1, &whole, &e);

	FUZZ_CHECK(judge(data, n, 3, &pieces, &other) == ret);
	FUZZ_CHECK(!memcmp(&whole, &pieces, sizeof(whole)));
	if (ret) {
		fuzz_check_err(&e);
		FUZZ_CHECK(e.kind == ERR_REFUSED && other.kind == ERR_REFUSED);
	} else {
		FUZZ_CHECK(whole.first <= whole.snapshot + 1);
	}
	return 0;
}
