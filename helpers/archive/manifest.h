/*
 * manifest - what an archive says of itself: `manifest.json`, its first file. No token and
 * no key is in it.
 */
#ifndef ARCHIVE_MANIFEST_H
#define ARCHIVE_MANIFEST_H

#include "archive/state.h"

struct buf;

#define ARCHIVE_MANIFEST "manifest.json"

/* Borrowed, all of it. */
struct archive_manifest {
	const struct archive_state_facts *facts;
	struct archive_stamp made;
	const char *copy; /* "stopped", "running" */
	const char *hostname, *advertise_addr, *engine;
	bool autolock;
	json_t *managers; /* [ { id, hostname, addr } ] */
};

/* Appends the beginning of an archive: the manifest as the first file of a packed tar whose
 * other files follow as a packed tar of their own. Errors: ERR_LOCAL. */
int archive_manifest_write(const struct archive_manifest *m, struct buf *out,
			   struct err *e);

/* Reads what archive_manifest_write wrote, of the state whose facts are given: whatever the
 * two both tell has to agree. *out borrows from `facts` and from *whole, which the caller
 * gives back with json_decref, also when this fails. Errors: ERR_REFUSED. */
int archive_manifest_read(const struct buf *text, const struct archive_state_facts *facts,
			  struct archive_manifest *out, json_t **whole, struct err *e);

#endif
