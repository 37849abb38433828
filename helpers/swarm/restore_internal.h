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
	const char *addr; /* of the manager */
	struct docker_engine *host;
	struct docker_info info; /* of the host */
	struct swarm_peers peers, workers;
	bool ours; /* the host is that node already, however far */
	struct docker_state_place place;
	int64_t begun; /* by the host's clock; what is older is from the archive */
};

/* What refuses; pure, all of it. Errors: ERR_REFUSED, ERR_USAGE. */
int swarm_restore_judge_archive(const struct archive_manifest *m,
				const struct swarm_restore_params *p,
				const struct archive_stamp *now, struct err *e);
int swarm_restore_judge_engine(const char *of_archive, const char *here, struct err *e);
int swarm_restore_judge_managers(const struct archive_manifest *m,
				 const struct swarm_restore_seen *seen, size_t count,
				 const struct swarm_restore_params *p, struct err *e);

/* Has the engine, which was given the state, take it up: unlocks it, makes it the only
 * manager, and reads back what it is then. */
int swarm_restore_take_up(struct swarm_restoring *r, struct err *e);

/* Waits for the workers, for a while, and tells which are back. Errors: those of
 * docker_nodes_list. */
int swarm_restore_workers(struct swarm_restoring *r, struct err *e);

#endif
