#include "swarm/enter.h"

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "docker/node.h"
#include "docker/refusal.h"
#include "docker/swarm.h"
#include "swarm/member.h"

#include <stdio.h>
#include <string.h>

#define POLL_MS 100

bool swarm_enter_same_managers(const char *a, const char *b)
{
	const char *item, *rest = a;
	size_t n;

	while (text_next_item(&rest, &item, &n)) {
		const char *other, *others = b;
		size_t m;

		while (n && text_next_item(&others, &other, &m))
			if (n == m && !memcmp(item, other, n))
				return true;
	}
	return false;
}

void swarm_enter_remote(const char *managers, const char *addr, char *out,
			size_t size)
{
	const char *item, *rest = managers;
	size_t n, len = strlen(addr);

	while (len && text_next_item(&rest, &item, &n)) {
		const char *ip = *item == '[' ? item + 1 : item;

		if (!strncmp(ip, addr, len) && (ip[len] == ':' || ip[len] == ']')) {
			snprintf(out, size, "%.*s", (int)n, item);
			return;
		}
	}
	snprintf(out, size, "%s", managers);
}

/* Active with an ID, or what keeps it from that. */
static int wait_active(struct docker_engine *host, struct docker_info *info,
		       const struct deadline *d, struct err *e)
{
	while (!docker_info(host, info, d, e)) {
		if (info->state == DOCKER_ACTIVE && info->node_id[0])
			return 0;
		/* An election, or a manager that went, passes. */
		if (info->state == DOCKER_ERROR)
			return err_set(e, docker_refusal_kind(0, info->error),
				       "the join failed: %s", info->error);
		log_progress("joining: %s%s%s", docker_state_name(info->state),
			     info->error[0] ? ": " : "", info->error);
		if (deadline_pause(d, POLL_MS))
			return err_set(e, ERR_DEADLINE, "the join is still %s%s%s; "
				       "can this host reach a manager's swarm port?",
				       docker_state_name(info->state),
				       info->error[0] ? ": " : "", info->error);
	}
	return -1;
}

static int join_with_fresh_token(const struct swarm_join_want *want,
				 struct docker_engine *host,
				 struct docker_join *join,
				 const struct swarm_manager *m,
				 const struct deadline *d, struct err *e)
{
	bool manager = !strcmp(want->role, "manager");
	struct docker_swarm swarm = { 0 };
	int ret = -1;

	/* Twice: the token may be rotated between the read and the join. */
	for (int i = 0; ret && i < 2; i++) {
		docker_swarm_wipe(&swarm);
		if (docker_swarm_read(m->engine, &swarm, d, e))
			break;
		join->token = manager ? swarm.manager_token : swarm.worker_token;
		ret = docker_swarm_join(host, join, d, e);
		if (ret && e->kind != ERR_REFUSED)
			break;
	}
	docker_swarm_wipe(&swarm);
	return ret;
}

static int join(const struct swarm_join_want *want, struct docker_engine *host,
		struct docker_info *info, const struct swarm_manager *m,
		struct swarm_turn *turn, const struct deadline *d,
		struct err *e)
{
	char remote[1024];
	struct docker_join j = {
		.remote_addrs = remote,
		.token = want->token,
		.advertise_addr = want->advertise_addr,
		.listen_addr = want->listen_addr,
		.data_path_addr = want->data_path_addr,
		.availability = want->availability,
	};

	/* what an earlier membership has left running would run twice */
	if (swarm_member_stop_orphans(host, d, e))
		return -1;
	swarm_enter_remote(m->info.managers, m->info.node_addr, remote,
			   sizeof(remote));
	if (!strcmp(want->role, "manager") &&
	    swarm_turn_take(turn, SWARM_TURN_HELD_MS, d, e))
		return -1;
	log_note("joining as %s through %s", want->role, remote);
	/* In a swarm by now: what was sent twice was done the first time, and a
	 * manager that does not know the node will say so. */
	if ((want->token ? docker_swarm_join(host, &j, d, e)
			 : join_with_fresh_token(want, host, &j, m, d, e)) &&
	    e->kind != ERR_CONFLICT)
		return -1;
	return wait_active(host, info, d, e);
}

/* Whether the swarm that the host's state is of is the manager's. */
static int is_ours(const struct docker_info *info, const struct swarm_manager *m,
		   bool *listed, bool *ours, const struct deadline *d,
		   struct err *e)
{
	struct docker_node n = { 0 };

	*listed = info->node_id[0] &&
		  !docker_node_read(m->engine, info->node_id, &n, d, e);
	if (info->node_id[0] && !*listed && e->kind != ERR_NOT_FOUND)
		return -1;
	docker_node_free(&n);
	*ours = *listed || !info->node_id[0] ||
		swarm_enter_same_managers(info->managers, m->info.managers);
	return 0;
}

static int rejoin(const struct swarm_join_want *want, struct docker_engine *host,
		  struct docker_info *info, const struct swarm_manager *m,
		  struct swarm_turn *turn, const struct deadline *d,
		  struct err *e)
{
	log_note("its old membership is not usable (%s%s%s); leaving and joining "
		 "again", docker_state_name(info->state),
		 info->error[0] ? ": " : "", info->error);
	if (swarm_member_leave(host, true, d, e))
		return -1;
	return join(want, host, info, m, turn, d, e);
}

int swarm_enter(const struct swarm_join_want *want, struct docker_engine *host,
		struct docker_info *info, const struct swarm_manager *m,
		struct swarm_turn *turn, const struct deadline *d,
		struct err *e)
{
	bool listed = false, ours = false;

	if (swarm_member_wait_settled(host, info, d, e))
		return -1;
	if (info->state == DOCKER_INACTIVE)
		return join(want, host, info, m, turn, d, e);
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED, "its swarm state is locked; unlock it "
			       "there with `docker swarm unlock`");
	if (is_ours(info, m, &listed, &ours, d, e))
		return -1;
	if (info->state == DOCKER_ACTIVE && listed)
		return 0;
	if (ours || want->leave_other)
		return rejoin(want, host, info, m, turn, d, e);
	return err_set(e, ERR_REFUSED, "belongs to another swarm (%s, managers %s) "
		       "than %s (%s); if it should move and the old swarm may lose "
		       "it, set from_other_swarm to leave",
		       info->cluster_id[0] ? info->cluster_id : "its ID is known to "
		       "managers only", info->managers[0] ? info->managers :
		       "unknown", docker_label(m->engine), m->info.cluster_id);
}
