/* SPDX-License-Identifier: MIT */
/* Opens and closes the connection to one host's Docker Engine. */
#include "docker/engine.h"

#include "base/secret.h"
#include "docker/call.h"
#include "docker/socket.h"
#include "docker/tunnel.h"
#include "http/http.h"

#include <errno.h>
#include <string.h>

#define LOCAL_SCHEME "unix://"
#define BASE "http://docker" /* the engine ignores the name */

static const char *local_socket(const struct docker_target *target)
{
	size_t n = strlen(LOCAL_SCHEME);

	return strncmp(target->login.host, LOCAL_SCHEME, n) ? NULL
							    : target->login.host + n;
}

bool docker_target_is_local(const struct docker_target *target)
{
	return local_socket(target) != NULL;
}

static bool explain_local(void *ctx, const struct http_failure *f, struct err *e)
{
	const char *socket = local_socket(ctx);

	switch (f->connect_errno) {
	case EACCES:
	case EPERM:
		docker_socket_denied("running this", socket, NULL, e);
		return true;
	case ECONNREFUSED:
		docker_socket_dead(socket, e);
		return true;
	case ENOENT:
	case ENOTDIR:
		docker_socket_missing(socket, e);
		return true;
	default:
		return false;
	}
}

static int connect_local(struct docker_engine *g, const char *socket, struct err *e)
{
	const struct http_transport t = {
		.socket = socket,
		.explain = explain_local,
		.ctx = &g->target,
	};

	return http_open(&g->http, BASE, &t, e);
}

static int connect_remote(struct docker_engine *g, const struct deadline *d,
			  struct err *e)
{
	struct http_transport t;

	if (ssh_open(&g->ssh, &g->target.login, d, e))
		return -1;
	g->target.login.awaits_login = NULL; /* borrowed until connected */
	if (docker_tunnel_new(&g->tunnel, g->ssh, g->target.socket, e))
		return -1;
	t = docker_tunnel_transport(g->tunnel);
	return http_open(&g->http, BASE, &t, e);
}

static int connect_target(struct docker_engine *g, const struct deadline *d,
			  struct err *e)
{
	const char *local = local_socket(&g->target);

	if (!local)
		return connect_remote(g, d, e);
	g->target.socket = local;
	return connect_local(g, local, e);
}

int docker_open(struct docker_engine **out, const struct docker_target *target,
		const struct deadline *d, struct err *e)
{
	struct docker_engine *g = secret_calloc(1, sizeof(*g));

	if (!g)
		return err_no_memory(e);
	g->target = *target;
	g->minor = DOCKER_FIRST_MINOR;
	if (connect_target(g, d, e)) {
		err_wrap(e, "%s", target->label);
		docker_close(g);
		return -1;
	}
	*out = g;
	return 0;
}

void docker_close(struct docker_engine *g)
{
	if (!g)
		return;
	http_close(g->http);
	docker_tunnel_free(g->tunnel);
	ssh_close(g->ssh);
	secret_free(g);
}

const char *docker_label(const struct docker_engine *g)
{
	return g->target.label;
}

struct ssh *docker_ssh(const struct docker_engine *g)
{
	return g->ssh;
}

bool docker_has_died(const struct docker_engine *g)
{
	return g->died;
}

int docker_encode(struct buf *path, const char *text)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *text; text++) {
		if (strchr(unreserved, *text))
			buf_add(path, text, 1);
		else
			buf_addf(path, "%%%02X", (unsigned char)*text);
	}
	if (path->failed)
		return -1;
	return 0;
}

int docker_filters(struct buf *path, json_t *filters)
{
	struct buf text = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	if (!filters || js_write(filters, &text))
		goto out;
	buf_adds(path, "?filters=");
	ret = docker_encode(path, buf_str(&text));
out:
	buf_free(&text);
	json_decref(filters);
	return ret;
}
