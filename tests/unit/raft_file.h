/*
 * raft_file - segments of a raft log and snapshots, made as etcd writes them.
 */
#ifndef RAFT_FILE_H
#define RAFT_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { RAFT_METADATA = 1, RAFT_ENTRY, RAFT_STATE, RAFT_CRC, RAFT_SNAPSHOT };

struct raft_file {
	uint8_t bytes[65536];
	size_t n;
	uint32_t crc;
};

static inline uint32_t raft_crc(uint32_t crc, const uint8_t *p, size_t n)
{
	for (crc = ~crc; n--; p++) {
		crc ^= *p;
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

static inline size_t raft_varint(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	for (; v > 127; v >>= 7)
		out[n++] = (uint8_t)(v | 128);
	out[n++] = (uint8_t)v;
	return n;
}

/* A frame with a record, padded to 8 bytes. */
static inline void raft_record(struct raft_file *f, unsigned type, const uint8_t *data,
			       size_t len)
{
	uint8_t record[1024];
	size_t n = 0, padding;

	if (type != RAFT_CRC)
		f->crc = raft_crc(f->crc, data, len);
	record[n++] = 1 << 3;
	n += raft_varint(record + n, type);
	record[n++] = 2 << 3;
	n += raft_varint(record + n, f->crc);
	if (data) {
		record[n++] = 3 << 3 | 2;
		n += raft_varint(record + n, len);
		memcpy(record + n, data, len);
		n += len;
	}
	padding = -n % 8;
	for (int i = 0; i < 7; i++)
		f->bytes[f->n++] = (uint8_t)((uint64_t)n >> 8 * i);
	f->bytes[f->n++] = padding ? (uint8_t)(0x80 | padding) : 0;
	memcpy(f->bytes + f->n, record, n);
	f->n += n + padding;
}

/* raftpb.Entry: type = 1, term = 2, index = 3, data = 4. */
static inline void raft_entry(struct raft_file *f, uint64_t index)
{
	uint8_t data[64] = { 1 << 3, 0, 2 << 3, 2, 3 << 3 };
	size_t n = 5 + raft_varint(data + 5, index);

	data[n++] = 4 << 3 | 2;
	data[n++] = 6;
	memcpy(data + n, "sealed", 6);
	raft_record(f, RAFT_ENTRY, data, n + 6);
}

/* A message with the number in one field. */
static inline void raft_number(struct raft_file *f, unsigned type, unsigned field,
			       uint64_t value)
{
	uint8_t data[32] = { (uint8_t)(field << 3) };

	raft_record(f, type, data, 1 + raft_varint(data + 1, value));
}

static inline void raft_commit(struct raft_file *f, uint64_t index)
{
	raft_number(f, RAFT_STATE, 3, index);
}

static inline void raft_told(struct raft_file *f, uint64_t index)
{
	raft_number(f, RAFT_SNAPSHOT, 1, index);
}

/* A segment's first record: what the ones before it came to. */
static inline void raft_begin(struct raft_file *f, uint32_t crc)
{
	f->crc = crc;
	raft_record(f, RAFT_CRC, NULL, 0);
}

static inline void raft_zeros(struct raft_file *f, size_t n)
{
	memset(f->bytes + f->n, 0, n);
	f->n += n;
}

/* snappb.Snapshot: crc = 1, data = 2. */
static inline void raft_snap(struct raft_file *f, const char *data)
{
	size_t len = strlen(data);

	f->bytes[f->n++] = 1 << 3;
	f->n += raft_varint(f->bytes + f->n, raft_crc(0, (const uint8_t *)data, len));
	f->bytes[f->n++] = 2 << 3 | 2;
	f->n += raft_varint(f->bytes + f->n, len);
	memcpy(f->bytes + f->n, data, len);
	f->n += len;
}

#endif
