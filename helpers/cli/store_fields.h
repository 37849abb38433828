/*
 * store_fields - the rows that the tables of those executables share which read or write a
 * store, and what they say.
 */
#ifndef CLI_STORE_FIELDS_H
#define CLI_STORE_FIELDS_H

#include "cli/query.h"
#include "store/store.h"

#define STORE_FIELDS \
	{ "store_names", QUERY_MAP, \
	  .meaning = \
		  "of a table whose columns and items have other names: key (TokenKey), " \
		  "value (TokenCode), cluster (ClusterId), worker (_worker_token), " \
		  "manager (_manager_token), address (_manager_address); the last " \
		  "three stand behind NAME", \
	  .example = "{\"key\":\"Name\",\"value\":\"Value\"}" }, \
		{ "endpoint", QUERY_TEXT, \
		  .meaning = "of a service that is not Amazon's own: https://HOST or " \
			     "https://HOST:PORT", \
		  .example = "https://s3.fr-par.scw.cloud" }, \
		{ "region", QUERY_TEXT, \
		  .meaning = "the store's region; without it AWS_REGION, " \
			     "AWS_DEFAULT_REGION or that of the AWS profile", \
		  .example = "eu-west-1" }, \
		{ "allow_http", \
		  QUERY_CHOICE, \
		  .fallback = "false", \
		  .choices = "false|true", \
		  .meaning = "true lets an endpoint on another machine have no TLS, so " \
			     "that anybody on the way can read the tokens", \
		  .example = "true" }

#define STORE_PLACES "dynamodb://TABLE/NAME, ssm://PATH/NAME or s3://BUCKET/PREFIX/NAME"

/* What `store` and these say; `store` NULL where it was not given. Borrowed from the query. */
struct store_params store_fields_read(const struct query *q);

#endif
