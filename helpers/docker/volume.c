#include "docker/volume.h"

#include "base/err.h"
#include "docker/call.h"

#include <stdio.h>
#include <string.h>

#define PATH "/volumes/"

int docker_volume_make(struct docker_engine *g, const char *name,
		       const struct deadline *d, struct err *e)
{
	json_t *body = json_pack("{s:s}", "Name", name);
	int ret;

	if (!body)
		return err_set(e, ERR_LOCAL, "out of memory");
	ret = docker_call(g, "POST", PATH "create", body, NULL, d, e);
	json_decref(body);
	return ret;
}

int docker_volume_remove(struct docker_engine *g, const char *name,
			 const struct deadline *d, struct err *e)
{
	char path[DOCKER_PATH_MAX];

	snprintf(path, sizeof(path), PATH "%s", name);
	if (!docker_call(g, "DELETE", path, NULL, NULL, d, e) ||
	    e->kind == ERR_NOT_FOUND)
		return 0;
	return e->kind == ERR_CONFLICT ? err_as(e, ERR_REFUSED) : -1;
}

int docker_volume_find(struct docker_engine *g, const char *name, bool *there,
		       const struct deadline *d, struct err *e)
{
	char path[DOCKER_PATH_MAX];
	json_t *reply = NULL;
	int ret = 0;

	snprintf(path, sizeof(path), PATH "%s", name);
	*there = !docker_call(g, "GET", path, NULL, &reply, d, e);
	if (!*there)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	if (strcmp(js_text(reply, "Name"), name))
		ret = err_set(e, ERR_REFUSED, "%s: GET %s: the reply is of another "
			      "volume", docker_label(g), path);
	json_decref(reply);
	return ret;
}
