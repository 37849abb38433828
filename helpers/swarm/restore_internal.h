/*
 * restore_internal - what the files restore*.c share: a restore under way.
 */
#ifndef SWARM_RESTORE_INTERNAL_H
#define SWARM_RESTORE_INTERNAL_H

#include "swarm/restore.h"

#include "archive/reader.h"
#include "base/deadline.h"
#include "base/err.h"
#include "docker/info.h"
#include "docker/state_place.h"
#include "net/addr.h"
#include "swarm/peers.h"

/* A host that was asked what it is. */
struct swarm_restore_seen {
	const char *host;               /* as the query has it */
	const struct docker_info *info; /* NULL: it did not answer */
};

struct swarm_restoring {
	const struct swarm_restore_params *params;
	struct swarm_restore_result *out;
	const struct deadline *d;
	struct archive_reader archive;
	struct addr addr; /* that the manager will have: an IP address and a port */
	bool moved;       /* the archive has another one */
	struct docker_engine *host;
	struct docker_info info; /* of the host */
	struct swarm_peers peers, workers;
	bool ours;     /* the host is that node already, however far */
	bool complete; /* and an earlier run has left nothing to do */
	struct docker_state_place place;
	bool *led; /* of each of the workers: it is led to this manager; NULL at first */
	int64_t begun; /* by the host's clock; what is older is from the archive */
};

/* Where the swarm of a manager whose docker-state.json is `settings` listens on a host with
 * the address `addr`: "" leaves it to the engine. Errors: ERR_REFUSED for one that listened on
 * an address of its own. */
int swarm_restore_judge_listen(const json_t *settings, const char *addr, char *out,
			       size_t size, struct err *e);

/* What refuses; pure, all of it. Errors: ERR_REFUSED, ERR_USAGE. */
int swarm_restore_judge_archive(const struct archive_manifest *m,
				const struct swarm_restore_params *p,
				const struct archive_stamp *now, struct err *e);
int swarm_restore_judge_engine(const char *of_archive, const char *here, struct err *e);
/* `itself`: the archive's own node may run somewhere else, too. */
int swarm_restore_judge_managers(const struct archive_manifest *m,
				 const struct swarm_restore_seen *seen, size_t count,
				 const struct swarm_restore_params *p, bool itself,
				 struct err *e);

/* Has the engine, which was given the state, take it up: unlocks it, makes it the only
 * manager, and reads back what it is then. */
int swarm_restore_take_up(struct swarm_restoring *r, struct err *e);

/* The address that its raft tells the others becomes the new one, and no snapshot or log has
 * the old one. Errors: those of docker_raft_member_move, docker_raft_settings_hold and
 * docker_raft_snapshot_newest. */
int swarm_restore_move(struct swarm_restoring *r, struct err *e);

/* Leads those of the workers that know none but managers which are gone to this one. What
 * fails is a warning. */
void swarm_restore_lead(struct swarm_restoring *r);

/* Lets go those that know it by now, or all of them; whether there are others. */
bool swarm_restore_lead_end(struct swarm_restoring *r, bool all);

/* Waits for the workers, for a while, and tells which are back. Errors: those of
 * docker_nodes_list. */
int swarm_restore_workers(struct swarm_restoring *r, struct err *e);

#endif
