/*
 * helper_internal - what the files helper*.c share: interrupts, and the
 * two forms of the documentation, both made from the executable's tables.
 */
#ifndef CLI_HELPER_INTERNAL_H
#define CLI_HELPER_INTERNAL_H

#include "cli/helper.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Prepares for SIGINT, SIGTERM and SIGHUP (not one that the caller ignores):
 * the first makes the descriptor readable, the second ends the process at
 * once with 128 plus the signal. Returns the descriptor, open for the life of
 * the process, or -1 with ERR_LOCAL. */
int helper_signals(struct err *e);

/* From now on the end of the parent interrupts this process, within a second, as SIGTERM
 * does. For as long as the process lives. */
void helper_signal_parent(void);

/* The name of the signal that came, NULL for none. */
const char *helper_signal_name(void);

/* What --help prints. */
void helper_help_text(const struct helper *h, struct buf *out);

/* What --help=json prints: the tables themselves, for whatever is made of
 * them (scripts/reference: man pages and docs/reference.md). */
void helper_help_json(const struct helper *h, struct buf *out);

/* The table that query_read takes. */
struct query_spec helper_spec(const struct helper *h);

/* Whether a row of the shared table is one of this executable's keys, and not
 * replaced by a row of its own. */
bool helper_shares(const struct helper *h, const struct query_field *f);

/* "required", the default as text (written to `room` when it is put
 * together), or "" for none. */
const char *helper_default(const struct helper *h, const struct query_field *f,
			   char *room, size_t n);

/* Appends the meaning, for a choice with its words after it. */
void helper_meaning(const struct query_field *f, struct buf *out);

/* The exit codes from 0 on; ends with NULL. */
extern const char *const helper_codes[];

/* The ways to hand a query in; ends with NULL. */
extern const char *const helper_sources[];

#endif
