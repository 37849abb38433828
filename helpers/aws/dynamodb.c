/* SPDX-License-Identifier: MIT */
/* Reads and writes items of a table in DynamoDB. */
#include "aws/dynamodb.h"

#include "aws/internal.h"
#include "aws/service.h"
#include "base/err.h"
#include "base/js.h"
#include "base/secret.h"

#include <string.h>

struct aws_dynamodb {
	struct aws_service *service;
	char *table, *key;
};

int aws_dynamodb_open(struct aws_dynamodb **out, const struct aws_dynamodb_params *p,
		      struct err *e)
{
	const struct aws_service_params service = { "dynamodb", p->region, p->endpoint,
						    p->allow_http };
	struct aws_dynamodb *t = secret_calloc(1, sizeof(*t));

	if (!t)
		return err_no_memory(e);
	t->table = secret_strdup(p->table);
	t->key = secret_strdup(p->key);
	if (!t->table || !t->key)
		err_no_memory(e);
	else if (!aws_service_open(&t->service, &service, e)) {
		*out = t;
		return 0;
	}
	aws_dynamodb_free(t);
	return -1;
}

void aws_dynamodb_free(struct aws_dynamodb *t)
{
	if (!t)
		return;
	aws_service_free(t->service);
	secret_free(t->table);
	secret_free(t->key);
	secret_free(t);
}

/* Sends the parts of a transaction, which become the call's. */
static int transact(struct aws_dynamodb *t, const struct aws_json_action *a,
		    json_t *parts, json_t **out, const struct deadline *d, struct err *e)
{
	json_t *body = json_pack("{s:o}", "TransactItems", parts);
	int ret = aws_json_call(t->service, a, body, out, d, e);

	json_decref(body);
	return ret;
}

/* ---- read ---- */

/* { "TokenCode": { "S": "text" } } => { "TokenCode": "text" } */
static json_t *read_item(const json_t *response)
{
	json_t *columns = js_at(response, "Item"), *item = json_object(), *value;
	const char *column;

	json_object_foreach(columns, column, value)
		if (json_is_string(js_at(value, "S")))
			json_object_set(item, column, js_at(value, "S"));
	return item;
}

int aws_dynamodb_read(struct aws_dynamodb *t, const json_t *keys, json_t **out,
		      const struct deadline *d, struct err *e)
{
	static const struct aws_json_action get = { "1.0",
						    "DynamoDB_20120810.TransactGetItems",
						    "dynamodb:GetItem" };
	json_t *parts = json_array(), *key, *reply, *responses;
	size_t i;

	json_array_foreach(keys, i, key)
		json_array_append_new(parts, json_pack("{s:{s:s, s:{s:{s:O}}}}", "Get",
						       "TableName", t->table, "Key",
						       t->key, "S", key));
	if (transact(t, &get, parts, &reply, d, e))
		return -1;
	responses = js_at(reply, "Responses");
	if (json_array_size(responses) != json_array_size(keys)) {
		json_decref(reply);
		return err_set(e, ERR_REFUSED,
			       "the server answers for other items than it was asked for");
	}
	*out = json_array();
	for (i = 0; i < json_array_size(keys); i++)
		json_array_append_new(*out, read_item(json_array_get(responses, i)));
	json_decref(reply);
	return 0;
}

/* ---- write ---- */

static json_t *write_item(const json_t *item)
{
	json_t *out = json_object(), *text;
	const char *column;

	json_object_foreach((json_t *)item, column, text)
		json_object_set_new(out, column, json_pack("{s:O}", "S", text));
	return out;
}

/* A part that puts the item, or removes the one with the key, whichever `what` is. */
static json_t *part(const struct aws_dynamodb *t, const struct aws_dynamodb_change *c,
		    const char *what, json_t *which)
{
	return json_pack("{s:{s:s, s:o, s:s, s:{s:s, s:s}, s:{s:{s:s}}}}", what,
			 "TableName", t->table, strcmp(what, "Put") ? "Key" : "Item",
			 which, "ConditionExpression",
			 "attribute_not_exists(#key) OR #column = :text",
			 "ExpressionAttributeNames", "#key", t->key, "#column", c->column,
			 "ExpressionAttributeValues", ":text", "S", c->text);
}

int aws_dynamodb_write(struct aws_dynamodb *t, const struct aws_dynamodb_change *c,
		       const struct deadline *d, struct err *e)
{
	const struct aws_json_action write = {
		"1.0", "DynamoDB_20120810.TransactWriteItems",
		json_array_size(c->put) ? "dynamodb:PutItem" : "dynamodb:DeleteItem"
	};
	json_t *parts = json_array(), *each;
	size_t i;

	json_array_foreach(c->put, i, each)
		json_array_append_new(parts, part(t, c, "Put", write_item(each)));
	json_array_foreach(c->remove, i, each)
		json_array_append_new(parts,
				      part(t, c, "Delete",
					   json_pack("{s:{s:O}}", t->key, "S", each)));
	return transact(t, &write, parts, NULL, d, e);
}
