/* SPDX-License-Identifier: MIT */
/* What a restore refuses: archives, engines, and managers that may live. */
#include "swarm/restore_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER "c2c2c2c2c2c2c2c2c2c2c2c2c"

static struct archive_state_facts facts = { .cluster_id = CLUSTER, .node_id = "n1" };

/* Of so many managers: n1 at 10.0.0.1 as m1, and so on; n1's is the state. */
static struct archive_manifest manifest(int managers)
{
	struct archive_manifest m = { .facts = &facts,
				      .advertise_addr = "10.0.0.1",
				      .engine = "26.1.5",
				      .managers = json_array() };

	for (int i = 1; i <= managers; i++) {
		char id[16], name[16], addr[32];

		snprintf(id, sizeof(id), "n%d", i);
		snprintf(name, sizeof(name), "m%d", i);
		snprintf(addr, sizeof(addr), "10.0.0.%d:2377", i);
		json_array_append_new(m.managers,
				      json_pack("{s:s,s:s,s:s}", "id", id, "hostname",
						name, "addr", addr));
	}
	return m;
}

static void expect(const char *name, int ret, const struct err *e, const char *says)
{
	if (ret != (says ? -1 : 0))
		fail_msg("%s: it is %s%s", name, ret ? "refused: " : "not refused",
			 ret ? e->msg : "");
	if (says && !strstr(e->msg, says))
		fail_msg("%s: %s, not %s", name, e->msg, says);
}

/* ---- the archive ---- */

/* mutant helpers/swarm/restore_judge.c swarm_restore_judge_archive: condition archive_stamp_compare => false
 * mutant helpers/swarm/restore_judge.c check_lock: condition json_array_size => false */
