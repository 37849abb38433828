/*
 * query - what an executable is asked, read from one table of fields.
 *
 * The table drives decoding, validation, --help, the man page and the
 * reference. Values come from a JSON object over the long options beside it
 * over the defaults; an empty value counts as not given, so that Terraform can
 * pass "" for "nothing". A struct query owns all its values, wipes them, and is
 * freed with query_free.
 *
 * Where the JSON object comes from:
 * 1. --query-env NAME: the environment variable NAME; stdin is not touched.
 * 2. stdin is a terminal: nowhere. The options must hold every required key,
 *    otherwise the query is refused at once, saying where to put it.
 * 3. else stdin, up to its end, for no longer than the `timeout` option (or the
 *    default timeout). Nothing there but white space, or a closed stdin, is the
 *    same as no object: fine when the options hold every required key.
 */
#ifndef CLI_QUERY_H
#define CLI_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct query;

enum query_type {
	QUERY_TEXT,     /* any one-line text */
	QUERY_LINES,    /* text that may have several lines */
	QUERY_HOST,     /* a name, an IP literal, or unix:///path for the local engine */
	QUERY_SSH_HOST, /* a name or an IP literal */
	QUERY_ADDRESS,  /* an IP literal or interface, optionally with :port */
	QUERY_HOSTS,    /* comma-separated [user@]address[:port][/socket] */
	QUERY_PORT,     /* 1 to 65535 */
	QUERY_NUMBER,   /* 0 to 2^31-1 */
	QUERY_PATH,     /* a path; "~/" is the home folder */
	QUERY_SOCKET,   /* a path on the host, from / on */
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
 * executable; a row of the executable's own with the same key replaces one
 * here. */
extern const struct query_field query_shared_fields[];

/* What query_read needs besides the command line. */
struct query_spec {
	const char *program;
	const struct query_field *fields; /* the executable's own; ends with key NULL */
	const char *default_timeout;      /* "30s" */
	int stop_fd;        /* readable once the run is interrupted; -1 for none */
	bool host_optional; /* `host` need not be given */
	bool no_stdin;      /* it is somebody else's */
	const char *shared; /* which of query_shared_fields it has,
			     * comma-separated; NULL for all */
};

/*
 * Reads the options and the JSON object, checks every value, and takes the
 * secrets out of the environment.
 * Errors: ERR_USAGE, naming the key and what is accepted, never the value of
 * a key that could hold a secret; ERR_LOCAL for memory. The caller frees *out
 * with query_free.
 */
int query_read(struct query **out, const struct query_spec *spec, int argc, char **argv,
	       struct err *e);

/* Whether the caller gave a value, as opposed to the default standing in. */
bool query_given(const struct query *q, const char *key);

/* The value of a key, validated: NULL when neither given nor defaulted.
 * Borrowed. Asking for a key that is in no table is a programming error and
 * aborts. QUERY_PATH values come with "~/" expanded. */
const char *query_text(const struct query *q, const char *key);

/* The number of a QUERY_PORT or QUERY_NUMBER; 0 when not given. */
uint32_t query_number(const struct query *q, const char *key);

/* The position of a QUERY_CHOICE among the words of its table row, from 0 on; -1
 * when neither given nor defaulted. */
int query_choice(const struct query *q, const char *key);

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

/* The secrets in the variables that the values of a QUERY_MAP name, by its keys, as
 * a new object that the caller drops: empty when the key was not given, NULL on failure.
 * Removes the variables from this process's environment, also then. For those
 * executables alone that have such a key, which are no larger for the others. Errors:
 * ERR_USAGE with the key of the map whose variable is empty, missing or no UTF-8. */
json_t *query_map_secrets(const struct query *q, const char *key, struct err *e);

/* NULL is fine. Wipes. */
void query_free(struct query *q);

#endif
