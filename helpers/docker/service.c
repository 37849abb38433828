/* SPDX-License-Identifier: MIT */
/* Services of a swarm and their numbers of tasks. */
#include "docker/service.h"

#include "docker/call.h"
#include "docker/list.h"

#include <stdlib.h>
#include <string.h>

#define SERVICES_MAX 100000 /* some 15 MiB */

static const struct docker_field fields[] = {
	DOCKER_FIELD(struct docker_service, id, "ID", false),
	DOCKER_FIELD(struct docker_service, name, "Spec/Name", true),
};

static int decode(const json_t *reply, struct docker_service *out, struct err *e)
{
	const json_t *mode = js_at(reply, "Spec/Mode");

	memset(out, 0, sizeof(*out));
	if (docker_call_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), out, e))
		return -1;
	if (!docker_call_is_id(out->id))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a service "
			       "without a valid ID");
	if (!json_is_object(js_at(reply, "ServiceStatus")))
		return err_set(e, ERR_REFUSED,
			       "the reply does not tell how many "
			       "tasks service %s runs; Docker 20.10 and later do",
			       out->name);
	out->job = js_at(mode, "ReplicatedJob") || js_at(mode, "GlobalJob");
	out->global = js_at(mode, "Global") != NULL;
	out->running = js_number(reply, "ServiceStatus/RunningTasks");
	out->desired = js_number(reply, "ServiceStatus/DesiredTasks");
	return 0;
}

static int append(void *ctx, const json_t *service, struct err *e)
{
	struct docker_services *out = ctx;
	size_t n = out->count;
	struct docker_service *more;

	if (n == SERVICES_MAX)
		return err_set(e, ERR_REFUSED,
			       "the list is longer than this program "
			       "accepts (%zu services)",
			       n);
	more = docker_list_room(out->list, n, sizeof(*more));
	if (!more)
		return err_no_memory(e);
	out->list = more;
	if (decode(service, &out->list[n], e))
		return -1;
	out->count++;
	return 0;
}

int docker_services_list(struct docker_engine *manager, struct docker_services *out,
			 const struct deadline *d, struct err *e)
{
	*out = (struct docker_services){ 0 };
	if (!docker_list_read(manager, "/services?status=true", append, out, d, e))
		return 0;
	docker_services_free(out);
	return -1;
}

void docker_services_free(struct docker_services *s)
{
	free(s->list);
	*s = (struct docker_services){ 0 };
}

const struct docker_service *docker_services_find(const struct docker_services *s,
						  const char *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->list[i].id, id))
			return &s->list[i];
	return NULL;
}
