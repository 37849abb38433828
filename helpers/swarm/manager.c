/* SPDX-License-Identifier: MIT */
/* Finds a manager that answers. */
#include "swarm/manager.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "net/addr.h"
#include "swarm/connect_set.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One search: which managers were begun, are under way, have failed. */
struct search {
	const struct swarm_hosts *managers;
	const struct docker_target *skip;
	enum swarm_connect_goal goal;
	struct swarm_connects connects; /* a slot for each of the managers */
	size_t next;                    /* the first that was not begun */
	size_t tried;
	struct err most_relevant;
	struct buf why;
};

/* Ranks errors by how much they tell a person what to do. */
static int rank(enum err_kind kind)
{
	static const unsigned char ranks[] = {
		[ERR_HOST_KEY] = 9,  [ERR_AUTH] = 8,        [ERR_LOCKED] = 7,
		[ERR_NO_LEADER] = 6, [ERR_UNREACHABLE] = 5, [ERR_DEADLINE] = 4,
		[ERR_NO_ENGINE] = 3, [ERR_BUSY] = 2,        [ERR_LOCAL] = 1,
	};

	return kind < sizeof(ranks) / sizeof(ranks[0]) ? ranks[kind] : 0;
}

static bool same_target(const struct docker_target *a, const struct docker_target *b)
{
	return b && a->login.port == b->login.port &&
	       (!strcasecmp(a->login.host, b->login.host) ||
		addr_same_ip(a->login.host, b->login.host));
}

static void failed(struct search *s, const struct err *why)
{
	if (!s->tried++ || rank(why->kind) > rank(s->most_relevant.kind))
		s->most_relevant = *why;
	buf_addf(&s->why, "%s%s", s->why.len ? "; " : "", why->msg);
}

/* Begins the next one that is not to be skipped; false when none is left. */
static bool begin_next(struct search *s, const struct deadline *d)
{
	struct err why;

	while (s->next < s->managers->count) {
		size_t i = s->next++;
		const struct docker_target *target = &s->managers->list[i];

		if (same_target(target, s->skip))
			continue;
		if (!swarm_connects_start(&s->connects, i, target, s->goal, d, &why))
			return true;
		failed(s, &why);
	}
	return false;
}

/* Collects the connections that have ended; true when one is the manager wanted. */
static bool collect(struct search *s, struct swarm_manager *out, size_t *which)
{
	for (size_t i = 0; i < s->managers->count; i++) {
		struct err why;

		if (!swarm_connects_has_ended(&s->connects, i))
			continue;
		if (!swarm_connects_finish(&s->connects, i, &out->engine, &out->info,
					   &why)) {
			*which = i;
			return true;
		}
		failed(s, &why);
	}
	return false;
}

/* Names the one that is asked, unless it is the first that could be. */
static void say_which(const struct search *s, const struct swarm_manager *m, size_t which)
{
	size_t first = 0;

	while (first < which && same_target(&s->managers->list[first], s->skip))
		first++;
	if (which != first)
		log_note("asking manager %s (%s)", docker_label(m->engine),
			 s->why.len ? buf_str(&s->why)
				    : "those named before it "
				      "have not answered yet");
}

static int search(struct search *s, struct swarm_manager *out, const struct deadline *d,
		  struct err *e)
{
	struct swarm_connects *c = &s->connects;
	size_t which;

	while (!deadline_stopped(d) && (begin_next(s, d) || c->under_way)) {
		/* those under way need a moment to notice that time is over */
		swarm_connects_wait(c,
				    s->next < c->count
					    ? TIMING_STAGGER_MS
					    : deadline_left_ms(d) + TIMING_RETRY_MS,
				    d);
		if (collect(s, out, &which)) {
			say_which(s, out, which);
			return 0;
		}
		if (!deadline_left_ms(d) && !c->under_way)
			break;
	}
	/* Freeing the connections under way stops them. */
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (!s->tried)
		return err_set(e, ERR_NOT_FOUND, "no other manager was named");
	if (s->tried == 1) {
		*e = s->most_relevant;
		return -1;
	}
	return err_set(e, s->most_relevant.kind, "no manager answered: %s",
		       buf_str(&s->why));
}

int swarm_manager_find(struct swarm_manager *out, const struct swarm_hosts *managers,
		       const struct docker_target *skip, enum swarm_connect_goal goal,
		       const struct deadline *d, struct err *e)
{
	struct search s = {
		.managers = managers, .skip = skip, .goal = goal, .why = BUF_INIT(16384)
	};
	int ret = -1;

	out->engine = NULL;
	if (!swarm_connects_init(&s.connects, managers->count, e))
		ret = search(&s, out, d, e);
	swarm_connects_free(&s.connects);
	buf_free(&s.why);
	return ret;
}
