/*
 * state - what a copy of a swarm's state is: read from its packed tar as the bytes come,
 * whether it can be loaded, and what belongs into a manifest. Nothing of it is kept but
 * that.
 */
#ifndef ARCHIVE_STATE_H
#define ARCHIVE_STATE_H

#include "archive/raft_log.h"
#include "archive/stamp.h"

#include <jansson.h>
#include <stdint.h>

struct archive_state;
struct err;

struct archive_state_facts {
	char cluster_id[32];        /* of the node's certificate, as are */
	char node_id[32];           /* these two */
	struct archive_stamp until; /* when it expires, and the copy with it */
	char sha256[65];            /* of the packed tar */
	uint64_t bytes;             /* of it */
	struct raft_log_facts raft;
	json_t *files; /* { name: { size, sha256 } }; archive_state_wipe */
};

/* NULL without memory. The caller frees it with archive_state_free. */
struct archive_state *archive_state_new(void);

/* The next piece of the packed tar; a sink_fn. Errors: ERR_REFUSED for what cannot
 * be loaded; ERR_LOCAL. */
int archive_state_add(void *state, const void *bytes, size_t n, struct err *e);

/* Whether it was whole and can be loaded. Fills *out, which the caller wipes, unless
 * this fails. Errors: as archive_state_add. */
int archive_state_judge(struct archive_state *s, struct archive_state_facts *out,
			struct err *e);

/* NULL is fine. */
void archive_state_free(struct archive_state *s);
void archive_state_wipe(struct archive_state_facts *f);

#endif
