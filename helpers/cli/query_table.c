/* SPDX-License-Identifier: MIT */
/* The values of a query by key. */
#include "cli/internal.h"

#include "base/err.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

static bool same_key(const char *key, const char *typed, bool option)
{
	for (; *key && *typed; key++, typed++)
		if (*key != *typed && !(option && *key == '_' && *typed == '-'))
			return false;
	return *key == *typed;
}

struct query_value *query_find(struct query *q, const char *key, bool option)
{
	for (size_t i = 0; i < q->count; i++)
		if (same_key(q->values[i].field->key, key, option))
			return &q->values[i];
	return NULL;
}

bool query_required(const struct query_spec *spec, const struct query_field *f)
{
	return f->required && !(spec->host_optional && !strcmp(f->key, "host"));
}

const char *query_fallback(const struct query_spec *spec, const struct query_field *f)
{
	if (!f->fallback && !strcmp(f->key, "timeout"))
		return spec->default_timeout;
	return f->fallback;
}

static const struct query_value *ask(const struct query *q, const char *key)
{
	const struct query_value *v = query_find((struct query *)q, key, false);

	if (!v)
		abort();
	return v;
}

static bool is_missing(const struct query *q, const struct query_value *v)
{
	return !v->text && query_required(q->spec, v->field);
}

/* Whom it is about comes before what is to be done there. */
const struct query_field *query_missing(const struct query *q)
{
	const struct query_value *host = ask(q, "host");

	if (is_missing(q, host))
		return host->field;
	for (size_t i = 0; i < q->count; i++)
		if (is_missing(q, &q->values[i]))
			return q->values[i].field;
	return NULL;
}

int query_set(struct query_value *v, const char *text, size_t n, struct err *e)
{
	char *copy;

	if (!n)
		return 0;
	copy = secret_malloc(n + 1);
	if (!copy)
		return err_no_memory(e);
	memcpy(copy, text, n);
	copy[n] = '\0';
	secret_free(v->text);
	v->text = copy;
	v->len = n;
	v->given = true;
	return 0;
}

bool query_given(const struct query *q, const char *key)
{
	return ask(q, key)->given;
}

const char *query_text(const struct query *q, const char *key)
{
	return ask(q, key)->text;
}

uint32_t query_number(const struct query *q, const char *key)
{
	return (uint32_t)ask(q, key)->number;
}

int query_choice(const struct query *q, const char *key)
{
	const struct query_value *v = ask(q, key);

	return v->text ? (int)v->number : -1;
}

int64_t query_ms(const struct query *q, const char *key)
{
	return ask(q, key)->number;
}

const json_t *query_map(const struct query *q, const char *key)
{
	return ask(q, key)->map;
}

const char *query_secret(const struct query *q, const char *key)
{
	return ask(q, key)->secret;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->count; i++) {
		secret_free(q->values[i].text);
		secret_free(q->values[i].secret);
		json_decref(q->values[i].map);
	}
	secret_free(q);
}
