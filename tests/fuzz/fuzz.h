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
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#what); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A failure has a kind and one line that a terminal can show. */
static inline void fuzz_check_err(const struct err *e)
{
	FUZZ_CHECK(e->kind > ERR_NONE && e->kind <= ERR_LOCAL && *e->msg);
	for (const char *p = e->msg; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
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
