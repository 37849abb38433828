/*
 * metrics - how old the newest archive of a swarm is, as a file for the textfile collector of
 * node-exporter:
 *
 *   swarm_backup_CLUSTER.prom
 *
 * so that "no backup for two days" is an alert of Prometheus, whatever runs the backups.
 */
#ifndef ARCHIVE_METRICS_H
#define ARCHIVE_METRICS_H

#include "archive/stamp.h"

struct err;

/* Borrowed. */
struct archive_metrics {
	const char *cluster_id;
	const struct archive_stamp *made, *until; /* of the newest that can be used */
};

/* Whether such a file can be made in the folder. Errors, here and below: ERR_LOCAL, naming the
 * folder. */
int archive_metrics_check(const char *folder, struct err *e);

/* Writes it anew: whoever reads it gets the old one, or the new one as a whole. Anybody may read
 * it, as the collector has a user of its own. */
int archive_metrics_write(const char *folder, const struct archive_metrics *m,
			  struct err *e);

#endif
