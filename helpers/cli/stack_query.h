/*
 * stack_query - the keys that say what a stack is to be, and how they are read.
 */
#ifndef CLI_STACK_QUERY_H
#define CLI_STACK_QUERY_H

#include "cli/query.h"
#include "swarm/stack.h"

/* Rows of a table of fields. */
#define STACK_NAME_FIELDS \
	{ "managers", QUERY_HOSTS, \
	  .meaning = "other managers of the swarm, asked side by side with host; the " \
		     "first that answers is used", \
	  .example = "10.0.1.13,10.0.1.14" }, \
		{ "stack", QUERY_TEXT, .required = true, \
		  .meaning = "the stack's name: letters, digits, _ and -, 40 at most", \
		  .example = "web" }

#define STACK_FIELDS \
	STACK_NAME_FIELDS, \
		{ "compose_file", QUERY_PATH, .required = true, \
		  .meaning = "the compose file, on this machine: what docker stack " \
			     "deploy takes, 256 KiB at most", \
		  .example = "web.yml" }, \
		{ "environment", QUERY_MAP, \
		  .meaning = "the variables of the compose file (${TAG}); they are in " \
			     "the services then, so none of them is a secret", \
		  .example = "{\"TAG\":\"1.4.2\"}" }, \
		{ "config_files", QUERY_MAP, \
		  .meaning = "configs: what the compose file calls each, with its file " \
			     "here", \
		  .example = "{\"site\":\"nginx.conf\"}" }, \
		{ "config_env", QUERY_MAP, \
		  .meaning = "the same, with the name of the environment variable here " \
			     "that holds it", \
		  .example = "{\"settings\":\"SETTINGS_JSON\"}" }, \
		{ "secret_files", QUERY_MAP, \
		  .meaning = "secrets: what the compose file calls each, with its file " \
			     "here", \
		  .example = "{\"tls_key\":\"~/tls.key\"}" }, \
		{ "secret_env", QUERY_MAP, \
		  .meaning = "the same, with the name of the environment variable here " \
			     "that holds it", \
		  .example = "{\"password\":\"DB_PASSWORD\"}" }

/* What is read of them; wiped and freed with stack_query_free. */
struct stack_query {
	struct buf compose;
	struct swarm_stack_file *files;
	size_t count;
	bool may_lack;
};

/*
 * Reads the compose file and every secret and config, and points `p` at them. Secrets leave
 * this process's environment. With `may_lack` a secret or config that is not to be had here
 * is unknown, and no error. Errors: ERR_USAGE, naming the key; ERR_LOCAL for a file.
 */
int stack_query_read(struct stack_query *s, struct swarm_stack_params *p,
		     const struct query *q, bool may_lack, struct err *e);
void stack_query_free(struct stack_query *s);

/* The name of the stack. Errors: ERR_USAGE. */
int stack_query_name(const char **name, const struct query *q, struct err *e);

#endif
