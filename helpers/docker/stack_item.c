/* SPDX-License-Identifier: MIT */
/* Services, secrets, configs and networks of a stack. */
#include "docker/stack_item.h"

#include "base/base64.h"
#include "base/text.h"
#include "docker/call.h"
#include "docker/list.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 100000
#define NAMESPACE "com.docker.stack.namespace"
#define KEY_LABEL "terraform-swarm-helpers.key"
#define SALT_LABEL "terraform-swarm-helpers.salt"
#define SUM_LABEL "terraform-swarm-helpers.services"

static const struct {
	const char *name, *many, *path;
	const char *id, *title, *labels; /* where a reply has them */
} kinds[] = {
	[DOCKER_STACK_SERVICE] = { "service", "services", "/services", "ID", "Spec/Name",
				   "Spec/Labels" },
	[DOCKER_STACK_SECRET] = { "secret", "secrets", "/secrets", "ID", "Spec/Name",
				  "Spec/Labels" },
	[DOCKER_STACK_CONFIG] = { "config", "configs", "/configs", "ID", "Spec/Name",
				  "Spec/Labels" },
	[DOCKER_STACK_NETWORK] = { "network", "networks", "/networks", "Id", "Name",
				   "Labels" },
};

const char *docker_stack_kind_name(enum docker_stack_kind kind, bool many)
{
	return many ? kinds[kind].many : kinds[kind].name;
}

/* ---- lists ---- */

struct listing {
	struct docker_stack_items *out;
	enum docker_stack_kind kind;
};

/* A network of one host alone has an ID of another length. */
static bool is_id(enum docker_stack_kind kind, const char *id)
{
	if (kind != DOCKER_STACK_NETWORK)
		return docker_call_is_id(id);
	return *id && !id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789")];
}

static int decode(const json_t *reply, enum docker_stack_kind kind,
		  struct docker_stack_item *out, struct err *e)
{
	const json_t *labels = js_at(reply, kinds[kind].labels);
	const struct docker_field fields[] = {
		DOCKER_FIELD(struct docker_stack_item, id, kinds[kind].id, false),
		DOCKER_FIELD(struct docker_stack_item, name, kinds[kind].title, true),
	};
	const struct docker_field ours[] = {
		DOCKER_FIELD(struct docker_stack_item, key, KEY_LABEL, true),
		DOCKER_FIELD(struct docker_stack_item, salt, SALT_LABEL, true),
		DOCKER_FIELD(struct docker_stack_item, sum, SUM_LABEL, true),
	};

	memset(out, 0, sizeof(*out));
	out->created = text_moment(js_text(reply, "CreatedAt"));
	if (docker_call_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), out,
			       e) ||
	    docker_call_fields(labels, ours, sizeof(ours) / sizeof(ours[0]), out, e))
		return -1;
	if (is_id(kind, out->id))
		return 0;
	return err_set(e, ERR_REFUSED, "the reply holds a %s without a valid ID",
		       kinds[kind].name);
}

static int append(void *ctx, const json_t *item, struct err *e)
{
	struct listing *l = ctx;
	struct docker_stack_items *out = l->out;
	struct docker_stack_item *more;

	if (out->count == ITEMS_MAX)
		return err_set(e, ERR_REFUSED,
			       "the list is longer than this program accepts (%d)",
			       ITEMS_MAX);
	more = docker_list_room(out->list, out->count, sizeof(*more));
	if (!more)
		return err_no_memory(e);
	out->list = more;
	if (decode(item, l->kind, &out->list[out->count], e))
		return -1;
	out->count++;
	return 0;
}

int docker_stack_items_list(struct docker_engine *manager, enum docker_stack_kind kind,
			    const char *stack, struct docker_stack_items *out,
			    const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	struct listing l = { .out = out, .kind = kind };
	int ret = -1;

	*out = (struct docker_stack_items){ 0 };
	buf_adds(&path, kinds[kind].path);
	docker_filters(&path, json_pack("{s:[s+]}", "label", NAMESPACE "=", stack));
	if (path.failed)
		err_no_memory(e);
	else
		ret = docker_list_read(manager, path.data, append, &l, d, e);
	buf_free(&path);
	if (ret)
		docker_stack_items_free(out);
	return ret;
}

void docker_stack_items_free(struct docker_stack_items *items)
{
	free(items->list);
	*items = (struct docker_stack_items){ 0 };
}

