/* SPDX-License-Identifier: MIT */
/* What an engine says of itself. */
#include "fake_engine.h"

#include "docker/info.h"

/* Asks a fake engine that answers `reply`; returns what docker_info does. */
static int ask(const char *reply, struct docker_info *out, struct err *e)
{
	const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, reply, "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	int ret = docker_info(g, out, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static void reads_a_manager(void **state)
{
	struct docker_info i;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask("{\"ID\":\"7TRN\",\"Name\":\"dev-manager-1\","
			     "\"ServerVersion\":\"20.10.24\",\"Swarm\":{"
			     "\"NodeID\":\"k67qz4598weg5unwwffg6z1m1\","
			     "\"NodeAddr\":\"10.0.0.46\",\"LocalNodeState\":\"active\","
			     "\"ControlAvailable\":true,\"Error\":\"\",\"RemoteManagers\":["
			     "{\"NodeID\":\"a\",\"Addr\":\"10.0.0.46:2377\"},"
			     "{\"NodeID\":\"b\",\"Addr\":\"[fd00::1]:2377\"}],\"Nodes\":4,"
			     "\"Cluster\":{\"ID\":\"abajmipo7b4xz5ip2nrla6b11\","
			     "\"Version\":{\"Index\":373531}}}}",
			     &i, &e),
			 0);
	assert_int_equal(i.state, DOCKER_ACTIVE);
	assert_true(i.manager);
	assert_string_equal(i.node_id, "k67qz4598weg5unwwffg6z1m1");
	assert_string_equal(i.node_addr, "10.0.0.46");
	assert_string_equal(i.cluster_id, "abajmipo7b4xz5ip2nrla6b11");
	assert_string_equal(i.hostname, "dev-manager-1");
	assert_string_equal(i.version, "20.10.24");
	assert_string_equal(i.error, "");
	assert_string_equal(i.managers, "10.0.0.46:2377,[fd00::1]:2377");
}

static void reads_who_is_in_no_swarm(void **state)
{
	struct docker_info i;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask("{\"Name\":\"a\",\"ServerVersion\":\"28.0.1\","
			     "\"Swarm\":{\"NodeID\":\"\",\"NodeAddr\":\"\","
			     "\"LocalNodeState\":\"inactive\",\"ControlAvailable\":false,"
			     "\"Error\":\"\",\"RemoteManagers\":null}}",
			     &i, &e),
			 0);
	assert_int_equal(i.state, DOCKER_INACTIVE);
	assert_false(i.manager);
	assert_string_equal(i.node_id, "");
	assert_string_equal(i.cluster_id, "");
	assert_string_equal(i.managers, "");
}

/* mutant helpers/docker/info.c docker_info: without docker_api_error_mask() */
static void knows_every_state(void **state)
{
	static const char *const names[] = {
		"inactive", "pending", "active", "error", "locked",
	};

	(void)state;
	for (size_t n = 0; n < 5; n++) {
		struct docker_info i;
		struct err e = { 0 };
		char reply[128];

		snprintf(reply, sizeof(reply),
			 "{\"Swarm\":{\"LocalNodeState\":"
			 "\"%s\",\"Error\":\"bad SWMTKN-1-aaa-bbb\"}}",
			 names[n]);
		assert_int_equal(ask(reply, &i, &e), 0);
		assert_int_equal(i.state, n);
		assert_string_equal(docker_state_name(i.state), names[n]);
		assert_string_equal(i.error, "bad SWMTKN-***");
	}
}

/* mutant helpers/docker/info.c docker_info: condition works_again => false */
static void takes_a_node_that_was_started_anew_for_active(void **state)
{
	struct docker_info i;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask("{\"Swarm\":{\"LocalNodeState\":\"error\",\"Error\":\"\","
			     "\"NodeID\":\"un346xriekmjbg0qoh55popqq\",\"RemoteManagers\":["
			     "{\"Addr\":\"10.0.0.46:2377\"}]}}",
			     &i, &e),
			 0);
	assert_int_equal(i.state, DOCKER_ACTIVE);
	assert_int_equal(ask("{\"Swarm\":{\"LocalNodeState\":\"error\",\"Error\":\"\","
			     "\"NodeID\":\"un346xriekmjbg0qoh55popqq\"}}",
			     &i, &e),
			 0);
	assert_int_equal(i.state, DOCKER_ERROR);
}

