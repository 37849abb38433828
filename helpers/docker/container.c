/* SPDX-License-Identifier: MIT */
/* Containers of a host: those of the swarm and those of its owner. */
#include "docker/container.h"

#include "docker/call.h"
#include "docker/list.h"

#include <stdio.h>
#include <string.h>

#define IDS_MAX (4u << 20) /* bytes of the IDs of one host's containers */

static bool is_of_swarm(const json_t *container)
{
	/* no path for js_at: the key itself has no slash, but dots */
	return json_object_get(js_at(container, "Labels"), "com.docker.swarm.node.id") !=
	       NULL;
}

/* Docker names a container "/name"; one without any is known by its ID. */
static void add_name(struct docker_containers *out, const json_t *container)
{
	const char *name = json_string_value(
		json_array_get(js_at(container, "Names"), 0));
	size_t len = strlen(out->names);

	if (!name)
		name = js_text(container, "Id");
	snprintf(out->names + len, sizeof(out->names) - len, "%s%.60s", len ? ", " : "",
		 *name == '/' ? name + 1 : name);
}

static int count(void *ctx, const json_t *container, struct err *e)
{
	struct docker_containers *out = ctx;

	(void)e;
	if (is_of_swarm(container)) {
		out->of_swarm++;
		return 0;
	}
	out->standalone++;
	add_name(out, container);
	return 0;
}

int docker_containers_read(struct docker_engine *node, struct docker_containers *out,
			   const struct deadline *d, struct err *e)
{
	memset(out, 0, sizeof(*out));
	return docker_list_read(node, "/containers/json", count, out, d, e);
}

/* One that ends by itself meanwhile is fine too. */
static int stop(struct docker_engine *node, const char *id, const struct deadline *d,
		struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret;

	buf_adds(&path, "/containers/");
	docker_encode(&path, id);
	if (buf_adds(&path, "/stop") || path.failed)
		ret = err_set(e, ERR_REFUSED,
			      "%s: the ID of a container is too "
			      "long",
			      docker_label(node));
	else
		ret = docker_call(node, DOCKER_REQUEST("POST", buf_str(&path), NULL),
				  NULL, d, e);
	buf_free(&path);
	if (ret && e->kind == ERR_NOT_FOUND)
		return 0;
	return ret;
}

/* Collects the IDs, each with a NUL behind it. */
static int collect(void *ctx, const json_t *container, struct err *e)
{
	const char *id = js_text(container, "Id");

	if (is_of_swarm(container) && buf_add(ctx, id, strlen(id) + 1))
		return err_set(e, ERR_REFUSED,
			       "more containers than this program "
			       "accepts");
	return 0;
}

int docker_containers_stop_swarm(struct docker_engine *node, size_t *stopped,
				 const struct deadline *d, struct err *e)
{
	struct buf ids = BUF_INIT(IDS_MAX);
	int ret;

	*stopped = 0;
	ret = docker_list_read(node, "/containers/json", collect, &ids, d, e);
	for (size_t at = 0; !ret && at < ids.len; at += strlen(ids.data + at) + 1) {
		ret = stop(node, ids.data + at, d, e);
		*stopped += !ret;
	}
	buf_free(&ids);
	return ret;
}
