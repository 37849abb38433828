/*
 * fuzz - what the fuzz targets share. Each target is one parser, given bytes
 * from outside; sanitizers find what it does wrong with memory, FUZZ_CHECK what
 * it promises and does not hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "base/err.h"
#include "base/js.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUZZ_CHECK(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The length of a character that a terminal shows and does not obey, whatever
 * base/utf8 makes of it: no control of C0 or C1, no mark of bidirectional text,
 * nothing that is no UTF-8 at all. */
static inline size_t fuzz_shown(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
	uint32_t code = more ? *p & (0x3fu >> more) : *p;

	FUZZ_CHECK(*p < 0x80 || (*p > 0xc1 && *p < 0xf5));
	for (size_t i = 1; i <= more; i++) {
		FUZZ_CHECK((p[i] & 0xc0) == 0x80);
		code = code << 6 | (p[i] & 0x3f);
	}
	FUZZ_CHECK(code >= 0x20 && !(code >= 0x7f && code <= 0x9f));
	FUZZ_CHECK(code < 0xd800 || (code > 0xdfff && code < 0x110000));
	FUZZ_CHECK(code != 0x61c && code != 0x200e && code != 0x200f);
	FUZZ_CHECK(!(code >= 0x202a && code <= 0x202e) &&
		   !(code >= 0x2066 && code <= 0x2069));
	return more + 1;
}

/* A failure has a kind and one line that a terminal can show. */
static inline void fuzz_check_err(const struct err *e)
{
	FUZZ_CHECK(e->kind > ERR_NONE && e->kind <= ERR_LOCAL && *e->msg);
	for (const char *p = e->msg; *p; p += fuzz_shown(p))
		;
}

/* A copy of the bytes with a NUL behind; the caller frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t n)
{
	char *text = malloc(n + 1);

	FUZZ_CHECK(text);
	if (n)
		memcpy(text, data, n);
	text[n] = '\0';
	return text;
}

/* A file of ours with these bytes; writes a path to it. The caller closes. */
static inline int fuzz_file(const uint8_t *data, size_t n, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && !fchmod(fd, 0600));
	FUZZ_CHECK(write(fd, data, n) == (ssize_t)n && !lseek(fd, 0, SEEK_SET));
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
