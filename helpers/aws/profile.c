/* SPDX-License-Identifier: MIT */
/* The user's profile in the files of AWS's tools. */
#include "aws/internal.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE (1u << 20)
#define MAX_VALUE 16384

struct profile {
	const char *name; /* borrowed */
	bool named;       /* by AWS_PROFILE */
	struct buf credentials, config;
};

/* Appends the file; nothing where it is missing. */
static int read_file(struct buf *out, const char *by, const char *fallback, struct err *e)
{
	const char *given = aws_variable(by);
	char *path = text_home_path(given ? given : fallback);
	/* The usual way to say: none */
	bool none = !path || !strcmp(path, "/dev/null");
	struct stat st;
	int fd = none ? -1 : file_open(path, &st);
	int error = none ? ENOENT : 0;

	*out = BUF_INIT(MAX_FILE);
	if (!none && (fd < 0 || file_read(fd, out)))
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error == ENOENT || error == ENOTDIR)
		error = 0;
	else if (error)
		err_set(e, ERR_LOCAL, "%s cannot be read: %s", path, file_why(error));
	secret_free(path);
	return error ? -1 : 0;
}

static void close_profile(struct profile *p)
{
	buf_free(&p->credentials);
	buf_free(&p->config);
}

/* The caller closes one that is found. */
static enum aws_looked open_profile(struct profile *p, struct err *e)
{
	const char *named = aws_variable("AWS_PROFILE");
	enum aws_looked looked = AWS_LOOKED_FOUND;

	*p = (struct profile){ .name = named ? named : "default" };
	if (read_file(&p->credentials, "AWS_SHARED_CREDENTIALS_FILE",
		      "~/.aws/credentials", e) ||
	    read_file(&p->config, "AWS_CONFIG_FILE", "~/.aws/config", e)) {
		looked = AWS_LOOKED_FAILED;
	} else if (!aws_ini_find(buf_str(&p->credentials), p->name, false, NULL, NULL) &&
		   !aws_ini_find(buf_str(&p->config), p->name, true, NULL, NULL)) {
		looked = named ? AWS_LOOKED_FAILED : AWS_LOOKED_NOTHING;
		if (named)
			err_set(e, ERR_USAGE,
				"AWS_PROFILE: there is no profile %.100s, neither in "
				"~/.aws/credentials nor in ~/.aws/config; name one that is there",
				p->name);
	}
	if (looked != AWS_LOOKED_FOUND)
		close_profile(p);
	return looked;
}

static bool has(const struct profile *p, const char *key, struct aws_ini_value *out)
{
	return (aws_ini_find(buf_str(&p->credentials), p->name, false, key, out) ||
		aws_ini_find(buf_str(&p->config), p->name, true, key, out)) &&
	       out->n;
}

/* ---- what is not known here ---- */

static const struct {
	const char *key, *what;
} unknown[] = {
	{ "role_arn", "takes on another role (role_arn)" },
	{ "sso_session", "signs in with IAM Identity Center (sso_session)" },
	{ "sso_start_url", "signs in with IAM Identity Center (sso_start_url)" },
	{ "login_session", "signs in with a browser (login_session)" },
};

/* Keys beside a role are those of who takes it on, so that comes first; the others only
 * count where there are no keys. */
#define COMES_FIRST 1
#define ALL (sizeof(unknown) / sizeof(unknown[0]))

static int check_known(const struct profile *p, size_t first, struct err *e)
{
	struct aws_ini_value v;

	for (size_t i = 0; i < first; i++)
		if (has(p, unknown[i].key, &v))
			return err_set(e, ERR_USAGE,
				       "the AWS profile %.100s %s, which only AWS's own "
				       "tools do; name in AWS_PROFILE another profile with "
				       "the line: credential_process = aws configure "
				       "export-credentials --profile %.100s --format "
				       "process",
				       p->name, unknown[i].what, p->name);
	return 0;
}

/* ---- keys ---- */

