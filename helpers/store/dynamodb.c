/* SPDX-License-Identifier: MIT */
/* A store in a table of DynamoDB: an item for each token and one for the addresses, so that a
 * role can be let read some of them (dynamodb:LeadingKeys). */
#include "store/internal.h"

#include "base/js.h"

#include <stdio.h>
#include <string.h>

/* The keys of `names`, in the order of enum store_name, and what they are without it */
static const struct {
	const char *key, *fallback;
} names[STORE_NAMES] = {
	{ "key", "TokenKey" },           { "value", "TokenCode" },
	{ "cluster", "ClusterId" },      { "worker", "_worker_token" },
	{ "manager", "_manager_token" }, { "address", "_manager_address" },
};

static int name_of(const char *key)
{
	for (int i = 0; i < STORE_NAMES; i++)
		if (!strcmp(names[i].key, key))
			return i;
	return -1;
}

static bool are_unlike(const struct store *s, int from, int to)
{
	for (int i = from; i <= to; i++)
		for (int j = i + 1; j <= to; j++)
			if (!strcmp(s->names[i], s->names[j]))
				return false;
	return true;
}

static int set_names(struct store *s, const json_t *given, struct err *e)
{
	const char *key;
	json_t *text;

	for (int i = 0; i < STORE_NAMES; i++)
		snprintf(s->names[i], sizeof(s->names[i]), "%s", names[i].fallback);
	json_object_foreach((json_t *)given, key, text) {
		const char *name = json_string_value(text);
		int i = name_of(key);

		if (i < 0 || !*name || strlen(name) >= sizeof(s->names[i]))
			return err_set(e, ERR_USAGE,
				       "store_names: expected names of at most 255 bytes "
				       "for key, value, cluster, worker, manager and "
				       "address; \"%.40s\" is none of them, or has no such "
				       "name",
				       key);
		snprintf(s->names[i], sizeof(s->names[i]), "%s", name);
	}
	if (!are_unlike(s, STORE_KEY, STORE_CLUSTER) ||
	    !are_unlike(s, STORE_WORKER_ITEM, STORE_ADDRESS_ITEM))
		return err_set(e, ERR_USAGE,
			       "store_names: two columns, or two items, have one name");
	return 0;
}

static int open_table(struct store *s, const struct store_params *p, struct err *e)
{
	const struct aws_dynamodb_params table = { .table = s->container,
						   .key = s->names[STORE_KEY],
						   .region = p->region,
						   .endpoint = p->endpoint,
						   .allow_http = p->allow_http };

	if (strchr(s->name, '/'))
		return err_set(e, ERR_USAGE,
			       "store: expected dynamodb://TABLE/NAME, the name without "
			       "a /");
	if (set_names(s, p->names, e))
		return -1;
	return aws_dynamodb_open(&s->dynamodb, &table, e);
}

/* The key of an item */
static json_t *key_of(const struct store *s, enum store_name item)
{
	return json_sprintf("%s%s", s->name, s->names[item]);
}

static enum store_name item_of(int role)
{
	return role == STORE_WORKER ? STORE_WORKER_ITEM : STORE_MANAGER_ITEM;
}

/* ---- read ---- */

static const char *text_of(const json_t *item, const char *column)
{
	const char *text = json_string_value(json_object_get(item, column));

	return text ? text : "";
}

static int take_item(const struct store *s, const json_t *item, char *value, size_t size,
		     struct store_entry *out, struct err *e)
{
	const char *cluster_id = text_of(item, s->names[STORE_CLUSTER]);
	const char *text = text_of(item, s->names[STORE_VALUE]);

	if (!json_object_size(item))
		return 0;
	if (out->found && strcmp(out->cluster_id, cluster_id) != 0)
		return err_set(e, ERR_REFUSED,
			       "the items %s... are of several swarms, of %s and of %s; "
			       "remove those that are wrong",
			       s->name, *cluster_id ? cluster_id : "an unknown one",
			       *out->cluster_id ? out->cluster_id : "an unknown one");
	out->found = true;
	store_entry_copy(out->cluster_id, sizeof(out->cluster_id), cluster_id);
	/* One that is empty is there nevertheless. */
	store_entry_copy(value, size, *text ? text : "?");
	return 0;
}

static int read_items(struct store *s, unsigned roles, struct store_entry *out,
		      const struct deadline *d, struct err *e)
{
	json_t *keys = json_pack("[o]", key_of(s, STORE_ADDRESS_ITEM)), *items = NULL;
	size_t n = 0;
	int ret;

	for (int role = 0; role < STORE_ROLES; role++)
		if (roles & STORE_ROLE(role))
			json_array_append_new(keys, key_of(s, item_of(role)));
	ret = aws_dynamodb_read(s->dynamodb, keys, &items, d, e);
	if (!ret)
		ret = take_item(s, json_array_get(items, n++), out->managers,
				sizeof(out->managers), out, e);
	for (int role = 0; !ret && role < STORE_ROLES; role++)
		if (roles & STORE_ROLE(role))
			ret = take_item(s, json_array_get(items, n++), out->token[role],
					sizeof(out->token[role]), out, e);
	json_decref(keys);
	json_decref(items);
	return ret;
}

/* ---- change ---- */

struct items {
	const struct store *s;
	const struct store_entry *want;
	json_t *put, *remove; /* as aws_dynamodb_change has them */
};

/* An item that is to have this value, and had that one: "" for one that is not there. */
static void change_item(struct items *c, enum store_name item, const char *value,
			const char *before)
{
	const struct store *s = c->s;

	if (*value)
		json_array_append_new(c->put,
				      json_pack("{s:o, s:s, s:s}", s->names[STORE_KEY],
						key_of(s, item), s->names[STORE_VALUE],
						value, s->names[STORE_CLUSTER],
						c->want->cluster_id));
	else if (*before)
		json_array_append_new(c->remove, key_of(s, item));
}

static int change_items(struct store *s, const struct store_entry *want,
			const struct store_entry *was, const struct deadline *d,
			struct err *e)
{
	static const struct store_entry nothing;
	struct items c = { s, want ? want : &nothing, json_array(), json_array() };
	const struct aws_dynamodb_change change = { c.put, c.remove,
						    s->names[STORE_CLUSTER],
						    want ? want->cluster_id
							 : was->cluster_id };
	int ret;

	change_item(&c, STORE_ADDRESS_ITEM, c.want->managers, was->managers);
	for (int role = 0; role < STORE_ROLES; role++)
		change_item(&c, item_of(role), c.want->token[role], was->token[role]);
	ret = aws_dynamodb_write(s->dynamodb, &change, d, e);
	json_decref(c.put);
	json_decref(c.remove);
	return ret;
}

const struct store_kind store_dynamodb = { "dynamodb://", "kms_key", open_table,
					   read_items, change_items };
