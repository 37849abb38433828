/* SPDX-License-Identifier: MIT */
/* Takes a host out whose own membership is of no use, or is over. */
#include "swarm/node_demote.h"
#include "base/timing.h"
#include "swarm/node_leave.h"
#include "swarm/node_match.h"
#include "swarm/remove_internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "net/addr.h"
#include "swarm/identity.h"

/* An ID decides alone, so that the whole list is not needed. */
static int read_entry(const struct swarm_removal *rm, bool *found, struct docker_node *n,
		      const struct deadline *d, struct err *e)
{
	*found = !docker_node_read(rm->other.engine, rm->params->node_id, n, d, e);
	if (!*found && e->kind != ERR_NOT_FOUND)
		return -1;
	return 0;
}

struct swarm_node_id swarm_remove_asked(const struct swarm_removal *rm)
{
	return (struct swarm_node_id){ .node_id = rm->params->node_id,
				       .addr = rm->params->advertise_addr,
				       .hostname = rm->params->hostname,
				       .host = rm->params->host->login.host };
}

/* As swarm_identity_find. Where no address was given, one whose name is not there may
 * be at the one that SSH was to go to. */
static enum swarm_match find(const struct swarm_removal *rm,
			     const struct docker_nodes *nodes, struct swarm_node_id *id,
			     const struct docker_node **entry, struct err *e)
{
	enum swarm_match match = swarm_identity_find(nodes, id, &rm->info, entry, e);

	if (match != SWARM_MATCH_NONE || !id->hostname ||
	    (id->addr && addr_is_ip(id->addr)))
		return match;
	id->addr = rm->params->host->login.host;
	return swarm_node_match(nodes, id, entry, e);
}

/* `waited`: a host that has answered that it is in no swarm has had time to be
 * seen as Down. */
static int find_entry(const struct swarm_removal *rm, bool waited, bool *found,
		      struct docker_node *n, const struct deadline *d, struct err *e)
{
	struct swarm_node_id id = swarm_remove_asked(rm);
	struct docker_nodes nodes = { 0 };
	const struct docker_node *entry;
	enum swarm_match match;

	*found = false;
	if (id.node_id && *id.node_id)
		return read_entry(rm, found, n, d, e);
	if (docker_nodes_list(rm->other.engine, &nodes, d, e))
		return -1;
	id.has_left = waited;
	match = find(rm, &nodes, &id, &entry, e);
	if (match == SWARM_MATCH_ONE) {
		*found = true;
		*n = *entry;
		json_incref(n->labels);
	}
	docker_nodes_free(&nodes);
	return match == SWARM_MATCH_UNCLEAR ? -1 : 0;
}

int swarm_remove_find_entry(const struct swarm_removal *rm, bool *found,
			    struct docker_node *n, const struct deadline *d,
			    struct err *e)
{
	return find_entry(rm, false, found, n, d, e);
}

/* After an error an engine may start its node anew by itself (Docker 26 and newer). */
static int still_out(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	if (docker_info(rm->node, &rm->info, d, e))
		return -1;
	if (rm->info.state != DOCKER_ACTIVE)
		return 0;
	return err_set(e, ERR_BUSY, "its membership works again");
}

/* That the host is in no swarm does not say that the entry is its own: a wrong
 * host may have answered. The entry of one that has left is Down soon. Until
 * then one that fits, or several that may, are looked at again. */
static int find_left(struct swarm_removal *rm, bool *found, struct docker_node *n,
		     const struct deadline *d, struct err *e)
{
	struct deadline down = deadline_within(d, TIMING_DOWN_MS);
	struct deadline unknown = deadline_within(d, TIMING_UNKNOWN_MS);
	bool waited = rm->has_left, is_unknown;

	while (find_entry(rm, waited, found, n, d, e) ||
	       (*found && n->state != DOCKER_NODE_DOWN && !rm->has_left)) {
		if (!*found && (e->kind != ERR_REFUSED || waited))
			return -1;
		if (*found && waited)
			return err_set(e, ERR_REFUSED,
				       "the host that answers (%.63s) "
				       "has no working membership, but the swarm sees "
				       "node %s (%.63s, %s) as %s: it is another "
				       "machine; correct host, name or "
				       "advertise_addr",
				       rm->info.hostname, n->id, n->hostname, n->addr,
				       docker_node_state_name(n->state));
		is_unknown = *found && n->state == DOCKER_NODE_UNKNOWN;
		docker_node_free(n);
		*found = false;
		if (still_out(rm, d, e))
			return -1;
		log_progress("in no swarm; waiting until the swarm sees its entry "
			     "as Down");
		waited = deadline_pause(is_unknown ? &unknown : &down, TIMING_RETRY_MS) !=
			 0;
	}
	return 0;
}

