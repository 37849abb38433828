/*
 * ssm - parameters of the Systems Manager that are encrypted (SecureString). API:
 * docs.aws.amazon.com/systems-manager/latest/APIReference.
 */
#ifndef AWS_SSM_H
#define AWS_SSM_H

#include <stdbool.h>

struct aws_ssm;
struct buf;
struct deadline;
struct err;

/* Copied. */
struct aws_ssm_params {
	const char *region, *endpoint; /* as in aws_service_params */
	bool allow_http;
};

/* Errors: those of aws_service_open. The caller frees *out with aws_ssm_free, NULL is fine. */
int aws_ssm_open(struct aws_ssm **out, const struct aws_ssm_params *p, struct err *e);
void aws_ssm_free(struct aws_ssm *s);

/* Appends the value of a parameter, decrypted. Errors: ERR_NOT_FOUND; ERR_REFUSED for one
 * that is longer than the buffer may be; those of aws_service_call. */
int aws_ssm_get(struct aws_ssm *s, const char *name, struct buf *out,
		const struct deadline *d, struct err *e);

/* Borrowed. */
struct aws_ssm_parameter {
	const char *name, *value;
	const char
		*kms_key; /* ID, ARN or alias; NULL: the account's own for this service */
	bool replace;     /* one that is there */
};

/* Errors: ERR_CONFLICT for one that is there and is not to be replaced, which may be of a
 * request of this call that went through unheard; those of aws_service_call. */
int aws_ssm_put(struct aws_ssm *s, const struct aws_ssm_parameter *p,
		const struct deadline *d, struct err *e);

/* That it is not there is no error. */
int aws_ssm_delete(struct aws_ssm *s, const char *name, const struct deadline *d,
		   struct err *e);

#endif
