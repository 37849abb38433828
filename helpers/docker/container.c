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

int docker_containers_read(struct docker_engine *node,
			   struct docker_containers *out,
			   const struct deadline *d, struct err *e)
{
	json_t *reply = NULL, *container;
	int ret = -1;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (docker_call(node, "GET", "/containers/json", NULL, &reply, d, e))
		return -1;
	if (!json_is_array(reply)) {
		err_set(e, ERR_REFUSED, "%s: GET /containers/json: the reply is "
			"no list", docker_label(node));
		goto out;
	}
	json_array_foreach(reply, i, container) {
		if (is_of_swarm(container)) {
			out->of_swarm++;
			continue;
		}
		out->standalone++;
		add_name(out, container);
	}
	ret = 0;
out:
	json_decref(reply);
	return ret;
}
