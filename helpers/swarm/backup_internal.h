/*
 * backup_internal - what the files backup*.c share: a backup under way.
 */
#ifndef SWARM_BACKUP_INTERNAL_H
#define SWARM_BACKUP_INTERNAL_H

#include "swarm/backup.h"

#include "archive/state.h"
#include "base/deadline.h"
#include "base/err.h"
#include "docker/node.h"
#include "swarm/manager.h"
#include "swarm/peers.h"
#include "swarm/roll_lease.h"

struct swarm_backing_up {
	const struct swarm_backup_params *params;
	struct swarm_backup_result *out;
	const struct deadline *d;
	struct swarm_manager m; /* the one that is asked */
	struct swarm_roll_lease lease;
	int64_t renewed_ms;
	struct docker_nodes managers;
	bool autolock;
	struct swarm_peers peers;
	const struct swarm_peer *from; /* the one that is copied from */
	const struct docker_node *node;
	struct docker_state_copy copy;
	struct archive_state_facts facts;
};

/* Chooses whom to copy from. Errors: ERR_REFUSED. */
int swarm_backup_choose(struct swarm_backing_up *b, struct err *e);

/* The same, of managers that have answered; pure. `answers` has a place for each of
 * `managers`. Errors: ERR_REFUSED. */
const struct docker_node *swarm_backup_pick(const struct docker_nodes *managers,
					    const bool *answers, bool stop, bool autolock,
					    struct err *e);

/* Makes a copy there and checks it; of an engine that runs again, where that may help.
 * Errors: those of docker_state_copy and docker_state_read; ERR_REFUSED for a copy that
 * cannot be loaded. */
int swarm_backup_copy(struct swarm_backing_up *b, struct err *e);

/* Writes the archive of the copy that has been checked. */
int swarm_backup_write(struct swarm_backing_up *b, struct err *e);

/* ---- where archives go ---- */

struct archive_folder;
struct archive_writer;

/* Whether there is a place at all, before any host is asked. Errors: ERR_LOCAL. */
int swarm_backup_place_check(const struct swarm_backup_params *p, struct err *e);

/* The archives of this swarm there, the newest first; archive_folder_free. Errors, here and
 * below: those of archive/folder and aws/s3. */
int swarm_backup_place_list(const struct swarm_backing_up *b, struct archive_folder *out,
			    struct err *e);
int swarm_backup_place_sum(const struct swarm_backing_up *b, const char *name,
			   char sha256[65], struct err *e);

/* Takes an archive that was written in memory there, and reads it back. */
int swarm_backup_place_put(const struct swarm_backing_up *b, const char *name,
			   const struct archive_writer *w, struct err *e);

/* Removes those that are not kept, and writes how many. */
int swarm_backup_place_prune(const struct swarm_backing_up *b, size_t *removed,
			     struct err *e);

/* Shows others that this one goes on, where that is due. */
void swarm_backup_renew(struct swarm_backing_up *b);

#endif
