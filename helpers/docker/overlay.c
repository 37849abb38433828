/* SPDX-License-Identifier: MIT */
/* Networks of the swarm that containers of the host's owner use. */
#include "docker/overlay.h"

#include "docker/call.h"

#include <stdio.h>
#include <string.h>

/* A list of the engine's; *out is owned by the caller. */
static int list(struct docker_engine *node, const char *path, json_t *filters,
		json_t **out, const struct deadline *d, struct err *e)
{
	struct buf full = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	buf_adds(&full, path);
	if (filters)
		docker_filters(&full, filters);
	if (full.failed)
		err_no_memory(e);
	else
		ret = docker_call(node, DOCKER_REQUEST("GET", full.data, NULL), out, d,
				  e);
	buf_free(&full);
	if (ret || json_is_array(*out))
		return ret;
	json_decref(*out);
	*out = NULL;
	return err_set(e, ERR_REFUSED, "%s: GET %s: the reply is no list",
		       docker_label(node), path);
}

static bool is_one_of(const json_t *networks, const char *id)
{
	const json_t *network;
	size_t i;

	json_array_foreach(networks, i, network)
		if (!strcmp(js_text(network, "Id"), id))
			return true;
	return false;
}

/* The name of a network of the swarm that the container is on, NULL for none. */
static const char *network_of(json_t *container, const json_t *networks)
{
	json_t *its = js_at(container, "NetworkSettings/Networks"), *one;
	const char *name;

	json_object_foreach(its, name, one)
		if (is_one_of(networks, js_text(one, "NetworkID")))
			return name;
	return NULL;
}

/* One of the swarm's own ends with its task. */
static bool is_of_swarm(const json_t *container)
{
	return json_object_get(js_at(container, "Labels"), "com.docker.swarm.node.id") !=
	       NULL;
}

static void add(struct docker_overlay_users *out, const json_t *container,
		const char *network)
{
	const char *name = json_string_value(
		json_array_get(js_at(container, "Names"), 0));
	size_t len = strlen(out->names);

	if (!name)
		name = js_text(container, "Id");
	name += *name == '/';
	out->count++;
	snprintf(out->names + len, sizeof(out->names) - len, "%s%.60s (%.60s)",
		 len ? ", " : "", name, network);
}

int docker_overlay_users(struct docker_engine *node, struct docker_overlay_users *out,
			 const struct deadline *d, struct err *e)
{
	json_t *networks = NULL, *containers = NULL, *container;
	int ret = -1;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (list(node, "/networks", json_pack("{s:[s]}", "scope", "swarm"), &networks, d,
		 e) ||
	    list(node, "/containers/json", NULL, &containers, d, e))
		goto out;
	json_array_foreach(containers, i, container) {
		const char *network = network_of(container, networks);

		if (network && !is_of_swarm(container))
			add(out, container, network);
	}
	ret = 0;
out:
	json_decref(containers);
	json_decref(networks);
	return ret;
}
