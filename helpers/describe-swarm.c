/* SPDX-License-Identifier: MIT */
/*
 * describe-swarm - a query: what a manager knows of its nodes and services, as flat keys.
 */
#include "base/buf.h"
#include "base/js.h"
#include "docker/node.h"
#include "docker/service.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/manager.h"

#include <stdio.h>

#define IDS_MAX (4u << 20)    /* bytes of the IDs of 100000 services */
#define LABELS_MAX (4u << 20) /* bytes of a node's labels; a raft message has 1.5 MiB */

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers, asked side by side "
		     "with host when given; the first that answers is used",
	  .example = "10.0.1.13,admin@10.0.1.14:2222" },
	{ "on_unreachable", QUERY_CHOICE, .fallback = "fail", .choices = "fail|empty",
	  .meaning =
		  "what to do when no manager can "
		  "answer: fail, or exit 0 without nodes and reachable \"false\"; a wrong "
		  "host key or a refused user key always fails",
	  .example = "empty" },
	{ "services", QUERY_CHOICE, .fallback = "false", .choices = "false|true",
	  .meaning = "whether to tell the services as well, and how many tasks each "
		     "has; Docker 20.10 and later know",
	  .example = "true" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "reachable", "\"true\", or \"false\" when no manager could answer" },
	{ "cluster_id", "the swarm's ID" },
	{ "ids", "the IDs of all nodes, comma-separated" },
	{ "<id>.hostname", "the node's name" },
	{ "<id>.address", "its address in the swarm" },
	{ "<id>.role", "manager or worker" },
	{ "<id>.availability", "active, pause or drain" },
	{ "<id>.state", "ready, down, unknown or disconnected" },
	{ "<id>.reachability", "of a manager: leader, reachable or unreachable" },
	{ "<id>.labels", "its labels, a JSON object" },
	{ "services", "with services: the IDs of all services, comma-separated" },
	{ "<id>.name", "the service's name" },
	{ "<id>.mode", "replicated, global, or job, which runs to its end" },
	{ "<id>.running", "how many of its tasks run" },
	{ "<id>.desired", "how many should; of a global one on the nodes that may "
			  "have tasks now" },
	{ 0 },
};

static const char *reachability(const struct docker_node *n)
{
	if (!n->in_raft)
		return "";
	return n->leader ? "leader" : n->reachable ? "reachable" : "unreachable";
}

static void set(struct result *r, const char *id, const char *what, const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", id, what);
	result_set(r, key, value);
}

static int describe_node(struct result *r, const struct docker_node *n, struct err *e)
{
	struct buf labels = BUF_INIT(LABELS_MAX);

	if (n->labels ? js_write(n->labels, &labels) : buf_adds(&labels, "{}"))
		return err_set(e, ERR_REFUSED,
			       "node %s has labels of more than "
			       "%u MiB",
			       n->id, LABELS_MAX >> 20);
	set(r, n->id, "hostname", n->hostname);
	set(r, n->id, "address", n->addr);
	set(r, n->id, "role", docker_role_name(n->role));
	set(r, n->id, "availability", docker_availability_name(n->availability));
	set(r, n->id, "state", docker_node_state_name(n->state));
	set(r, n->id, "reachability", reachability(n));
	set(r, n->id, "labels", buf_str(&labels));
	buf_free(&labels);
	return 0;
}

static int describe_nodes(struct result *r, const struct docker_nodes *nodes,
			  struct err *e)
{
	struct buf ids = BUF_INIT(IDS_MAX);
	int ret = -1;

	for (size_t i = 0; i < nodes->count; i++) {
		buf_addf(&ids, "%s%s", i ? "," : "", nodes->list[i].id);
		if (describe_node(r, &nodes->list[i], e))
			goto out;
	}
	result_set(r, "ids", buf_str(&ids));
	ret = 0;
out:
	buf_free(&ids);
	return ret;
}

static const char *mode(const struct docker_service *s)
{
	return s->job ? "job" : s->global ? "global" : "replicated";
}

static void describe_services(struct result *r, const struct docker_services *services)
{
	struct buf ids = BUF_INIT(IDS_MAX);

	for (size_t i = 0; i < services->count; i++) {
		const struct docker_service *s = &services->list[i];
		char number[24];

		buf_addf(&ids, "%s%s", i ? "," : "", s->id);
		set(r, s->id, "name", s->name);
		set(r, s->id, "mode", mode(s));
		snprintf(number, sizeof(number), "%lld", (long long)s->running);
		set(r, s->id, "running", number);
		snprintf(number, sizeof(number), "%lld", (long long)s->desired);
		set(r, s->id, "desired", number);
	}
	result_set(r, "services", buf_str(&ids));
	buf_free(&ids);
}

static int ask(const struct target_set *targets, bool with_services, struct result *r,
	       const struct deadline *d, struct err *e)
{
	struct docker_services services = { 0 };
	struct docker_nodes nodes = { 0 };
	struct swarm_manager m = { 0 };
	int ret = -1;

	if (swarm_manager_find(&m, target_all(targets), NULL, SWARM_MANAGER, d, e) ||
	    docker_nodes_list(m.engine, &nodes, d, e))
		goto out;
	if (with_services && docker_services_list(m.engine, &services, d, e))
		goto out;
	result_set(r, "reachable", "true");
	result_set(r, "cluster_id", m.info.cluster_id);
	if (with_services)
		describe_services(r, &services);
	ret = describe_nodes(r, &nodes, e);
out:
	docker_services_free(&services);
	docker_nodes_free(&nodes);
	docker_close(m.engine);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	int ret = -1;

	if (target_read(&targets, q, "managers", false, false, e))
		goto out;
	ret = ask(targets, query_choice(q, "services") == 1, r, d, e);
	if (ret && target_may_be_empty(q, d, e)) {
		result_set(r, "reachable", "false");
		result_set(r, "cluster_id", "");
		result_set(r, "ids", "");
		ret = 0;
	}
out:
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "describe-swarm",
		.kind = HELPER_QUERY,
		.purpose = "tell what a manager knows of the swarm's nodes",
		.details = "Changes nothing and waits for nothing. A node's keys "
			   "begin with its ID, which never changes, while two "
			   "nodes may share a hostname.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