/* Nothing of this may pass for "in no swarm". */
static void refuses_a_state_it_cannot_read(void **state)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		"{\"Swarm\":null}",
		"{\"Swarm\":\"inactive\"}",
		"{\"Swarm\":{}}",
		"{\"Swarm\":{\"LocalNodeState\":null}}",
		"{\"Swarm\":{\"LocalNodeState\":\"\"}}",
		"{\"Swarm\":{\"LocalNodeState\":\"asleep\"}}",
		"{\"Swarm\":{\"LocalNodeState\":[\"inactive\"]}}",
		("{\"Swarm\":{\"LocalNodeState\":\"active\",\"NodeID\":"
		 "\"0123456789012345678901234567890123456789\"}}"),
	};

	(void)state;
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		struct docker_info i;
		struct err e = { 0 };

		assert_int_equal(ask(rows[n], &i, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_non_null(strstr(e.msg, "dev-manager-1: "));
	}
}

static void takes_wrong_types_for_nothing(void **state)
{
	struct docker_info i;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask("{\"Name\":null,\"ServerVersion\":[],\"Swarm\":{"
			     "\"LocalNodeState\":\"active\",\"NodeID\":null,\"NodeAddr\":7,"
			     "\"ControlAvailable\":\"true\",\"Error\":{},\"Cluster\":null,"
			     "\"RemoteManagers\":[null,7,{},{\"Addr\":null},"
			     "{\"Addr\":\"10.0.0.1:2377\"}]}}",
			     &i, &e),
			 0);
	assert_false(i.manager);
	assert_string_equal(i.node_id, "");
	assert_string_equal(i.hostname, "");
	assert_string_equal(i.managers, "10.0.0.1:2377");
}

/* mutant helpers/docker/info.c read_managers: term sizeof => false */
static void keeps_whole_manager_addresses(void **state)
{
	struct docker_info i;
	struct err e = { 0 };
	char reply[8192];
	size_t at;

	(void)state;
	at = (size_t)snprintf(reply, sizeof(reply),
			      "{\"Swarm\":{"
			      "\"LocalNodeState\":\"active\",\"RemoteManagers\":[");
	for (int n = 100; n < 200; n++)
		at += (size_t)snprintf(reply + at, sizeof(reply) - at,
				       "%s{\"Addr\":\"10.0.0.%d:2377\"}",
				       n > 100 ? "," : "", n);
	snprintf(reply + at, sizeof(reply) - at, "]}}");
	assert_int_equal(ask(reply, &i, &e), 0);
	assert_in_range(strlen(i.managers), 1000, 1023);
	assert_int_equal(strlen(i.managers) % 16, 15);
	assert_int_equal(strncmp(i.managers, "10.0.0.100:2377,", 16), 0);
}

/* A name is cut at a character; an address that is none is not an error. */
static void cuts_what_is_too_long(void **state)
{
	struct docker_info i;
	struct err e = { 0 };
	char reply[2048], name[601], addr[201];

	(void)state;
	for (size_t n = 0; n < 600; n += 2)
		memcpy(name + n, "\xc3\xa9", 3);
	memset(addr, '1', 200);
	addr[200] = '\0';
	snprintf(reply, sizeof(reply),
		 "{\"Name\":\"%s\",\"Swarm\":{"
		 "\"LocalNodeState\":\"active\",\"NodeAddr\":\"%s\"}}",
		 name, addr);
	assert_int_equal(ask(reply, &i, &e), 0);
	assert_int_equal(strlen(i.hostname), 254);
	assert_memory_equal(i.hostname, name, 254);
	assert_int_equal(strlen(i.node_addr), sizeof(i.node_addr) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_manager),
		cmocka_unit_test(reads_who_is_in_no_swarm),
		cmocka_unit_test(knows_every_state),
		cmocka_unit_test(takes_a_node_that_was_started_anew_for_active),
		cmocka_unit_test(refuses_a_state_it_cannot_read),
		cmocka_unit_test(takes_wrong_types_for_nothing),
		cmocka_unit_test(keeps_whole_manager_addresses),
		cmocka_unit_test(cuts_what_is_too_long),
	};

	return cmocka_run_group_tests_name("docker/info", tests, NULL, NULL);
}
