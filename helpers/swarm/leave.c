/* SPDX-License-Identifier: MIT */
/* Takes one node out of the swarm without losing work or quorum. */
#include "swarm/leave.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/node.h"
#include "swarm/identity.h"
#include "swarm/leave_manager.h"
#include "swarm/leave_steps.h"
#include "swarm/member.h"
#include "swarm/connect.h"
#include "swarm/teardown_file.h"

#include <stdio.h>
#include <string.h>

/* A manager that has lost its leader says so after 20 s, when an election that
 * it was asked in the middle of is over too. */
#define FIND_MANAGER_MS 30000
#define LOOK_AGAIN_MS 500
#define AGAIN_MS 1000
/* An election that comes in between takes 10 to 20 s, and one whose votes are
 * split is held again; without a quorum it has no end. */
#define ELECTION_MS 60000
/* How long a host that the swarm has no entry of, or no clear one, gets to
 * answer. */
#define GONE_MS 30000
/* Both, of what a teardown has tried for as long before this. */
#define TRIED_MS 10000
/* The same for one that the swarm sees alive, if a third of the whole time is
 * not less: only its own sshd can be at fault, which waiting does not mend. */
#define SILENT_MS 120000

static const char *const outcome_names[] = {
	[SWARM_LEFT] = "left",
	[SWARM_LEFT_ALONE] = "left-alone",
	[SWARM_REMOVED_DEAD] = "removed-dead",
	[SWARM_WAS_GONE] = "was-gone",
	[SWARM_UNVERIFIED] = "unverified",
};

const char *swarm_leave_outcome_name(enum swarm_leave_outcome o)
{
	return outcome_names[o];
}

/* What the swarm thinks of a machine that does not answer. */
enum fate {
	ALIVE,   /* not Down */
	DEAD,    /* Down */
	UNKNOWN, /* no entry that could be this machine */
	UNCLEAR, /* several could be, or one under another name or address */
};

/* UNCLEAR leaves the candidates in *e. */
static int ask_fate(const struct swarm_leaving *l, enum fate *fate, char *id,
		    size_t size, const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;

	*id = '\0';
	*fate = UNCLEAR;
	if (swarm_leave_find_entry(l, &found, &n, d, e))
		return e->kind == ERR_REFUSED ? 0 : -1;
	*fate = !found ? UNKNOWN : n.state == DOCKER_NODE_DOWN ? DEAD : ALIVE;
	snprintf(id, size, "%s", found ? n.id : "");
	docker_node_free(&n);
	return 0;
}

static const char *const fate_words[] = {
	[ALIVE] = "the swarm has not given it up yet",
	[DEAD] = "the swarm sees it as Down",
	[UNKNOWN] = "the swarm has no entry of it",
	[UNCLEAR] = "the swarm may have it under another name or address",
};

static struct deadline patience(const struct deadline *d)
{
	int64_t third = deadline_left_ms(d) / 3;

	return deadline_within(d, third < SILENT_MS ? third : SILENT_MS);
}

/* A machine that lives is never taken for dead, however long it is silent. */
static int give_up(struct swarm_leaving *l, struct err *e)
{
	l->given_up = true;
	return err_set(e, ERR_UNREACHABLE, "the host does not answer, but the swarm "
		       "has not given it up, so it is not taken for dead; bring its "
		       "sshd back, or power the machine off, then try again");
}

/* The host does not answer (yet): goes on trying it until it does or until
 * the swarm says that it is Down. 1: dead, 0: it answered or has failed. */
static int wait_for_host_or_death(struct swarm_leaving *l,
				  const struct swarm_connect *o, char *id,
				  size_t size, const struct deadline *d,
				  struct err *e)
{
	int64_t silence = l->word ? TRIED_MS : GONE_MS;
	int64_t gone_at = deadline_now_ms() + silence;
	struct deadline alive = patience(d);

