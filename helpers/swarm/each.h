/*
 * each - the same thing done to many hosts side by side, each in a thread.
 *
 * What a thread touches is its own: an engine belongs to one thread at a time,
 * the deadline and its stop descriptor are only read.
 */
#ifndef SWARM_EACH_H
#define SWARM_EACH_H

#include <stddef.h>

/* Calls act(ctx, i) for every i below `n`, at most 32 at a time, and returns
 * when all have ended. Where no thread can be had, one after the other. */
void swarm_each(size_t n, void (*act)(void *ctx, size_t i), void *ctx);

#endif
