/* SPDX-License-Identifier: MIT */
/* Takes a node out of the swarm whose machine does not answer any more. */
#include "swarm/node_demote.h"
#include "base/timing.h"
#include "swarm/remove_internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/engine.h"
#include "docker/node.h"
#include "docker/probe.h"

#include <string.h>

/* What the swarm thinks of a machine that does not answer. */
enum liveness {
	ALIVE,   /* not Down */
	DEAD,    /* Down */
	UNKNOWN, /* no entry that could be this machine */
	UNCLEAR, /* several could be, or one under another name or address */
};

/* UNCLEAR leaves the candidates in *e. */
static int ask_liveness(struct swarm_removal *rm, enum liveness *liveness,
			const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;

	*rm->dead_id = '\0';
	*liveness = UNCLEAR;
	if (swarm_remove_find_entry(rm, &found, &n, d, e))
		return e->kind == ERR_REFUSED ? 0 : -1;
	*liveness = UNKNOWN;
	if (found) {
		*liveness = n.state == DOCKER_NODE_DOWN ? DEAD : ALIVE;
		memcpy(rm->dead_id, n.id, sizeof(rm->dead_id));
	}
	docker_node_free(&n);
	return 0;
}

static const char *const liveness_words[] = {
	[ALIVE] = "the swarm has not given it up yet",
	[DEAD] = "the swarm sees it as Down",
	[UNKNOWN] = "the swarm has no entry of it",
	[UNCLEAR] = "the swarm may have it under another name or address",
};

/* Of one that the swarm sees alive: a third of the whole time is enough. */
static struct deadline patience(const struct deadline *d)
{
	int64_t third = deadline_left_ms(d) / 3;

	return deadline_within(d, third < TIMING_SILENT_NODE_MS ? third
								: TIMING_SILENT_NODE_MS);
}

/* A machine that the swarm sees alive is never taken for dead, however long silent. */
static int time_out(struct swarm_removal *rm, struct err *e)
{
	rm->timed_out = true;
	return err_set(e, ERR_UNREACHABLE,
		       "the host does not answer, but the swarm "
		       "has not given it up, so it is not taken for dead; bring its "
		       "sshd back, or power the machine off, then try again");
}

/* Whether the host has let us in, over a connection of its own, and says that there is
 * nothing to leave: a machine on which Docker could not be installed. It says so once. */
static bool is_unused(struct swarm_removal *rm, const struct deadline *d)
{
	struct deadline soon = deadline_within(d, TIMING_BRIEFLY_MS);
	struct docker_engine *g;
	struct err e;

	if (rm->was_asked || docker_open(&g, rm->params->host, &soon, &e))
		return false;
	rm->was_asked = true;
	rm->unused = docker_ssh(g) &&
		     docker_probe_unused(docker_ssh(g), rm->params->host->socket, &soon);
	docker_close(g);
	return rm->unused;
}

/* Judges a silent host by what the swarm says of it; where no manager answers, by what
 * a teardown or the host itself has said. */
static enum swarm_host_wait judge(struct swarm_removal *rm, bool gone,
				  const struct deadline *alive, const struct deadline *d,
				  struct err *e)
{
	enum liveness liveness = ALIVE;

	if (!rm->other.engine)
		return gone && (rm->word != SWARM_WORD_NONE || is_unused(rm, d))
			       ? SWARM_HOST_DEAD
			       : SWARM_HOST_SILENT;
	if (ask_liveness(rm, &liveness, d, e) || (liveness == UNCLEAR && gone))
		return SWARM_HOST_FAILED;
	if (liveness == DEAD || (liveness == UNKNOWN && gone))
		return SWARM_HOST_DEAD;
	if (liveness == ALIVE && !deadline_left_ms(alive)) {
		time_out(rm, e);
		return SWARM_HOST_FAILED;
	}
	log_progress("the host does not answer; %s", liveness_words[liveness]);
	return SWARM_HOST_SILENT;
}

enum swarm_host_wait swarm_remove_wait_host(struct swarm_removal *rm,
					    const struct swarm_connect *c,
					    const struct deadline *d, struct err *e)
{
	int64_t silence = rm->word ? TIMING_WAITED_BEFORE_MS : TIMING_SILENT_HOST_MS;
	int64_t gone_at = deadline_now_ms() + silence;
	struct deadline alive = patience(d);
	enum swarm_host_wait verdict;

	while (!swarm_connect_wait(c, TIMING_MANAGER_MS) && deadline_left_ms(d)) {
		/* It lives, and refuses the login: that is waited for there. */
		if (swarm_connect_answered(c)) {
			gone_at = deadline_now_ms() + silence;
			alive = patience(d);
			continue;
		}
		verdict = judge(rm, deadline_now_ms() > gone_at, &alive, d, e);
		if (verdict != SWARM_HOST_SILENT)
			return verdict;
	}
	return SWARM_HOST_ENDED;
}

int swarm_remove_dead(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	if (rm->unused) {
		rm->outcome = SWARM_WAS_GONE;
		log_note("in no swarm: neither Docker nor any state of a swarm is there");
		return 0;
	}
	if (!rm->other.engine) {
		log_warn("neither the host nor a manager answers (%s); %s, unverified",
			 rm->no_other.msg,
			 rm->word == SWARM_WORD_DRAINED
				 ? "its swarm was drained and taken apart before, so taken "
				   "for gone"
				 : "as the whole swarm goes, taken for gone");
		rm->outcome = SWARM_UNVERIFIED;
		return 0;
	}
	if (!*rm->dead_id) {
		rm->outcome = SWARM_WAS_GONE;
		log_note("already gone: the host does not answer and the swarm has "
			 "no entry of it");
		return 0;
	}
	rm->outcome = SWARM_REMOVED_DEAD;
	log_note("the machine is Down; removing its entry %s", rm->dead_id);
	return swarm_node_remove(rm->other.engine, rm->dead_id, d, e);
}

int swarm_remove_failed(struct swarm_removal *rm, const struct err *why,
			const struct deadline *d, struct err *e)
{
	enum liveness liveness = ALIVE;

	if (rm->other.engine && !ask_liveness(rm, &liveness, d, e) && liveness == DEAD)
		return swarm_remove_dead(rm, d, e);
	*e = *why;
	if (rm->other.engine)
		return -1;
	return err_set(e, why->kind,
		       "no manager could be asked (%.300s), and the "
		       "host itself: %.300s; if the machine is gone for good, take "
		       "its leave out of the state with `terraform state rm`",
		       rm->no_other.msg, why->msg);
}
