/* SPDX-License-Identifier: MIT */
/* Checks the raft log and the snapshots of a swarm's state. */
#include "archive/raft_log.h"

#include "archive/raft_bytes.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SEGMENTS 1024
#define MAX_SNAPSHOTS 256
/* Raft's messages, of which an entry is one, are far smaller (swarmkit, 4 MiB). */
#define MAX_RECORD (64u << 20)
#define FRAME 8

/* Records of the log (etcd wal/wal.go). */
enum { METADATA = 1, ENTRY, STATE, CRC, SNAPSHOT };

struct segment {
	uint64_t sequence;
	uint32_t before, after; /* checksum of all before it, and with it */
};

enum kind { NEITHER, LOG, SNAP };

struct raft_log {
	struct segment segments[MAX_SEGMENTS];
	size_t count;
	uint64_t snapshots[MAX_SNAPSHOTS]; /* that the log tells of, the last ones */
	size_t told;
	struct raft_log_facts facts;
	uint64_t last_sequence; /* of the segment with facts.last */
	/* the file that is read */
	enum kind kind;
	char name[64];
	struct buf pending; /* of a frame and its record; of a snapshot's header */
	bool ended;         /* what follows is kept ready for later */
	bool any;           /* a record has come */
	uint32_t crc, wanted;
	uint64_t left; /* of a snapshot */
};

/* ---- the log ---- */

static int bad(const struct raft_log *l, const char *why, struct err *e)
{
	return err_set(e, ERR_REFUSED, "%s: %s", l->name, why);
}

static int take_crc(struct raft_log *l, uint32_t crc, struct err *e)
{
	if (l->any && crc != l->crc)
		return bad(l, "its parts do not belong together", e);
	if (!l->any)
		l->segments[l->count].before = crc;
	l->crc = crc;
	return 0;
}

/* Later segments count, whatever order they come in. */
static void take_data(struct raft_log *l, uint64_t type, const uint8_t *data, size_t n)
{
	struct raft_log_facts *f = &l->facts;
	uint64_t sequence = l->segments[l->count].sequence, index;

	if (type == ENTRY) {
		index = raft_bytes_number(data, n, 3);
		if (!f->first || index < f->first)
			f->first = index;
		if (sequence >= l->last_sequence) {
			f->last = index;
			l->last_sequence = sequence;
		}
	} else if (type == SNAPSHOT) {
		l->snapshots[l->told++ % MAX_SNAPSHOTS] = raft_bytes_number(data, n, 1);
	} else if (type == STATE && raft_bytes_number(data, n, 3) > f->commit) {
		f->commit = raft_bytes_number(data, n, 3);
	}
}

/* walpb.Record: type = 1, crc = 2, data = 3. */
static int take_record(struct raft_log *l, const uint8_t *p, size_t n, struct err *e)
{
	const uint8_t *end = p + n, *data = NULL;
	uint64_t type = 0, crc = 0, len = 0;
	struct raft_field f;

	while (p < end) {
		if (raft_bytes_field(&p, end, &f))
			return bad(l, "a record is garbled", e);
		if (f.number == 1 && f.type == RAFT_VARINT)
			type = f.value;
		else if (f.number == 2 && f.type == RAFT_VARINT)
			crc = f.value;
		else if (f.number == 3 && f.type == RAFT_BYTES)
			data = f.bytes, len = f.value;
	}
	if (type == CRC)
		return take_crc(l, (uint32_t)crc, e);
	if (!l->any)
		return bad(l, "it does not begin with a checksum", e);
	l->crc = raft_bytes_crc(l->crc, data, (size_t)len);
	if (l->crc != (uint32_t)crc)
		return bad(l, "the checksum of a record is wrong", e);
	take_data(l, type, data, (size_t)len);
	return 0;
}

/* How many bytes a frame has behind its head (etcd wal/decoder.go, decodeFrameSize): 56
 * bits of length; where the highest bit is set, the padding in the bits below. */
static uint64_t frame_bytes(const uint8_t *p, uint64_t *record)
{
	uint64_t head = 0;

	for (int i = FRAME; i--;)
		head = head << 8 | p[i];
	*record = head & ~((uint64_t)0xff << 56);
	return *record + (head >> 63 ? head >> 56 & 7 : 0);
}

/* Takes the records that are whole by now. */
static int take_frames(struct raft_log *l, struct err *e)
{
	const uint8_t *p = (const uint8_t *)l->pending.data;
	size_t at = 0;

	while (!l->ended && l->pending.len - at >= FRAME) {
		uint64_t record, bytes = frame_bytes(p + at, &record);

		if (!bytes) {
			l->ended = true;
			break;
		}
		if (record > MAX_RECORD)
			return bad(l, "a record is larger than any", e);
		if (l->pending.len - at - FRAME < bytes)
			break;
		if (take_record(l, p + at + FRAME, (size_t)record, e))
			return -1;
		l->any = true;
		at += FRAME + (size_t)bytes;
	}
	buf_drop(&l->pending, l->ended ? l->pending.len : at);
	return 0;
}

static int end_segment(struct raft_log *l, struct err *e)
{
	if (l->pending.len)
		return bad(l, "it ends within a record", e);
	if (!l->any)
		return bad(l, "it has no record", e);
	l->segments[l->count++].after = l->crc;
	return 0;
}

/* ---- snapshots ---- */

