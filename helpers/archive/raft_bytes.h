/*
 * raft_bytes - what the files of a raft log are written in: protobuf's fields, of which
 * numbers and bytes are used, and CRC-32C. Nothing is copied.
 */
#ifndef ARCHIVE_RAFT_BYTES_H
#define ARCHIVE_RAFT_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Wire types of protobuf. */
enum { RAFT_VARINT = 0, RAFT_BYTES = 2 };

struct raft_field {
	unsigned number, type;
	uint64_t value;       /* of RAFT_BYTES their count */
	const uint8_t *bytes; /* borrowed */
};

/* Goes on from `crc` (RFC 3720, appendix B.4: the Castagnoli polynomial, reflected). */
uint32_t raft_bytes_crc(uint32_t crc, const uint8_t *p, size_t n);

/* Reads a number at *p, which moves on. Returns -1 when there is none before `end`. */
int raft_bytes_varint(const uint8_t **p, const uint8_t *end, uint64_t *v);

/* The next field of a message; -1 for what is none. */
int raft_bytes_field(const uint8_t **p, const uint8_t *end, struct raft_field *f);

/* The number in field `want` of a message; 0 without. */
uint64_t raft_bytes_number(const uint8_t *p, size_t n, unsigned want);

#endif
