/*
 * internal - what the files of store/ share: a place taken apart, and what each kind of place
 * can do.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/store.h"

#include "aws/dynamodb.h"
#include "aws/s3.h"
#include "aws/ssm.h"
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"

#define STORE_MAX_PLACE 512
#define STORE_MAX_DOCUMENT (1u << 20) /* bytes; those that are written have some 500 */

/* Names in a table, in the order of store_names in dynamodb.c */
enum store_name {
	STORE_KEY,     /* the columns: which item it is, */
	STORE_VALUE,   /* what it holds, */
	STORE_CLUSTER, /* and of which swarm */
	STORE_WORKER_ITEM,
	STORE_MANAGER_ITEM,
	STORE_ADDRESS_ITEM,
	STORE_NAMES
};

struct store {
	const struct store_kind *kind;
	char place[STORE_MAX_PLACE];     /* as it was given, for messages */
	char container[STORE_MAX_PLACE]; /* the table or the bucket; "/PATH" */
	char name[STORE_MAX_PLACE];      /* what is behind it */
	char names[STORE_NAMES][256];
	const char *kms_key;
	struct aws_dynamodb *dynamodb; /* the one of the three that the kind has */
	struct aws_ssm *ssm;
	struct aws_s3 *s3;
	/* Of documents: the tags of those that were read last, "" for one that is missing */
	char tag[STORE_ROLES][AWS_S3_TAG];
};

struct store_kind {
	const char *scheme;  /* "dynamodb://" */
	const char *refuses; /* the key of the query that does not go with it: "kms_key" */
	int (*open)(struct store *s, const struct store_params *p, struct err *e);
	/* Reads that of these roles; checks nothing but whose it is. */
	int (*read)(struct store *s, unsigned roles, struct store_entry *out,
		    const struct deadline *d, struct err *e);
	/* Writes the entry over `was`, what was read before, or removes that where `want` is
	 * NULL. Errors: ERR_CONFLICT when it is another one by now. */
	int (*change)(struct store *s, const struct store_entry *want,
		      const struct store_entry *was, const struct deadline *d,
		      struct err *e);
};

extern const struct store_kind store_dynamodb;

/* ---- documents: one for each role, JSON ---- */

extern const struct store_kind store_ssm, store_s3;

/* How they are kept. `tag` has AWS_S3_TAG bytes and is "" for one that is not there. */
struct store_documents {
	/* Errors: ERR_NOT_FOUND */
	int (*get)(struct store *s, const char *name, struct buf *out, char *tag,
		   const struct deadline *d, struct err *e);
	/* Errors: ERR_CONFLICT for one with another tag */
	int (*put)(struct store *s, const char *name, const struct buf *text,
		   const char *tag, const struct deadline *d, struct err *e);
	int (*remove)(struct store *s, const char *name, const struct deadline *d,
		      struct err *e);
};

/* store_kind's read and change. */
int store_document_read(struct store *s, const struct store_documents *kept,
			unsigned roles, struct store_entry *out, const struct deadline *d,
			struct err *e);
int store_document_change(struct store *s, const struct store_documents *kept,
			  const struct store_entry *want, const struct store_entry *was,
			  const struct deadline *d, struct err *e);

/* ---- entries ---- */

/* Copies a text into a member of an entry; one that is too long becomes what
 * store_entry_check refuses. */
void store_entry_copy(char *out, size_t size, const char *text);

/* Whether a node can join with what the entry has of this role. Errors: ERR_BUSY, ERR_REFUSED;
 * a token is not quoted. */
int store_entry_check(const struct store_entry *entry, int role, struct err *e);

bool store_entry_equal(const struct store_entry *a, const struct store_entry *b);

#endif
