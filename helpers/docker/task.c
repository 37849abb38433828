/* SPDX-License-Identifier: MIT */
/* Counts the tasks that are still live on a node or in the swarm. */
#include "docker/task.h"

#include "base/text.h"
#include "docker/call.h"
#include "docker/list.h"

#include <stdio.h>
#include <string.h>

/* What a task is or will be, or may still leave running, on its node
 * (swarmkit api/types.proto, TaskState). */
static const char *const live_states[] = {
	"assigned", "accepted", "preparing", "ready", "starting", "running",
};

/* Of these, those on their way to a container that runs and, where it has a
 * health check, is healthy. */
static const char *const starting_states[] = {
	"assigned", "accepted", "preparing", "ready", "starting",
};

/* Desired states of a task that is to go: its node drains or is too many,
 * its service was removed. */
static const char *const stop_states[] = { "shutdown", "remove" };

struct count {
	struct docker_tasks *out;
	const char *skip;
};

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(text, list[i]))
			return true;
	return false;
}

static bool is_listed(const char *list, const char *id)
{
	const char *item;
	size_t n;

	while (text_next_item(&list, &item, &n))
		if (n && strlen(id) == n && !memcmp(item, id, n))
			return true;
	return false;
}

/* A task has no name of its own in the reply; its service's ID and slot are
 * what `docker service ps` leads on from. */
static void describe(const json_t *task, char *out, size_t size)
{
	int64_t slot = js_number(task, "Slot");
	char where[32] = "";

	if (slot)
		snprintf(where, sizeof(where), ".%lld", (long long)slot);
	snprintf(out, size, "task %.12s (service %.12s%s, image %.50s)",
		 js_text(task, "ID"), js_text(task, "ServiceID"), where,
		 js_text(task, "Spec/ContainerSpec/Image"));
}

/* A plain container on an attachable network is a task too, but a drain
 * leaves it alone. */
static int count_task(void *ctx, const json_t *task, struct err *e)
{
	struct count *c = ctx;
	const char *state = js_text(task, "Status/State");

	(void)e;
	if (!is_one_of(state, live_states,
		       sizeof(live_states) / sizeof(live_states[0])) ||
	    js_at(task, "Spec/NetworkAttachmentSpec") ||
	    is_listed(c->skip, js_text(task, "NodeID")))
		return 0;
	if (!c->out->live++)
		describe(task, c->out->example, sizeof(c->out->example));
	if (is_one_of(js_text(task, "DesiredState"), stop_states,
		      sizeof(stop_states) / sizeof(stop_states[0])))
		c->out->stopping++;
	else if (!strcmp(js_text(task, "DesiredState"), "running") &&
		 is_one_of(state, starting_states,
			   sizeof(starting_states) / sizeof(starting_states[0])))
		c->out->starting++;
	return 0;
}

int docker_tasks_count(struct docker_engine *manager, const char *node_id,
		       const char *skip, struct docker_tasks *out,
		       const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	struct count c = { .out = out, .skip = skip };
	int ret = -1;

	*out = (struct docker_tasks){ 0 };
	if (node_id && !docker_call_is_id(node_id))
		return err_set(e, ERR_USAGE, "%s: \"%.64s\" is no node ID",
			       docker_label(manager), node_id);
	buf_adds(&path, "/tasks");
	if (node_id)
		docker_filters(&path, json_pack("{s:[s]}", "node", node_id));
	if (path.failed)
		err_no_memory(e);
	else
		ret = docker_list_read(manager, path.data, count_task, &c, d, e);
	buf_free(&path);
	return ret;
}
