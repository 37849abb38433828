/* SPDX-License-Identifier: MIT */
/* Whether the host that answers is the node that was meant. */
#include "swarm/identity.h"
#include "swarm/node_match.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct docker_node nodes_list[] = {
	{ .id = "id-3", .hostname = "w3", .addr = "10.0.0.3", .state = DOCKER_NODE_DOWN },
	{ .id = "id-4", .hostname = "w4", .addr = "10.0.0.4", .state = DOCKER_NODE_READY },
	{ .id = "id-5", .hostname = "w5", .addr = "10.0.0.5", .state = DOCKER_NODE_READY },
};
static const struct docker_nodes nodes = { nodes_list,
					   sizeof(nodes_list) / sizeof(nodes_list[0]) };

/* A worker, and a host that is in no swarm. */
static const struct docker_info w4 = { .state = DOCKER_ACTIVE,
				       .node_id = "id-4",
				       .node_addr = "10.0.0.4",
				       .hostname = "w4" };
static const struct docker_info fresh = { .state = DOCKER_INACTIVE, .hostname = "w4" };

static const struct row {
	const char *name;
	struct swarm_node_id asked;
	/* what each says: NULL passes, else a part of the refusal; a warning
	 * begins with "!" */
	const char *host, *addr, *leaves, *joins;
} rows[] = {
	{ "all agrees", { .addr = "10.0.0.4", .hostname = "W4" }, NULL, NULL, NULL, NULL },
	{ "nothing was asked", { .addr = NULL }, NULL, NULL, NULL, NULL },
	{ "its ID",
	  { .node_id = "id-4", .addr = "10.0.0.3", .hostname = "w3" },
	  NULL,
	  "not at 10.0.0.3",
	  "",
	  "" },
	{ "another ID",
	  { .node_id = "id-5", .addr = "10.0.0.4", .hostname = "w4" },
	  "the host is node id-4, not node id-5",
	  "not node id-5",
	  NULL,
	  NULL },
	{ "another node",
	  { .addr = "10.0.0.5", .hostname = "w5" },
	  "is w4 at 10.0.0.4 (node id-4), not w5 at 10.0.0.5",
	  "not w5 at",
	  "id-5 (w5, 10.0.0.5, ready)",
	  "id-5" },
	{ "neither is anybody's",
	  { .addr = "10.0.0.9", .hostname = "w9" },
	  "not w9 at 10.0.0.9",
	  "not w9 at",
	  "",
	  "" },
	{ "the name is another's",
	  { .addr = "10.0.0.4", .hostname = "w5" },
	  NULL,
	  NULL,
	  "is w4 at 10.0.0.4, and what was asked for is another "
	  "node's: id-5 (w5, 10.0.0.5, ready)",
	  "id-5" },
	{ "the name is a dead one's",
	  { .addr = "10.0.0.4", .hostname = "w3" },
	  NULL,
	  NULL,
	  "id-3 (w3, 10.0.0.3, down)",
	  "!hostname is w4, not w3" },
	{ "the name is nobody's",
	  { .addr = "10.0.0.4", .hostname = "w4.x.org" },
	  NULL,
	  NULL,
	  "!hostname is w4, not w4.x.org",
	  "!hostname is w4" },
	{ "the address is another's",
	  { .addr = "10.0.0.5", .hostname = "w4" },
	  NULL,
	  "at 10.0.0.4, not at 10.0.0.5",
	  "id-5 (w5, 10.0.0.5, ready)",
	  "" },
	{ "the address is a dead one's",
	  { .addr = "10.0.0.3", .hostname = "w4" },
	  NULL,
	  "not at 10.0.0.3",
	  "id-3 (w3, 10.0.0.3, down)",
	  "" },
	{ "the address is nobody's",
	  { .addr = "10.0.0.9", .hostname = "w4" },
	  NULL,
	  "drain-and-remove",
	  "!at 10.0.0.4, not at 10.0.0.9",
	  "" },
	{ "the address in another form",
	  { .addr = "[::ffff:10.0.0.4]:2377", .hostname = "w4" },
	  NULL,
	  NULL,
	  NULL,
	  NULL },
	{ "an interface", { .addr = "eth0", .hostname = "w4" }, NULL, NULL, NULL, NULL },
	{ "an interface, and another's name",
	  { .addr = "eth0", .hostname = "w5" },
	  NULL,
	  NULL,
	  "id-5",
	  "id-5" },
};

