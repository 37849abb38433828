/* SPDX-License-Identifier: MIT */
/* Validates and converts the value of every key by its type. */
#include "cli/internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/js.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/host_entry.h"
#include "net/addr.h"

#include <stdlib.h>
#include <string.h>

#define UNIX "unix:///"
#define LARGEST_NUMBER 2147483647

enum check {
	FINE,
	WRONG, /* not what the type accepts */
	OWN_ERROR
};

/* Each looks at one value and converts it; sets the error for OWN_ERROR only. */
typedef enum check check_fn(struct query_value *v, struct err *e);

static enum check wrong_unless(bool fine)
{
	return fine ? FINE : WRONG;
}

static enum check own(int ret)
{
	return ret ? OWN_ERROR : FINE;
}

static bool is_text(const struct query_value *v)
{
	return !text_has_control(v->text, v->len);
}

static enum check check_text(struct query_value *v, struct err *e)
{
	(void)e;
	return wrong_unless(is_text(v));
}

static enum check check_lines(struct query_value *v, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < v->len; i++)
		if (!strchr("\r\n\t", v->text[i]) && text_has_control(v->text + i, 1))
			return WRONG;
	return wrong_unless(!memchr(v->text, '\0', v->len));
}

static enum check check_ssh_host(struct query_value *v, struct err *e)
{
	return is_text(v) ? own(addr_check_host(v->text, e)) : WRONG;
}

static enum check check_host(struct query_value *v, struct err *e)
{
	size_t n = strlen(UNIX);

	if (strncmp(v->text, UNIX, n))
		return check_ssh_host(v, e);
	return wrong_unless(is_text(v) && v->len > n);
}

static enum check check_address(struct query_value *v, struct err *e)
{
	struct addr a;

	if (!is_text(v))
		return WRONG;
	if (addr_parse(&a, v->text, v->len, e))
		return OWN_ERROR;
	return wrong_unless(!*a.user);
}

static enum check check_hosts(struct query_value *v, struct err *e)
{
	const char *rest = v->text, *item;
	size_t n;

	if (!is_text(v))
		return WRONG;
	while (text_next_item(&rest, &item, &n)) {
		struct host_entry h;

		if (host_entry_parse(&h, item, n, e))
			return OWN_ERROR;
	}
	return FINE;
}

static enum check check_range(struct query_value *v, uint32_t min, uint32_t max)
{
	uint32_t n;

	if (!is_text(v) || text_to_u32(v->text, min, max, &n))
		return WRONG;
	v->number = n;
	return FINE;
}

static enum check check_port(struct query_value *v, struct err *e)
{
	(void)e;
	return check_range(v, 1, 65535);
}

static enum check check_number(struct query_value *v, struct err *e)
{
	(void)e;
	return check_range(v, 0, LARGEST_NUMBER);
}

static enum check check_path(struct query_value *v, struct err *e)
{
	char *full;

	/* Terraform's file() in place of the path is an easy mistake. */
	if (strstr(v->text, "-----BEGIN"))
		return own(err_set(e, ERR_USAGE,
				   "expected the path of a file, "
				   "got what is in it"));
	if (!is_text(v) || (v->text[0] == '~' && strncmp(v->text, "~/", 2)))
		return WRONG;
	full = text_home_path(v->text);
	if (!full)
		return own(err_set(e, ERR_USAGE,
				   "begins with ~/, but HOME is not "
				   "set, expected a path from / on"));
	secret_free(v->text);
	v->text = full;
	v->len = strlen(full);
	return FINE;
}

static enum check check_socket(struct query_value *v, struct err *e)
{
	(void)e;
	return wrong_unless(is_text(v) && *v->text == '/');
}

static enum check check_duration(struct query_value *v, struct err *e)
{
	(void)e;
	return wrong_unless(is_text(v) && !deadline_parse(v->text, &v->number));
}

static enum check check_choice(struct query_value *v, struct err *e)
{
	const char *word = v->field->choices;

