#include "docker/container.h"

#include "docker/call.h"

#include <stdio.h>
#include <string.h>

static bool is_of_swarm(const json_t *container)
{
	/* no path for js_at: the key itself has no slash, but dots */
	return json_object_get(js_at(container, "Labels"),
			       "com.docker.swarm.node.id") != NULL;
}

/* Docker names a container "/name"; one without any is known by its ID. */
static void add_name(struct docker_containers *out, const json_t *container)
{
	const char *name = json_string_value(
		json_array_get(js_at(container, "Names"), 0));
	size_t len = strlen(out->names);

	if (!name)
		name = js_text(container, "Id");
	snprintf(out->names + len, sizeof(out->names) - len, "%s%.60s",
		 len ? ", " : "", *name == '/' ? name + 1 : name);
}

/* What runs. *out is owned by the caller. */
static int list(struct docker_engine *node, json_t **out,
		const struct deadline *d, struct err *e)
{
	if (docker_call(node, "GET", "/containers/json", NULL, out, d, e))
		return -1;
	if (json_is_array(*out))
		return 0;
	json_decref(*out);
	return err_set(e, ERR_REFUSED, "%s: GET /containers/json: the reply is no "
		       "list", docker_label(node));
}

int docker_containers_read(struct docker_engine *node,
			   struct docker_containers *out,
			   const struct deadline *d, struct err *e)
{
	json_t *reply = NULL, *container;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (list(node, &reply, d, e))
		return -1;
	json_array_foreach(reply, i, container) {
		if (is_of_swarm(container)) {
			out->of_swarm++;
			continue;
		}
		out->standalone++;
		add_name(out, container);
	}
	json_decref(reply);
	return 0;
}

/* One that ends by itself meanwhile is fine too. */
static int stop(struct docker_engine *node, const json_t *container,
		const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret;

	buf_adds(&path, "/containers/");
	docker_encode(&path, js_text(container, "Id"));
	if (buf_adds(&path, "/stop") || path.failed)
		ret = err_set(e, ERR_REFUSED, "%s: the ID of a container is too "
			      "long", docker_label(node));
	else
		ret = docker_call(node, "POST", buf_str(&path), NULL, NULL, d, e);
	buf_free(&path);
	return ret && e->kind != ERR_NOT_FOUND ? -1 : 0;
}

int docker_containers_stop_swarm(struct docker_engine *node, size_t *stopped,
				 const struct deadline *d, struct err *e)
{
	json_t *reply = NULL, *container;
	int ret = 0;
	size_t i;

	*stopped = 0;
	if (list(node, &reply, d, e))
		return -1;
	json_array_foreach(reply, i, container) {
		if (!is_of_swarm(container))
			continue;
		ret = stop(node, container, d, e);
		if (ret)
			break;
		++*stopped;
	}
	json_decref(reply);
	return ret;
}
