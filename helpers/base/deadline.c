/* SPDX-License-Identifier: MIT */
/* The one absolute deadline of a run: parsing, remaining time, interruptible
 * pauses. */
#include "base/deadline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define LONGEST_MS (24LL * 60 * 60 * 1000)

int64_t deadline_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

long long deadline_seconds_since(int64_t ms)
{
	return (deadline_now_ms() - ms) / 1000;
}

struct deadline deadline_in(int64_t ms)
{
	return (struct deadline){ .at_ms = deadline_now_ms() + ms, .stop_fd = -1 };
}

struct deadline deadline_within(const struct deadline *d, int64_t ms)
{
	struct deadline sooner = *d;
	int64_t at = deadline_now_ms() + ms;

	if (at < sooner.at_ms)
		sooner.at_ms = at;
	return sooner;
}

bool deadline_stopped(const struct deadline *d)
{
	struct pollfd p = { .fd = d->stop_fd, .events = POLLIN };

	return d->stop_fd >= 0 && poll(&p, 1, 0) > 0;
}

int64_t deadline_left_ms(const struct deadline *d)
{
	int64_t left = d->at_ms - deadline_now_ms();

	return left < 0 || deadline_stopped(d) ? 0 : left;
}

int deadline_pause(const struct deadline *d, int64_t ms)
{
	struct deadline until = deadline_within(d, ms);
	struct pollfd p = { .fd = d->stop_fd, .events = POLLIN };
	int64_t left;

	while ((left = until.at_ms - deadline_now_ms()) > 0)
		if (poll(&p, 1, (int)left) > 0)
			return -1;
	return until.at_ms == d->at_ms ? -1 : 0;
}

static const struct {
	char unit[4];
	int32_t ms;
} units[] = {
	/* "ms" before "m": the longer unit must be tried first */
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "h", 3600000 },
};

static int64_t take_unit(const char **p)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].unit);

		if (!strncmp(*p, units[i].unit, n)) {
			*p += n;
			return units[i].ms;
		}
	}
	return 0;
}

int deadline_parse(const char *text, int64_t *ms)
{
	const char *p = text;
	int64_t total = 0;

	do {
		int64_t n = 0, unit;
		const char *start = p;

		for (; *p >= '0' && *p <= '9' && n <= LONGEST_MS; p++)
			n = n * 10 + (*p - '0');
		if (p == start || n > LONGEST_MS || !(unit = take_unit(&p)))
			return -1;
		total += n * unit;
		if (total > LONGEST_MS)
			return -1;
	} while (*p);
	if (total < 1)
		return -1;
	*ms = total;
	return 0;
}
