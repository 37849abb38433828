/* SPDX-License-Identifier: MIT */
/* The swarm itself: read, init, join, leave, labels of its spec. */
#include "docker/swarm.h"

#include "base/secret.h"
#include "base/text.h"
#include "docker/call.h"

#include <stdio.h>
#include <string.h>

/* What the API wants when it is left to the engine (defaultListenAddr of the
 * docker command); "[::]" where only IPv6 may be there. */
#define LISTEN_ANY "0.0.0.0:2377"
#define LISTEN_ANY_V6 "[::]:2377"
/* What the docker command sends; an engine that is told a pool and no size makes a swarm
 * in which no network can be cut, not even ingress. */
#define DEFAULT_SUBNET_SIZE 24

static const struct docker_field fields[] = {
	DOCKER_FIELD(struct docker_swarm, id, "ID", false),
	DOCKER_FIELD(struct docker_swarm, worker_token, "JoinTokens/Worker", false),
	DOCKER_FIELD(struct docker_swarm, manager_token, "JoinTokens/Manager", false),
};

static int decode(struct docker_swarm *out, struct err *e)
{
	if (docker_call_fields(out->raw, fields, sizeof(fields) / sizeof(fields[0]), out,
			       e))
		return -1;
	if (*out->id && *out->worker_token && *out->manager_token)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "the reply lacks the swarm's ID or a join "
		       "token");
}

int docker_swarm_read(struct docker_engine *g, struct docker_swarm *out,
		      const struct deadline *d, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (docker_call(g, DOCKER_REQUEST("GET", "/swarm", NULL), &out->raw, d, e))
		return -1;
	if (!decode(out, e))
		return 0;
	docker_swarm_wipe(out);
	return err_wrap(e, "%s: GET /swarm", docker_label(g));
}

void docker_swarm_wipe(struct docker_swarm *s)
{
	json_decref(s->raw);
	secret_wipe(s, sizeof(*s));
}

const char *docker_swarm_label(const struct docker_swarm *s, const char *key)
{
	return json_string_value(json_object_get(js_at(s->raw, "Spec/Labels"), key));
}

/* Changes the label in the Spec as read, which goes back whole: what is left
 * out would be reset (moby daemon/cluster/swarm.go, Update). */
