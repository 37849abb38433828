/*
 * folder - the archives of a swarm in a folder of this machine, as their names tell them:
 *
 *   swarm-CLUSTER-NODE-MADE-until-UNTIL.tar.gz[.cms]
 *
 * so that nobody needs a key to know which of them are of use. UNTIL is when the node's
 * certificate in it ends.
 */
#ifndef ARCHIVE_FOLDER_H
#define ARCHIVE_FOLDER_H

#include "archive/stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define ARCHIVE_ID_BYTES 25 /* of a swarm's IDs */

struct archive_entry {
	char name[160];
	char cluster_id[ARCHIVE_ID_BYTES + 1], node_id[ARCHIVE_ID_BYTES + 1];
	struct archive_stamp made, until;
	bool encrypted;
};

/* The first of them, in this order of time, are the newest. Owned by the caller:
 * archive_folder_free. */
struct archive_folder {
	struct archive_entry *list;
	size_t count;
};

/* Fills in the name from all else. */
void archive_entry_name(struct archive_entry *a);

/* Reads a name. False when it is none. */
bool archive_entry_read(struct archive_entry *a, const char *name);

/* The archives of a swarm. Errors, here and below: ERR_LOCAL, naming the folder. */
int archive_folder_list(struct archive_folder *out, const char *path,
			const char *cluster_id, struct err *e);
void archive_folder_free(struct archive_folder *f);

/* The same from a list of names that is got elsewhere: adds one, unless it is none of that
 * swarm's, and puts all in order once they are there. The caller frees it. */
int archive_folder_add(struct archive_folder *f, const char *name, const char *cluster_id,
		       struct err *e);
void archive_folder_sort(struct archive_folder *f);

/* The newest that can still be used at that time; NULL without. */
const struct archive_entry *archive_folder_newest(const struct archive_folder *f,
						  const struct archive_stamp *now);

/* How many of the list, from the first on, are kept so that `keep` of those are among them
 * that can still be used; all when there are not that many. Pure. */
size_t archive_folder_kept(const struct archive_folder *f, uint32_t keep,
			   const struct archive_stamp *now);

/* Removes those that are not kept, and writes how many. */
int archive_folder_prune(const char *path, const char *cluster_id, uint32_t keep,
			 size_t *removed, struct err *e);

/* Removes what runs that were killed have left. */
void archive_folder_tidy(const char *path);

/* SHA-256 of a file there. */
int archive_folder_sum(const char *path, const char *name, char sha256[65],
		       struct err *e);

#endif
