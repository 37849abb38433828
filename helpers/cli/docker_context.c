/* SPDX-License-Identifier: MIT */
/* Makes and removes a context of the local docker client. */
#include "cli/docker_context.h"

#include "base/buf.h"
#include "base/err.h"
#include "cli/command.h"
#include "net/unix_listener.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX (256u << 10)
#define OURS "made by docker-tunnel" /* its description */
#define SCHEME "unix://"

static const char *last_line(struct buf *out)
{
	char *line;

	while (out->len && strchr("\r\n ", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	line = strrchr(buf_str(out), '\n');
	return line ? line + 1 : buf_str(out);
}

/* Runs `docker context ...`. */
static int run_client(const char *const argv[], struct buf *out, const struct deadline *d,
		      struct err *e)
{
	int status;

	if (command_output(argv, out, &status, d, e))
		return err_wrap(e, "context");
	if (status)
		return err_set(e, ERR_REFUSED, "context: `docker context %s`: %s",
			       argv[2], last_line(out));
	return 0;
}

static bool is_name(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = strspn(name, first);

	while (n && name[n] && strchr("_.+-", name[n])) {
		n++;
		n += strspn(name + n, first);
	}
	return n > 1 && !name[n] && strcmp(name, "default");
}

static int taken(const char *name, const char *why, struct err *e)
{
	return err_set(e, ERR_USAGE, "context: %s %s; take another name", name, why);
}

/* Whether the context that the client describes as `rest` may be pointed at `path`. */
static int may_take(const char *name, const char *path, const char *rest, struct err *e)
{
	size_t n = strlen(OURS "\t" SCHEME);
	const char *endpoint;

	if (strncmp(rest, OURS "\t" SCHEME, n))
		return taken(name, "is there already, and none of docker-tunnel's", e);
	endpoint = rest + n;
	if (strcmp(endpoint, path) && unix_listener_is_live(endpoint))
		return taken(name, "is another docker-tunnel's that runs", e);
	return 0;
}

/* Looks whether there is such a context, and refuses one that may not be taken over. */
static int look_up(bool *there, const char *name, const char *path,
		   const struct deadline *d, struct err *e)
{
	const char *const argv[] = { "docker",
				     "context",
				     "ls",
				     "--format",
				     "{{.Name}}\t{{.Description}}\t{{.DockerEndpoint}}",
				     NULL };
	struct buf out = BUF_INIT(OUTPUT_MAX);
	size_t n = strlen(name);
	int ret = run_client(argv, &out, d, e);
	char *line = ret ? NULL : out.data;

	*there = false;
	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, n) || line[n] != '\t')
			continue;
		line[strcspn(line, "\n")] = '\0';
		*there = true;
		ret = may_take(name, path, line + n + 1, e);
		break;
	}
	buf_free(&out);
	return ret;
}

int docker_context_point(const char *name, const char *path, const struct deadline *d,
			 struct err *e)
{
	char host[200];
	const char *const create[] = { "docker", "context",  "create", "--description",
				       OURS,     "--docker", host,     name,
				       NULL };
	const char *const update[] = { "docker", "context", "update", "--docker",
				       host,     name,      NULL };
	struct buf out = BUF_INIT(OUTPUT_MAX);
	bool there;
	int ret = -1;

	if (!is_name(name))
		return err_set(e, ERR_USAGE,
			       "context: `%s` is no name for one: begin "
			       "with a letter or digit, then letters, digits and "
			       "_ . + -, two at least",
			       name);
	snprintf(host, sizeof(host), "host=" SCHEME "%s", path);
	if (!look_up(&there, name, path, d, e))
		ret = run_client(there ? update : create, &out, d, e);
	buf_free(&out);
	return ret;
}

int docker_context_remove(const char *name, const struct deadline *d, struct err *e)
{
	const char *const argv[] = { "docker", "context", "rm", "-f", name, NULL };
	struct buf out = BUF_INIT(OUTPUT_MAX);
	int ret = run_client(argv, &out, d, e);

	buf_free(&out);
	return ret;
}
