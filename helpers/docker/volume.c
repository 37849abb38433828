/* SPDX-License-Identifier: MIT */
/* Named volumes: create, find, remove. */
#include "docker/volume.h"

#include "base/err.h"
#include "base/secret.h"
#include "docker/call.h"

#include <stdio.h>
#include <string.h>

#define PATH "/volumes/"
#define LABEL "terraform-swarm-helpers.init-swarm"

static void read_volume(const json_t *reply, struct docker_volume *out)
{
	const char *label = json_string_value(
		json_object_get(js_at(reply, "Labels"), LABEL));

	snprintf(out->name, sizeof(out->name), "%s", js_text(reply, "Name"));
	snprintf(out->label, sizeof(out->label), "%s", label ? label : "");
}

/* What is decided by a volume must not be decided by another one. */
static int check_name(struct docker_engine *g, const char *call, const json_t *reply,
		      const char *name, struct err *e)
{
	if (!strcmp(js_text(reply, "Name"), name))
		return 0;
	return err_set(e, ERR_REFUSED, "%s: %s: the reply is not of volume %s",
		       docker_label(g), call, name);
}

int docker_volume_make(struct docker_engine *g, const char *name, const char *label,
		       struct docker_volume *out, const struct deadline *d, struct err *e)
{
	json_t *body = json_pack("{s:s, s:{s:s}}", "Name", name, "Labels", LABEL, label),
	       *reply = NULL;
	int ret;

	if (!body)
		return err_set(e, ERR_LOCAL,
			       "%s: the request cannot be written "
			       "as JSON",
			       docker_label(g));
	ret = docker_call(g, DOCKER_REQUEST("POST", PATH "create", body), &reply, d, e);
	json_decref(body);
	if (ret)
		return -1;
	ret = check_name(g, "POST " PATH "create", reply, name, e);
	if (out)
		read_volume(reply, out);
	json_decref(reply);
	return ret;
}

int docker_volume_remove(struct docker_engine *g, const char *name,
			 const struct deadline *d, struct err *e)
{
	char path[DOCKER_PATH_MAX];

	snprintf(path, sizeof(path), PATH "%s", name);
	if (!docker_call(g, DOCKER_REQUEST("DELETE", path, NULL), NULL, d, e) ||
	    e->kind == ERR_NOT_FOUND)
		return 0;
	return e->kind == ERR_CONFLICT ? err_as(e, ERR_REFUSED) : -1;
}

int docker_volume_find(struct docker_engine *g, const char *name, bool *there,
		       struct docker_volume *out, const struct deadline *d, struct err *e)
{
	char call[DOCKER_PATH_MAX] = "GET ", *path = call + strlen(call);
	json_t *reply = NULL;
	int ret;

	snprintf(path, sizeof(call) - strlen(call), PATH "%s", name);
	*there = !docker_call(g, DOCKER_REQUEST("GET", path, NULL), &reply, d, e);
	if (!*there)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	ret = check_name(g, call, reply, name, e);
	read_volume(reply, out);
	json_decref(reply);
	return ret;
}

/* No volumes are null; anything else that is no list must not pass for none. */
static int read_list(struct docker_engine *g, const json_t *list, const char *prefix,
		     struct docker_volumes *out, struct err *e)
{
	size_t i;
	const json_t *one;

	if (!json_is_array(list) && !json_is_null(list))
		return err_set(e, ERR_REFUSED,
			       "%s: GET /volumes: the reply has no "
			       "list of volumes",
			       docker_label(g));
	out->list = secret_calloc(json_array_size(list) + 1, sizeof(*out->list));
	if (!out->list)
		return err_no_memory(e);
	/* the engine looks for the text anywhere in the name */
	json_array_foreach(list, i, one)
		if (!strncmp(js_text(one, "Name"), prefix, strlen(prefix)))
			read_volume(one, &out->list[out->count++]);
	return 0;
}

int docker_volumes_named(struct docker_engine *g, const char *prefix,
			 struct docker_volumes *out, const struct deadline *d,
			 struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	json_t *reply = NULL;
	int ret = -1;

	*out = (struct docker_volumes){ 0 };
	if (buf_adds(&path, "/volumes") ||
	    docker_filters(&path, json_pack("{s:[s]}", "name", prefix))) {
		err_no_memory(e);
		goto out;
	}
	if (docker_call(g, DOCKER_REQUEST("GET", path.data, NULL), &reply, d, e))
		goto out;
	ret = read_list(g, js_at(reply, "Volumes"), prefix, out, e);
out:
	json_decref(reply);
	buf_free(&path);
	return ret;
}

void docker_volumes_free(struct docker_volumes *v)
{
	secret_free(v->list);
	*v = (struct docker_volumes){ 0 };
}
