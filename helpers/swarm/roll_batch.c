/* SPDX-License-Identifier: MIT */
/* Rolls nodes side by side, and shows meanwhile that the roll goes on. */
#include "swarm/roll_internal.h"

#include "base/log.h"
#include "base/pipe.h"
#include "base/secret.h"
#include "base/timing.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct one {
	struct swarm_roll_node *node;
	int done; /* a byte goes there in the end */
	pthread_t thread;
};

static void *run(void *arg)
{
	struct one *o = arg;

	swarm_roll_one(o->node);
	/* the pipe has room for more bytes than there are threads */
	if (write(o->done, "", 1) != 1)
		log_warn("cannot tell that it has ended");
	return NULL;
}

static int renew(void *ctx, struct docker_engine *manager, const struct deadline *d,
		 struct err *e)
{
	struct swarm_rolling *r = ctx;
	bool lost;

	if (swarm_roll_lease_renew(&r->lease, manager, &lost, d, e))
		return -1;
	r->lost = lost;
	r->joining.manager = manager;
	return r->joining.mine ? swarm_join_lease_renew(&r->joining, d, e) : 0;
}

/* A renewal may fail for a while, since managers restart. */
void swarm_roll_keep_leases(struct swarm_rolling *r)
{
	struct deadline d = deadline_within(r->d, TIMING_ROLL_RENEW_MS);
	struct err why;

	if (deadline_now_ms() - r->renewed_ms < TIMING_ROLL_RENEW_MS)
		return;
	r->renewed_ms = deadline_now_ms();
	if (!r->lost && swarm_roll_asking(&r->ask, renew, r, &d, &why))
		log_progress("the roll's lease is not renewed yet: %s", why.msg);
	if (r->lost)
		log_warn("another roll has taken over; no other node is begun");
}

/* Until `n` nodes have ended; those end by themselves when a stop is asked. */
static void wait_for(struct swarm_rolling *r, int fd, size_t n)
{
	char bytes[64];

	while (n) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (!poll(&p, 1, TIMING_ROLL_RENEW_MS)) {
			swarm_roll_keep_leases(r);
			continue;
		}
		got = read(fd, bytes, n < sizeof(bytes) ? n : sizeof(bytes));
		n -= got > 0 ? (size_t)got : 0;
	}
}

void swarm_roll_batch(struct swarm_rolling *r, struct swarm_roll_node *const *nodes,
		      size_t count)
{
	struct one *list = secret_calloc(count, sizeof(*list));
	int fd[2] = { -1, -1 };
	size_t begun = 0;

	if (list && !pipe_open(fd))
		for (; begun < count; begun++) {
			list[begun] = (struct one){ .node = nodes[begun], .done = fd[1] };
			if (pthread_create(&list[begun].thread, NULL, run, &list[begun]))
				break;
		}
	wait_for(r, fd[0], begun);
	for (size_t i = 0; i < begun; i++)
		pthread_join(list[i].thread, NULL);
	/* where no thread is to be had, one after the other */
	for (size_t i = begun; i < count; i++)
		swarm_roll_one(nodes[i]);
	pipe_close(fd);
	secret_free(list);
}
