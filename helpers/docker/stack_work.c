/* SPDX-License-Identifier: MIT */
/* Services and tasks of a stack. */
#include "docker/stack_work.h"

#include "base/text.h"
#include "docker/call.h"
#include "docker/list.h"

#include <stdlib.h>
#include <string.h>

#define WORK_MAX 1000000
#define STACK_LABEL "com.docker.stack.namespace="

/* Who gets the elements of a list. */
struct reader {
	docker_list_fn *fn;
	void *ctx;
};

/* Reads the list at `path` with the label of the stack. */
static int read_list(struct docker_engine *manager, const char *path, const char *stack,
		     struct reader to, const struct deadline *d, struct err *e)
{
	struct buf full = BUF_INIT(DOCKER_PATH_MAX), query = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	docker_filters(&query, json_pack("{s:[s+]}", "label", STACK_LABEL, stack));
	/* `path` may have a query already */
	if (strchr(path, '?') && query.len)
		query.data[0] = '&';
	buf_addf(&full, "%s%s", path, buf_str(&query));
	if (query.failed || full.failed)
		err_no_memory(e);
	else
		ret = docker_list_read(manager, full.data, to.fn, to.ctx, d, e);
	buf_free(&query);
	buf_free(&full);
	return ret;
}

/* ---- services ---- */

static enum docker_stack_update update_of(const char *state)
{
	static const struct {
		const char *state;
		enum docker_stack_update update;
	} updates[] = {
		{ "updating", DOCKER_UPDATE_GOES_ON },
		{ "paused", DOCKER_UPDATE_GIVEN_UP },
		{ "rollback_started", DOCKER_UPDATE_GIVEN_UP },
		{ "rollback_paused", DOCKER_UPDATE_GIVEN_UP },
		{ "rollback_completed", DOCKER_UPDATE_GIVEN_UP },
	};

	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++)
		if (!strcmp(state, updates[i].state))
			return updates[i].update;
	return DOCKER_UPDATE_NONE;
}

static const struct docker_field service_fields[] = {
	DOCKER_FIELD(struct docker_stack_service, id, "ID", false),
	DOCKER_FIELD(struct docker_stack_service, name, "Spec/Name", true),
	DOCKER_FIELD(struct docker_stack_service, update_message, "UpdateStatus/Message",
		     true),
};

static int decode_service(const json_t *reply, struct docker_stack_service *out,
			  struct err *e)
{
	const json_t *mode = js_at(reply, "Spec/Mode");

	memset(out, 0, sizeof(*out));
	if (docker_call_fields(reply, service_fields,
			       sizeof(service_fields) / sizeof(service_fields[0]), out,
			       e))
		return -1;
	if (!docker_call_is_id(out->id))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a service without a valid ID");
	if (!json_is_object(js_at(reply, "ServiceStatus")))
		return err_set(e, ERR_REFUSED,
			       "the reply does not tell how many tasks service %s runs; "
			       "Docker 20.10 and later do",
			       out->name);
	out->job = js_at(mode, "ReplicatedJob") || js_at(mode, "GlobalJob");
	out->wanted = js_at(mode, "ReplicatedJob/TotalCompletions")
			      ? js_number(mode, "ReplicatedJob/TotalCompletions")
			      : js_number(reply, "ServiceStatus/DesiredTasks");
	out->completed = js_number(reply, "ServiceStatus/CompletedTasks");
	out->update = update_of(js_text(reply, "UpdateStatus/State"));
	out->spec = json_incref(js_at(reply, "Spec"));
	return 0;
}

static int append_service(void *ctx, const json_t *service, struct err *e)
{
	struct docker_stack_services *out = ctx;
	struct docker_stack_service *more;

	if (out->count == WORK_MAX)
		return err_set(e, ERR_REFUSED, "the list has more than %d services",
			       WORK_MAX);
	more = docker_list_room(out->list, out->count, sizeof(*more));
	if (!more)
		return err_no_memory(e);
	out->list = more;
	if (decode_service(service, &out->list[out->count], e))
		return -1;
	out->count++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct docker_stack_service *)a)->name,
		      ((const struct docker_stack_service *)b)->name);
}

int docker_stack_services_list(struct docker_engine *manager, const char *stack,
			       struct docker_stack_services *out,
			       const struct deadline *d, struct err *e)
{
	*out = (struct docker_stack_services){ 0 };
	if (read_list(manager, "/services?status=true", stack,
		      (struct reader){ append_service, out }, d, e)) {
		docker_stack_services_free(out);
		return -1;
	}
	if (out->count)
		qsort(out->list, out->count, sizeof(*out->list), by_name);
	return 0;
}

void docker_stack_services_free(struct docker_stack_services *s)
{
	for (size_t i = 0; i < s->count; i++)
		json_decref(s->list[i].spec);
	free(s->list);
	*s = (struct docker_stack_services){ 0 };
}

static int dump(const char *bytes, size_t n, void *out)
{
	return buf_add(out, bytes, n);
}

