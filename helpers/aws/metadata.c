/* SPDX-License-Identifier: MIT */
/* Keys that a service beside this machine or container gives: the metadata of an EC2
 * instance, or what runs a container. */
#include "aws/internal.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timing.h"
#include "http/http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTANCE "http://169.254.169.254"
#define CONTAINER "http://169.254.170.2"
#define ROLES "/latest/meta-data/iam/security-credentials/"
#define MAX_HEADER 16384
#define MAX_URL 2048

/* One request with one header, which may be NULL, to `base`. */
static int ask(const char *base, const struct http_request *ask_for, const char *header,
	       struct http_reply *reply, const struct deadline *d, struct err *e)
{
	const struct http_transport transport = { .tls = &http_tls };
	const char *const headers[] = { header, NULL };
	struct http_request r = *ask_for;
	struct http *h;
	int ret;

	r.headers = headers;
	if (http_open(&h, base, &transport, e))
		return -1;
	ret = http_call(h, &r, reply, d, e);
	http_close(h);
	return ret;
}

/* ---- a container ---- */

/* The token is sent only to the addresses at which ECS and EKS answer, to this machine,
 * and to a server with a certificate. */
static bool may_be_asked(const char *url)
{
	static const char *const known[] = { CONTAINER "/", "http://169.254.170.23/",
					     "http://[fd00:ec2::23]/", "https://" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(url, known[i], strlen(known[i])))
			return true;
	return !strncmp(url, "http://", 7) && aws_uri_is_loopback(url);
}

