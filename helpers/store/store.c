/* SPDX-License-Identifier: MIT */
/* Finds the kind of a place, and reads, writes and removes what one swarm has there. */
#include "store/internal.h"

#include "base/retry.h"
#include "base/secret.h"
#include "base/timing.h"

#include <stdio.h>
#include <string.h>

static const struct store_kind *const kinds[] = { &store_dynamodb, &store_ssm,
						  &store_s3 };

/* ---- the place ---- */

static const struct store_kind *kind_of(const char *place)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(place, kinds[i]->scheme, strlen(kinds[i]->scheme)))
			return kinds[i];
	return NULL;
}

/* One that all of them take, and that no signature has to be encoded for. */
static bool is_path(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";
	size_t n = strlen(text);

	return n > 0 && strspn(text, plain) == n && *text != '/' && text[n - 1] != '/' &&
	       !strstr(text, "//") && !strstr(text, "..");
}

static int take_apart(struct store *s, const char *place, struct err *e)
{
	const char *path, *name;

	s->kind = kind_of(place);
	path = s->kind ? place + strlen(s->kind->scheme) : "";
	name = strchr(path, '/');
	if (!name || !is_path(path) || strlen(place) >= STORE_MAX_PLACE - 100)
		return err_set(e, ERR_USAGE,
			       "store: expected dynamodb://TABLE/NAME, ssm://PATH/NAME or "
			       "s3://BUCKET/PREFIX/NAME, of letters, digits and _ . -");
	snprintf(s->place, sizeof(s->place), "%s", place);
	snprintf(s->container, sizeof(s->container), "%.*s", (int)(name - path), path);
	snprintf(s->name, sizeof(s->name), "%s", name + 1);
	return 0;
}

static int check_params(const struct store *s, const struct store_params *p,
			struct err *e)
{
	const char *key = s->kind->refuses;
	bool given = strcmp(key, "kms_key") ? p->names != NULL : p->kms_key != NULL;

	if (!given)
		return 0;
	return err_set(e, ERR_USAGE, "%s: does not go with %s; leave it out", key,
		       s->kind->scheme);
}

int store_open(struct store **out, const struct store_params *p, struct err *e)
{
	struct store *s = secret_calloc(1, sizeof(*s));

	if (!s)
		return err_no_memory(e);
	s->kms_key = p->kms_key;
	if (take_apart(s, p->place, e) || check_params(s, p, e) ||
	    s->kind->open(s, p, e)) {
		store_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	aws_dynamodb_free(s->dynamodb);
	aws_ssm_free(s->ssm);
	aws_s3_free(s->s3);
	secret_free(s);
}

/* Names the place, unless what went wrong does already. */
static int failed(const struct store *s, struct err *e)
{
	if (!strncmp(e->msg, s->place, strlen(s->place)))
		return -1;
	return err_wrap(e, "%s", s->place);
}

/* ---- read ---- */

int store_read(struct store *s, unsigned roles, struct store_entry *out,
	       const struct deadline *d, struct err *e)
{
	int ret;

	*out = (struct store_entry){ 0 };
	ret = s->kind->read(s, roles, out, d, e);
	for (int role = 0; !ret && role < STORE_ROLES; role++)
		if (roles & STORE_ROLE(role))
			ret = store_entry_check(out, role, e);
	if (!ret)
		return 0;
	store_entry_wipe(out);
	return failed(s, e);
}

/* ---- change ---- */

struct change {
	const struct store_entry *want; /* NULL: removed */
	const char *cluster_id;
	enum store_outcome *outcome;
};

static int is_taken(const struct store_entry *was, struct err *e)
{
	if (!*was->cluster_id)
		return err_set(e, ERR_REFUSED,
			       "what is there does not tell of which swarm it is, so that "
			       "it is not replaced; remove it, or give another name");
	return err_set(e, ERR_REFUSED,
		       "the name is taken by the swarm %s; give another name, or remove "
		       "what that one has left behind: store-tokens with remove and "
		       "that cluster_id",
		       was->cluster_id);
}

/* Whether there is nothing to change. */
static bool is_done(const struct change *c, const struct store_entry *was, bool same)
{
	if (c->want && same && store_entry_equal(was, c->want))
		*c->outcome = STORE_UNCHANGED;
	else if (!c->want && !was->found)
		*c->outcome = STORE_UNCHANGED;
	else if (!c->want && !same)
		*c->outcome = STORE_OTHER;
	else
		return false;
	return true;
}

static int change_once(struct store *s, const struct change *c, const struct deadline *d,
		       struct err *e)
{
	struct store_entry was = { 0 };
	bool same;
	int ret = -1;

	if (s->kind->read(s, STORE_ALL, &was, d, e))
		goto out;
	same = was.found && !strcmp(was.cluster_id, c->cluster_id);
	if (is_done(c, &was, same)) {
		ret = 0;
	} else if (was.found && !same) {
		is_taken(&was, e);
	} else if (!s->kind->change(s, c->want, &was, d, e)) {
		*c->outcome = c->want ? STORE_WRITTEN : STORE_REMOVED;
		ret = 0;
	}
out:
	store_entry_wipe(&was);
	return ret;
}

/* Who lost against another one, or did not hear that a request went through, finds what is
 * there now. */
static int change(struct store *s, const struct change *c, const struct deadline *d,
		  struct err *e)
{
	struct retry again = { .until = *d,
			       .may = ERR_KIND(ERR_CONFLICT),
			       .every_ms = TIMING_AWS_MS,
			       .growth = 100,
			       .most_ms = TIMING_AWS_MAX_MS,
			       .jitter = 50 };

	while (change_once(s, c, d, e))
		if (!retry_in_time(&again) || !retry_pause(&again, e))
			return failed(s, e);
	return 0;
}

int store_write(struct store *s, const struct store_entry *entry,
		enum store_outcome *outcome, const struct deadline *d, struct err *e)
{
	const struct change c = { entry, entry->cluster_id, outcome };

	return change(s, &c, d, e);
}

int store_remove(struct store *s, const char *cluster_id, enum store_outcome *outcome,
		 const struct deadline *d, struct err *e)
{
	const struct change c = { NULL, cluster_id, outcome };

	return change(s, &c, d, e);
}
