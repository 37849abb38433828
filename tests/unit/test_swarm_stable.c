/* SPDX-License-Identifier: MIT */
/* What waits until a swarm is stable: a demotion while a manager comes up, and an
 * entry without a name that may be a node that joins. Over an engine that says
 * in turn what a manager of a real swarm says. */
#include "fake_engine.h"

#include "swarm/node_demote.h"
#include "swarm/node_wait.h"
#include "swarm/refused_join.h"
#include "swarm/rejoin.h"
#include "swarm/stale_node.h"

#define ID_A "24ifsmvkjbyhk1111111aaaaa"
#define ID_B "24ifsmvkjbyhk2222222bbbbb"
#define ID_C "24ifsmvkjbyhk3333333ccccc"
#define ROLE_MANAGER "?filters=%7B%22role%22%3A%5B%22manager%22%5D%7D"
#define NODES "GET /v1.41/nodes"
#define MANAGERS NODES ROLE_MANAGER

#define NODE(id, name, role, state, addr, raft) \
	"{\"ID\":\"" id "\",\"Version\":{\"Index\":7},\"Spec\":{\"Role\":\"" role \
	"\"},\"Description\":{\"Hostname\":\"" name "\"},\"Status\":{" \
	"\"State\":\"" state "\",\"Addr\":\"" addr "\"}" raft "}"
#define RAFT(reach, addr) \
	",\"ManagerStatus\":{\"Reachability\":\"" reach "\",\"Addr\":\"" addr ":2377\"}"
#define OWN \
	NODE(ID_A, "dev-manager-1", "manager", "ready", "10.0.0.1", \
	     RAFT("reachable", "10.0.0.1"))
#define OTHER(reach, state) \
	NODE(ID_B, "dev-manager-2", "manager", state, "10.0.0.2", RAFT(reach, "10.0.0.2"))
#define AS_WORKER NODE(ID_A, "dev-manager-1", "worker", "ready", "10.0.0.1", "")
#define UNNAMED \
	"{\"ID\":\"" ID_C "\",\"Version\":{\"Index\":9},\"Spec\":{" \
	"\"Role\":\"manager\"},\"Status\":{\"State\":\"unknown\"}}"
#define LATER \
	"{\"ID\":\"" ID_B "\",\"Version\":{\"Index\":9},\"Spec\":{" \
	"\"Role\":\"manager\"},\"Status\":{\"State\":\"unknown\"}}"
#define NAMED \
	NODE(ID_C, "dev-manager-3", "manager", "ready", "10.0.0.3", \
	     RAFT("reachable", "10.0.0.3"))
