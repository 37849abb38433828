/*
 * credentials - the keys that requests to AWS are signed with, found where its own tools
 * look for them, in this order: the environment (AWS_ACCESS_KEY_ID and the like, which are
 * taken out of it), the profile of AWS_PROFILE with its credential_process, the container,
 * the role of the EC2 instance. Keys that end are got anew before they do.
 */
#ifndef AWS_CREDENTIALS_H
#define AWS_CREDENTIALS_H

struct aws_credentials;
struct deadline;
struct err;

/* Borrowed until the next call. */
struct aws_keys {
	const char *id, *secret;
	const char *token;  /* NULL without */
	const char *source; /* for messages: "the environment" */
};

/* NULL without memory. Nothing is looked for yet. The caller frees it with
 * aws_credentials_free, which wipes; NULL is fine. */
struct aws_credentials *aws_credentials_new(void);
void aws_credentials_free(struct aws_credentials *c);

/* Errors: ERR_REFUSED where there are none, or whoever was asked for them failed; ERR_USAGE
 * for a profile that is not there or cannot be used; those of http_call; ERR_DEADLINE;
 * ERR_LOCAL. */
int aws_credentials_read(struct aws_credentials *c, struct aws_keys *out,
			 const struct deadline *d, struct err *e);

/* Has them got anew by the next read, as a server does not take them any longer. Returns
 * -1, and does nothing, where they cannot be other ones. */
int aws_credentials_renew(struct aws_credentials *c);

#endif
