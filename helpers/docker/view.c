/* SPDX-License-Identifier: MIT */
/* Lists of nodes, services and tasks, read for whoever shows them. */
#include "docker/view.h"

#include "base/text.h"
#include "base/utf8.h"
#include "docker/call.h"
#include "docker/list.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ELEMENTS_MAX 1000000 /* a manager that never ends its list must not fill memory */

/* Copies a text out of a reply, as much as fits, as one line. */
static void copy(char *out, size_t size, const json_t *from, const char *path)
{
	const char *text = js_text(from, path);

	utf8_copy(out, size, text, strlen(text));
	utf8_mask(out);
}

struct field {
	const char *path;
	size_t offset, size;
};
#define FIELD(type, member, path) \
	{ path, offsetof(struct type, member), sizeof(((struct type *)0)->member) }

static void copy_fields(void *out, const json_t *from, const struct field *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		copy((char *)out + f[i].offset, f[i].size, from, f[i].path);
}

static void node(void *out, const json_t *from)
{
	static const struct field fields[] = {
		FIELD(docker_view_node, id, "ID"),
		FIELD(docker_view_node, hostname, "Description/Hostname"),
		FIELD(docker_view_node, addr, "Status/Addr"),
		FIELD(docker_view_node, engine, "Description/Engine/EngineVersion"),
		FIELD(docker_view_node, message, "Status/Message"),
	};
	struct docker_view_node *n = out;

	copy_fields(n, from, fields, COUNT(fields));
	n->role = docker_role_of(js_text(from, "Spec/Role"));
	n->availability = docker_availability_of(js_text(from, "Spec/Availability"));
	n->state = docker_node_state_of(js_text(from, "Status/State"));
	n->manager = js_at(from, "ManagerStatus") != NULL;
	n->leader = js_true(from, "ManagerStatus/Leader");
	n->reachable = !strcmp(js_text(from, "ManagerStatus/Reachability"), "reachable");
	n->cpus = js_number(from, "Description/Resources/NanoCPUs");
	n->memory = js_number(from, "Description/Resources/MemoryBytes");
}

/* Their names in a service's Spec.Mode; the first is what is left. */
static const struct {
	char key[16], name[16];
} modes[] = {
	[DOCKER_REPLICATED] = { "Replicated", "replicated" },
	[DOCKER_GLOBAL] = { "Global", "global" },
	[DOCKER_REPLICATED_JOB] = { "ReplicatedJob", "replicated job" },
	[DOCKER_GLOBAL_JOB] = { "GlobalJob", "global job" },
};

const char *docker_view_mode_name(enum docker_view_mode m)
{
	return modes[m].name;
}

/* "nginx:1@sha256:0123..." without the digest, which nobody reads. */
static void cut_digest(char *image)
{
	char *at = strstr(image, "@sha256:");

	if (at && at != image)
		memset(at, 0, strlen(at));
}

static void service(void *out, const json_t *from)
{
	static const struct field fields[] = {
		FIELD(docker_view_service, id, "ID"),
		FIELD(docker_view_service, name, "Spec/Name"),
		FIELD(docker_view_service, image,
		      "Spec/TaskTemplate/ContainerSpec/Image"),
		FIELD(docker_view_service, update, "UpdateStatus/State"),
		FIELD(docker_view_service, message, "UpdateStatus/Message"),
	};
	struct docker_view_service *s = out;

	copy_fields(s, from, fields, COUNT(fields));
	cut_digest(s->image);
	for (size_t i = 0; i < COUNT(modes); i++)
		if (json_object_get(js_at(from, "Spec/Mode"), modes[i].key))
			s->mode = (enum docker_view_mode)i;
	s->replicas = s->mode == DOCKER_REPLICATED_JOB
			      ? js_number(from, "Spec/Mode/ReplicatedJob/MaxConcurrent")
			      : js_number(from, "Spec/Mode/Replicated/Replicas");
}

static void task(void *out, const json_t *from)
{
	static const struct field fields[] = {
		FIELD(docker_view_task, id, "ID"),
		FIELD(docker_view_task, node, "NodeID"),
		FIELD(docker_view_task, service, "ServiceID"),
		FIELD(docker_view_task, container, "Status/ContainerStatus/ContainerID"),
		FIELD(docker_view_task, image, "Spec/ContainerSpec/Image"),
		FIELD(docker_view_task, message, "Status/Err"),
	};
	struct docker_view_task *t = out;

	copy_fields(t, from, fields, COUNT(fields));
	if (!*t->message)
		copy(t->message, sizeof(t->message), from, "Status/Message");
	cut_digest(t->image);
	t->state = docker_task_state_of(js_text(from, "Status/State"));
	t->desired = docker_task_state_of(js_text(from, "DesiredState"));
	t->slot = js_number(from, "Slot");
	t->created = text_moment(js_text(from, "CreatedAt"));
	t->since = text_moment(js_text(from, "Status/Timestamp"));
	t->cpus = js_number(from, "Spec/Resources/Reservations/NanoCPUs");
	t->memory = js_number(from, "Spec/Resources/Reservations/MemoryBytes");
	t->exit = js_number(from, "Status/ContainerStatus/ExitCode");
}

/* One of the three lists while it is read. */
struct reading {
	void (*decode)(void *out, const json_t *from);
	size_t size; /* of an element */
	char *list;
	size_t count;
	bool of_services; /* elements without a service are no matter */
};

static int append(void *ctx, const json_t *element, struct err *e)
{
	struct reading *r = ctx;
	char *at, *more;

	if (!docker_call_is_id(js_text(element, "ID")))
		return err_set(e, ERR_REFUSED,
			       "the reply holds something without a "
			       "valid ID");
	if (r->of_services && !*js_text(element, "ServiceID"))
		return 0;
	if (r->count == ELEMENTS_MAX)
		return err_set(e, ERR_REFUSED,
			       "the list is longer than this program "
			       "accepts");
	more = docker_list_room(r->list, r->count, r->size);
	if (!more)
		return err_no_memory(e);
	r->list = more;
	at = r->list + r->count++ * r->size;
	memset(at, 0, r->size);
	r->decode(at, element);
	return 0;
}

static int read_list(struct docker_engine *manager, const char *path, struct reading *r,
		     const struct deadline *d, struct err *e)
{
	if (!docker_list_read(manager, path, append, r, d, e))
		return 0;
	free(r->list);
	r->list = NULL;
	r->count = 0;
	return -1;
}

int docker_view_read_nodes(struct docker_engine *manager, struct docker_view_nodes *out,
			   const struct deadline *d, struct err *e)
{
	struct reading r = { .decode = node, .size = sizeof(*out->list) };
	int ret = read_list(manager, "/nodes", &r, d, e);

	out->list = (struct docker_view_node *)(void *)r.list;
	out->count = r.count;
	return ret;
}

int docker_view_read_services(struct docker_engine *manager,
			      struct docker_view_services *out, const struct deadline *d,
			      struct err *e)
{
	struct reading r = { .decode = service, .size = sizeof(*out->list) };
	int ret = read_list(manager, "/services", &r, d, e);

	out->list = (struct docker_view_service *)(void *)r.list;
	out->count = r.count;
	return ret;
}

int docker_view_read_tasks(struct docker_engine *manager, struct docker_view_tasks *out,
			   const struct deadline *d, struct err *e)
{
	struct reading r = { .decode = task,
			     .size = sizeof(*out->list),
			     .of_services = true };
	int ret = read_list(manager, "/tasks", &r, d, e);

	out->list = (struct docker_view_task *)(void *)r.list;
	out->count = r.count;
	return ret;
}
