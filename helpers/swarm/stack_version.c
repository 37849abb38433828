/* SPDX-License-Identifier: MIT */
/* Versions of a stack that were whole, kept in the swarm. */
#include "swarm/stack_internal.h"

#include "base/js.h"
#include "sshkey/digest.h"

#include <stdio.h>
#include <string.h>

#define FORMAT 1
#define VERSION_MAX (2u << 20)
/* The label that tells a config of ours from those of the user, which have keys of a
 * compose file: no such key has a colon in it. */
#define KEY "version:1"

void swarm_stack_version_free(struct swarm_stack_version *v)
{
	buf_free(&v->compose);
	json_decref(v->environment);
	json_decref(v->objects);
	*v = (struct swarm_stack_version){ 0 };
}

bool swarm_stack_is_version(const struct docker_stack_item *config)
{
	return !strcmp(config->key, KEY);
}

/* ---- as text ---- */

static int dump(const char *bytes, size_t n, void *out)
{
	return buf_add(out, bytes, n);
}

static int write_text(const struct swarm_stack_version *v, struct buf *out, struct err *e)
{
	json_t *all = json_pack("{s:i, s:s%, s:O, s:O}", "format", FORMAT, "compose",
				buf_str(&v->compose), v->compose.len, "environment",
				v->environment, "objects", v->objects);
	int ret = all ? json_dump_callback(all, dump, out, JSON_COMPACT | JSON_SORT_KEYS)
		      : -1;

	json_decref(all);
	if (!ret)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "the compose file is no text in UTF-8, or too large to be kept");
}

static int read_text(struct swarm_stack_version *v, const struct buf *text, struct err *e)
{
	json_t *all = js_read(buf_str(text), text->len, "a version of the stack", e);
	const json_t *compose = js_at(all, "compose");

	if (!all)
		return -1;
	v->environment = json_incref(js_at(all, "environment"));
	v->objects = json_incref(js_at(all, "objects"));
	v->compose = BUF_INIT(VERSION_MAX);
	buf_add(&v->compose, json_string_value(compose), json_string_length(compose));
	if (js_number(all, "format") != FORMAT || !json_is_object(v->objects) ||
	    !v->compose.len)
		err_set(e, ERR_REFUSED,
			"the version of the stack that the swarm keeps was not written by "
			"this program");
	else
		e = NULL;
	json_decref(all);
	return e ? -1 : 0;
}

int swarm_stack_version_name(struct swarm_stack_version *v, struct err *e)
{
	struct buf text = BUF_INIT(VERSION_MAX);
	char sum[DIGEST_HEX];
	int ret = write_text(v, &text, e);

	if (!ret)
		ret = digest_hex(sum, NULL, text.data, text.len, e);
	if (!ret)
		snprintf(v->name, sizeof(v->name), "%.12s", sum);
	buf_free(&text);
	return ret;
}

/* ---- in the swarm ---- */

static const struct docker_stack_item *newest(const struct docker_stack_items *configs)
{
	const struct docker_stack_item *found = NULL;

	for (size_t i = 0; i < configs->count; i++) {
		const struct docker_stack_item *c = &configs->list[i];

		if (swarm_stack_is_version(c) && (!found || c->created > found->created))
			found = c;
	}
	return found;
}

int swarm_stack_version_read(struct docker_engine *manager,
			     const struct docker_stack_items *configs,
			     struct swarm_stack_version *out, const struct deadline *d,
			     struct err *e)
{
	const struct docker_stack_item *config = newest(configs);
	struct buf text = BUF_INIT(VERSION_MAX);
	int ret = 0;

	*out = (struct swarm_stack_version){ 0 };
	if (!config)
		return 0;
	ret = docker_stack_config_read(manager, config->id, &text, d, e);
	if (!ret)
		ret = read_text(out, &text, e);
	if (!ret)
		ret = swarm_stack_version_name(out, e);
	buf_free(&text);
	if (ret) {
		swarm_stack_version_free(out);
		return -1;
	}
	memcpy(out->id, config->id, sizeof(out->id));
	memcpy(out->sum, config->sum, sizeof(out->sum));
	return 0;
}

int swarm_stack_version_sum(const struct docker_stack_services *services, char sum[72],
			    struct err *e)
{
	struct buf text = BUF_INIT(64u << 20);
	char hex[DIGEST_HEX];
	int ret = docker_stack_services_text(services, &text)
			  ? err_set(e, ERR_LOCAL,
				    "the services are too large to be summed")
			  : digest_hex(hex, NULL, buf_str(&text), text.len, e);

	if (!ret)
		snprintf(sum, 72, "%s", hex);
	buf_free(&text);
	return ret;
}

int swarm_stack_version_keep(struct docker_engine *manager, const char *stack,
			     struct swarm_stack_version *v,
			     const struct docker_stack_services *services,
			     const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(VERSION_MAX);
	char name[128];
	struct docker_stack_new item = {
		.kind = DOCKER_STACK_CONFIG,
		.stack = stack,
		.name = name,
		.key = KEY,
		.sum = v->sum,
		.bytes = &text,
	};
	char sum[sizeof(v->sum)];
	int ret = swarm_stack_version_sum(services, sum, e);

	if (ret || (v->id[0] && !strcmp(sum, v->sum)))
		return ret;
	memcpy(v->sum, sum, sizeof(sum));
	if (v->id[0])
		return docker_stack_config_mark(manager, v->id, sum, d, e);
	snprintf(name, sizeof(name), "%s_version-%s", stack, v->name);
	ret = write_text(v, &text, e);
	if (!ret)
		ret = docker_stack_item_create(manager, &item, d, e);
	buf_free(&text);
	return ret;
}
