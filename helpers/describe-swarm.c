/* SPDX-License-Identifier: MIT */
/*
 * describe-swarm - a query: what a manager knows of its nodes, as flat keys.
 */
#include "base/buf.h"
#include "base/js.h"
#include "docker/node.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/manager.h"

#include <stdio.h>

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
	{ 0 },
};

static const char *reachability(const struct docker_node *n)
{
	if (!n->in_raft)
		return "";
	return n->leader ? "leader" : n->reachable ? "reachable" : "unreachable";
}

static void set(struct result *r, const struct docker_node *n, const char *what,
		const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", n->id, what);
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
	set(r, n, "hostname", n->hostname);
	set(r, n, "address", n->addr);
	set(r, n, "role", docker_role_name(n->role));
	set(r, n, "availability", docker_availability_name(n->availability));
	set(r, n, "state", docker_node_state_name(n->state));
	set(r, n, "reachability", reachability(n));
	set(r, n, "labels", buf_str(&labels));
	buf_free(&labels);
	return 0;
}

static int describe(struct result *r, const struct docker_nodes *nodes, struct err *e)
{
	struct buf ids = BUF_INIT(1u << 20);
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

static int ask(const struct target_set *targets, struct result *r,
	       const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };
	struct swarm_manager m = { 0 };
	int ret = -1;

	if (swarm_manager_find(&m, target_all(targets), NULL, SWARM_MANAGER, d, e) ||
	    docker_nodes_list(m.engine, &nodes, d, e))
		goto out;
	result_set(r, "reachable", "true");
	result_set(r, "cluster_id", m.info.cluster_id);
	ret = describe(r, &nodes, e);
out:
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
	ret = ask(targets, r, d, e);
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