	while (!swarm_connect_wait(o, LOOK_AGAIN_MS)) {
		enum fate fate = ALIVE;

		if (!deadline_left_ms(d))
			return 0;
		/* It lives, and refuses the login: that is waited for there. */
		if (swarm_connect_heard(o)) {
			gone_at = deadline_now_ms() + silence;
			alive = patience(d);
			continue;
		}
		if (!l->other.engine && l->word != SWARM_WORD_NONE &&
		    deadline_now_ms() > gone_at)
			return 1;
		if (!l->other.engine)
			continue;
		if (ask_fate(l, &fate, id, size, d, e))
			return -1;
		if (fate == UNCLEAR && deadline_now_ms() > gone_at)
			return -1;
		if (fate == DEAD ||
		    (fate == UNKNOWN && deadline_now_ms() > gone_at))
			return 1;
		if (fate == ALIVE && !deadline_left_ms(&alive))
			return give_up(l, e);
		log_progress("the host does not answer; %s", fate_words[fate]);
	}
	return 0;
}

static int remove_dead(struct swarm_leaving *l, const char *id,
		       enum swarm_leave_outcome *outcome,
		       const struct deadline *d, struct err *e)
{
	if (!l->other.engine) {
		log_warn("neither the host nor a manager answers (%s); %s, unverified",
			 l->no_other.msg, l->word == SWARM_WORD_DRAINED ?
			 "its swarm was drained and taken apart before, so taken "
			 "for gone" : "as the whole swarm goes, taken for gone");
		*outcome = SWARM_UNVERIFIED;
		return 0;
	}
	*outcome = *id ? SWARM_REMOVED_DEAD : SWARM_WAS_GONE;
	if (!*id) {
		log_note("already gone: the host does not answer and the swarm has "
			 "no entry of it");
		return 0;
	}
	log_note("the machine is Down; removing its entry %s", id);
	return swarm_member_remove(l->other.engine, id, d, e);
}

/* An error of the host itself (wrong key, no Docker) does not matter once the
 * swarm has given the machine up. */
static int failed_but_dead(struct swarm_leaving *l,
			   enum swarm_leave_outcome *outcome,
			   const struct deadline *d, const struct err *why,
			   struct err *e)
{
	enum fate fate = ALIVE;
	char id[32];

	if (!l->other.engine || ask_fate(l, &fate, id, sizeof(id), d, e) ||
	    fate != DEAD) {
		*e = *why;
		if (l->other.engine)
			return -1;
		return err_set(e, why->kind, "no manager could be asked (%.300s), and "
			       "the host itself: %.300s; if the machine is gone for "
			       "good, take its leave out of the state with "
			       "`terraform state rm`", l->no_other.msg, why->msg);
	}
	return remove_dead(l, id, outcome, d, e);
}

/* The node is a manager of a swarm that has lost its quorum, or whose engine has
 * just begun again, perhaps after its demotion. */
static int without_leader(const struct swarm_leaving *l, struct err *e)
{
	return err_set(e, l->second_look ? ERR_NO_LEADER : ERR_REFUSED, "the swarm "
		       "has lost its quorum, and this manager has one of the last "
		       "copies of its state; bring other managers back, or destroy "
		       "the whole swarm");
}

static int check_identity(const struct swarm_leaving *l, struct err *e)
{
	struct swarm_member_id asked = swarm_leave_asked(l);

	return swarm_identity_check(&asked, &l->info, e);
}

/* The same in the eyes of the swarm; nobody is there to ask for a worker alone. */
static int ask_identity(const struct swarm_leaving *l, const struct deadline *d,
			struct err *e)
{
	struct swarm_member_id asked = swarm_leave_asked(l);

	if (l->other.engine)
		return swarm_identity_may_leave(&asked, &l->info, l->other.engine,
						&l->other.info, d, e);
	return l->info.manager ? swarm_identity_may_leave(&asked, &l->info, l->node,
							  &l->info, d, e) : 0;
}

static int leave_alive(struct swarm_leaving *l,
		       enum swarm_leave_outcome *outcome,
		       const struct deadline *d, struct err *e)
{
	/* Its tasks run meanwhile, and have to be drained. */
	if (l->other.engine && swarm_member_wait_settled(l->node, &l->info, d, e))
		return -1;
	if (check_identity(l, e))
		return -1;
	if (l->info.state == DOCKER_INACTIVE)
		return swarm_leave_entry(l, outcome, d, e);
	if (l->info.state != DOCKER_ACTIVE)
		return swarm_leave_broken(l, outcome, d, e);
	if (!l->other.engine && l->info.manager && !l->info.cluster_id[0])
		return without_leader(l, e);
	if (swarm_leave_standalone(l, d, e))
		return -1;
	if (!l->other.engine && !l->info.manager &&
	    swarm_leave_find_manager(l, d, e))
		return -1;
	if (ask_identity(l, d, e))
		return -1;
	if (!l->other.engine && !l->info.manager)
		return swarm_leave_alone(l, outcome, d, e);
	return swarm_leave_in_order(l, outcome, d, e);
}

