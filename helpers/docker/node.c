/* SPDX-License-Identifier: MIT */
/* Nodes of a swarm: list, read, update, remove. */
#include "docker/node.h"

#include "base/text.h"
#include "docker/call.h"
#include "docker/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes: what an object, and a label in it, take besides their text; and the
 * nodes of a list together, some 20000 of them. */
#define OBJECT_BYTES 400
#define LABEL_BYTES 300
#define LIST_BYTES (24u << 20)

/* What a worker says of itself, or makes a manager see, is cut: one node's
 * oddity must not make the list of all unreadable. */
static const struct docker_field fields[] = {
	DOCKER_FIELD(struct docker_node, id, "ID", false),
	DOCKER_FIELD(struct docker_node, hostname, "Description/Hostname", true),
	DOCKER_FIELD(struct docker_node, addr, "Status/Addr", true),
	DOCKER_FIELD(struct docker_node, manager_addr, "ManagerStatus/Addr", true),
};

/* A leader may show 0.0.0.0 as its own address (moby #35437); what it tells
 * the other managers is right. */
static void mend_addr(struct docker_node *n)
{
	const char *from = n->manager_addr;
	const char *end = strrchr(from, ':');

	if (strcmp(n->addr, "0.0.0.0") && strcmp(n->addr, "::") && *n->addr)
		return;
	if (!end)
		return;
	if (*from == '[' && end[-1] == ']') {
		from++;
		end--;
	}
	memcpy(n->addr, from, (size_t)(end - from));
	n->addr[end - from] = '\0';
}

/* The swarm's own words: one that is not known here must not pass for none. */
static int decode_spec(const json_t *reply, struct docker_node *out, struct err *e)
{
	const char *role = js_text(reply, "Spec/Role");
	const char *availability = js_text(reply, "Spec/Availability");

	out->role = docker_role_of(role);
	out->availability = docker_availability_of(availability);
	if ((*role && !out->role) || (*availability && !out->availability))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a node with role "
			       "\"%.32s\" and availability \"%.32s\"",
			       role, availability);
	return 0;
}

static int decode(const json_t *reply, struct docker_node *out, struct err *e)
{
	const json_t *manager = js_at(reply, "ManagerStatus");
	json_t *labels = js_at(reply, "Spec/Labels"), *text;
	const char *key;

	memset(out, 0, sizeof(*out));
	if (docker_call_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), out, e))
		return -1;
	if (!docker_call_is_id(out->id))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a node "
			       "without a valid ID");
	if (decode_spec(reply, out, e))
		return -1;
	out->state = docker_node_state_of(js_text(reply, "Status/State"));
	out->in_raft = json_is_object(manager);
	out->leader = js_true(manager, "Leader");
	out->reachable = !strcmp(js_text(manager, "Reachability"), "reachable");
	out->updated = text_moment(js_text(reply, "UpdatedAt"));
	mend_addr(out);
	json_object_foreach(labels, key, text)
		if (!json_is_string(text))
			return err_set(e, ERR_REFUSED,
				       "the reply holds a label "
				       "that is no text");
	out->labels = json_is_object(labels) ? json_deep_copy(labels) : json_object();
	return out->labels ? 0 : err_no_memory(e);
}

void docker_node_free(struct docker_node *n)
{
	if (!n)
		return;
	json_decref(n->labels);
	n->labels = NULL;
}

void docker_nodes_free(struct docker_nodes *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->count; i++)
		docker_node_free(&n->list[i]);
	free(n->list);
	*n = (struct docker_nodes){ 0 };
}

const struct docker_node *docker_nodes_find(const struct docker_nodes *n, const char *id)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->list[i].id, id))
			return &n->list[i];
	return NULL;
}

struct listing {
	struct docker_nodes *out;
	size_t bytes;
};

/* What a node takes in memory, or a little more. */
static size_t bytes_of(const struct docker_node *n)
{
	size_t bytes = sizeof(*n) + OBJECT_BYTES;
	const char *key;
	json_t *text;

	json_object_foreach(n->labels, key, text)
		bytes += LABEL_BYTES + strlen(key) + json_string_length(text);
	return bytes;
}

static int append(void *ctx, const json_t *node, struct err *e)
{
	struct listing *l = ctx;
	struct docker_nodes *out = l->out;
	size_t n = out->count;
	struct docker_node *more;

	more = docker_list_room(out->list, n, sizeof(*more));
	if (!more)
		return err_no_memory(e);
	out->list = more;
	if (decode(node, &out->list[n], e)) {
		docker_node_free(&out->list[n]);
		return -1;
	}
	out->count++;
	l->bytes += bytes_of(&out->list[n]);
	if (l->bytes > LIST_BYTES)
		return err_set(e, ERR_REFUSED,
			       "the list is longer than this "
			       "program accepts (%zu nodes)",
			       out->count);
	return 0;
}

static int list(struct docker_engine *manager, json_t *filters, struct docker_nodes *out,
		const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	struct listing l = { .out = out };
	int ret = -1;

	*out = (struct docker_nodes){ 0 };
	buf_adds(&path, "/nodes");
	if (filters)
		docker_filters(&path, filters);
	if (path.failed)
		err_no_memory(e);
	else
		ret = docker_list_read(manager, path.data, append, &l, d, e);
	buf_free(&path);
	if (ret)
		docker_nodes_free(out);
	return ret;
}

int docker_nodes_list(struct docker_engine *manager, struct docker_nodes *out,
		      const struct deadline *d, struct err *e)
{
	return list(manager, NULL, out, d, e);
}