#define REFUSED NODE(ID_C, "dev-manager-3", "manager", "ready", "10.0.0.3", "")
#define NOT_FOUND "{\"message\":\"node not found\"}"
#define NO_MEMBER \
	"{\"message\":\"rpc error: code = NotFound desc = can't find " \
	"manager in raft memberlist\"}"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int demote(const struct fake_exchange *script, size_t n, int64_t ms, struct err *e)
{
	struct fake *f = fake_start(script, n, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(ms);
	int ret = swarm_node_demote(g, ID_A, NULL, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

/* mutant helpers/swarm/node_demote.c swarm_node_may_demote: condition !may_come => true */
static void waits_for_a_manager_that_comes_up(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER(MANAGERS, 200, "[" OWN "," OTHER("unreachable", "unknown") "]",
		       NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," OTHER("unreachable", "ready") "]",
		       NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," OTHER("reachable", "ready") "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=7", 200, NULL, NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, AS_WORKER, NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (demote(script, COUNT(script), 20000, &e))
		fail_msg("%s", e.msg);
}

static void waits_for_no_manager_that_is_down(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER(MANAGERS, 200, "[" OWN "," OTHER("unreachable", "down") "]", NULL),
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(demote(script, COUNT(script), 20000, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "2 managers, 1 unreachable: demoting "
				      "dev-manager-1 would leave 0 of 1"));
}

/* However short the time is: the arithmetic, and not that time ran out. */
static void refuses_at_the_deadline(void **state)
{
	static const struct fake_exchange script[] = {
		{ .request = MANAGERS,
		  .status = 200,
		  .again = true,
		  .body = "[" OWN "," OTHER("unreachable", "ready") "]" },
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(demote(script, COUNT(script), 4000, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "would leave 0 of 1"));
}

/* It is listed as a manager some time before the others reach it. */
/* mutant helpers/swarm/node_wait.c is_ready: condition n->reachable => true */
static void waits_until_it_is_reachable(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		{ .request = "GET /v1.41/events?filters=%7B%22type%22%3A%5B%22"
			     "node%22%5D%7D",
		  .status = 200,
		  .keep_open = true },
		ANSWER("GET /v1.41/nodes/" ID_B, 200, OTHER("unreachable", "ready"),
		       NULL),
		ANSWER("GET /v1.41/nodes/" ID_B, 200, OTHER("reachable", "unknown"),
		       NULL),
		ANSWER("GET /v1.41/nodes/" ID_B, 200, OTHER("reachable", "ready"), NULL),
	};
	struct fake *f = fake_start(script, COUNT(script), 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(60000);
	struct err e = { 0 };

	(void)state;
	if (swarm_node_wait_ready(g, ID_B, DOCKER_MANAGER, &d, &e))
		fail_msg("%s", e.msg);
	docker_close(g);
	fake_stop(f);
}

static const struct {
	const char *what;
	struct docker_node n;
	bool may_be;
} stale_nodes[] = {
	{ "without name and address", { .id = ID_C, .state = DOCKER_NODE_UNKNOWN }, true },
	{ "without a name at the address",
	  { .id = ID_C, .state = DOCKER_NODE_UNKNOWN, .addr = "10.0.0.1" },
	  true },
	{ "Down meanwhile", { .id = ID_C, .state = DOCKER_NODE_DOWN }, true },
	{ "at another address",
	  { .id = ID_C, .state = DOCKER_NODE_UNKNOWN, .addr = "10.0.0.3" },
	  false },
	{ "at an address that begins alike",
	  { .id = ID_C, .state = DOCKER_NODE_UNKNOWN, .addr = "10.0.0.11" },
	  false },
	{ "with a name",
	  { .id = ID_C, .state = DOCKER_NODE_UNKNOWN, .hostname = "dev-manager-3" },
	  false },
	{ "Ready", { .id = ID_C, .state = DOCKER_NODE_READY }, false },
	{ "the node itself", { .id = ID_A, .state = DOCKER_NODE_UNKNOWN }, false },
};

/* mutant helpers/swarm/stale_node.c swarm_stale_node_may_be: term !*n->addr => true */
static void knows_what_may_be_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(stale_nodes); i++) {
		print_message("  %s\n", stale_nodes[i].what);
		assert_int_equal(swarm_stale_node_may_be(&stale_nodes[i].n, ID_A,
							 "10.0.0.1"),
				 stale_nodes[i].may_be);
	}
}

/* Before every look but the first. */
#define WRITES_ITS_OWN \
	ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL), \
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=7", 200, NULL, NULL)

static int watch(const struct fake_exchange *script, size_t n, bool all, int64_t watch_ms,
		 int64_t ms, struct err *e)
{
	struct fake *f = fake_start(script, n, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(ms);
	int ret = swarm_stale_node_remove(g, ID_A, all, watch_ms, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

/* It has never come to the raft, which is how a demotion is refused. */
/* mutant helpers/swarm/node_demote.c swarm_node_remove: term != ERR_NOT_FOUND => true
 * mutant helpers/swarm/stale_node.c watch: condition since => false */
static void removes_what_stays_unnamed(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		WRITES_ITS_OWN,
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 200, UNNAMED, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 200, UNNAMED, NULL),
		ANSWER("POST /v1.41/nodes/" ID_C "/update?version=9", 404, NO_MEMBER,
		       NULL),
		ANSWER("DELETE /v1.41/nodes/" ID_C "?force=true", 200, NULL, NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 404, NOT_FOUND, NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (watch(script, COUNT(script), false, 400, 60000, &e))
		fail_msg("%s", e.msg);
}

/* Two join at once: the other one is unnamed for a moment, too. */
static void leaves_a_node_that_joins(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER(NODES, 200, "[" OWN "," UNNAMED "]", NULL),
		WRITES_ITS_OWN,
		ANSWER(NODES, 200, "[" OWN "," NAMED "]", NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (watch(script, COUNT(script), true, 60000, 120000, &e))
		fail_msg("%s", e.msg);
}

static void slowly(int fd)
{
	struct timespec stall = { .tv_sec = 1, .tv_nsec = 200000000 };

	nanosleep(&stall, NULL);
	fake_chunk(fd, "", 0);
}

/* A leader that takes no writes lets nobody begin a session, but is read from. */
/* mutant helpers/swarm/stale_node.c write_through: condition TIMING_STALL_MS => false */
static void begins_anew_after_a_stall(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		{ .request = "POST /v1.41/nodes/" ID_A "/update?version=7",
		  .status = 200,
		  .write = slowly },
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		WRITES_ITS_OWN,
		ANSWER(MANAGERS, 200, "[" OWN "," NAMED "]", NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (watch(script, COUNT(script), false, 400, 60000, &e))
		fail_msg("%s", e.msg);
}

/* What appears under the watch belongs to somebody who joins later. */
static void leaves_what_came_later(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		WRITES_ITS_OWN,
		ANSWER(MANAGERS, 200, "[" OWN "," NAMED "," LATER "]", NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (watch(script, COUNT(script), false, 60000, 120000, &e))
		fail_msg("%s", e.msg);
}

static void leaves_it_without_time(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, OWN, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (watch(script, COUNT(script), false, 60000, 60000, &e))
		fail_msg("%s", e.msg);
}

/* ---- the entry of a host that was refused ---- */

static struct docker_node entry(const char *id, const char *hostname, const char *addr)
{
	struct docker_node n = { .state = DOCKER_NODE_READY };

	snprintf(n.id, sizeof(n.id), "%s", id);
	snprintf(n.hostname, sizeof(n.hostname), "%s", hostname);
	snprintf(n.addr, sizeof(n.addr), "%s", addr);
	return n;
}

/* mutant helpers/swarm/refused_join.c is_new: !n->in_raft => true
 * mutant helpers/swarm/refused_join.c is_new: term docker_nodes_find => true
 * mutant helpers/swarm/refused_join.c swarm_refused_join_is: addr_same_ip() => true */
static void knows_the_entry_of_a_refused_host(void **state)
{
	struct docker_node was = entry(ID_A, "dev-1", "10.0.0.1");
	struct swarm_refused_join r = {
		.hostname = "dev-1",
		.advertise_addr = "10.0.0.1:2377",
		.before = { .list = &was, .count = 1 },
	};
	struct docker_node own = entry(ID_B, "DEV-1", "10.0.0.1");
	struct docker_node young = entry(ID_B, "dev-1", "");
	struct docker_node elsewhere = entry(ID_B, "dev-1", "10.0.0.2");
	struct docker_node other = entry(ID_B, "dev-2", "10.0.0.1");
	struct docker_node member = own;

	(void)state;
	member.in_raft = true;
	assert_true(swarm_refused_join_is(&r, &own));
	assert_true(swarm_refused_join_is(&r, &young));
	assert_false(swarm_refused_join_is(&r, &was));
	assert_false(swarm_refused_join_is(&r, &elsewhere));
	assert_false(swarm_refused_join_is(&r, &other));
	assert_false(swarm_refused_join_is(&r, &member));
	r.advertise_addr = "eth0";
	assert_true(swarm_refused_join_is(&r, &elsewhere));
	r.advertise_addr = "[fd00::1]:2377";
	assert_false(swarm_refused_join_is(&r, &elsewhere));
}

static int clear(const struct fake_exchange *script, size_t n)
{
	struct fake *f = fake_start(script, n, 0);
	struct swarm_refused_join r = { .manager = fake_open(f, false),
					.hostname = "dev-manager-3",
					.advertise_addr = "10.0.0.3" };
	struct deadline d = deadline_in(20000);
	struct err e = { 0 };
	int ret = swarm_refused_join_begin(&r, &d, &e);

	swarm_refused_join_clear(&r, &d);
	swarm_refused_join_end(&r);
	docker_close(r.manager);
	fake_stop(f);
	return ret;
}

/* Its name comes with the first session, perhaps only after the engine has refused. */
/* mutant helpers/swarm/refused_join.c look: late && is_unnamed => is_unnamed */
static void waits_for_the_name_of_a_refused_host(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER(MANAGERS, 200, "[" OWN "]", NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," UNNAMED "]", NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," REFUSED "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 200, REFUSED, NULL),
		ANSWER(MANAGERS, 200, "[" OWN "," REFUSED "]", NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 200, REFUSED, NULL),
		ANSWER("POST /v1.41/nodes/" ID_C "/update?version=7", 404, NO_MEMBER,
		       NULL),
		ANSWER("DELETE /v1.41/nodes/" ID_C "?force=true", 200, NULL, NULL),
		ANSWER("GET /v1.41/nodes/" ID_C, 404, NOT_FOUND, NULL),
	};

	(void)state;
	assert_int_equal(clear(script, COUNT(script)), 0);
}

/* ---- a manager that the raft has lost ---- */

/* mutant helpers/swarm/rejoin.c swarm_rejoin_is_dropped: term !n->in_raft => true
 * mutant helpers/swarm/rejoin.c swarm_rejoin_is_dropped: term DOCKER_NODE_DOWN => true
 * mutant helpers/swarm/rejoin.c swarm_rejoin_is_dropped: term ERR_NO_LEADER => true */
static void knows_a_manager_that_the_raft_has_lost(void **state)
{
	const struct docker_info lost = { .state = DOCKER_ACTIVE, .manager = true };
	struct docker_info host = lost;
	const struct docker_node down = { .role = DOCKER_MANAGER,
					  .state = DOCKER_NODE_DOWN };
	struct docker_node n = down;

	(void)state;
	assert_true(swarm_rejoin_is_dropped(&host, &n));
	n.in_raft = true;
	assert_false(swarm_rejoin_is_dropped(&host, &n));
	n = down;
	n.state = DOCKER_NODE_UNKNOWN;
	assert_false(swarm_rejoin_is_dropped(&host, &n));
	n = down;
	n.role = DOCKER_WORKER;
	assert_false(swarm_rejoin_is_dropped(&host, &n));
	n = down;
	snprintf(host.cluster_id, sizeof(host.cluster_id), "has-a-leader");
	assert_false(swarm_rejoin_is_dropped(&host, &n));
	host = lost;
	host.state = DOCKER_LOCKED;
	assert_false(swarm_rejoin_is_dropped(&host, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_a_manager_that_comes_up),
		cmocka_unit_test(waits_for_no_manager_that_is_down),
		cmocka_unit_test(refuses_at_the_deadline),
		cmocka_unit_test(waits_until_it_is_reachable),
		cmocka_unit_test(knows_what_may_be_left),
		cmocka_unit_test(removes_what_stays_unnamed),
		cmocka_unit_test(leaves_a_node_that_joins),
		cmocka_unit_test(begins_anew_after_a_stall),
		cmocka_unit_test(leaves_what_came_later),
		cmocka_unit_test(leaves_it_without_time),
		cmocka_unit_test(knows_the_entry_of_a_refused_host),
		cmocka_unit_test(waits_for_the_name_of_a_refused_host),
		cmocka_unit_test(knows_a_manager_that_the_raft_has_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
