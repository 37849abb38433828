/* SPDX-License-Identifier: MIT */
/* Which entry of the list of nodes a machine is. */
#include "swarm/node_match.h"
#include "swarm/rejoin.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct docker_node nodes_list[] = {
	{ .id = "id-a",
	  .hostname = "dev-worker-1",
	  .addr = "10.0.0.5",
	  .state = DOCKER_NODE_READY },
	{ .id = "id-b",
	  .hostname = "dev-worker-2",
	  .addr = "10.0.0.6",
	  .state = DOCKER_NODE_DOWN },
	{ .id = "id-c",
	  .hostname = "dev-worker-2",
	  .addr = "10.0.0.7",
	  .state = DOCKER_NODE_READY },
	{ .id = "id-d",
	  .hostname = "dev-worker-3",
	  .addr = "10.0.0.8",
	  .state = DOCKER_NODE_DOWN },
	{ .id = "id-e",
	  .hostname = "dev-worker-3",
	  .addr = "10.0.0.8",
	  .state = DOCKER_NODE_READY },
	{ .id = "id-f",
	  .hostname = "dev-six",
	  .addr = "fd00::6",
	  .state = DOCKER_NODE_READY },
};

static const struct docker_nodes nodes = { nodes_list,
					   sizeof(nodes_list) / sizeof(nodes_list[0]) };

static const struct {
	const char *name;
	struct swarm_node_id id;
	const char *found; /* NULL: none */
	const char *says;  /* part of the refusal */
} find_rows[] = {
	{ "by ID", { .node_id = "id-c" }, "id-c", NULL },
	{ "an ID decides alone",
	  { .node_id = "id-c", .addr = "10.0.0.5", .hostname = "dev-worker-1" },
	  "id-c",
	  NULL },
	{ "an ID that is not there", { .node_id = "id-z" }, NULL, NULL },
	{ "address and name",
	  { .addr = "10.0.0.5", .hostname = "dev-worker-1" },
	  "id-a",
	  NULL },
	{ "names differ in case",
	  { .addr = "10.0.0.5", .hostname = "DEV-Worker-1" },
	  "id-a",
	  NULL },
	{ "the address with a port",
	  { .addr = "10.0.0.5:2378", .hostname = "dev-worker-1" },
	  "id-a",
	  NULL },
	{ "an address that begins like another",
	  { .addr = "10.0.0.50", .hostname = NULL },
	  NULL,
	  NULL },
	{ "IPv6", { .addr = "fd00::6", .hostname = "dev-six" }, "id-f", NULL },
	{ "IPv6 with a port",
	  { .addr = "[fd00::6]:2378", .hostname = "dev-six" },
	  "id-f",
	  NULL },
	{ "the same name elsewhere is another node",
	  { .addr = "10.0.0.7", .hostname = "dev-worker-2" },
	  "id-c",
	  NULL },
	{ "a name alone that two have",
	  { .addr = NULL, .hostname = "dev-worker-2" },
	  NULL,
	  "id-b (dev-worker-2, 10.0.0.6, down), id-c" },
	{ "a stale entry beside the live one",
	  { .addr = "10.0.0.8", .hostname = "dev-worker-3" },
	  NULL,
	  "say which by node_id" },
	{ "a live node there under another name",
	  { .addr = "10.0.0.5", .hostname = "dev-worker-9" },
	  NULL,
	  "id-a (dev-worker-1" },
	{ "a dead node there under another name",
	  { .addr = "10.0.0.6", .hostname = "dev-worker-9" },
	  NULL,
	  "id-b (dev-worker-2, 10.0.0.6, down)" },
	{ "a dead node of that name elsewhere",
	  { .addr = "10.0.0.9", .hostname = "dev-worker-3" },
	  NULL,
	  "id-d (dev-worker-3, 10.0.0.8, down), id-e" },
	{ "a host in no swarm is nobody who lives",
	  { .addr = "10.0.0.9", .hostname = "dev-worker-1", .has_left = true },
	  NULL,
	  NULL },
	{ "a host in no swarm may be one who is dead",
	  { .addr = "10.0.0.9", .hostname = "dev-worker-2", .has_left = true },
	  NULL,
	  "is: id-b (dev-worker-2, 10.0.0.6, down); say" },
	{ "an interface is no address",
	  { .addr = "eth0", .hostname = "dev-worker-1" },
	  NULL,
	  "id-a (dev-worker-1, 10.0.0.5, ready)" },
	{ "an interface, and no such name",
	  { .addr = "eth0", .hostname = "dev-worker-9" },
	  NULL,
	  NULL },
	{ "an interface, and the name with a domain",
	  { .addr = "eth0", .hostname = "DEV-worker-1.example.com" },
	  NULL,
	  "is: id-a (dev-worker-1, 10.0.0.5, ready); say" },
	{ "an interface, and a name that begins like others",
	  { .addr = "eth0", .hostname = "dev-worker" },
	  NULL,
	  NULL },
	{ "an address, and the name with a domain",
	  { .addr = "10.0.0.9", .hostname = "dev-worker-1.example.com" },
	  NULL,
	  NULL },
	{ "IPv6 in another form",
	  { .addr = "[FD00:0::0006]:2377", .hostname = "dev-six" },
	  "id-f",
	  NULL },
	{ "neither name nor address is there",
	  { .addr = "10.0.0.9", .hostname = "dev-worker-9" },
	  NULL,
	  NULL },
	{ "nothing known",
	  { .addr = NULL, .hostname = NULL },
	  NULL,
	  "nothing says which node" },
	{ "only an interface known", { .addr = "eth0" }, NULL, "nothing says which node" },
};