int docker_nodes_managers(struct docker_engine *manager, struct docker_nodes *out,
			  const struct deadline *d, struct err *e)
{
	return list(manager, json_pack("{s:[s]}", "role", "manager"), out, d, e);
}

int docker_nodes_named(struct docker_engine *manager, const char *hostname,
		       struct docker_nodes *out, const struct deadline *d, struct err *e)
{
	return list(manager, json_pack("{s:[s]}", "name", hostname), out, d, e);
}

static int check_id(const struct docker_engine *manager, const char *id, struct err *e)
{
	if (docker_call_is_id(id))
		return 0;
	return err_set(e, ERR_USAGE,
		       "%s: \"%.64s\" is no node ID; expected the "
		       "25 letters and digits that `docker node ls` shows",
		       docker_label(manager), id);
}

/* Gives the whole object. The engine looks for a name or a prefix when it
 * finds no such ID, so that another node may come back. */
static int read_raw(struct docker_engine *manager, const char *id, json_t **out,
		    const struct deadline *d, struct err *e)
{
	char path[64];

	if (check_id(manager, id, e))
		return -1;
	snprintf(path, sizeof(path), "/nodes/%s", id);
	if (docker_call(manager, DOCKER_REQUEST("GET", path, NULL), out, d, e))
		return -1;
	if (!strcmp(js_text(*out, "ID"), id))
		return 0;
	/* Only another node's ID says that this one is not there. */
	if (docker_call_is_id(js_text(*out, "ID")))
		err_set(e, ERR_NOT_FOUND, "%s: node %s is not in the swarm",
			docker_label(manager), id);
	else
		err_set(e, ERR_REFUSED, "%s: GET %s: the reply holds no valid ID",
			docker_label(manager), path);
	json_decref(*out);
	*out = NULL;
	return -1;
}

int docker_node_read(struct docker_engine *manager, const char *id,
		     struct docker_node *out, const struct deadline *d, struct err *e)
{
	json_t *reply = NULL;
	int ret;

	memset(out, 0, sizeof(*out));
	if (read_raw(manager, id, &reply, d, e))
		return -1;
	ret = decode(reply, out, e);
	if (ret) {
		err_wrap(e, "%s: GET /nodes/%s", docker_label(manager), id);
		docker_node_free(out);
	}
	json_decref(reply);
	return ret;
}

static int set_text(json_t *spec, const char *key, const char *value, bool *differs)
{
	if (!*value || !strcmp(js_text(spec, key), value))
		return 0;
	*differs = true;
	return json_object_set_new(spec, key, json_string(value));
}

static int set_labels(json_t *spec, const json_t *labels, bool *differs)
{
	json_t *now = js_at(spec, "Labels");

	if (!labels || json_equal(now, labels) ||
	    (!json_object_size(now) && !json_object_size(labels)))
		return 0;
	*differs = true;
	return json_object_set_new(spec, "Labels", json_deep_copy(labels));
}

static int apply(json_t *spec, const struct docker_node_params *params, bool *differs,
		 struct err *e)
{
	if (!json_is_object(spec))
		return err_set(e, ERR_REFUSED,
			       "the reply holds a node "
			       "without a Spec");
	if (set_text(spec, "Role", docker_role_name(params->role), differs) ||
	    set_text(spec, "Availability", docker_availability_name(params->availability),
		     differs) ||
	    set_labels(spec, params->labels, differs))
		return err_no_memory(e);
	return 0;
}

static int update_once(struct docker_engine *manager, const char *id,
		       const struct docker_node_params *params, const struct deadline *d,
		       struct err *e)
{
	json_t *node = NULL, *spec;
	bool differs = false;
	char path[96];
	int ret = -1;

	if (read_raw(manager, id, &node, d, e))
		return -1;
	spec = js_at(node, "Spec");
	if (apply(spec, params, &differs, e)) {
		err_wrap(e, "%s: GET /nodes/%s", docker_label(manager), id);
		goto out;
	}
	snprintf(path, sizeof(path), "/nodes/%s/update?version=%lld", id,
		 (long long)js_number(node, "Version/Index"));
	if (differs || params->rewrite)
		ret = docker_call(manager, DOCKER_REQUEST("POST", path, spec), NULL, d,
				  e);
	else
		ret = 0;
out:
	json_decref(node);
	return ret;
}

int docker_node_update(struct docker_engine *manager, const char *id,
		       const struct docker_node_params *params, const struct deadline *d,
		       struct err *e)
{
	while (update_once(manager, id, params, d, e))
		if (docker_call_lost_race(d, e))
			return -1;
	return 0;
}

int docker_node_rewrite(struct docker_engine *manager, const char *id,
			const struct deadline *d, struct err *e)
{
	static const struct docker_node_params as_it_is = { .rewrite = true };

	return docker_node_update(manager, id, &as_it_is, d, e);
}

int docker_node_remove(struct docker_engine *manager, const char *id, bool force,
		       const struct deadline *d, struct err *e)
{
	struct err why;
	char path[64];

	if (check_id(manager, id, e))
		return -1;
	snprintf(path, sizeof(path), "/nodes/%s?force=%s", id, force ? "true" : "false");
	if (!docker_call(manager, DOCKER_REQUEST("DELETE", path, NULL), NULL, d, &why) ||
	    why.kind == ERR_NOT_FOUND)
		return 0;
	*e = why;
	return -1;
}
