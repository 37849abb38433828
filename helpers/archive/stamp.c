/* SPDX-License-Identifier: MIT */
/* Moments as text. */
#include "archive/stamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char form[] = "dddddddd"
			   "T"
			   "dddddd"
			   "Z";

struct archive_stamp archive_stamp_at(int64_t seconds)
{
	struct archive_stamp s = { "" };
	time_t moment = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&moment, &tm) || strftime(s.text, sizeof(s.text), "%Y%m%dT%H%M%SZ",
						&tm) != ARCHIVE_STAMP_BYTES)
		snprintf(s.text, sizeof(s.text), "19700101T000000Z");
	return s;
}

struct archive_stamp archive_stamp_now(void)
{
	return archive_stamp_at(time(NULL));
}

static int number(const char *text, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++)
		n = n * 10 + (text[i] - '0');
	return n;
}

int64_t archive_stamp_seconds(const struct archive_stamp *s)
{
	const char *t = s->text;
	struct tm tm = {
		.tm_year = number(t, 4) - 1900,
		.tm_mon = number(t + 4, 2) - 1,
		.tm_mday = number(t + 6, 2),
		.tm_hour = number(t + 9, 2),
		.tm_min = number(t + 11, 2),
		.tm_sec = number(t + 13, 2),
	};

	return timegm(&tm);
}

bool archive_stamp_read(struct archive_stamp *out, const char *text, size_t n)
{
	if (n < ARCHIVE_STAMP_BYTES)
		return false;
	for (size_t i = 0; i < ARCHIVE_STAMP_BYTES; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	memcpy(out->text, text, ARCHIVE_STAMP_BYTES);
	out->text[ARCHIVE_STAMP_BYTES] = '\0';
	return true;
}

int archive_stamp_compare(const struct archive_stamp *a, const struct archive_stamp *b)
{
	return strcmp(a->text, b->text);
}

struct archive_stamp_rfc archive_stamp_rfc(const struct archive_stamp *s)
{
	struct archive_stamp_rfc out;
	const char *t = s->text;

	snprintf(out.text, sizeof(out.text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4,
		 t + 6, t + 9, t + 11, t + 13);
	return out;
}
