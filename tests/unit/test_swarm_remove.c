/* SPDX-License-Identifier: MIT */
/* What a leave says where nobody can be asked, and what it keeps. */
#include "fake_engine.h"

#include "swarm/remove.h"

#include <fcntl.h>

#define INFO(state) \
	"{\"Name\":\"dev-worker-1\",\"Swarm\":{\"LocalNodeState\":\"" state \
	"\",\"RemoteManagers\":null}}"
#define NOBODY "/nobody/docker.sock"

/* Runs a leave of the fake's host with what it says on stderr in `said`. */
static int leave(struct fake *f, const struct docker_target *managers, size_t count,
		 enum swarm_remove_outcome *outcome, char *said, size_t size,
		 struct err *e)
{
	struct docker_target host = { .label = "dev-worker-1", .login.host = f->host };
	struct swarm_remove_params want = { .host = &host,
					    .managers = { managers, count },
					    .advertise_addr = "10.0.1.12",
					    .hostname = "dev-worker-1" };
	struct deadline d = deadline_in(20000);
	FILE *out = tmpfile();
	int kept = dup(STDERR_FILENO), ret;
	size_t n;

	assert_non_null(out);
	dup2(fileno(out), STDERR_FILENO);
	ret = swarm_remove(&want, outcome, &d, e);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(out);
	n = fread(said, 1, size - 1, out);
	said[n] = '\0';
	fclose(out);
	return ret;
}

/* A destroy has to end, but what remains to be looked at is said. */
/* mutant helpers/swarm/remove_broken.c swarm_remove_left: log_warn => log_note */
static void warns_of_what_it_could_not_verify(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, INFO("inactive"), NULL),
		ANSWER("GET /v1.41/containers/json", 200, "[]", NULL),
	};
	static const struct docker_target gone = {
		.label = "dev-manager-1",
		.login.host = "unix://" NOBODY,
	};
	struct fake *f = FAKE_START(script);
	enum swarm_remove_outcome outcome = SWARM_LEFT;
	char said[4096];
	struct err e = { 0 };

	(void)state;
	if (leave(f, &gone, 1, &outcome, said, sizeof(said), &e))
		fail_msg("%s", e.msg);
	fake_stop(f);
	assert_int_equal(outcome, SWARM_WAS_GONE);
	assert_non_null(strstr(said, "warning: already in no swarm, but no "
				     "manager could be asked"));
	assert_non_null(strstr(said, "dev-manager-1"));
	assert_non_null(strstr(said, "not verified that its entry is gone"));
}

#define WORKER \
	"{\"Name\":\"dev-worker-1\",\"Swarm\":{\"LocalNodeState\":" \
	"\"active\",\"NodeID\":\"2xk9g1zt8w6a0q7b5c3d4e5f6\",\"RemoteManagers\":null}}"
#define WORK \
	"[{\"Id\":\"c1\",\"Names\":[\"/job.1\"],\"Labels\":" \
	"{\"com.docker.swarm.node.id\":\"2xk9g1zt8w6a0q7b5c3d4e5f6\"}}," \
	"{\"Id\":\"c2\",\"Names\":[\"/own\"],\"Labels\":{}}]"

/* Without a manager's word nobody knows that the work goes on elsewhere. */
/* mutant helpers/swarm/remove_live.c stop_alone: condition proceed_on_timeout => false */
static void keeps_work_without_a_manager(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, WORKER, NULL),
		ANSWER("GET /v1.41/containers/json", 200, WORK, NULL),
		/* whether somebody's own loses a network */
		ANSWER("GET /v1.41/networks?filters=%7B%22scope%22%3A%5B"
		       "%22swarm%22%5D%7D",
		       200, "[]", NULL),
		ANSWER("GET /v1.41/containers/json", 200, WORK, NULL),
		ANSWER("GET /v1.41/containers/json", 200, WORK, NULL),
	};
	struct fake *f = FAKE_START(script);
	enum swarm_remove_outcome outcome = SWARM_LEFT;
	char said[4096];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(leave(f, NULL, 0, &outcome, said, sizeof(said), &e), -1);
	fake_stop(f);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(e.msg, "1 of the swarm's containers run here"));
}

/* An engine in error has lost its node ID, and so stops nothing by itself. */
/* mutant helpers/swarm/node_leave.c swarm_node_stop_orphans: condition !c.of_swarm => true */
static void stops_what_an_engine_forgot(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, INFO("inactive"), NULL),
		ANSWER("GET /v1.41/containers/json", 200, WORK, NULL),
		ANSWER("GET /v1.41/containers/json", 200, WORK, NULL),
		ANSWER("POST /v1.41/containers/c1/stop", 204, "", NULL),
	};
	struct fake *f = FAKE_START(script);
	enum swarm_remove_outcome outcome = SWARM_LEFT;
	char said[4096];
	struct err e = { 0 };

	(void)state;
	if (leave(f, NULL, 0, &outcome, said, sizeof(said), &e))
		fail_msg("%s", e.msg);
	fake_stop(f);
	assert_int_equal(outcome, SWARM_WAS_GONE);
	assert_non_null(strstr(said, "1 containers of a swarm still run"));
}

#define BROKEN \
	"{\"Name\":\"dev-worker-1\",\"Swarm\":{\"LocalNodeState\":" \
	"\"error\",\"Error\":\"manager stopped\"," \
	"\"NodeID\":\"2xk9g1zt8w6a0q7b5c3d4e5f6\",\"RemoteManagers\":" \
	"[{\"NodeID\":\"a\",\"Addr\":\"10.9.9.9:2377\"}]}}"
#define MANAGER \
	"{\"Name\":\"dev-manager-1\",\"Swarm\":{\"LocalNodeState\":" \
	"\"active\",\"NodeID\":\"1managermanagermanagerman\",\"NodeAddr\":" \
	"\"10.0.1.11\",\"ControlAvailable\":true,\"RemoteManagers\":[{\"NodeID\":" \
	"\"1managermanagermanagerman\",\"Addr\":\"10.0.1.11:2377\"}]," \
	"\"Cluster\":{\"ID\":\"thisswarm\"}}}"
#define NODE "/v1.41/nodes/2xk9g1zt8w6a0q7b5c3d4e5f6"

/* It may be the last copy of that swarm's state.
 * mutant helpers/swarm/remove_broken.c swarm_remove_broken: swarm_identity_check_swarm() => 0 */
static void keeps_what_another_swarm_has_there(void **state)
{
	static const struct fake_exchange of_host[] = {
		ANSWER("GET /v1.41/info", 200, BROKEN, NULL),
	};
	static const struct fake_exchange of_manager[] = {
		ANSWER("GET /v1.41/info", 200, MANAGER, NULL),
		ANSWER("GET /v1.41/nodes", 200, "[]", NULL),
		ANSWER("GET " NODE, 404, "{\"message\":\"no such node\"}", NULL),
	};
	struct fake *host = FAKE_START(of_host), *manager = FAKE_START(of_manager);
	const struct docker_target other = { .label = "dev-manager-1",
					     .login.host = manager->host };
	enum swarm_remove_outcome outcome = SWARM_LEFT;
	char said[4096];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(leave(host, &other, 1, &outcome, said, sizeof(said), &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "belongs to another swarm (10.9.9.9:2377) than "
				      "the managers that were asked (thisswarm)"));
	fake_stop(host);
	fake_stop(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_another_swarm_has_there),
		cmocka_unit_test(keeps_work_without_a_manager),
		cmocka_unit_test(stops_what_an_engine_forgot),
		cmocka_unit_test(warns_of_what_it_could_not_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