static void says(const char *what, int ret, const struct err *e, const char *expected)
{
	if (!expected != !ret)
		fail_msg("%s: %s", what, ret ? e->msg : "passes");
	if (expected && !strstr(e->msg, expected))
		fail_msg("%s: %s", what, e->msg);
}

static void compares(const char *name, const struct swarm_node_id *asked, bool alive,
		     const char *expected)
{
	struct err e = { 0 };
	bool warns = expected && *expected == '!';
	enum swarm_identity is;

	/* whatever differs in it, decided before */
	if (expected && !*expected)
		return;
	is = swarm_identity_compare(asked, &w4, &nodes, alive, &e);
	says(name, (int)is, &e, warns ? expected + 1 : expected);
	if (is && is != (warns ? SWARM_IS_NOT_AS_ASKED : SWARM_IS_ANOTHER))
		fail_msg("%s: %s", name, warns ? "refused" : "only warned of");
}

/* mutant helpers/swarm/identity.c swarm_identity_check: condition name_differs => false
 * mutant helpers/swarm/identity.c is_others: term alive => true */
static void compares_what_was_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct err e = { 0 };

		print_message("  %s\n", r->name);
		says(r->name, swarm_identity_check(&r->asked, &w4, &e), &e, r->host);
		says(r->name, swarm_identity_check_addr(&r->asked, &w4, &e), &e, r->addr);
		compares(r->name, &r->asked, false, r->leaves);
		compares(r->name, &r->asked, true, r->joins);
	}
}

/* In no swarm it has neither ID nor address. */
static void fresh_host_differs_by_name_alone(void **state)
{
	struct swarm_node_id w5 = { .addr = "10.0.0.5", .hostname = "w5" };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(swarm_identity_check_addr(&w5, &fresh, &e), 0);
	assert_int_equal(swarm_identity_compare(&w5, &fresh, &nodes, true, &e),
			 SWARM_IS_ANOTHER);
	assert_non_null(strstr(e.msg, "is w4, and what was asked for"));
}

/* A host that is found by its own name, where the one asked is another. */
static void finds_by_the_hosts_own_name(void **state)
{
	static const struct swarm_node_id fqdn = { .addr = "10.0.0.4",
						   .hostname = "w4.x.org" };
	static const struct swarm_node_id eth = { .addr = "eth0", .hostname = "w4" };
	static const struct swarm_node_id none = { .addr = NULL };
	static const struct docker_info silent = { .node_id = "" };
	static const struct docker_info other = { .hostname = "w9" };
	static const struct {
		const struct swarm_node_id *asked;
		const struct docker_info *info;
		enum swarm_match match;
	} cases[] = {
		{ &fqdn, &fresh, SWARM_MATCH_ONE },
		{ &eth, &fresh, SWARM_MATCH_ONE },
		{ &none, &fresh, SWARM_MATCH_ONE },
		{ &none, &other, SWARM_MATCH_NONE },
		{ &fqdn, &silent, SWARM_MATCH_UNCLEAR },
		{ &fqdn, &other, SWARM_MATCH_UNCLEAR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct docker_node *found;
		struct err e = { 0 };

		assert_int_equal(swarm_identity_find(&nodes, cases[i].asked,
						     cases[i].info, &found, &e),
				 cases[i].match);
		assert_ptr_equal(found, cases[i].match == SWARM_MATCH_ONE ? &nodes_list[1]
									  : NULL);
		if (cases[i].match == SWARM_MATCH_UNCLEAR)
			assert_int_equal(e.kind, ERR_REFUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_what_was_asked),
		cmocka_unit_test(fresh_host_differs_by_name_alone),
		cmocka_unit_test(finds_by_the_hosts_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
