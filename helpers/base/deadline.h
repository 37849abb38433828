/*
 * deadline - one absolute point of monotonic time that every blocking call
 * gets, and the wish to stop early.
 *
 * A deadline is made once from the query's timeout and passed down by pointer;
 * nothing below invents a time of its own, but may ask for a sooner one. Its
 * stop descriptor, when not -1, becomes readable (or hung up) once the work
 * should end before its time: an interrupt, or another host that answered
 * first. Everything that waits polls it too. The descriptor is borrowed.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

struct err;

struct deadline {
	int64_t at_ms; /* milliseconds of CLOCK_MONOTONIC */
	int stop_fd;   /* borrowed, -1 for none */
};

/* Milliseconds of CLOCK_MONOTONIC, now. */
int64_t deadline_now_ms(void);

/* Whole seconds since `ms`, a moment of deadline_now_ms, for messages. */
long long deadline_seconds_since(int64_t ms);

/* A deadline `ms` milliseconds from now, without a stop descriptor. */
struct deadline deadline_in(int64_t ms);

/* The sooner of `d` and `ms` milliseconds from now; same stop descriptor. */
struct deadline deadline_within(const struct deadline *d, int64_t ms);

/* Milliseconds left, never negative; 0 also when asked to stop. */
int64_t deadline_left_ms(const struct deadline *d);

/* True when the stop descriptor says that the work should end now. */
bool deadline_stopped(const struct deadline *d);

/* Waits `ms` milliseconds, or less when the deadline passes or the stop
 * descriptor fires. Returns 0 when the time was waited out, -1 otherwise
 * (with no message: the caller knows what it was waiting for). */
int deadline_pause(const struct deadline *d, int64_t ms);

/* Reads a duration: a number with a unit, or several ("90s", "5m", "1h30m",
 * "500ms"); units ms, s, m, h; from 1 ms to 24 h. Writes milliseconds.
 * Returns -1 without a message when the text is anything else. */
int deadline_parse(const char *text, int64_t *ms);

#endif
