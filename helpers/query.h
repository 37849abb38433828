/*
 * query - what an executable is asked, read from one table of fields.
 *
 * The table drives decoding, validation, --help, the man page and the
 * reference. Values come from a JSON object (stdin, or the environment
 * variable that --query-env names) over the long options beside it over the
 * defaults. A struct query owns all its values, wipes them, and is freed with
 * query_free.
 */
#ifndef QUERY_H
#define QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct err;
struct query;

enum query_type {
	QUERY_TEXT,     /* any one-line text */
	QUERY_LINES,    /* text that may have several lines */
	QUERY_HOST,     /* a name, an IP literal, or unix:///path for the local engine */
	QUERY_ADDRESS,  /* an IP literal or interface, optionally with :port */
	QUERY_HOSTS,    /* comma-separated [user@]address[:port] */
	QUERY_PORT,     /* 1 to 65535 */
	QUERY_NUMBER,   /* 0 to 2^31-1 */
	QUERY_PATH,     /* a path; "~/" is the home folder */
	QUERY_DURATION, /* "90s", "5m", "1h30m" */
	QUERY_CHOICE,   /* one of the words in `choices` */
	QUERY_MAP,      /* a JSON object of strings, as a string */
	QUERY_ENV       /* the name of an environment variable that holds a secret */
};

struct query_field {
	const char *key;
	enum query_type type;
	bool required;
	const char *fallback; /* the default as text, NULL for none */
	const char *choices;  /* for QUERY_CHOICE: "fail|empty" */
	const char *meaning;  /* one sentence, with the unit */
	const char *example;
};

/* The fields that all executables share (host, user, keys, timeout, ...);
 * ends with a row whose key is NULL. `timeout` gets its default from the
 * executable. */
extern const struct query_field query_shared_fields[];

/* What query_read needs besides the command line. */
struct query_spec {
	const char *program;
	const struct query_field *fields; /* the executable's own; ends with key NULL */
	const char *default_timeout;      /* "30s" */
	bool host_optional;               /* `host` need not be given */
};

/*
 * Reads the options and the JSON object. stdin is read only without
 * --query-env, and only when it is needed (a terminal there is refused at
 * once when `host` was not given as an option).
 * Errors: ERR_USAGE, naming the key and what is accepted; never the value of
 * a secret. The caller frees *out with query_free.
 */
int query_read(struct query **out, const struct query_spec *spec, int argc,
	       char **argv, struct err *e);

/* The value of a key, validated: NULL when neither given nor defaulted.
 * Borrowed. Asking for a key that is in no table is a programming error and
 * aborts. QUERY_PATH values come with "~/" expanded. */
const char *query_text(const struct query *q, const char *key);

/* The number of a QUERY_PORT or QUERY_NUMBER; 0 when not given. */
uint32_t query_number(const struct query *q, const char *key);

/* The milliseconds of a QUERY_DURATION; 0 when not given. */
int64_t query_ms(const struct query *q, const char *key);

/* The object of a QUERY_MAP, values all strings; NULL when not given.
 * Borrowed. */
const json_t *query_map(const struct query *q, const char *key);

/* The secret in the variable that a QUERY_ENV names; NULL when the key was
 * not given. query_read has copied it, refused an empty or missing variable,
 * and removed it from this process's environment. Borrowed; wiped with the
 * query. */
const char *query_secret(const struct query *q, const char *key);

/* NULL is fine. Wipes. */
void query_free(struct query *q);

#endif
