/* SPDX-License-Identifier: MIT */
/* Reads what a stack is to be. */
#include "cli/stack_query.h"

#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A config holds a version with its compose file, 500 kB at most, with escapes. */
#define COMPOSE_MAX (256u << 10)
#define FILE_MAX (1000u << 10) /* what Docker takes at most of a config */
#define NAME_MAX_CHARS 40

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* Where contents come from. */
static const struct source {
	const char *key, *what;
	bool secret, env;
} sources[] = {
	{ "config_files", "config", false, false },
	{ "config_env", "config", false, true },
	{ "secret_files", "secret", true, false },
	{ "secret_env", "secret", true, true },
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

int stack_query_name(const char **name, const struct query *q, struct err *e)
{
	const char *text = query_text(q, "stack");

	*name = text;
	if (strspn(text, LETTERS DIGITS "_-") == strlen(text) &&
	    strspn(text, LETTERS DIGITS) && strlen(text) <= NAME_MAX_CHARS)
		return 0;
	return err_set(e, ERR_USAGE,
		       "stack: \"%.60s\" is no name of a stack; expected letters, digits, _ "
		       "and -, with a letter or digit first, %d at most",
		       text, NAME_MAX_CHARS);
}

static int read_file(const char *given, const char *what, const char *of, struct buf *out,
		     struct err *e)
{
	char *path = text_home_path(given);
	struct stat st;
	int fd = path ? file_open(path, &st) : -1, ret = 0;

	if (fd < 0 || file_read(fd, out))
		ret = err_set(e, ERR_LOCAL,
			      "%s %s cannot be read: %s; give a file of at most %zu "
			      "bytes",
			      what, of, file_why(errno), out->max);
	if (fd >= 0)
		close(fd);
	secret_free(path);
	return ret;
}

/* The name of the variable is not shown: somebody may have written the secret there. */
static int read_variable(const char *name, const char *key, const char *of,
			 struct buf *out, struct err *e)
{
	const char *value = getenv(name);

	if (!value || !*value)
		return err_set(e, ERR_USAGE,
			       "%s: the environment variable that it names for %s is %s, "
			       "expected one that holds the content",
			       key, of, value ? "empty" : "not set");
	if (!buf_adds(out, value))
		return 0;
	return err_set(e, ERR_USAGE, "%s: the variable for %s has more than %zu bytes",
		       key, of, out->max);
}

static int read_compose(struct buf *out, const struct query *q, struct err *e)
{
	const char *path = query_text(q, "compose_file");

	*out = BUF_INIT(COMPOSE_MAX);
	if (read_file(path, "compose file", path, out, e))
		return -1;
	if (out->len && !memchr(out->data, '\0', out->len))
		return 0;
	return err_set(e, ERR_USAGE, "compose_file: %s is %s", path,
		       out->len ? "no text" : "empty");
}

/* As the compose file may call it. */
static int check_key(const struct stack_query *s, const struct source *from,
		     const char *key, struct err *e)
{
	if (!*key || strspn(key, LETTERS DIGITS "._-") != strlen(key))
		return err_set(e, ERR_USAGE,
			       "%s: \"%.60s\" is no name of a %s; expected letters, "
			       "digits, ., _ and -",
			       from->key, key, from->what);
	for (size_t i = 0; i < s->count; i++)
		if (s->files[i].secret == from->secret && !strcmp(s->files[i].key, key))
			return err_set(e, ERR_USAGE,
				       "%s: %s %s is given twice, by file and by variable",
				       from->key, from->what, key);
	return 0;
}

static int add(struct stack_query *s, const struct source *from, const char *key,
	       const char *value, struct err *e)
{
	struct swarm_stack_file *f = &s->files[s->count];
	int ret;

	if (check_key(s, from, key, e))
		return -1;
	*f = (struct swarm_stack_file){ .key = key,
					.secret = from->secret,
					.bytes = BUF_INIT(FILE_MAX) };
	s->count++;
	if (from->env)
		ret = read_variable(value, from->key, key, &f->bytes, e);
	else
		ret = read_file(value, from->what, key, &f->bytes, e);
	if (!ret || !s->may_lack)
		return ret;
	f->unknown = true;
	return 0;
}

static int read_source(struct stack_query *s, const struct source *from,
		       const struct query *q, struct err *e)
{
	const json_t *given = query_map(q, from->key);
	const char *key;
	json_t *value;
	int ret = 0;

	json_object_foreach((json_t *)given, key, value)
		ret = ret ? ret : add(s, from, key, json_string_value(value), e);
	/* Only now: two may name the same variable. */
	if (from->env && from->secret)
		json_object_foreach((json_t *)given, key, value)
			secret_forget_variable(json_string_value(value));
	return ret;
}

static int check_environment(const json_t *environment, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)environment, name, value)
		if (!*name || strspn(name, DIGITS) ||
		    strspn(name, LETTERS DIGITS "_") != strlen(name))
			return err_set(e, ERR_USAGE,
				       "environment: %.60s is not the name of a variable "
				       "(letters, digits and _)",
				       name);
	return 0;
}

int stack_query_read(struct stack_query *s, struct swarm_stack_params *p,
		     const struct query *q, bool may_lack, struct err *e)
{
	size_t most = 0;

	*s = (struct stack_query){ .compose = BUF_INIT(COMPOSE_MAX),
				   .may_lack = may_lack };
	for (size_t i = 0; i < SOURCES; i++)
		most += json_object_size(query_map(q, sources[i].key));
	s->files = secret_calloc(most + 1, sizeof(*s->files));
	if (!s->files)
		return err_no_memory(e);
	if (stack_query_name(&p->stack, q, e) || read_compose(&s->compose, q, e) ||
	    check_environment(query_map(q, "environment"), e))
		return -1;
	for (size_t i = 0; i < SOURCES; i++)
		if (read_source(s, &sources[i], q, e))
			return -1;
	p->compose = &s->compose;
	p->environment = query_map(q, "environment");
	p->files = s->files;
	p->count = s->count;
	return 0;
}

void stack_query_free(struct stack_query *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_free(&s->files[i].bytes);
	secret_free(s->files);
	buf_free(&s->compose);
	*s = (struct stack_query){ 0 };
}