/* mutant helpers/swarm/node_match.c swarm_node_match: condition fitting != 1 => false
 * mutant helpers/swarm/node_match.c fits: has_name() => true
 * mutant helpers/swarm/node_match.c has_addr: addr_same_ip() => !strcmp(n->addr, id->addr)
 * mutant helpers/swarm/node_match.c is_near: returns false
 * mutant helpers/swarm/node_match.c is_near: has_near_name() => false */
static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(find_rows) / sizeof(find_rows[0]); i++) {
		struct err e = { ERR_NONE, "" };
		const struct docker_node *n;
		enum swarm_match match = swarm_node_match(&nodes, &find_rows[i].id, &n,
							  &e);

		print_message("  %s\n", find_rows[i].name);
		if (find_rows[i].found) {
			assert_int_equal(match, SWARM_MATCH_ONE);
			assert_string_equal(n->id, find_rows[i].found);
		} else {
			assert_null(n);
		}
		if (!find_rows[i].found)
			assert_int_equal(match, find_rows[i].says ? SWARM_MATCH_UNCLEAR
								  : SWARM_MATCH_NONE);
		assert_int_equal(e.kind, find_rows[i].says ? ERR_REFUSED : ERR_NONE);
		if (find_rows[i].says)
			assert_non_null(strstr(e.msg, find_rows[i].says));
	}
}

static void test_namesake(void **state)
{
	(void)state;
	/* id-d is what id-e left behind */
	assert_true(swarm_node_is_namesake(&nodes_list[3], "id-e", "10.0.0.8",
					   "dev-worker-3"));
	/* its own entry, also when Down */
	assert_false(swarm_node_is_namesake(&nodes_list[3], "id-d", "10.0.0.8",
					    "dev-worker-3"));
	/* another host that shares the name */
	assert_false(swarm_node_is_namesake(&nodes_list[1], "id-c", "10.0.0.7",
					    "dev-worker-2"));
	/* not Down (yet) */
	assert_true(swarm_node_is_namesake(&nodes_list[4], "id-d", "10.0.0.8",
					   "dev-worker-3"));
}

static void test_same_managers(void **state)
{
	(void)state;
	assert_true(swarm_rejoin_same_managers("10.0.0.1:2377",
					       "10.0.0.2:2377,10.0.0.1:2377"));
	assert_false(swarm_rejoin_same_managers("10.0.0.1:2377",
						"10.0.0.1:23770,10.0.0.11:2377"));
	assert_false(swarm_rejoin_same_managers("", ""));
	assert_false(swarm_rejoin_same_managers("", "10.0.0.1:2377"));
}

static void test_remote(void **state)
{
	static const char two[] = "10.0.0.11:2377,10.0.0.1:2378";
	char out[64];

	(void)state;
	swarm_rejoin_remote(two, "10.0.0.1", out, sizeof(out));
	assert_string_equal(out, "10.0.0.1:2378");
	swarm_rejoin_remote("[fd00::1]:2377,[fd00::2]:2377", "fd00::2", out, sizeof(out));
	assert_string_equal(out, "[fd00::2]:2377");
	swarm_rejoin_remote(two, "10.0.0.9", out, sizeof(out));
	assert_string_equal(out, two);
	swarm_rejoin_remote(two, "", out, sizeof(out));
	assert_string_equal(out, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_namesake),
		cmocka_unit_test(test_same_managers),
		cmocka_unit_test(test_remote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
