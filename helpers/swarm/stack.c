/* SPDX-License-Identifier: MIT */
/* Deploys a stack, waits until it is whole, and brings the version before back. */
#include "swarm/stack_internal.h"

#include "base/js.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/stack_deploy.h"

#include <stdio.h>
#include <string.h>

struct deploying {
	const struct swarm_stack_params *params;
	struct swarm_stack_ask ask;
	struct swarm_stack_version wanted, before; /* before.id is "" for none */
	struct swarm_stack_version *version;       /* the one of these that is deployed */
	struct swarm_stack_wait wait;
	bool begun;  /* what was there before is known */
	bool called; /* docker was, so that something may be another one now */
};

static int set_up(struct deploying *g, const struct swarm_stack_params *p, struct err *e)
{
	*g = (struct deploying){
		.params = p,
		.ask = { .managers = &p->managers },
		.wait = { .stack = p->stack,
			  .max_failures = p->max_failures,
			  .monitor_ms = p->monitor_ms },
		.wanted = { .compose = BUF_INIT(p->compose->max + 1) },
	};
	g->version = &g->wanted;
	g->wanted.environment = p->environment ? json_deep_copy(p->environment)
					       : json_object();
	buf_add(&g->wanted.compose, p->compose->data, p->compose->len);
	if (g->wanted.environment && !g->wanted.compose.failed)
		return 0;
	return err_no_memory(e);
}

static void tear_down(struct deploying *g)
{
	swarm_stack_ask_close(&g->ask);
	swarm_stack_wait_free(&g->wait);
	swarm_stack_version_free(&g->wanted);
	swarm_stack_version_free(&g->before);
}

/* ---- the steps, each of which may be taken again with another manager ---- */

static int read_before(struct deploying *g, struct docker_engine *manager,
		       const struct deadline *d, struct err *e)
{
	struct docker_stack_items configs;
	int ret = docker_stack_items_list(manager, DOCKER_STACK_CONFIG, g->params->stack,
					  &configs, d, e);

	if (ret)
		return -1;
	swarm_stack_version_free(&g->before);
	ret = swarm_stack_version_read(manager, &configs, &g->before, d, e);
	docker_stack_items_free(&configs);
	return ret;
}

static int begin(struct deploying *g, struct docker_engine *manager,
		 const struct deadline *d, struct err *e)
{
	struct swarm_stack_naming naming = { .make = true, .before = &g->before };

	if (!g->begun && swarm_stack_wait_begin(&g->wait, manager, d, e))
		return -1;
	g->begun = true;
	if (read_before(g, manager, d, e) ||
	    swarm_stack_objects(manager, g->params, &g->wanted, &naming, d, e) ||
	    swarm_stack_version_name(&g->wanted, e))
		return -1;
	/* kept already, where it is the one that was whole last */
	if (!strcmp(g->wanted.name, g->before.name)) {
		memcpy(g->wanted.id, g->before.id, sizeof(g->wanted.id));
		memcpy(g->wanted.sum, g->before.sum, sizeof(g->wanted.sum));
	}
	return 0;
}

static int call_docker(struct deploying *g, struct docker_engine *manager,
		       const struct deadline *d, struct err *e)
{
	struct buf names = BUF_INIT(4u << 20);
	struct docker_stack_deploy deploy = {
		.stack = g->params->stack,
		.compose = &g->version->compose,
		.environment = g->version->environment,
		.logins = g->params->logins,
		.resolve_image = g->params->resolve_image,
	};
	int ret = -1;

	if (js_write(g->version->objects, &names)) {
		err_no_memory(e);
	} else {
		deploy.names = names.data;
		ret = docker_stack_deploy(manager, &deploy, d, e);
	}
	buf_free(&names);
	return ret;
}

static int deploy(void *ctx, struct docker_engine *manager, const struct deadline *d,
		  struct err *e)
{
	struct deploying *g = ctx;

	if (g->version == &g->wanted && begin(g, manager, d, e))
		return -1;
	log_note("deploying version %s through %s", g->version->name,
		 docker_label(manager));
	g->called = true;
	return call_docker(g, manager, d, e);
}

static int keep(void *ctx, struct docker_engine *manager, const struct deadline *d,
		struct err *e)
{
	struct deploying *g = ctx;

	if (swarm_stack_version_keep(manager, g->params->stack, g->version,
				     &g->wait.services, d, e))
		return -1;
	return swarm_stack_objects_prune(manager, g->params->stack, g->version, d, e);
}

static int bring(struct deploying *g, const struct deadline *d, struct err *e)
{
	if (swarm_stack_asking(&g->ask, deploy, g, d, e))
		return -1;
	return swarm_stack_wait(&g->wait, &g->ask, d, e);
}

/* ---- back ---- */

static int begin_back(void *ctx, struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct deploying *g = ctx;

	return swarm_stack_wait_begin(&g->wait, manager, d, e);
}