/* Another manager to ask; that there is none is not an error yet. */
static int find_other(struct swarm_leaving *l, const struct deadline *d,
		      struct err *e)
{
	struct deadline soon = deadline_within(d, l->word ? TRIED_MS
							  : FIND_MANAGER_MS);

	if (!swarm_manager_find(&l->other, &l->want->managers, l->want->host,
				SWARM_MANAGER, &soon, &l->no_other))
		return 0;
	if (l->no_other.kind != ERR_HOST_KEY && l->no_other.kind != ERR_AUTH)
		return 0;
	*e = l->no_other;
	return -1;
}

static int leave(struct swarm_leaving *l, struct swarm_connect *o,
		 enum swarm_leave_outcome *outcome, const struct deadline *d,
		 struct err *e)
{
	char id[32] = "";
	struct err why;
	int dead = -1;

	if (!find_other(l, d, e))
		dead = wait_for_host_or_death(l, o, id, sizeof(id), d, e);
	if (dead) {
		swarm_connect_cancel(o);
		return dead < 0 ? -1 : remove_dead(l, id, outcome, d, e);
	}
	if (swarm_connect_finish(o, &l->node, &l->info, &why))
		return failed_but_dead(l, outcome, d, &why, e);
	return leave_alive(l, outcome, d, e);
}

/* What one try hands on to the next. */
struct so_far {
	/* a failure may be a connection that broke half-way, or a manager that
	 * was one when it was chosen */
	bool again;
	bool looked;      /* not the first try */
	char left_id[32]; /* the node has left, "" for not yet */
};

/* Whether whom we asked was a manager then: another one, or the node itself. */
static bool was_manager(const struct swarm_leaving *l)
{
	return l->other.engine || l->info.manager;
}

static int leave_once(const struct swarm_leave_params *want,
		      enum swarm_leave_outcome *outcome, struct so_far *so_far,
		      const struct deadline *d, struct err *e)
{
	struct swarm_leaving l = {
		.want = want,
		.word = swarm_teardown_file_about(want->teardown_file, want->host),
		.has_left = so_far->left_id[0] != '\0',
		.second_look = so_far->looked,
	};
	struct swarm_connect *o;
	int ret;

	so_far->again = false;
	so_far->looked = true;
	if (swarm_connect_start(&o, want->host, SWARM_ANY_ENGINE, d, e))
		return -1;
	ret = leave(&l, o, outcome, d, e);
	so_far->again = ret &&
			((e->kind == ERR_UNREACHABLE && !l.given_up) ||
			 e->kind == ERR_NO_LEADER ||
			 (was_manager(&l) && /* and is none any more */
			  (e->kind == ERR_NOT_MANAGER || e->kind == ERR_BUSY)));
	if (l.has_left && l.info.node_id[0])
		memcpy(so_far->left_id, l.info.node_id, sizeof(so_far->left_id));
	docker_close(l.node);
	docker_close(l.other.engine);
	return ret;
}

/* Whether the swarm has been without a leader for too long; `since` is when that
 * was seen first, 0 before. */
static bool lost_leader(const struct err *e, int64_t *since)
{
	if (e->kind != ERR_NO_LEADER)
		*since = 0;
	else if (!*since)
		*since = deadline_now_ms();
	return *since && deadline_now_ms() - *since > ELECTION_MS;
}

int swarm_leave(const struct swarm_leave_params *want,
		enum swarm_leave_outcome *outcome, const struct deadline *d,
		struct err *e)
{
	int64_t leaderless_since = 0;
	struct swarm_leave_params w = *want;
	struct so_far so_far = { 0 };

	/* The host rebooted, the manager that was asked died, or has left too by
	 * now, or the leader went. What has been done is found again. */
	while (leave_once(&w, outcome, &so_far, d, e)) {
		if (!so_far.again || deadline_left_ms(d) < AGAIN_MS ||
		    (lost_leader(e, &leaderless_since) && !*so_far.left_id))
			return -1;
		if (*so_far.left_id)
			w.node_id = so_far.left_id;
		log_note("%s; looking again", e->msg);
		if (deadline_pause(d, AGAIN_MS))
			return -1;
	}
	return 0;
}