/* snappb.Snapshot: crc = 1, data = 2, in this order. */
static int take_snapshot_head(struct raft_log *l, struct err *e)
{
	const uint8_t *p = (const uint8_t *)l->pending.data, *from = p;
	const uint8_t *end = p + l->pending.len;
	uint64_t crc;

	if (p + 1 > end || *p++ != (1 << 3 | RAFT_VARINT) ||
	    raft_bytes_varint(&p, end, &crc) || p + 1 > end ||
	    *p++ != (2 << 3 | RAFT_BYTES) || raft_bytes_varint(&p, end, &l->left))
		return l->pending.len < 32 ? 0 : bad(l, "it is no snapshot", e);
	l->any = true;
	l->wanted = (uint32_t)crc;
	buf_drop(&l->pending, (size_t)(p - from));
	return 0;
}

static int take_snapshot(struct raft_log *l, struct err *e)
{
	if (!l->any && take_snapshot_head(l, e))
		return -1;
	if (!l->any)
		return 0;
	if (l->pending.len > l->left)
		return bad(l, "it is longer than it says", e);
	l->crc = raft_bytes_crc(l->crc, (const uint8_t *)l->pending.data, l->pending.len);
	l->left -= l->pending.len;
	buf_drop(&l->pending, l->pending.len);
	return 0;
}

static int end_snapshot(const struct raft_log *l, struct err *e)
{
	if (!l->any || l->left)
		return bad(l, "it ends too early", e);
	return l->crc == l->wanted ? 0 : bad(l, "its checksum is wrong", e);
}

/* ---- all of it ---- */

struct raft_log *raft_log_new(void)
{
	struct raft_log *l = secret_calloc(1, sizeof(*l));

	if (l)
		l->pending = BUF_INIT(MAX_RECORD + (1u << 20));
	return l;
}

void raft_log_free(struct raft_log *l)
{
	if (!l)
		return;
	buf_free(&l->pending);
	secret_free(l);
}

/* Two numbers of 16 hexadecimal digits, and what follows them. */
static const char *numbers(const char *name, uint64_t *a, uint64_t *b)
{
	uint64_t *const out[] = { a, b };
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 2; i++) {
		*out[i] = 0;
		for (size_t k = 0; k < 16; k++, name++) {
			const char *digit = *name ? strchr(digits, *name) : NULL;

			if (!digit)
				return NULL;
			*out[i] = *out[i] << 4 | (uint64_t)(digit - digits);
		}
		if (!i && *name++ != '-')
			return NULL;
	}
	return name;
}

int raft_log_begin(struct raft_log *l, const char *name, struct err *e)
{
	uint64_t a = 0, b = 0;
	const char *end = numbers(name, &a, &b);

	l->kind = !end                    ? NEITHER
		  : !strcmp(end, ".wal")  ? LOG
		  : !strcmp(end, ".snap") ? SNAP
					  : NEITHER;
	snprintf(l->name, sizeof(l->name), "%s", name);
	buf_drop(&l->pending, l->pending.len);
	l->ended = l->any = false;
	l->crc = 0;
	l->left = 0;
	if (l->kind == SNAP && b > l->facts.snapshot)
		l->facts.snapshot = b;
	if (l->kind != LOG)
		return 0;
	if (l->count == MAX_SEGMENTS)
		return bad(l, "one of more segments than can be checked", e);
	l->segments[l->count].sequence = a;
	return 0;
}

int raft_log_add(struct raft_log *l, const void *bytes, size_t n, struct err *e)
{
	if (l->kind == NEITHER || l->ended)
		return 0;
	if (buf_add(&l->pending, bytes, n))
		return bad(l, "a record is larger than any", e);
	return l->kind == LOG ? take_frames(l, e) : take_snapshot(l, e);
}

int raft_log_end(struct raft_log *l, struct err *e)
{
	enum kind kind = l->kind;

	l->kind = NEITHER;
	if (kind == LOG)
		return end_segment(l, e);
	return kind == SNAP ? end_snapshot(l, e) : 0;
}

static int by_sequence(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static bool knows(const struct raft_log *l, uint64_t snapshot)
{
	for (size_t i = 0; i < l->told && i < MAX_SNAPSHOTS; i++)
		if (l->snapshots[i] == snapshot)
			return true;
	return false;
}

static int judge_chain(struct raft_log *l, struct err *e)
{
	const struct segment *s = l->segments;

	if (!l->count)
		return err_set(e, ERR_REFUSED, "it has no raft log");
	qsort(l->segments, l->count, sizeof(*l->segments), by_sequence);
	for (size_t i = 1; i < l->count; i++)
		if (s[i].sequence != s[i - 1].sequence + 1 ||
		    s[i].before != s[i - 1].after)
			return err_set(e, ERR_REFUSED,
				       "segments %llu and %llu of the raft log do not "
				       "follow each other",
				       (unsigned long long)s[i - 1].sequence,
				       (unsigned long long)s[i].sequence);
	return 0;
}

int raft_log_judge(struct raft_log *l, struct raft_log_facts *out, struct err *e)
{
	const struct raft_log_facts *f = &l->facts;
	unsigned long long first = f->first, last = f->last, snapshot = f->snapshot;

	if (judge_chain(l, e))
		return -1;
	if (snapshot && !knows(l, snapshot))
		return err_set(e, ERR_REFUSED,
			       "the raft log knows nothing of the snapshot at %llu; it "
			       "ends at %llu",
			       snapshot, last);
	if (first > snapshot + 1)
		return err_set(e, ERR_REFUSED,
			       "the raft log begins at %llu, after the snapshot at "
			       "%llu",
			       first, snapshot);
	if (f->commit > last && f->commit > snapshot)
		return err_set(e, ERR_REFUSED,
			       "the raft log ends at %llu, before what is committed, "
			       "%llu",
			       last, (unsigned long long)f->commit);
	*out = *f;
	return 0;
}