/* What came of the version is the error in any case. */
static void roll_back(struct deploying *g, const struct deadline *d, struct err *e)
{
	struct err why = *e, failed;

	if (!g->before.id[0]) {
		err_set(e, why.kind,
			"%.800s (no version before it was whole, so this one stays)",
			why.msg);
		return;
	}
	if (!strcmp(g->before.name, g->wanted.name)) {
		err_set(e, why.kind,
			"%.800s (it is the version that was whole before, so it stays)",
			why.msg);
		return;
	}
	log_note("%s; bringing version %s back", why.msg, g->before.name);
	g->version = &g->before;
	if (!swarm_stack_asking(&g->ask, begin_back, g, d, &failed) &&
	    !bring(g, d, &failed) && !swarm_stack_asking(&g->ask, keep, g, d, &failed))
		err_set(e, why.kind, "%.800s (version %s is back, and whole)", why.msg,
			g->before.name);
	else
		err_set(e, why.kind,
			"%.600s (version %s could not be brought back: %.300s)", why.msg,
			g->before.name, failed.msg);
}

/* ---- all of it ---- */

/* Only what the version itself came to is worth another one. */
static bool is_its_own(const struct deploying *g, const struct err *e)
{
	return g->wait.services.count &&
	       (e->kind == ERR_REFUSED || e->kind == ERR_DEADLINE);
}

static void fill_result(const struct deploying *g, struct swarm_stack_result *out)
{
	out->outcome = g->wait.changed || strcmp(g->before.name, g->wanted.name)
			       ? SWARM_STACK_DEPLOYED
			       : SWARM_STACK_UNCHANGED;
	memcpy(out->version, g->wanted.name, sizeof(out->version));
	out->services = g->wait.services.count;
	out->tasks = g->wait.running;
}

static int run(struct deploying *g, const struct deadline *d, struct err *e)
{
	struct deadline first = *d, after;

	if (g->params->roll_back)
		first.at_ms -= g->params->roll_back_ms;
	if (swarm_stack_asking(&g->ask, deploy, g, &first, e)) {
		/* docker stops at the first service that it cannot make */
		if (g->params->roll_back && g->called && e->kind == ERR_REFUSED)
			roll_back(g, d, e);
		return -1;
	}
	if (!swarm_stack_wait(&g->wait, &g->ask, &first, e))
		return swarm_stack_asking(&g->ask, keep, g, d, e);
	if (deadline_stopped(d) || !is_its_own(g, e))
		return -1;
	after = g->params->roll_back ? *d : deadline_in(TIMING_ROLLBACK_MS);
	after.stop_fd = d->stop_fd;
	swarm_stack_why(&g->wait, &g->ask, &after, e);
	if (g->params->roll_back)
		roll_back(g, &after, e);
	return -1;
}

int swarm_stack_deploy(const struct swarm_stack_params *params,
		       struct swarm_stack_result *out, const struct deadline *d,
		       struct err *e)
{
	struct deploying g;
	int ret = set_up(&g, params, e);

	memset(out, 0, sizeof(*out));
	log_about(params->stack);
	if (!ret)
		ret = run(&g, d, e);
	if (!ret)
		fill_result(&g, out);
	tear_down(&g);
	return ret;
}

/* ---- looking ---- */

struct looking {
	struct deploying g;
	struct swarm_stack_state *out;
};

static int look(void *ctx, struct docker_engine *manager, const struct deadline *d,
		struct err *e)
{
	struct looking *l = ctx;
	struct deploying *g = &l->g;
	struct swarm_stack_state *out = l->out;
	struct swarm_stack_naming naming = { .before = &g->before };
	char sum[72];

	if (read_before(g, manager, d, e) ||
	    swarm_stack_objects(manager, g->params, &g->wanted, &naming, d, e) ||
	    swarm_stack_version_name(&g->wanted, e) ||
	    swarm_stack_wait_begin(&g->wait, manager, d, e) ||
	    swarm_stack_version_sum(&g->wait.services, sum, e))
		return -1;
	out->deployed = g->before.id[0];
	out->current = out->deployed && !naming.missing &&
		       !strcmp(g->before.name, g->wanted.name);
	out->same = out->current && !strcmp(g->before.sum, sum);
	out->whole = g->wait.services.count &&
		     swarm_stack_count(&g->wait) == SWARM_STACK_WHOLE;
	memcpy(out->version, g->before.name, sizeof(out->version));
	out->services = g->wait.services.count;
	out->running = g->wait.running;
	out->wanted = g->wait.wanted;
	return 0;
}

int swarm_stack_look(const struct swarm_stack_params *params,
		     struct swarm_stack_state *out, const struct deadline *d,
		     struct err *e)
{
	struct looking l = { .out = out };
	int ret = set_up(&l.g, params, e);

	memset(out, 0, sizeof(*out));
	log_about(params->stack);
	if (!ret)
		ret = swarm_stack_asking(&l.g.ask, look, &l, d, e);
	tear_down(&l.g);
	return ret;
}
