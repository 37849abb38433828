/*
 * helper - what every executable's main does around its one call.
 *
 * helper_main secures the process, reads options and query, makes the one
 * deadline (its stop descriptor fires on SIGINT, SIGTERM and SIGHUP), runs the
 * operation, and prints either the result on stdout or one line on stderr.
 */
#ifndef CLI_HELPER_H
#define CLI_HELPER_H

#include "base/deadline.h"
#include "base/err.h"
#include "cli/query.h"
#include "cli/result.h"

/* A key of the result, for --help, the man page and the reference. */
struct helper_output {
	const char *key;
	const char *meaning;
};

enum helper_kind {
	HELPER_QUERY,  /* has no side effect: Terraform runs it on every plan */
	HELPER_ACTION, /* convergent: running it again changes nothing */
	HELPER_TOOL    /* a person's: runs until it is ended, and prints its result
			  itself as soon as it can be used */
};

struct helper {
	const char *name; /* "fetch-tokens" */
	enum helper_kind kind;
	const char *purpose;                 /* one sentence without a full stop */
	const char *details;                 /* a paragraph for --help and the man page */
	const struct query_field *fields;    /* ends with key NULL */
	const struct helper_output *outputs; /* ends with key NULL */
	const char *default_timeout;
	const char *shared;    /* as in struct query_spec: NULL for all shared
			     * fields; `name` and `timeout` are among them */
	bool host_optional;    /* works through `managers` alone */
	bool at_destroy;       /* an action for a provisioner with when = destroy */
	bool ends_with_parent; /* as if interrupted, when what started it with
				* --query-env ends, or the process SWARM_STARTED_BY, the
				* parent of a script in between: where a run alone would
				* go on for long, in the way of the next one */
	/* Gets the words behind "--", which are a command: stdin is the command's
	 * then, and no query is read from it. NULL where there is no such thing. */
	char ***command;
	/* Adds milliseconds to the deadline beside `timeout`, from the query
	 * (drain_timeout); NULL for none. Only counts when the caller did not
	 * give `timeout` itself. */
	int64_t (*extra_ms)(const struct query *q);
	int (*run)(const struct query *q, struct result *r, const struct deadline *d,
		   struct err *e);
};

/* Returns the exit code: see err_exit. */
int helper_main(const struct helper *h, int argc, char **argv);

#endif
