/*
 * dynamodb - items of text in a table of DynamoDB, read and written several at once. API:
 * docs.aws.amazon.com/amazondynamodb/latest/APIReference, TransactGetItems and
 * TransactWriteItems.
 */
#ifndef AWS_DYNAMODB_H
#define AWS_DYNAMODB_H

#include <jansson.h>
#include <stdbool.h>

struct aws_dynamodb;
struct deadline;
struct err;

/* Copied. */
struct aws_dynamodb_params {
	const char *table;
	const char *key;               /* the column of its partition key */
	const char *region, *endpoint; /* as in aws_service_params */
	bool allow_http;
};

/* Errors: those of aws_service_open. The caller frees *out with aws_dynamodb_free, NULL is
 * fine. */
int aws_dynamodb_open(struct aws_dynamodb **out, const struct aws_dynamodb_params *p,
		      struct err *e);
void aws_dynamodb_free(struct aws_dynamodb *t);

/* Reads the items with these keys, all as of one moment, by one request: *out, the caller's
 * (json_decref), has an object of its columns for each, in that order, and an empty one where
 * there is no item. Columns that are no text are left out. Errors: those of
 * aws_service_call. */
int aws_dynamodb_read(struct aws_dynamodb *t, const json_t *keys, json_t **out,
		      const struct deadline *d, struct err *e);

/* Borrowed. An item that is there is replaced or removed only if this column has that text. */
struct aws_dynamodb_change {
	const json_t *put;    /* items as aws_dynamodb_read has them; each with its key */
	const json_t *remove; /* keys */
	const char *column, *text;
};

/* Makes the change, all of it or none. Errors: ERR_CONFLICT where an item is another's;
 * those of aws_service_call. */
int aws_dynamodb_write(struct aws_dynamodb *t, const struct aws_dynamodb_change *c,
		       const struct deadline *d, struct err *e);

#endif
