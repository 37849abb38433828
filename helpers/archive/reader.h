/*
 * reader - an archive that is opened whole, in memory, and judged before anything is done
 * with it: decrypted, unpacked once, its raft log read, its files compared with its manifest.
 */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

#include "archive/manifest.h"
#include "base/buf.h"

/* Secret: archive_reader_wipe. */
struct archive_reader {
	struct archive_state_facts facts;
	struct archive_manifest manifest; /* borrows from this struct: do not copy it */
	json_t *whole;                    /* of the manifest */
	json_t *settings; /* the engine's own of its node: docker-state.json */
	struct buf state; /* the packed tar of the folder "swarm" */
};

#define ARCHIVE_READER_MAX (1u << 30) /* bytes */

/* Appends the file `path` to `out`. Errors: ERR_USAGE for one that cannot be read. */
int archive_reader_file(const char *path, struct buf *out, struct err *e);

/* Opens an archive whose bytes are `raw`; `key` is that of archive_envelope_open, NULL for
 * none. The caller wipes *out, also when this fails. Errors: ERR_USAGE for an encrypted one
 * without a key; ERR_REFUSED for what no engine can be given; ERR_LOCAL. */
int archive_reader_open(struct archive_reader *out, const struct buf *raw,
			const char *key, struct err *e);

/* Appends the file `name` ("swarm/...") of the state to `out`, nothing where there is none.
 * Errors: ERR_REFUSED for one that does not fit. */
int archive_reader_part(const struct archive_reader *r, const char *name, struct buf *out,
			struct err *e);

void archive_reader_wipe(struct archive_reader *r);

#endif
