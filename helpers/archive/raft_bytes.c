/* SPDX-License-Identifier: MIT */
/* Reads what the files of a raft log are written in. */
#include "archive/raft_bytes.h"

uint32_t raft_bytes_crc(uint32_t crc, const uint8_t *p, size_t n)
{
	static const uint32_t polynomial = 0x82f63b78;
	static uint32_t table[256];

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ polynomial : c >> 1;
		table[i] = c;
	}
	for (crc = ~crc; n--; p++)
		crc = crc >> 8 ^ table[(crc ^ *p) & 255];
	return ~crc;
}

int raft_bytes_varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; *p < end && shift < 64; shift += 7) {
		*v |= (uint64_t)(**p & 127) << shift;
		if (!(*(*p)++ & 128))
			return 0;
	}
	return -1;
}

int raft_bytes_field(const uint8_t **p, const uint8_t *end, struct raft_field *f)
{
	uint64_t tag;

	if (raft_bytes_varint(p, end, &tag) || raft_bytes_varint(p, end, &f->value) ||
	    tag >> 3 > 64)
		return -1;
	f->number = (unsigned)(tag >> 3);
	f->type = tag & 7;
	if (f->type == RAFT_VARINT)
		return 0;
	if (f->type != RAFT_BYTES || f->value > (uint64_t)(end - *p))
		return -1;
	f->bytes = *p;
	*p += f->value;
	return 0;
}

uint64_t raft_bytes_number(const uint8_t *p, size_t n, unsigned want)
{
	const uint8_t *end = n ? p + n : p; /* a field that is missing: NULL and 0 */
	struct raft_field f;

	while (p < end && !raft_bytes_field(&p, end, &f))
		if (f.number == want && f.type == RAFT_VARINT)
			return f.value;
	return 0;
}
