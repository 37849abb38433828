/* SPDX-License-Identifier: MIT */
/* A tar stream, in pieces. */
/* mutant helpers/archive/tar.c step: condition t->left < n => false
 * mutant helpers/archive/tar.c name_of: text %.*s%s%.*s => %s%s%s */

#include "fuzz.h"

#include "archive/tar.h"

struct seen {
	bool inside;
	uint64_t size, got, files, sum;
};

static int begin(void *ctx, const char *name, uint64_t size, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	FUZZ_CHECK(!s->inside && strlen(name) < ARCHIVE_TAR_NAME);
	s->inside = true;
	s->size = size;
	s->got = 0;
	s->files++;
	return 0;
}

static int data_of(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	FUZZ_CHECK(s->inside && n);
	for (size_t i = 0; i < n; i++)
		s->sum = s->sum * 31 + ((const uint8_t *)bytes)[i];
	s->got += n;
	FUZZ_CHECK(s->got <= s->size);
	return 0;
}

static int end(void *ctx, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	FUZZ_CHECK(s->inside && s->got == s->size);
	s->inside = false;
	return 0;
}

static const struct archive_tar_reader reader = { begin, data_of, end };

static int read_all(const uint8_t *data, size_t n, size_t piece, struct seen *s,
		    struct err *e)
{
	struct archive_tar t = { .reader = &reader, .ctx = s };

	for (; n; data += piece, n -= piece) {
		piece = piece < n ? piece : n;
		if (archive_tar_add(&t, data, piece, e))
			return -1;
	}
	return archive_tar_end(&t, e);
}

/* A checksum that fits would hardly be guessed: each block gets its own. */
static void mend(uint8_t *data, size_t n)
{
	for (size_t at = 0; at + 512 <= n; at += 512) {
		unsigned sum = 0;

		for (size_t i = 0; i < 512; i++)
			sum += i >= 148 && i < 156 ? ' ' : data[at + i];
		if (data[at + 257] == 'u')
			snprintf((char *)data + at + 148, 8, "%06o", sum & 0777777);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct seen whole = { 0 }, pieces = { 0 };
	struct err e = { 0 }, other = { 0 };
	uint8_t *copy = (uint8_t *)fuzz_text(data, n);
	int ret;

	mend(copy, n);
	ret = read_all(copy, n, n + 1, &whole, &e);
	FUZZ_CHECK(read_all(copy, n, 5, &pieces, &other) == ret);
	FUZZ_CHECK(whole.files == pieces.files && whole.sum == pieces.sum);
	if (ret)
		fuzz_check_err(&e);
	free(copy);
	return 0;
}