static int change_label(json_t *spec, const char *key, const char *value)
{
	json_t *labels = js_at(spec, "Labels");

	if (!json_is_object(labels)) {
		labels = json_object();
		if (json_object_set_new(spec, "Labels", labels))
			return -1;
	}
	return value ? json_object_set_new(labels, key, json_string(value))
		     : json_object_del(labels, key);
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int write_label(struct docker_engine *g, const struct docker_swarm *s,
		       const char *key, const char *value, const struct deadline *d,
		       struct err *e)
{
	json_t *spec = js_at(s->raw, "Spec");
	char path[160];

	if (change_label(spec, key, value))
		return err_set(e, ERR_REFUSED,
			       "%s: label %s of the swarm cannot "
			       "be changed in Docker's reply",
			       docker_label(g), key);
	snprintf(path, sizeof(path),
		 "/swarm/update?version=%lld"
		 "&rotateWorkerToken=false&rotateManagerToken=false"
		 "&rotateManagerUnlockKey=false",
		 (long long)js_number(s->raw, "Version/Index"));
	return docker_call(g, DOCKER_REQUEST("POST", path, spec), NULL, d, e);
}

static int swap_once(struct docker_engine *g, struct docker_swap *w, bool always,
		     const struct deadline *d, struct err *e)
{
	struct docker_swarm s;
	const char *was, *now;
	bool write;
	int ret = 0;

	if (docker_swarm_read(g, &s, d, e))
		return -1;
	was = docker_swarm_label(&s, w->key);
	write = same(was, w->to) ? w->rewrite : always || same(was, w->from);
	now = write ? w->to : was;
	snprintf(w->now, sizeof(w->now), "%s", now ? now : "");
	w->version = js_number(s.raw, "Version/Index");
	if (write)
		ret = write_label(g, &s, w->key, w->to, d, e);
	docker_swarm_wipe(&s);
	return ret;
}

static int swap(struct docker_engine *g, struct docker_swap *w, bool always,
		const struct deadline *d, struct err *e)
{
	while (swap_once(g, w, always, d, e))
		if (docker_call_lost_race(d, e))
			return -1;
	return 0;
}

int docker_swarm_set_label(struct docker_engine *g, const char *key, const char *value,
			   const struct deadline *d, struct err *e)
{
	struct docker_swap w = { .key = key, .to = value };

	return swap(g, &w, true, d, e);
}

int docker_swarm_swap_label(struct docker_engine *g, struct docker_swap *s,
			    const struct deadline *d, struct err *e)
{
	return swap(g, s, false, d, e);
}

/* The list behind a comma-separated text; NULL when there is no memory. */
static json_t *list_of(const char *text)
{
	json_t *list = json_array();
	const char *item;
	size_t n;

	while (text_next_item(&text, &item, &n)) {
		if (n && json_array_append_new(list, json_stringn(item, n))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool is_v6(const char *addr)
{
	return addr && (*addr == '[' || strchr(addr, ':') != strrchr(addr, ':'));
}

/* The members that init and join have in common; s* leaves NULL out. */
static json_t *place_of(const char *advertise, const char *listen, const char *data_path)
{
	if (!listen)
		listen = is_v6(advertise) ? LISTEN_ANY_V6 : LISTEN_ANY;
	return json_pack("{s:s, s:s*, s:s*}", "ListenAddr", listen, "AdvertiseAddr",
			 advertise, "DataPathAddr", data_path);
}

static json_t *init_body(const struct docker_init *p)
{
	json_t *body = place_of(p->advertise_addr, p->listen_addr, p->data_path_addr);
	json_t *spec = json_object();
	int bad = !body || !spec;

	if (p->has_task_history)
		bad |= json_object_set_new(spec, "Orchestration",
					   json_pack("{s:I}", "TaskHistoryRetentionLimit",
						     (json_int_t)p->task_history));
	if (p->label)
		bad |= json_object_set_new(spec, "Labels",
					   json_pack("{s:s}", p->label, p->value));
	if (p->data_path_port)
		bad |= json_object_set_new(body, "DataPathPort",
					   json_integer(p->data_path_port));
	if (p->default_addr_pool) {
		bad |= json_object_set_new(body, "DefaultAddrPool",
					   list_of(p->default_addr_pool));
		bad |= json_object_set_new(body, "SubnetSize",
					   json_integer(p->subnet_size
								? p->subnet_size
								: DEFAULT_SUBNET_SIZE));
	}
	if (p->force_new_cluster)
		bad |= json_object_set_new(body, "ForceNewCluster", json_true());
	bad |= json_object_set_new(body, "Spec", spec);
	if (!bad)
		return body;
	json_decref(body);
	return NULL;
}

int docker_swarm_init(struct docker_engine *g, const struct docker_init *p,
		      const struct deadline *d, struct err *e)
{
	json_t *body = init_body(p);
	int ret;

	if (!body)
		return err_set(e, ERR_LOCAL,
			       "%s: the request cannot be written "
			       "as JSON",
			       docker_label(g));
	ret = docker_call(g, DOCKER_REQUEST("POST", "/swarm/init", body), NULL, d, e);
	json_decref(body);
	return ret;
}

int docker_swarm_unlock(struct docker_engine *g, const char *key,
			const struct deadline *d, struct err *e)
{
	json_t *body = json_pack("{s:s}", "UnlockKey", key);
	int ret;

	if (!body)
		return err_set(e, ERR_USAGE, "the unlock key is no text");
	ret = docker_call(g, DOCKER_REQUEST("POST", "/swarm/unlock", body), NULL, d, e);
	json_decref(body);
	return ret;
}

static json_t *join_body(const struct docker_join *p)
{
	const char *availability = docker_availability_name(p->availability);
	json_t *body = place_of(p->advertise_addr, p->listen_addr, p->data_path_addr);

	if (!json_object_update_new(body, json_pack("{s:o, s:s, s:s*}", "RemoteAddrs",
						    list_of(p->remote_addrs), "JoinToken",
						    p->token, "Availability",
						    *availability ? availability : NULL)))
		return body;
	json_decref(body);
	return NULL;
}

/* POSTs; a refusal that says `fine` is success. Such refusals have no status of
 * their own (503 in Docker 20.10, 406 before). */
static int unless_told(struct docker_engine *g, const char *path, const json_t *body,
		       const char *fine, const struct deadline *d, struct err *e)
{
	struct err why;

	if (!docker_call(g, DOCKER_REQUEST("POST", path, body), NULL, d, &why) ||
	    strstr(why.msg, fine))
		return 0;
	*e = why;
	return -1;
}

int docker_swarm_join(struct docker_engine *g, const struct docker_join *p,
		      const struct deadline *d, struct err *e)
{
	json_t *body = join_body(p);
	int ret;

	if (!body)
		return err_set(e, ERR_LOCAL,
			       "%s: the request cannot be written "
			       "as JSON",
			       docker_label(g));
	ret = unless_told(g, "/swarm/join", body, "will continue in the background", d,
			  e);
	json_decref(body);
	return ret;
}

int docker_swarm_leave(struct docker_engine *g, bool force, const struct deadline *d,
		       struct err *e)
{
	return unless_told(g,
			   force ? "/swarm/leave?force=true" : "/swarm/leave?force=false",
			   NULL, "This node is not part of a swarm", d, e);
}
