/*
 * store - where machines that nobody logs in to find what they join with: the tokens of one
 * swarm and the addresses of its managers, under a name. What has been written by one swarm is
 * neither replaced nor removed by another one.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>

struct deadline;
struct err;
struct store;

enum store_role { STORE_WORKER, STORE_MANAGER, STORE_ROLES };

#define STORE_ROLE(role) (1u << (role))
#define STORE_ALL (STORE_ROLE(STORE_WORKER) | STORE_ROLE(STORE_MANAGER))

/* Borrowed. */
struct store_params {
	/* "dynamodb://TABLE/NAME", "ssm://PATH/NAME" or "s3://BUCKET/PREFIX/NAME" */
	const char *place;
	const char *region, *endpoint; /* as in aws_service_params */
	bool allow_http;
	const json_t *names; /* other names of columns and items of a table; or NULL */
	const char *kms_key; /* as in aws_s3_object and aws_ssm_parameter; or NULL */
};

/* Reaches nobody yet. Messages of all functions begin with the place. Errors: ERR_USAGE for a
 * place that is none and for what does not go with it; those of aws_service_open. The caller
 * frees *out with store_close, NULL is fine. */
int store_open(struct store **out, const struct store_params *p, struct err *e);
void store_close(struct store *s);

/* What is there of a swarm. Tokens are secret: store_entry_wipe. */
struct store_entry {
	bool found;
	char cluster_id[32];          /* "" where others than store_write left it out */
	char token[STORE_ROLES][128]; /* "" for one that is not stored */
	char managers[2048];          /* "10.0.1.11:2377,10.0.1.12:2377" */
};
void store_entry_wipe(struct store_entry *entry);

/* Reads what joins a node in these roles (STORE_ROLE or'ed), by one request, or one for each
 * role where documents are kept. Errors: ERR_BUSY when nothing is there
 * yet; ERR_REFUSED where the token of managers is not stored, and for what cannot be a token or
 * an address; those of aws_service_call. */
int store_read(struct store *s, unsigned roles, struct store_entry *out,
	       const struct deadline *d, struct err *e);

enum store_outcome { STORE_WRITTEN, STORE_UNCHANGED, STORE_REMOVED, STORE_OTHER };

/* Writes the entry, unless all of it is there already. Errors: ERR_REFUSED for a name that
 * another swarm has, which is told; those of aws_service_call. */
int store_write(struct store *s, const struct store_entry *entry,
		enum store_outcome *outcome, const struct deadline *d, struct err *e);

/* Removes what the swarm with that ID has written. STORE_UNCHANGED: there is nothing;
 * STORE_OTHER: what is there is not that swarm's, and stays. Errors: those of
 * aws_service_call. */
int store_remove(struct store *s, const char *cluster_id, enum store_outcome *outcome,
		 const struct deadline *d, struct err *e);

#endif
