/*
 * internal - what the files of aws/ share; nothing else includes it.
 */
#ifndef AWS_INTERNAL_H
#define AWS_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aws_service;
struct buf;
struct deadline;
struct err;
struct http_reply;

/* Keys that were found; all owned, aws_found_wipe. */
struct aws_found {
	char *id, *secret;
	char *token;      /* NULL without */
	int64_t until;    /* seconds since 1970; 0: for good */
	char source[200]; /* for messages: "the environment" */
};

enum aws_looked { AWS_LOOKED_FOUND, AWS_LOOKED_NOTHING, AWS_LOOKED_FAILED };

/* Copies keys; `token` may be NULL. Errors: ERR_REFUSED for what cannot be part of a
 * header. */
int aws_found_set(struct aws_found *f, const char *id, const char *secret,
		  const char *token, struct err *e);

/* Reads { AccessKeyId, SecretAccessKey, Expiration } and, under `token_name`, a token.
 * `what` is for messages, which never quote the text. Errors: ERR_REFUSED. */
int aws_found_read(struct aws_found *f, const struct buf *text, const char *token_name,
		   const char *what, struct err *e);
void aws_found_wipe(struct aws_found *f);

/* ---- where keys are looked for, each of them setting `source` ---- */

/* The profile that AWS_PROFILE names, or `default`, in the files `credentials` and
 * `config`. Errors: ERR_USAGE for a profile that is not there or that this does not know
 * how to use; those of aws_process_run; ERR_LOCAL. */
enum aws_looked aws_profile_look(struct aws_found *f, const struct deadline *d,
				 struct err *e);

/* A setting of that profile, appended; nothing where it is missing. Errors: ERR_USAGE,
 * ERR_LOCAL. */
int aws_profile_setting(const char *key, struct buf *out, struct err *e);

/* The container's, by AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI. Errors:
 * ERR_USAGE, ERR_REFUSED, those of http_call. */
enum aws_looked aws_container_look(struct aws_found *f, const struct deadline *d,
				   struct err *e);

/* The role of this EC2 instance (IMDSv2). That no such service answers within a short
 * time is no error. */
enum aws_looked aws_instance_look(struct aws_found *f, const struct deadline *d,
				  struct err *e);

/* Runs a command line, without a shell, and appends what it writes to its standard output.
 * It is killed, with what it has started, at the deadline. Errors: ERR_REFUSED when it
 * fails, ERR_DEADLINE, ERR_LOCAL. */
int aws_process_run(const char *line, struct buf *out, const struct deadline *d,
		    struct err *e);

/* ---- services that speak JSON: one URL, the action in a header ---- */

struct aws_json_action {
	const char *version; /* of the protocol: "1.0" */
	const char *target;  /* "DynamoDB_20120810.GetItem" */
	const char *right;   /* that it needs: "dynamodb:GetItem" */
};

/* Makes the request and reads the reply, which is an object: *out, unless that is NULL, is
 * the caller's (json_decref). Errors: those of aws_service_call; ERR_REFUSED for what is no
 * JSON. */
int aws_json_call(struct aws_service *s, const struct aws_json_action *a,
		  const json_t *body, json_t **out, const struct deadline *d,
		  struct err *e);

/* ---- texts ---- */

/* A variable of the environment; NULL where it is not set or empty. Borrowed. */
const char *aws_variable(const char *name);

/* A line of a file in AWS's format. */
struct aws_ini_value {
	const char *text; /* borrowed */
	size_t n;
};

/* Looks for a key in the profile; in `config` files profiles other than `default` have the
 * word "profile" before their name. `key` NULL: for the profile itself. */
bool aws_ini_find(const char *text, const char *profile, bool config, const char *key,
		  struct aws_ini_value *out);

/* Appends the text percent-encoded (RFC 3986, unreserved characters stay), with `slashes`
 * as they are. Returns -1 when the buffer is full. */
int aws_uri_add(struct buf *b, const char *text, bool slashes);

/* Whether the URL's host, up to its port or path, is this machine's loopback. */
bool aws_uri_is_loopback(const char *url);

/* The text between the first <NAME> and </NAME> behind `from`, with its length; NULL
 * without. Borrowed. */
const char *aws_xml_text(const char *from, const char *name, size_t *n);

/* What a reply other than 2xx says, in a sentence. Returns -1. `action` is the right that
 * the request needs ("s3:PutObject"), `source` where the keys are from. ERR_BUSY for what
 * passes, ERR_CONFLICT for a condition that did not hold, ERR_AUTH for keys that are no
 * longer taken, ERR_NOT_FOUND for an object, otherwise ERR_REFUSED. */
int aws_reply_error(const struct http_reply *r, const char *action, const char *source,
		    struct err *e);

#endif
