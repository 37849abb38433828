/* SPDX-License-Identifier: MIT */
/* The secrets and configs of a stack, under names that tell their content. */
#include "swarm/stack_internal.h"

#include "base/log.h"
#include "sshkey/crypto.h"
#include "sshkey/digest.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64 /* of a secret or config: swarmkit, MaxSecretNameLength */
#define SUM_CHARS 12      /* of the sum in a name */
#define SALT_BYTES 16

/* ---- names ---- */

static int make_name(char *out, size_t size, const struct swarm_stack_params *p,
		     const struct swarm_stack_file *f, const char *salt, struct err *e)
{
	char sum[DIGEST_HEX];

	if (digest_hex(sum, salt, buf_str(&f->bytes), f->bytes.len, e))
		return -1;
	if (snprintf(out, size, "%s_%s-%.*s", p->stack, f->key, SUM_CHARS, sum) <=
	    NAME_MAX_BYTES)
		return 0;
	return err_set(e, ERR_USAGE,
		       "%s %s: its name in the swarm, %s, would be longer than %d "
		       "characters; give it or the stack a shorter one",
		       f->secret ? "secret" : "config", f->key, out, NAME_MAX_BYTES);
}

/* A secret has a salt of its own, which those of the same content have to be told by. */
static const struct docker_stack_item *find(const struct docker_stack_items *items,
					    const struct swarm_stack_params *p,
					    const struct swarm_stack_file *f, char *name,
					    size_t size, struct err *e)
{
	if (!f->secret)
		return make_name(name, size, p, f, NULL, e)
			       ? NULL
			       : docker_stack_items_named(items, name);
	for (size_t i = 0; i < items->count; i++) {
		const struct docker_stack_item *it = &items->list[i];

		if (strcmp(it->key, f->key) || !it->salt[0])
			continue;
		if (make_name(name, size, p, f, it->salt, e))
			return NULL;
		if (!strcmp(it->name, name))
			return it;
	}
	return NULL;
}

/* ---- one file ---- */

struct objects {
	struct docker_engine *manager;
	const struct swarm_stack_params *params;
	struct docker_stack_items secrets, configs;
	struct swarm_stack_naming *naming;
	const struct deadline *d;
};

static int make(struct objects *o, const struct swarm_stack_file *f, char *name,
		size_t size, struct err *e)
{
	char salt[2 * SALT_BYTES + 1];
	struct docker_stack_new item = {
		.kind = f->secret ? DOCKER_STACK_SECRET : DOCKER_STACK_CONFIG,
		.stack = o->params->stack,
		.name = name,
		.key = f->key,
		.salt = f->secret ? salt : NULL,
		.bytes = &f->bytes,
	};

	if (f->secret && crypto_random_name(salt, SALT_BYTES, e))
		return -1;
	if (make_name(name, size, o->params, f, item.salt, e))
		return -1;
	o->naming->missing = true;
	if (!o->naming->make)
		return 0;
	log_note("new %s %s", f->secret ? "secret" : "config", f->key);
	return docker_stack_item_create(o->manager, &item, o->d, e);
}

/* The name of a file whose content is unknown. */
static void name_before(struct objects *o, const struct swarm_stack_file *f, char *name,
			size_t size)
{
	const json_t *of = json_object_get(o->naming->before->objects,
					   f->secret ? "secrets" : "configs");
	const char *its = json_string_value(
		json_object_get(json_object_get(of, f->key), "name"));

	snprintf(name, size, "%s", its ? its : "");
	o->naming->missing = o->naming->missing || !its;
}

static int find_or_make(struct objects *o, const struct swarm_stack_file *f, char *name,
			size_t size, struct err *e)
{
	const struct docker_stack_items *items = f->secret ? &o->secrets : &o->configs;
	struct err why = { 0 };

	if (f->unknown) {
		name_before(o, f, name, size);
		return 0;
	}
	if (find(items, o->params, f, name, size, &why))
		return 0;
	if (!why.kind)
		return make(o, f, name, size, e);
	*e = why;
	return -1;
}

static int add(struct objects *o, const struct swarm_stack_file *f, json_t *to,
	       struct err *e)
{
	char name[512] = "";