/* Only a manager is locked, and while it is it does not say of which swarm. */
static int refuse_locked(const struct swarm_removal *rm, struct err *e)
{
	return err_set(e, ERR_LOCKED,
		       "its swarm is locked, and %s has no entry of it, so that it may "
		       "have the last copy of another swarm; unlock it there with "
		       "`docker swarm unlock`, or, if nobody needs that state, give it up "
		       "there with `docker swarm leave --force`",
		       docker_label(rm->other.engine));
}

int swarm_remove_broken(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;
	int ret = -1;

	if (!rm->other.engine)
		return err_set(e, ERR_REFUSED,
			       "its swarm state is %s%s%s and no manager "
			       "could be asked (%s); if nobody needs that state, give "
			       "it up there with `docker swarm leave --force`",
			       docker_state_name(rm->info.state),
			       rm->info.error[0] ? ": " : "", rm->info.error,
			       rm->no_other.msg);
	if (find_left(rm, &found, &n, d, e))
		goto out;
	/* What another swarm has of its state here may be the last copy. */
	if (!found && rm->info.state == DOCKER_LOCKED) {
		refuse_locked(rm, e);
		goto out;
	}
	if (!found && swarm_identity_check_swarm(&rm->info, rm->other.engine,
						 &rm->other.info, d, e))
		goto out;
	if (found && swarm_node_remove(rm->other.engine, n.id, d, e))
		goto out;
	log_note("its swarm state is %s; giving it up",
		 docker_state_name(rm->info.state));
	rm->outcome = SWARM_LEFT;
	/* A forced leave kills what the engine still knows as its own. */
	if (swarm_node_stop_orphans(rm->node, d, e) ||
	    swarm_node_leave(rm->node, true, d, e))
		goto out;
	ret = swarm_node_stop_orphans(rm->node, d, e);
out:
	docker_node_free(&n);
	return ret;
}

/* None was named, or those that were are in no swarm either: after a whole
 * destroy. */
static bool nobody_to_verify(const struct swarm_removal *rm)
{
	return rm->no_other.kind == ERR_NOT_FOUND || rm->no_other.kind == ERR_NOT_MANAGER;
}

int swarm_remove_left(struct swarm_removal *rm, const struct deadline *d, struct err *e)
{
	struct docker_node n = { 0 };
	bool found = false;
	int ret = -1;

	rm->outcome = rm->has_left ? SWARM_LEFT : SWARM_WAS_GONE;
	if (swarm_node_stop_orphans(rm->node, d, e))
		return -1;
	if (!rm->other.engine && rm->has_left)
		return err_set(e, ERR_UNREACHABLE,
			       "left, but its entry is still to "
			       "be removed and no manager answers: %s",
			       rm->no_other.msg);
	if (!rm->other.engine && nobody_to_verify(rm)) {
		log_note("already in no swarm (%s)", rm->no_other.msg);
		return 0;
	}
	if (!rm->other.engine) {
		log_warn("already in no swarm, but no manager could be asked (%s): not "
			 "verified that its entry is gone too; if it is still "
			 "listed, remove it there with `docker node rm --force`",
			 rm->no_other.msg);
		return 0;
	}
	if (find_left(rm, &found, &n, d, e))
		goto out;
	if (!found) {
		log_note("already gone");
		ret = 0;
		goto out;
	}
	log_note("already left; removing its entry %s", n.id);
	ret = swarm_node_remove(rm->other.engine, n.id, d, e);
out:
	docker_node_free(&n);
	return ret;
}
