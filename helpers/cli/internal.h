/*
 * internal - what the files of cli/ share.
 *
 * Of a query: its values while they are collected, and what a type accepts. Collected
 * means raw text: options first, the JSON object over them, then query_check turns
 * each text into its typed value. Of an executable: interrupts, and the two forms of
 * the documentation, both made from its tables.
 */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

#include "cli/helper.h"
#include "cli/query.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- query*.c ---- */

#define QUERY_MAX_BYTES (64 * 1024)
#define QUERY_MAX_FIELDS 64

struct query_value {
	const struct query_field *field;
	bool given;     /* by the caller, not empty */
	char *text;     /* secret_malloc'd; NULL when not set */
	size_t len;     /* bytes of text; a NUL inside is refused by query_check */
	int64_t number; /* QUERY_PORT, QUERY_NUMBER; milliseconds; which
			    * word of a QUERY_CHOICE */
	json_t *map;    /* QUERY_MAP */
	char *secret;   /* QUERY_ENV */
};

struct query {
	const struct query_spec *spec;
	const char *env_name; /* of --query-env; borrowed from argv */
	size_t count;
	struct query_value values[QUERY_MAX_FIELDS];
};

/* Whether a field of query_shared_fields is one of this executable's. */
bool query_shares(const struct query_spec *spec, const struct query_field *f);

/* Whether a key must be given to this executable. */
bool query_required(const struct query_spec *spec, const struct query_field *f);

/* The default as text, NULL for none. */
const char *query_fallback(const struct query_spec *spec, const struct query_field *f);

/* The word for the type in --help ("port"), and a phrase for what it accepts
 * ("a number from 1 to 65535"); the phrase of QUERY_CHOICE is made from the
 * field. Both borrowed. */
const char *query_type_name(enum query_type type);
const char *query_type_accepts(enum query_type type);

/* The value of a key, dashes counting as underscores when `option` is set;
 * NULL when there is no such key. */
struct query_value *query_find(struct query *q, const char *key, bool option);

/* The first required key without a value, host before all others; NULL when
 * there is none. */
const struct query_field *query_missing(const struct query *q);

/* Refuses an unknown key and proposes the nearest known one. Returns -1. */
int query_unknown(const struct query *q, const char *key, const char *dashes,
		  struct err *e);

/* Gives a value a copy of `n` bytes of text; empty text changes nothing. Errors:
 * ERR_LOCAL. */
int query_set(struct query_value *v, const char *text, size_t n, struct err *e);

/* Reads the long options into the values. Errors: ERR_USAGE with the option; as
 * query_set. */
int query_options(struct query *q, int argc, char **argv, struct err *e);

/* Gets the text of the JSON object by the rule in query.h; empty when there is none.
 * Errors: ERR_USAGE with the place; ERR_DEADLINE when the run is interrupted. */
int query_source(const struct query *q, struct buf *text, struct err *e);

/* Reads a JSON object of `n` bytes into the values. Errors: ERR_USAGE with the key or
 * the place in the text; as query_set. */
int query_json(struct query *q, const char *text, size_t n, struct err *e);

/* Reads and checks a JSON object of `n` bytes alone: query_read without options and
 * secrets (only $HOME is looked at). It is what the fuzzer and the tests of the types
 * call, since it touches neither stdin nor the environment. Errors as query_read; the
 * caller frees *out with query_free. */
int query_decode(struct query **out, const struct query_spec *spec, const char *text,
		 size_t n, struct err *e);

/* Puts the defaults in, and checks and converts every value. Errors: ERR_USAGE with
 * the key and what it accepts; ERR_LOCAL. */
int query_check(struct query *q, struct err *e);

/* Copies the secrets out of the environment and removes them there. Errors:
 * ERR_USAGE with the key whose variable is empty or missing; ERR_LOCAL. */
int query_take_secrets(struct query *q, struct err *e);

/* ---- helper*.c ---- */

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