	if (find_or_make(o, f, name, sizeof(name), e))
		return -1;
	if (json_object_set_new(to, f->key,
				json_pack("{s:b, s:s}", "external", 1, "name", name)))
		return err_set(e, ERR_USAGE, "%s: its name is no UTF-8", f->key);
	return 0;
}

/* ---- all of them ---- */

/* docker takes files of one version alone. It is the first word of its line, as JSON or
 * YAML: a file that has it elsewhere is refused by docker with both versions in its words. */
static void copy_version(const struct buf *compose, json_t *to)
{
	static const char key[] = "version";
	const char *line = buf_str(compose);
	char value[16];
	size_t n;

	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *p = line + strspn(line, "{\"' \t");

		if (strncmp(p, key, strlen(key)) || (line[0] != '{' && p > line + 1))
			continue;
		p += strlen(key);
		p += strspn(p, "\"' \t");
		if (*p != ':')
			continue;
		p++;
		p += strspn(p, "\"' \t");
		n = strspn(p, "0123456789.");
		snprintf(value, sizeof(value), "%.*s", (int)n, p);
		if (n && n < sizeof(value))
			json_object_set_new(to, key, json_string(value));
		return;
	}
}

int swarm_stack_objects(struct docker_engine *manager, const struct swarm_stack_params *p,
			struct swarm_stack_version *v, struct swarm_stack_naming *n,
			const struct deadline *d, struct err *e)
{
	struct objects o = { .manager = manager, .params = p, .naming = n, .d = d };
	json_t *secrets = json_object(), *configs = json_object();
	int ret = -1;

	n->missing = false;
	json_decref(v->objects);
	v->objects = json_pack("{s:o, s:o}", "secrets", secrets, "configs", configs);
	if (!v->objects)
		return err_no_memory(e);
	copy_version(p->compose, v->objects);
	if (docker_stack_items_list(manager, DOCKER_STACK_SECRET, p->stack, &o.secrets, d,
				    e) ||
	    docker_stack_items_list(manager, DOCKER_STACK_CONFIG, p->stack, &o.configs, d,
				    e))
		goto out;
	ret = 0;
	for (size_t i = 0; i < p->count && !ret; i++)
		ret = add(&o, &p->files[i], p->files[i].secret ? secrets : configs, e);
out:
	docker_stack_items_free(&o.secrets);
	docker_stack_items_free(&o.configs);
	return ret;
}

/* ---- those of other versions ---- */

static bool is_named(const json_t *objects, const char *name)
{
	const char *key;
	json_t *object;

	json_object_foreach((json_t *)objects, key, object) {
		const char *its = json_string_value(json_object_get(object, "name"));

		if (its && !strcmp(its, name))
			return true;
	}
	return false;
}

/* Only what we made has a key. */
static bool is_stale(const struct docker_stack_item *it,
		     const struct swarm_stack_version *v, enum docker_stack_kind kind)
{
	const char *of = docker_stack_kind_name(kind, true);
	char ours[128];

	if (!it->key[0] || is_named(json_object_get(v->objects, of), it->name))
		return false;
	if (!swarm_stack_is_version(it))
		return true;
	snprintf(ours, sizeof(ours), "_version-%s", v->name);
	return strlen(it->name) < strlen(ours) ||
	       strcmp(it->name + strlen(it->name) - strlen(ours), ours) != 0;
}

static int prune(struct docker_engine *manager, enum docker_stack_kind kind,
		 const char *stack, const struct swarm_stack_version *v,
		 const struct deadline *d, struct err *e)
{
	struct docker_stack_items items;
	int ret = docker_stack_items_list(manager, kind, stack, &items, d, e);

	for (size_t i = 0; !ret && i < items.count; i++) {
		if (!is_stale(&items.list[i], v, kind))
			continue;
		ret = docker_stack_item_remove(manager, kind, items.list[i].id, d, e);
		if (ret && e->kind == ERR_BUSY && strstr(e->msg, " in use by "))
			ret = 0;
	}
	docker_stack_items_free(&items);
	return ret;
}

int swarm_stack_objects_prune(struct docker_engine *manager, const char *stack,
			      const struct swarm_stack_version *v,
			      const struct deadline *d, struct err *e)
{
	if (prune(manager, DOCKER_STACK_SECRET, stack, v, d, e))
		return -1;
	return prune(manager, DOCKER_STACK_CONFIG, stack, v, d, e);
}
