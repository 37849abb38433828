/*
 * s3_fields - the rows that the tables of those executables share which read or write S3.
 */
#ifndef CLI_S3_FIELDS_H
#define CLI_S3_FIELDS_H

#include "cli/query.h"

/* `endpoint`, `region` and `allow_http`, as in struct aws_s3_params. */
#define S3_FIELDS \
	{ "endpoint", QUERY_TEXT, \
	  .meaning = "of an S3 that is not Amazon's own: https://HOST or " \
		     "https://HOST:PORT", \
	  .example = "https://s3.fr-par.scw.cloud" }, \
		{ "region", QUERY_TEXT, \
		  .meaning = \
			  "the bucket's region; without it AWS_REGION, AWS_DEFAULT_REGION or " \
			  "that of the AWS profile", \
		  .example = "eu-west-1" }, \
		{ "allow_http", \
		  QUERY_CHOICE, \
		  .fallback = "false", \
		  .choices = "false|true", \
		  .meaning = \
			  "true lets an endpoint on another machine have no TLS, so that " \
			  "anybody on the way can read the archive", \
		  .example = "true" }

#endif