static int read_token(struct buf *out, struct err *e)
{
	const char *path = aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = aws_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct stat st;
	int fd, ret = 0;

	if (path) {
		fd = file_open(path, &st);
		if (fd < 0 || file_read(fd, out))
			ret = err_set(e, ERR_LOCAL,
				      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %s cannot be "
				      "read: %s",
				      path, file_why(errno));
		if (fd >= 0)
			close(fd);
	} else if (token) {
		ret = buf_adds(out, token);
	}
	while (!ret && out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	if (!ret && out->len && text_has_control(out->data, out->len))
		ret = err_set(e, ERR_USAGE,
			      "the container's authorization token is none");
	return ret;
}

/* Splits the URL of the environment into its beginning and its path. */
static enum aws_looked container_url(char base[MAX_URL], const char **path, struct err *e)
{
	const char *full = aws_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *relative = aws_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *host;

	if (relative) {
		snprintf(base, MAX_URL, CONTAINER);
		*path = relative;
		return AWS_LOOKED_FOUND;
	}
	if (!full)
		return AWS_LOOKED_NOTHING;
	host = strstr(full, "://");
	*path = host ? strchr(host + 3, '/') : NULL;
	if (!*path || *path - full >= MAX_URL || !may_be_asked(full)) {
		err_set(e, ERR_USAGE,
			"AWS_CONTAINER_CREDENTIALS_FULL_URI: expected https, or http "
			"at this machine or an address of ECS or EKS, with a path");
		return AWS_LOOKED_FAILED;
	}
	snprintf(base, MAX_URL, "%.*s", (int)(*path - full), full);
	return AWS_LOOKED_FOUND;
}

static int read_container(struct aws_found *f, const char *base, const char *path,
			  const struct deadline *d, struct err *e)
{
	const struct http_request r = { .method = "GET", .path = path };
	struct buf token = BUF_INIT(MAX_HEADER), header = BUF_INIT(MAX_HEADER + 32);
	struct http_reply reply;
	int ret = -1;

	if (read_token(&token, e))
		goto out;
	buf_addf(&header, "Authorization: %s", buf_str(&token));
	if (ask(base, &r, token.len ? buf_str(&header) : NULL, &reply, d, e))
		goto out;
	ret = reply.status == 200
		      ? aws_found_read(f, &reply.body, "Token", "its reply", e)
		      : err_set(e, ERR_REFUSED, "it answers with status %ld",
				reply.status);
	http_reply_free(&reply);
out:
	buf_free(&token);
	buf_free(&header);
	return ret;
}

enum aws_looked aws_container_look(struct aws_found *f, const struct deadline *d,
				   struct err *e)
{
	char base[MAX_URL];
	const char *path;
	enum aws_looked looked = container_url(base, &path, e);

	if (looked == AWS_LOOKED_NOTHING)
		return looked;
	if (looked == AWS_LOOKED_FAILED || read_container(f, base, path, d, e)) {
		err_wrap(e, "the container's credentials service");
		return AWS_LOOKED_FAILED;
	}
	snprintf(f->source, sizeof(f->source), "the container");
	return AWS_LOOKED_FOUND;
}

/* ---- an instance ---- */

struct instance {
	const char *base;
	struct buf header; /* with the session's token */
	const struct deadline *d;
};

/* Without a token this is no instance, or one without metadata. */
static enum aws_looked begin_session(struct instance *i, struct err *e)
{
	static const struct http_request r = { .method = "PUT",
					       .path = "/latest/api/token" };
	struct deadline soon = deadline_within(i->d, TIMING_METADATA_MS);
	struct http_reply reply;
	enum aws_looked looked = AWS_LOOKED_NOTHING;

	i->header = BUF_INIT(MAX_HEADER);
	if (ask(i->base, &r, "X-aws-ec2-metadata-token-ttl-seconds: 300", &reply, &soon,
		e))
		return deadline_left_ms(i->d) ? AWS_LOOKED_NOTHING : AWS_LOOKED_FAILED;
	if (reply.status == 200 && reply.body.len &&
	    !text_has_control(reply.body.data, reply.body.len))
		looked = buf_addf(&i->header, "X-aws-ec2-metadata-token: %s",
				  buf_str(&reply.body))
				 ? AWS_LOOKED_FAILED
				 : AWS_LOOKED_FOUND;
	http_reply_free(&reply);
	if (looked == AWS_LOOKED_FAILED)
		err_set(e, ERR_REFUSED, "its token is too long");
	return looked;
}

/* 404 is nothing. */
static enum aws_looked get(const struct instance *i, const char *path,
			   struct http_reply *reply, struct err *e)
{
	const struct http_request r = { .method = "GET", .path = path };
	struct deadline soon = deadline_within(i->d, 5 * TIMING_METADATA_MS);
	long status;

	if (ask(i->base, &r, buf_str(&i->header), reply, &soon, e))
		return AWS_LOOKED_FAILED;
	status = reply->status;
	if (status == 200)
		return AWS_LOOKED_FOUND;
	http_reply_free(reply);
	if (status == 404)
		return AWS_LOOKED_NOTHING;
	err_set(e, ERR_REFUSED, "it answers %s with status %ld", path, status);
	return AWS_LOOKED_FAILED;
}

/* Nothing where the instance has no role. */
static enum aws_looked read_role(struct aws_found *f, const struct instance *i,
				 struct err *e)
{
	struct buf path = BUF_INIT(512);
	struct http_reply reply;
	enum aws_looked looked = get(i, ROLES, &reply, e);

	if (looked != AWS_LOOKED_FOUND)
		return looked;
	buf_adds(&path, ROLES);
	/* the first line */
	buf_add(&path, buf_str(&reply.body), strcspn(buf_str(&reply.body), "\r\n"));
	http_reply_free(&reply);
	if (path.failed || path.len == strlen(ROLES) ||
	    text_has_control(path.data, path.len) || strchr(path.data, ' ')) {
		err_set(e, ERR_REFUSED, "the name of its role is none");
		looked = AWS_LOOKED_FAILED;
	} else {
		looked = get(i, path.data, &reply, e);
	}
	if (looked == AWS_LOOKED_FOUND) {
		if (aws_found_read(f, &reply.body, "Token", "its reply", e))
			looked = AWS_LOOKED_FAILED;
		http_reply_free(&reply);
		snprintf(f->source, sizeof(f->source), "the role %.100s of this instance",
			 path.data + strlen(ROLES));
	}
	buf_free(&path);
	return looked;
}

enum aws_looked aws_instance_look(struct aws_found *f, const struct deadline *d,
				  struct err *e)
{
	const char *given = aws_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *disabled = aws_variable("AWS_EC2_METADATA_DISABLED");
	struct instance i = { .base = given ? given : INSTANCE, .d = d };
	enum aws_looked looked;

	if (disabled && !strcasecmp(disabled, "true"))
		return AWS_LOOKED_NOTHING;
	looked = begin_session(&i, e);
	if (looked == AWS_LOOKED_FOUND)
		looked = read_role(f, &i, e);
	buf_free(&i.header);
	if (looked == AWS_LOOKED_FAILED)
		err_wrap(e, "the instance metadata service at %.100s", i.base);
	return looked;
}