const struct docker_stack_item *
docker_stack_items_named(const struct docker_stack_items *items, const char *name)
{
	for (size_t i = 0; i < items->count; i++)
		if (!strcmp(items->list[i].name, name))
			return &items->list[i];
	return NULL;
}

/* ---- one of them ---- */

/* "secret 'x' is in use by the following service: y", "network x is in use by task y",
 * "network x has active endpoints" */
static int as_in_use(struct err *e)
{
	if (strstr(e->msg, " in use by ") || strstr(e->msg, "has active endpoints"))
		err_as(e, ERR_BUSY);
	return -1;
}

int docker_stack_item_remove(struct docker_engine *manager, enum docker_stack_kind kind,
			     const char *id, const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	if (buf_addf(&path, "%s/%s", kinds[kind].path, id))
		err_no_memory(e);
	else
		ret = docker_call(manager, DOCKER_REQUEST("DELETE", path.data, NULL),
				  NULL, d, e);
	buf_free(&path);
	if (!ret || e->kind == ERR_NOT_FOUND)
		return 0;
	return as_in_use(e);
}

static json_t *spec_of(const struct docker_stack_new *item)
{
	struct buf data = BUF_INIT(2 * item->bytes->max + 4);
	json_t *labels = json_pack("{s:s, s:s*, s:s*, s:s*}", NAMESPACE, item->stack,
				   KEY_LABEL, item->key, SALT_LABEL, item->salt,
				   SUM_LABEL, item->sum);
	json_t *spec = NULL;

	if (base64_encode(&data, item->bytes->data, item->bytes->len))
		json_decref(labels);
	else
		spec = json_pack("{s:s, s:o, s:s}", "Name", item->name, "Labels", labels,
				 "Data", buf_str(&data));
	buf_free(&data);
	return spec;
}

int docker_stack_item_create(struct docker_engine *manager,
			     const struct docker_stack_new *item,
			     const struct deadline *d, struct err *e)
{
	const char *path = item->kind == DOCKER_STACK_SECRET ? "/secrets/create"
							     : "/configs/create";
	json_t *spec = spec_of(item), *reply = NULL;
	int ret;

	if (!spec)
		return err_no_memory(e);
	ret = docker_call(manager, DOCKER_REQUEST("POST", path, spec), &reply, d, e);
	json_decref(reply);
	json_decref(spec);
	if (!ret || e->kind == ERR_CONFLICT)
		return 0;
	return -1;
}

static int read_config(struct docker_engine *manager, const char *id, json_t **reply,
		       const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	if (buf_addf(&path, "/configs/%s", id))
		err_no_memory(e);
	else
		ret = docker_call(manager, DOCKER_REQUEST("GET", path.data, NULL), reply,
				  d, e);
	buf_free(&path);
	return ret;
}

int docker_stack_config_read(struct docker_engine *manager, const char *id,
			     struct buf *bytes, const struct deadline *d, struct err *e)
{
	json_t *reply = NULL;
	int ret = read_config(manager, id, &reply, d, e);
	const char *text = js_text(reply, "Spec/Data");

	if (!ret && base64_decode(bytes, text, strlen(text)))
		ret = err_set(e, ERR_REFUSED, "%s: the content of config %s is no base64",
			      docker_label(manager), id);
	json_decref(reply);
	return ret;
}

static int update(struct docker_engine *manager, const char *id, const json_t *config,
		  const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	int ret = -1;

	if (buf_addf(&path, "/configs/%s/update?version=%lld", id,
		     (long long)js_number(config, "Version/Index")))
		err_no_memory(e);
	else
		ret = docker_call(manager,
				  DOCKER_REQUEST("POST", path.data,
						 js_at(config, "Spec")),
				  NULL, d, e);
	buf_free(&path);
	return ret;
}

int docker_stack_config_mark(struct docker_engine *manager, const char *id,
			     const char *sum, const struct deadline *d, struct err *e)
{
	json_t *reply = NULL;
	int ret = read_config(manager, id, &reply, d, e);

	if (!ret &&
	    json_object_set_new(js_at(reply, "Spec/Labels"), SUM_LABEL, json_string(sum)))
		ret = err_set(e, ERR_REFUSED, "%s: config %s has no labels",
			      docker_label(manager), id);
	if (!ret)
		ret = update(manager, id, reply, d, e);
	json_decref(reply);
	return ret;
}