static void judges_the_archive(void **state)
{
	static const struct {
		const char *name, *until, *addr;
		int managers;
		bool autolock;
		const char *key, *says;
	} rows[] = {
		{ "good", "20270227T110000Z", NULL, 3, false, NULL, NULL },
		{ "its address", "20270227T110000Z", "10.0.0.1:2377", 3, false, NULL,
		  NULL },
		{ "another address", "20270227T110000Z", "10.0.0.2", 3, false, NULL,
		  NULL },
		{ "an interface", "20270227T110000Z", "eth0", 3, false, NULL,
		  "expected an IP address" },
		{ "locked, another address", "20270227T110000Z", "10.0.0.2", 1, true,
		  "key", "gets no other address than 10.0.0.1" },
		{ "locked, its address", "20270227T110000Z", "10.0.0.1", 1, true, "key",
		  NULL },
		{ "expired", "20261129T115959Z", NULL, 3, false, NULL,
		  "the certificate in this archive ended at 2026-11-29T11:59:59Z" },
		{ "expires now", "20261129T120000Z", NULL, 3, false, NULL, "ended at" },
		{ "locked, several", "20270227T110000Z", NULL, 3, true, "key",
		  "cannot be restored" },
		{ "locked, no key", "20270227T110000Z", NULL, 1, true, NULL,
		  "unlock_key_env" },
		{ "locked, with key", "20270227T110000Z", NULL, 1, true, "key", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct archive_manifest m = manifest(rows[i].managers);
		struct swarm_restore_params p = { .advertise_addr = rows[i].addr,
						  .unlock_key = rows[i].key };
		struct archive_stamp now;
		struct err e = { 0 };

		archive_stamp_read(&now, "20261129T120000Z", 16);
		archive_stamp_read(&facts.until, rows[i].until, 16);
		m.autolock = rows[i].autolock;
		expect(rows[i].name, swarm_restore_judge_archive(&m, &p, &now, &e), &e,
		       rows[i].says);
		json_decref(m.managers);
	}
}

/* ---- the engine ---- */

static void judges_the_engine(void **state)
{
	static const struct {
		const char *archive, *here;
		bool good;
	} rows[] = {
		{ "26.1.5", "26.1.5", true },          { "26.1.5", "28.0.0", true },
		{ "20.10.24+dfsg1", "26.1.5", true },  { "26.1.5", "26.1.4", false },
		{ "26.1.5", "20.10.24+dfsg1", false }, { "9.0.0", "10.0.0", true },
		{ "26.1.5", "26.1.5-rc.1", true },     { "26.1.5", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };

		expect(rows[i].here,
		       swarm_restore_judge_engine(rows[i].archive, rows[i].here, &e), &e,
		       rows[i].good ? NULL : "bring Docker");
	}
}

/* ---- where it listens ---- */

static void judges_where_it_listens(void **state)
{
	static const struct {
		const char *had, *addr, *listen, *says;
	} rows[] = {
		{ "0.0.0.0:2377", "10.0.0.2", "0.0.0.0:2377", NULL },
		{ "0.0.0.0:4000", "fd00::2", "[::]:4000", NULL },
		{ "[::]:2377", "10.0.0.2", "[::]:2377", NULL },
		{ "[::]:2377", "fd00::2", "[::]:2377", NULL },
		{ "", "10.0.0.2", "", NULL },
		{ "10.0.0.1:2377", "10.0.0.2", NULL, "listens on 10.0.0.1:2377 alone" },
		{ "[fd00::1]:2377", "fd00::2", NULL, "listens on [fd00::1]:2377 alone" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *settings = json_pack("{s:s}", "ListenAddr", rows[i].had);
		struct err e = { 0 };
		char out[64];

		expect(rows[i].had,
		       swarm_restore_judge_listen(settings, rows[i].addr, out,
						  sizeof(out), &e),
		       &e, rows[i].says);
		if (!rows[i].says)
			assert_string_equal(out, rows[i].listen);
		json_decref(settings);
	}
}

/* ---- the managers ---- */

#define ACTIVE_MANAGER .state = DOCKER_ACTIVE, .manager = true, .cluster_id = CLUSTER
#define WORKER .state = DOCKER_ACTIVE

/* Up to three hosts that were asked; one without a host ends them. */
static const struct {
	const char *name;
	int managers;
	struct {
		const char *host;
		bool silent;
		struct docker_info info;
	} seen[3];
	const char *gone;
	bool other, moved;
	const char *says;
} rows[] = {
	{ .name = "the only manager", .managers = 1 },
	{ .name = "another one, not asked",
	  .managers = 2,
	  .says = "manager m2 (10.0.0.2:2377)" },
	{ .name = "gone by its name", .managers = 2, .gone = "x, m2" },
	{ .name = "gone by its ID", .managers = 2, .gone = "n2" },
	{ .name = "gone by its address", .managers = 2, .gone = "10.0.0.2" },
	{ .name = "half a name", .managers = 2, .gone = "m", .says = "ruled out" },
	{ .name = "one of two gone", .managers = 3, .gone = "m2", .says = "manager m3" },
	{ .name = "it is in no swarm",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { .state = DOCKER_INACTIVE } } } },
	{ .name = "in no swarm, by its name",
	  .managers = 2,
	  .seen = { { "host", false, { .hostname = "m2" } } } },
	{ .name = "somebody else is in no swarm",
	  .managers = 2,
	  .seen = { { "10.0.0.9", false, { .hostname = "m9" } } },
	  .says = "ruled out" },
	{ .name = "it is silent",
	  .managers = 2,
	  .seen = { { "10.0.0.2", true, { .engine_id = "" } } },
	  .says = "ruled out" },
	{ .name = "silent, and gone",
	  .managers = 2,
	  .seen = { { "10.0.0.2", true, { .engine_id = "" } } },
	  .gone = "m2" },
	{ .name = "it lives",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { ACTIVE_MANAGER, .node_id = "n2" } } },
	  .says = "lives; join" },
	{ .name = "it lives, and is called gone",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { ACTIVE_MANAGER, .node_id = "n2" } } },
	  .gone = "m2",
	  .says = "lives; join" },
	{ .name = "one that came later lives",
	  .managers = 1,
	  .seen = { { "10.0.0.5", false, { ACTIVE_MANAGER, .node_id = "n5" } } },
	  .says = "lives; join" },
	{ .name = "it has no leader",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { WORKER, .manager = true, .node_id = "n2" } } },
	  .says = "lives; join" },
	{ .name = "it is pending",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { .state = DOCKER_PENDING } } },
	  .says = "ruled out" },
	{ .name = "it is locked",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { .state = DOCKER_LOCKED } } },
	  .says = "ruled out" },
	{ .name = "it is a worker by now",
	  .managers = 2,
	  .seen = { { "10.0.0.2", false, { WORKER, .node_id = "n2" } } } },
	{ .name = "the node itself lives",
	  .managers = 1,
	  .seen = { { "10.0.0.7", false, { ACTIVE_MANAGER, .node_id = "n1" } } },
	  .says = "that the archive is of, and lives" },
	{ .name = "another swarm",
	  .managers = 1,
	  .seen = { { "10.0.0.7",
		      false,
		      { WORKER, .manager = true, .cluster_id = "d3" } } },
	  .says = "in another swarm (d3)" },
	{ .name = "another swarm, as was meant",
	  .managers = 1,
	  .seen = { { "10.0.0.7",
		      false,
		      { WORKER, .manager = true, .cluster_id = "d3" } } },
	  .other = true },
	{ .name = "itself, at another address, not asked",
	  .managers = 1,
	  .moved = true,
	  .says = "manager m1 (10.0.0.1:2377)" },
	{ .name = "itself, and gone", .managers = 1, .moved = true, .gone = "m1" },
	{ .name = "itself, in no swarm",
	  .managers = 1,
	  .moved = true,
	  .seen = { { "10.0.0.1", false, { .state = DOCKER_INACTIVE } } } },
	{ .name = "itself, and lives",
	  .managers = 1,
	  .moved = true,
	  .seen = { { "10.0.0.1", false, { ACTIVE_MANAGER, .node_id = "n1" } } },
	  .gone = "m1",
	  .says = "that the archive is of, and lives" },
	{ .name = "a worker of it",
	  .managers = 1,
	  .seen = { { "10.0.0.7",
		      false,
		      { WORKER, .node_id = "w1",
			.managers = "10.0.0.9:2377,10.0.0.1:2377" } } } },
	{ .name = "a worker that knows the new address, from a restore before",
	  .managers = 1,
	  .gone = "m1",
	  .moved = true,
	  .seen = { { "10.0.0.7",
		      false,
		      { WORKER, .node_id = "w1", .managers = "10.0.0.8:2377" } } } },
	{ .name = "a worker of another",
	  .managers = 1,
	  .seen = { { "10.0.0.7",
		      false,
		      { WORKER, .node_id = "w1", .managers = "10.0.0.9:2377" } } },
	  .says = "in another swarm (10.0.0.9:2377)" },
};

/* mutant helpers/swarm/restore_judge.c rules_out: condition runs => false
 * mutant helpers/swarm/restore_judge.c judge_manager: condition is_gone => true */
static void judges_the_managers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct archive_manifest m = manifest(rows[i].managers);
		struct swarm_restore_params p = { .gone = rows[i].gone,
						  .leave_other = rows[i].other,
						  .advertise_addr = rows[i].moved
									    ? "10.0.0.8"
									    : NULL };
		struct swarm_restore_seen seen[3];
		struct err e = { 0 };
		size_t n = 0;

		for (; n < 3 && rows[i].seen[n].host; n++)
			seen[n] = (struct swarm_restore_seen){
				rows[i].seen[n].host,
				rows[i].seen[n].silent ? NULL : &rows[i].seen[n].info
			};
		expect(rows[i].name,
		       swarm_restore_judge_managers(&m, seen, n, &p, rows[i].moved, &e),
		       &e, rows[i].says);
		json_decref(m.managers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_the_archive),
		cmocka_unit_test(judges_the_engine),
		cmocka_unit_test(judges_where_it_listens),
		cmocka_unit_test(judges_the_managers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