int docker_stack_services_text(const struct docker_stack_services *s, struct buf *out)
{
	for (size_t i = 0; i < s->count; i++)
		if (json_dump_callback(s->list[i].spec, dump, out,
				       JSON_COMPACT | JSON_SORT_KEYS))
			return -1;
	return 0;
}

/* ---- tasks ---- */

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

/* swarmkit api/types.proto, TaskState */
static const char *const before_run[] = { "new",      "allocated", "pending",
					  "assigned", "accepted",  "preparing",
					  "ready",    "starting",  NULL };
static const char *const failures[] = { "failed", "rejected", NULL };

/* A task whose node still fits stays when nothing but the placement changes (swarmkit
 * manager/orchestrator/task.go, IsTaskDirty). The runtime is told of services alone. */
static bool is_new(const json_t *task, const struct docker_stack_service *s)
{
	static const char *const others[] = { "Placement", "Runtime" };
	json_t *wanted = json_copy(js_at(s->spec, "TaskTemplate"));
	json_t *its = json_copy(js_at(task, "Spec"));
	bool same;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		json_object_del(wanted, others[i]);
		json_object_del(its, others[i]);
	}
	same = json_equal(wanted, its);
	json_decref(wanted);
	json_decref(its);
	return same;
}

static const struct docker_field task_fields[] = {
	DOCKER_FIELD(struct docker_stack_task, id, "ID", false),
	DOCKER_FIELD(struct docker_stack_task, node_id, "NodeID", true),
	DOCKER_FIELD(struct docker_stack_task, state, "Status/State", true),
	DOCKER_FIELD(struct docker_stack_task, error, "Status/Err", true),
};

struct tasks {
	const struct docker_stack_services *services;
	struct docker_stack_tasks *out;
};

static bool find_service(const struct docker_stack_services *s, const char *id,
			 size_t *which)
{
	for (*which = 0; *which < s->count; ++*which)
		if (!strcmp(s->list[*which].id, id))
			return true;
	return false;
}

static int decode_task(const json_t *task, const struct docker_stack_service *service,
		       struct docker_stack_task *out, struct err *e)
{
	bool wanted = !strcmp(js_text(task, "DesiredState"), "running") ||
		      !strcmp(js_text(task, "DesiredState"), "ready");

	if (docker_call_fields(task, task_fields,
			       sizeof(task_fields) / sizeof(task_fields[0]), out, e))
		return -1;
	if (!docker_call_is_id(out->id))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a task without a valid ID");
	out->is_new = is_new(task, service);
	out->running = wanted && !strcmp(out->state, "running");
	out->failed = is_one_of(out->state, failures);
	out->waits = wanted && is_one_of(out->state, before_run);
	out->created = text_moment(js_text(task, "CreatedAt"));
	return 0;
}

static int append_task(void *ctx, const json_t *task, struct err *e)
{
	struct tasks *t = ctx;
	struct docker_stack_tasks *out = t->out;
	struct docker_stack_task *more, one = { 0 };

	if (!find_service(t->services, js_text(task, "ServiceID"), &one.service))
		return 0;
	if (out->count == WORK_MAX)
		return err_set(e, ERR_REFUSED, "the list has more than %d tasks",
			       WORK_MAX);
	if (decode_task(task, &t->services->list[one.service], &one, e))
		return -1;
	more = docker_list_room(out->list, out->count, sizeof(*more));
	if (!more)
		return err_no_memory(e);
	out->list = more;
	out->list[out->count++] = one;
	return 0;
}

int docker_stack_tasks_list(struct docker_engine *manager, const char *stack,
			    const struct docker_stack_services *s,
			    struct docker_stack_tasks *out, const struct deadline *d,
			    struct err *e)
{
	struct tasks t = { .services = s, .out = out };

	*out = (struct docker_stack_tasks){ 0 };
	if (!read_list(manager, "/tasks", stack, (struct reader){ append_task, &t }, d,
		       e))
		return 0;
	docker_stack_tasks_free(out);
	return -1;
}

void docker_stack_tasks_free(struct docker_stack_tasks *t)
{
	free(t->list);
	*t = (struct docker_stack_tasks){ 0 };
}

struct counting {
	const char *skip;
	size_t count;
};

static bool is_listed(const char *list, const char *id)
{
	const char *item;
	size_t n;

	while (list && text_next_item(&list, &item, &n))
		if (n && strlen(id) == n && !memcmp(item, id, n))
			return true;
	return false;
}

static int count_one(void *ctx, const json_t *task, struct err *e)
{
	struct counting *l = ctx;

	(void)e;
	l->count += !is_listed(l->skip, js_text(task, "NodeID"));
	return 0;
}

int docker_stack_tasks_count(struct docker_engine *manager, const char *stack,
			     const char *skip, size_t *count, const struct deadline *d,
			     struct err *e)
{
	struct counting l = { .skip = skip };
	int ret = read_list(manager, "/tasks", stack, (struct reader){ count_one, &l }, d,
			    e);

	*count = l.count;
	return ret;
}
