/* SPDX-License-Identifier: MIT */
/* Chooses the manager whose state is copied. */
#include "swarm/backup_internal.h"

#include "base/js.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/swarm.h"
#include "swarm/quorum.h"

#include <string.h>

/* A locked state can be restored if the manager was the only one (unlock, then a new
 * cluster). With several it cannot: a new cluster cannot be forced on it (moby#36852). */
static int check_lock(size_t managers, bool stop, struct err *e)
{
	if (managers > 1)
		return err_set(e, ERR_REFUSED,
			       "the %zu managers of this swarm lock themselves, and what "
			       "is copied from one of them could not be restored; set "
			       "`docker swarm update --autolock=false` first",
			       managers);
	if (stop)
		return err_set(e, ERR_REFUSED,
			       "the only manager locks itself, and once it has been "
			       "stopped it waits for `docker swarm unlock`; set copy to "
			       "running");
	return 0;
}

static const struct docker_node *pick(const struct docker_nodes *managers,
				      const bool *answers, bool leader)
{
	for (size_t i = 0; i < managers->count; i++) {
		const struct docker_node *n = &managers->list[i];

		if (answers[i] && n->in_raft && n->reachable && n->leader == leader)
			return n;
	}
	return NULL;
}

static int nobody(const struct docker_nodes *managers, const bool *answers, struct err *e)
{
	const struct docker_node *leader = pick(managers, answers, true);

	if (!leader)
		return err_set(e, ERR_REFUSED,
			       "none of the hosts named is a manager that the others "
			       "reach; name one in managers");
	return err_set(e, ERR_REFUSED,
		       "of the %zu managers none but the leader %s is named and answers; "
		       "name the others in managers",
		       swarm_quorum_count(managers).managers, leader->hostname);
}

const struct docker_node *swarm_backup_pick(const struct docker_nodes *managers,
					    const bool *answers, bool stop, bool autolock,
					    struct err *e)
{
	size_t count = swarm_quorum_count(managers).managers;
	const struct docker_node *n = pick(managers, answers, count == 1);

	if (autolock && check_lock(count, stop, e))
		return NULL;
	if (!n) {
		nobody(managers, answers, e);
		return NULL;
	}
	if (stop && count > 1 && swarm_quorum_may_restart(managers, n->id, e)) {
		err_wrap(e, "nothing was stopped");
		return NULL;
	}
	return n;
}

static int read_swarm(struct swarm_backing_up *b, struct err *e)
{
	struct docker_swarm s = { 0 };
	int ret = docker_nodes_managers(b->m.engine, &b->managers, b->d, e) ||
				  docker_swarm_read(b->m.engine, &s, b->d, e)
			  ? -1
			  : 0;

	b->autolock = !ret && js_true(s.raw, "Spec/EncryptionConfig/AutoLockManagers");
	docker_swarm_wipe(&s);
	return ret;
}

static const struct swarm_peer *peer_of(const struct swarm_backing_up *b, const char *id)
{
	for (size_t i = 0; i < b->peers.count; i++) {
		const struct swarm_peer *p = &b->peers.list[i];

		if (p->engine && p->info.state == DOCKER_ACTIVE && p->info.manager &&
		    !strcmp(p->info.node_id, id))
			return p;
	}
	return NULL;
}

int swarm_backup_choose(struct swarm_backing_up *b, struct err *e)
{
	bool *answers;

	if (swarm_peers_open(&b->peers, &b->params->managers, b->d, e) ||
	    read_swarm(b, e))
		return -1;
	swarm_peers_ask_briefly(&b->peers, TIMING_BRIEFLY_MS, b->d);
	answers = secret_calloc(b->managers.count + 1, sizeof(*answers));
	if (!answers)
		return err_no_memory(e);
	for (size_t i = 0; i < b->managers.count; i++)
		answers[i] = peer_of(b, b->managers.list[i].id) != NULL;
	b->node = swarm_backup_pick(&b->managers, answers,
				    b->params->copy == DOCKER_COPY_STOPPED, b->autolock,
				    e);
	secret_free(answers);
	if (!b->node)
		return -1;
	b->from = peer_of(b, b->node->id);
	return 0;
}
