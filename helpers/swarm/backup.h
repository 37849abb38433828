/*
 * backup - the state of a swarm, copied from one of its managers into an archive in a
 * folder of this machine or in a bucket of S3.
 *
 * The copy is taken from a manager that is not the leader, where there are several; one
 * backup or roll of a swarm runs at a time. A copy that could not be restored is refused,
 * as is a stop that would lose the quorum. The copy is read twice: once to check it, then
 * into the archive, whose first file holds the result. An archive is complete or absent.
 */
#ifndef SWARM_BACKUP_H
#define SWARM_BACKUP_H

#include "archive/stamp.h"
#include "docker/state_copy.h"
#include "swarm/hosts.h"

#include <stdint.h>

struct archive_recipient;
struct aws_s3;
struct deadline;
struct err;

/* Borrowed, all of it. */
struct swarm_backup_params {
	struct swarm_hosts managers;
	const char *folder;  /* the place: its path, or "s3://bucket/prefix" */
	struct aws_s3 *s3;   /* of the latter; NULL: it is a folder */
	const char *prefix;  /* there, of the keys: "prefix/", or "" */
	const char *kms_key; /* as in struct aws_s3_object */
	enum docker_copy_kind copy;
	const struct archive_recipient *encrypt_to; /* or NULL */
	uint32_t keep;                              /* usable ones; 0: all */
	int64_t older_ms; /* none is made while a usable one is younger; 0: always */
};

struct swarm_backup_result {
	char file[768]; /* its path, or s3://bucket/key */
	char sha256[65];
	char cluster_id[32], node_id[32];
	struct archive_stamp made, until;
	char version[64]; /* of the engine; "" when none was made */
	int64_t stopped_ms;
};

/*
 * Errors: ERR_REFUSED before anything is touched (a quorum that would be lost, managers
 * that lock, nobody but the leader answers, another backup or roll), or for a copy that
 * cannot be loaded; ERR_LOCAL for the folder; those of aws/s3, docker_state_copy and
 * docker_state_read.
 */
int swarm_backup(const struct swarm_backup_params *params,
		 struct swarm_backup_result *out, const struct deadline *d,
		 struct err *e);

#endif
