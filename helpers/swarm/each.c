/* SPDX-License-Identifier: MIT */
/* Runs a function for each of several hosts side by side. */
#include "swarm/each.h"

#include <pthread.h>
#include <stdatomic.h>

#define SIDE_BY_SIDE 32

struct all {
	void (*act)(void *ctx, size_t i);
	void *ctx;
	size_t n;
	atomic_size_t next;
};

static void *work(void *arg)
{
	struct all *all = arg;
	size_t i;

	while ((i = atomic_fetch_add(&all->next, 1)) < all->n)
		all->act(all->ctx, i);
	return NULL;
}

void swarm_each(size_t n, void (*act)(void *ctx, size_t i), void *ctx)
{
	struct all all = { .act = act, .ctx = ctx, .n = n };
	pthread_t threads[SIDE_BY_SIDE];
	size_t begun = 0;

	while (begun + 1 < n && begun < SIDE_BY_SIDE &&
	       !pthread_create(&threads[begun], NULL, work, &all))
		begun++;
	work(&all);
	for (size_t i = 0; i < begun; i++)
		pthread_join(threads[i], NULL);
}
