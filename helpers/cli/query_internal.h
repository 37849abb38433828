/*
 * query_internal - what the files query*.c and helper_*.c share about a query:
 * its values while they are collected, and what a type accepts.
 *
 * Collected means raw text: options first, the JSON object over them, then
 * query_check turns each text into its typed value.
 */
#ifndef CLI_QUERY_INTERNAL_H
#define CLI_QUERY_INTERNAL_H

#include "cli/query.h"

#include "base/buf.h"

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

/* Puts the defaults in, and checks and converts every value. Errors: ERR_USAGE with
 * the key and what it accepts; ERR_LOCAL. */
int query_check(struct query *q, struct err *e);

/* Copies the secrets out of the environment and removes them there. Errors:
 * ERR_USAGE with the key whose variable is empty or missing; ERR_LOCAL. */
int query_take_secrets(struct query *q, struct err *e);

#endif