	(void)e;
	for (v->number = 0; *word; v->number++) {
		size_t n = strcspn(word, "|");

		if (n == v->len && !memcmp(word, v->text, n))
			return FINE;
		word += n + (word[n] == '|');
	}
	return WRONG;
}

static enum check check_map(struct query_value *v, struct err *e)
{
	const char *key;
	json_t *text;

	v->map = js_read(v->text, v->len, "expected a JSON object of strings", e);
	if (!v->map)
		return own(err_as(e, ERR_USAGE));
	if (!json_is_object(v->map))
		return WRONG;
	json_object_foreach(v->map, key, text)
		if (!*key || !json_is_string(text))
			return WRONG;
	return FINE;
}

static enum check check_env(struct query_value *v, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < v->len; i++) {
		char c = v->text[i];
		bool letter = c == '_' || (c >= 'A' && c <= 'Z') ||
			      (c >= 'a' && c <= 'z');

		if (!letter && !(i && c >= '0' && c <= '9'))
			return WRONG;
	}
	return FINE;
}

static const struct {
	check_fn *check;
	bool quotable; /* a wrong value may be shown: it is never a secret */
} types[] = {
	[QUERY_TEXT] = { check_text, false },
	[QUERY_LINES] = { check_lines, false },
	[QUERY_HOST] = { check_host, true },
	[QUERY_SSH_HOST] = { check_ssh_host, true },
	[QUERY_ADDRESS] = { check_address, true },
	[QUERY_HOSTS] = { check_hosts, true },
	[QUERY_PORT] = { check_port, true },
	[QUERY_SOCKET] = { check_socket, true },
	[QUERY_NUMBER] = { check_number, true },
	[QUERY_PATH] = { check_path, false },
	[QUERY_DURATION] = { check_duration, true },
	[QUERY_CHOICE] = { check_choice, true },
	[QUERY_MAP] = { check_map, false },
	[QUERY_ENV] = { check_env, false },
};

/* "strict|accept-new" after "one of": "strict, accept-new". */
static void add_accepts(struct buf *b, const struct query_field *f)
{
	const char *word = f->choices;

	if (f->type != QUERY_CHOICE) {
		buf_adds(b, query_type_accepts(f->type));
		return;
	}
	buf_adds(b, "one of ");
	for (; *word; word++)
		buf_adds(b, *word == '|' ? ", " : (char[]){ *word, '\0' });
}

static int refuse(const struct query_value *v, struct err *e)
{
	const struct query_field *f = v->field;
	struct buf accepts = BUF_INIT(256);

	add_accepts(&accepts, f);
	if (text_has_control(v->text, v->len))
		err_set(e, ERR_USAGE,
			"%s: expected %s, got a control "
			"character in it",
			f->key, buf_str(&accepts));
	else if (types[f->type].quotable)
		err_set(e, ERR_USAGE, "%s: expected %s, got `%.80s`", f->key,
			buf_str(&accepts), v->text);
	else
		err_set(e, ERR_USAGE, "%s: expected %s, got something else", f->key,
			buf_str(&accepts));
	buf_free(&accepts);
	return -1;
}

static int set_default(struct query *q, struct query_value *v, struct err *e)
{
	const char *text = query_fallback(q->spec, v->field);

	if (v->text || !text)
		return 0;
	if (query_set(v, text, strlen(text), e))
		return -1;
	v->given = false;
	return 0;
}

int query_check(struct query *q, struct err *e)
{
	const struct query_field *missing;

	for (size_t i = 0; i < q->count; i++) {
		struct query_value *v = &q->values[i];
		struct err why;

		if (set_default(q, v, e))
			return -1;
		if (!v->text)
			continue;
		switch (types[v->field->type].check(v, &why)) {
		case FINE:
			break;
		case WRONG:
			return refuse(v, e);
		case OWN_ERROR:
			return err_set(e, why.kind, "%s: %.800s", v->field->key, why.msg);
		}
	}
	missing = query_missing(q);
	if (!missing)
		return 0;
	return err_set(e, ERR_USAGE, "%s: required, expected %s", missing->key,
		       query_type_accepts(missing->type));
}
