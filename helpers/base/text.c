/* SPDX-License-Identifier: MIT */
/* Small functions on text: lists, numbers, control characters, shell
 * quoting. */
#include "base/text.h"

#include "base/buf.h"
#include "base/secret.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)    /* nanoseconds */
#define YEAR_2200 INT64_C(7258118400) /* seconds */

int text_to_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t n = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (uint64_t)(*s - '0');
		if (n > UINT32_MAX)
			return -1;
	}
	if (n < min || n > max)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

bool text_has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] == 0x7f)
			return true;
	return false;
}

int text_shell_quote(struct buf *b, const char *s)
{
	buf_adds(b, "'");
	for (; *s; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_add(b, s, 1);
	}
	return buf_adds(b, "'");
}

/* The user's home folder, as ssh finds it: $HOME, which services and cron jobs
 * may lack, or what the system knows of the user. */
static const char *home_of_user(char *b, size_t n)
{
	const char *home = getenv("HOME");
	struct passwd entry, *found = NULL;

	if (home && *home)
		return home;
	if (getpwuid_r(getuid(), &entry, b, n, &found) || !found || !found->pw_dir ||
	    *found->pw_dir != '/')
		return NULL;
	return found->pw_dir;
}

char *text_home_path(const char *path)
{
	bool in_home = !strncmp(path, "~/", 2);
	char entry[4096]; /* bytes of a line of passwd(5), with all its texts */
	const char *home = in_home ? home_of_user(entry, sizeof(entry)) : "";
	char *full;
	size_t n;

	if (!home)
		return NULL;
	n = strlen(home) + strlen(path) + 1;
	full = secret_must_malloc(n);
	snprintf(full, n, "%s%s", home, path + in_home);
	return full;
}

bool text_next_item(const char **rest, const char **item, size_t *n)
{
	const char *p = *rest;
	size_t len;

	if (!p)
		return false;
	len = strcspn(p, ",");
	*rest = p[len] ? p + len + 1 : NULL;
	while (len && *p == ' ') {
		p++;
		len--;
	}
	while (len && p[len - 1] == ' ')
		len--;
	*item = p;
	*n = len;
	return true;
}

/* "Z", or how far a clock is ahead of UTC: "+hh:mm". Seconds; -1 when it is neither. */
static int zone(const char *s, int64_t *ahead)
{
	struct tm t = { 0 };
	const char *end;

	*ahead = 0;
	if (!strcmp(s, "Z"))
		return 0;
	if (*s != '+' && *s != '-')
		return -1;
	end = strptime(s + 1, "%H:%M", &t);
	if (!end || *end)
		return -1;
	*ahead = (*s == '-' ? -60 : 60) * (t.tm_hour * 60 + t.tm_min);
	return 0;
}

int64_t text_moment(const char *s)
{
	struct tm t = { 0 };
	const char *p = strptime(s, "%Y-%m-%dT%H:%M:%S", &t);
	int64_t ns = 0, seconds, ahead;

	if (!p)
		return 0;
	if (*p == '.') {
		p++;
		for (int64_t unit = SECOND / 10; *p >= '0' && *p <= '9'; p++) {
			ns += (*p - '0') * unit;
			unit /= 10;
		}
	}
	if (zone(p, &ahead))
		return 0;
	seconds = timegm(&t) - ahead;
	if (seconds < 0 || seconds > YEAR_2200)
		return 0;
	return seconds * SECOND + ns;
}