/* A NUL-terminated copy, which the caller frees with secret_free. */
static char *copy(const struct aws_ini_value *v)
{
	char *text = secret_must_malloc(v->n + 1);

	memcpy(text, v->text, v->n);
	text[v->n] = '\0';
	return text;
}

static enum aws_looked take_keys(struct aws_found *f, const struct profile *p,
				 struct err *e)
{
	struct aws_ini_value id = { 0 }, secret = { 0 }, token = { 0 };
	char *texts[3];
	int ret;

	if (!has(p, "aws_access_key_id", &id) ||
	    !has(p, "aws_secret_access_key", &secret))
		return AWS_LOOKED_NOTHING;
	texts[0] = copy(&id);
	texts[1] = copy(&secret);
	texts[2] = has(p, "aws_session_token", &token) ? copy(&token) : NULL;
	ret = aws_found_set(f, texts[0], texts[1], texts[2], e);
	for (size_t i = 0; i < 3; i++)
		secret_free(texts[i]);
	if (!ret)
		return AWS_LOOKED_FOUND;
	err_wrap(e, "the AWS profile %.100s", p->name);
	return AWS_LOOKED_FAILED;
}

static enum aws_looked ask_process(struct aws_found *f, const struct profile *p,
				   const struct deadline *d, struct err *e)
{
	struct buf said = BUF_INIT(MAX_VALUE * 2);
	struct aws_ini_value v;
	char *line;
	int ret;

	if (!has(p, "credential_process", &v))
		return AWS_LOOKED_NOTHING;
	line = copy(&v);
	ret = aws_process_run(line, &said, d, e);
	if (!ret)
		ret = aws_found_read(f, &said, "SessionToken", "what it says", e);
	secret_free(line);
	buf_free(&said);
	if (!ret)
		return AWS_LOOKED_FOUND;
	err_wrap(e, "credential_process of the AWS profile %.100s", p->name);
	return AWS_LOOKED_FAILED;
}

/* In the order of AWS' own clients; what this one cannot do is said where it would decide. */
static enum aws_looked look(struct aws_found *f, const struct profile *p,
			    const struct deadline *d, struct err *e)
{
	enum aws_looked looked;

	if (check_known(p, COMES_FIRST, e))
		return AWS_LOOKED_FAILED;
	looked = take_keys(f, p, e);
	if (looked == AWS_LOOKED_NOTHING)
		looked = ask_process(f, p, d, e);
	if (looked != AWS_LOOKED_NOTHING)
		return looked;
	if (check_known(p, ALL, e))
		return AWS_LOOKED_FAILED;
	if (!aws_variable("AWS_PROFILE"))
		return AWS_LOOKED_NOTHING;
	err_set(e, ERR_USAGE,
		"the AWS profile %.100s has neither aws_access_key_id with "
		"aws_secret_access_key nor credential_process",
		p->name);
	return AWS_LOOKED_FAILED;
}

enum aws_looked aws_profile_look(struct aws_found *f, const struct deadline *d,
				 struct err *e)
{
	struct profile p;
	enum aws_looked looked = open_profile(&p, e);

	if (looked != AWS_LOOKED_FOUND)
		return looked;
	looked = look(f, &p, d, e);
	if (looked == AWS_LOOKED_FOUND)
		snprintf(f->source, sizeof(f->source), "the profile %.100s", p.name);
	close_profile(&p);
	return looked;
}

int aws_profile_setting(const char *key, struct buf *out, struct err *e)
{
	struct aws_ini_value v;
	struct profile p;
	enum aws_looked looked = open_profile(&p, e);

	if (looked != AWS_LOOKED_FOUND)
		return looked == AWS_LOOKED_FAILED ? -1 : 0;
	if (has(&p, key, &v))
		buf_add(out, v.text, v.n);
	close_profile(&p);
	return out->failed ? err_set(e, ERR_USAGE, "%s of the profile is too long", key)
			   : 0;
}
