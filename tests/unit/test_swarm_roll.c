/* SPDX-License-Identifier: MIT */
/* A roll of a small swarm, over engines that say in turn what those of a real one say:
 * in which order what is asked, what is refused before anything is touched, and what a
 * node that fails leaves. */
/* mutant helpers/swarm/roll_node.c drain: DOCKER_DRAINED => DOCKER_PAUSED
 * mutant helpers/swarm/roll_node.c drain: swarm_drain_wait() => 0
 * mutant helpers/swarm/roll_node.c roll: term n->unfinished => false
 * mutant helpers/swarm/roll_node.c run_drained: condition !asks => true
 * mutant helpers/swarm/roll_node.c reboot: make_empty() => 0
 * mutant helpers/swarm/roll_node.c roll: term !n->boot.required => true
 * mutant helpers/swarm/roll_reboot.c swarm_roll_reboot: condition strcmp => true
 * mutant helpers/swarm/roll_reboot.c swarm_roll_reboot: n->rebooting = false
 * mutant helpers/swarm/roll_leader.c swarm_roll_hand_over: term leader => false
 * mutant helpers/swarm/roll_leader.c demote: docker_swarm_set_label() => 0
 * mutant helpers/swarm/roll_leader.c promote: swarm_raft_sync() => 0
 * mutant helpers/swarm/roll_begin.c check_states: condition of->unfinished => true
 * mutant helpers/swarm/roll_open.c ask: condition DOCKER_INACTIVE => true
 * mutant helpers/swarm/roll_node.c wait_engine: condition DOCKER_INACTIVE => false
 * mutant helpers/swarm/roll_begin.c check_managers: swarm_quorum_may_restart() => 0
 * mutant helpers/swarm/roll_begin.c judge: check_lock() => 0
 * mutant helpers/swarm/roll_node.c drain: swarm_roll_record() => 0
 * mutant helpers/swarm/roll_record.c swarm_roll_find: condition asked => true
 * mutant helpers/swarm/roll_record.c swarm_roll_forget_gone: strncmp() => 0
 * mutant helpers/swarm/roll.c finish_node: swarm_roll_forget() => 0
 * mutant helpers/swarm/roll.c roll_all: condition !order[i]->unfinished => true
 * mutant helpers/swarm/roll.c finish_batch: swarm_roll_wait_whole() => 0
 * mutant helpers/swarm/roll_manager.c swarm_roll_begin_manager: wait_quorum() => 0
 * mutant helpers/swarm/roll_whole.c enough_of: condition now->job => false
 * mutant helpers/swarm/roll_whole.c enough_of: term before->global => false */
#include "fake_engine.h"

#include "base/secret.h"
#include "swarm/roll_internal.h"

#define M "24ifsmvkjbyhk1111111aaaaa"
#define W "24ifsmvkjbyhk2222222bbbbb"
#define S "24ifsmvkjbyhk3333333ccccc"
#define WEB "9mnpnzenvg8p8tdbtq4wvbkcz"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CLUSTER "abwib5jszlj4k7n9mrb8ugdr2"
#define INFO(id, control, cluster) \
	"{\"Name\":\"host\",\"ServerVersion\":\"20.10.24\",\"Swarm\":{" \
	"\"LocalNodeState\":\"active\",\"NodeID\":\"" id \
	"\",\"ControlAvailable\":" control ",\"Cluster\":{\"ID\":\"" cluster \
	"\"},\"RemoteManagers\":null}}"
#define NODE(id, name, role, availability, state, manager) \
	"{\"ID\":\"" id "\",\"Version\":{" \
	"\"Index\":7},\"Spec\":{\"Role\":\"" role "\",\"Availability\":\"" availability \
	"\",\"Labels\":{}},\"Description\":{\"Hostname\":\"dev-" name \
	"\"},\"Status\":{\"State\":\"" state "\",\"Addr\":\"10.0.1.1\"}" manager "}"
#define LEADS \
	",\"ManagerStatus\":{\"Leader\":true,\"Reachability\":\"reachable\"," \
	"\"Addr\":\"10.0.1.1:2377\"}"
#define FOLLOWS \
	",\"ManagerStatus\":{\"Reachability\":\"reachable\"," \
	"\"Addr\":\"10.0.1.1:2377\"}"
#define MANAGER NODE(M, "manager", "manager", "active", "ready", LEADS)
#define WORKER(availability, state) NODE(W, "worker", "worker", availability, state, "")
#define SERVICES(running) \
	"[{\"ID\":\"" WEB "\",\"Spec\":{\"Name\":\"web\",\"Mode\":{" \
	"\"Replicated\":{}}},\"ServiceStatus\":{\"RunningTasks\":" #running \
	",\"DesiredTasks\":3}}]"
#define SWARM(spec) \
	"{\"ID\":\"" CLUSTER "\",\"Version\":{\"Index\":11}," \
	"\"Spec\":{" spec "},\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\",\"Manager\":" \
	"\"SWMTKN-1-m\"}}"

#define GET(path, body) ANSWER("GET /v1.41" path, 200, body, NULL)
#define ASK_M GET("/info", INFO(M, "true", CLUSTER))
#define ASK_W GET("/info", INFO(W, "false", ""))
#define READ_SWARM GET("/swarm", SWARM("\"Labels\":{}"))
#define WRITE_SWARM \
	ANSWER("POST /v1.41/swarm/update?version=11&rotateWorkerToken=" \
	       "false&rotateManagerToken=false&rotateManagerUnlockKey=false", \
	       200, "", NULL)
#define SET(id) ANSWER("POST /v1.41/nodes/" id "/update?version=7", 200, "", NULL)
#define READ(id, node) GET("/nodes/" id, node)
#define TASKS(id) GET("/tasks?filters=%7B%22node%22%3A%5B%22" id "%22%5D%7D", "[]")
#define EVENTS(filters) \
	{ .request = "GET /v1.41/events?filters=" filters, \
	  .status = 200, \
	  .body = "", \
	  .keep_open = true }
#define NODE_EVENTS EVENTS("%7B%22type%22%3A%5B%22node%22%5D%7D")
#define TASK_EVENTS \
	EVENTS("%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B" \
	       "%22die%22%5D%2C%22label%22%3A%5B%22com.docker.swarm.node.id%22%5D%7D")

/* What every roll of the worker begins with, its manager being asked; one that an earlier
 * roll has left drained goes before tasks are counted. */
#define LOOK(worker) \
	ASK_M, READ_SWARM, WRITE_SWARM, /* the lease */ \
		READ_SWARM,             /* a leadership that is being handed over */ \
		GET("/nodes", "[" MANAGER "," worker "]"), \
		READ_SWARM /* what is recorded, and whether managers lock */
#define BEGIN(worker, running) \
	LOOK(worker), GET("/services?status=true", SERVICES(running))
#define END READ_SWARM

/* One that is asked `asks` times and answers so each time; 'f' fails. */
struct plan {
	const char *answers; /* of calls in turn: '0' done, '7' asks, 'f' fails */
	char said[16];       /* of calls: 'k' kept, 'd' drained */
	const char *boots; /* of looks at the boot: 'r' it has to end, '1' it need not, '2'
			      * it is another one, 'u' the host does not answer; NULL: none */
	char told[16];     /* of looks: 'r' to reboot, '-' not to */
};

static int script(void *ctx, struct docker_engine *node, bool drained, bool *asks,
		  const struct deadline *d, struct err *e)
{
	struct plan *p = ctx;
	size_t n = strlen(p->said);

	(void)node;
	(void)d;
	p->said[n] = drained ? 'd' : 'k';
	*asks = p->answers[n] == '7';
	if (p->answers[n] == 'f')
		return err_set(e, ERR_REFUSED, "script x failed with exit code 3: no");
	assert_true(n < strlen(p->answers));
	return 0;
}

static int boot(void *ctx, struct docker_engine *node, const char *from,
		struct swarm_roll_boot *now, const struct deadline *d, struct err *e)
{
	struct plan *p = ctx;
	size_t n = strlen(p->told);

	(void)node;
	(void)d;
	assert_true(n < strlen(p->boots));
	p->told[n] = from ? 'r' : '-';
	if (p->boots[n] == 'u')
		return err_set(e, ERR_UNREACHABLE, "10.0.1.21: connection refused");
	now->required = p->boots[n] == 'r';
	memcpy(now->id, p->boots[n] == '2' ? "boot 2" : "boot 1", sizeof("boot 1"));
	return 0;
}

static int64_t node_ms = 10000;

/* One roll: engines of a manager and of the node, and what came of it. */
struct played {
	struct fake *m, *f;
	struct plan plan;
	struct swarm_roll_result out;
	struct err e;
};

#define PLAYED(manager, node, says) \
	{ .m = FAKE_START(manager), .f = FAKE_START(node), .plan.answers = (says) }

static int roll(struct played *play, enum docker_availability wanted)
{
	struct docker_target manager = { .label = "10.0.1.11",
					 .login.host = play->m->host };
	struct docker_target node = { .label = "10.0.1.21", .login.host = play->f->host };
	struct swarm_roll_host host = { .target = &node, .availability = wanted };
	struct swarm_roll_params p = {
		.managers = { &manager, 1 },
		.hosts = &host,
		.count = 1,
		.script = script,
		.boot = play->plan.boots ? boot : NULL,
		.ctx = &play->plan,
		.unavailable = 1,
		.node_ms = node_ms,
		.drain_ms = 5000,
	};
	struct deadline d = deadline_in(20000);

	return swarm_roll(&p, &play->out, &d, &play->e);
}

static void rolls(struct played *play, enum docker_availability wanted)
{
	if (roll(play, wanted))
		fail_msg("%s", play->e.msg);
}

static void finish(struct played *play)
{
	if (play->f != play->m)
		fake_stop(play->f);
	fake_stop(play->m);
	swarm_roll_free(&play->out);
}

static void fails(struct played *play)
{
	assert_int_equal(roll(play, DOCKER_AVAILABLE), -1);
	finish(play);
}

/* ---- one node ---- */

/* One request to the node, and none that changes anything but the lease. */
static void asks_a_node_once_that_is_right(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	assert_string_equal(p.plan.said, "k");
	assert_int_equal(p.out.count, 1);
	assert_string_equal(p.out.list[0].id, W);
	assert_string_equal(p.out.list[0].engine, "20.10.24");
	assert_int_equal(p.out.list[0].outcome, SWARM_ROLL_KEPT);
	finish(&p);
}

#define ASK_NOBODY \
	GET("/info", "{\"Name\":\"host\",\"ServerVersion\":\"20.10.24\",\"Swarm\":{" \
		     "\"LocalNodeState\":\"inactive\",\"NodeID\":\"\"," \
		     "\"ControlAvailable\":false,\"RemoteManagers\":null}}")

/* An engine that shuts down is in no swarm any more, and is again when it is back. */
static void asks_an_engine_again_that_is_in_no_swarm(void **state)
{
	static const struct fake_exchange worker[] = { ASK_NOBODY, ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	assert_int_equal(p.out.list[0].outcome, SWARM_ROLL_KEPT);
	finish(&p);
}

static void refuses_a_host_that_is_in_no_swarm(void **state)
{
	static const struct fake_exchange worker[] = { ASK_NOBODY, ASK_NOBODY };
	static const struct fake_exchange manager[] = {
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		READ_SWARM,
		GET("/nodes", "[" MANAGER "]"),
		READ_SWARM,
		END,
	};
	struct played p = PLAYED(manager, worker, "");

	(void)state;
	fails(&p);
	assert_int_equal(p.e.kind, ERR_REFUSED);
	assert_non_null(strstr(p.e.msg, "is no node of the swarm"));
}

#define RECORDED(availability) \
	GET("/swarm", SWARM("\"Labels\":{\"terraform-swarm-helpers.before-roll." W \
			    "\":\"" availability "\"}"))

/* The drain is acknowledged and not there when it is read back: written again. The engine
 * shuts down when it is asked after the script. */
static void drains_a_node_that_asks(void **state)
{
	static const struct fake_exchange worker[] = {
		ASK_W,
		TASK_EVENTS,
		ASK_NOBODY,
		ASK_W,
	};
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		ASK_M,
		READ_SWARM,
		WRITE_SWARM, /* 9: what it was */
		TASKS(W),
		READ(W, WORKER("active", "ready")),
		SET(W), /* 12 */
		READ(W, WORKER("active", "ready")),
		READ(W, WORKER("active", "ready")),
		SET(W), /* 15 */
		READ(W, WORKER("drain", "ready")),
		TASKS(W),
		NODE_EVENTS,
		READ(W, WORKER("drain", "ready")),
		READ(W, WORKER("drain", "ready")),
		SET(W), /* 21 */
		READ(W, WORKER("active", "ready")),
		READ(W, WORKER("active", "ready")),
		RECORDED("active"),
		WRITE_SWARM, /* 25 */
		GET("/services?status=true", SERVICES(2)),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "70");

	(void)state;
	rolls(&p, DOCKER_AVAILABILITY_NONE);
	assert_non_null(strstr(p.m->bodies[9], "before-roll." W "\":\"active\""));
	assert_non_null(strstr(p.m->bodies[12], "\"drain\""));
	assert_non_null(strstr(p.m->bodies[15], "\"drain\""));
	assert_non_null(strstr(p.m->bodies[21], "\"active\""));
	fake_body_is(p.m, 25, "{\"Labels\":{}}");
	assert_string_equal(p.plan.said, "kd");
	assert_int_equal(p.out.list[0].outcome, SWARM_ROLL_DRAINED);
	finish(&p);
}

/* As a roll that was killed has left it: the script is content, the node comes back. */
static void restores_what_a_roll_left_drained(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, ASK_W };
	static const struct fake_exchange manager[] = {
		LOOK(WORKER("drain", "ready")),
		ASK_M,
		NODE_EVENTS,
		READ(W, WORKER("drain", "ready")),
		READ(W, WORKER("drain", "ready")),
		SET(W),
		READ(W, WORKER("active", "ready")),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	assert_string_equal(p.plan.said, "k");
	finish(&p);
}

/* Nobody says what it is to have: what was recorded before the drain is. */
static void restores_what_was_recorded(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, ASK_W };
	static const struct fake_exchange manager[] = {
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		READ_SWARM,
		GET("/nodes", "[" MANAGER "," WORKER("drain", "ready") "]"),
		RECORDED("pause"),
		ASK_M,
		NODE_EVENTS,
		READ(W, WORKER("drain", "ready")),
		READ(W, WORKER("drain", "ready")),
		SET(W), /* 10 */
		READ(W, WORKER("pause", "ready")),
		READ(W, WORKER("pause", "ready")),
		RECORDED("pause"),
		WRITE_SWARM, /* 14 */
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABILITY_NONE);
	assert_non_null(strstr(p.m->bodies[10], "\"pause\""));
	fake_body_is(p.m, 14, "{\"Labels\":{}}");
	finish(&p);
}

/* ---- a reboot ---- */

/* Its work goes first though the script left it there, and it is told once. */
static void reboots_a_host_that_has_to_be(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, TASK_EVENTS, ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		TASKS(W),
		READ(W, WORKER("active", "ready")),
		SET(W), /* 12 */
		READ(W, WORKER("drain", "ready")),
		TASKS(W),
		ASK_M, /* after the reboot */
		NODE_EVENTS,
		READ(W, WORKER("drain", "ready")),
		READ(W, WORKER("drain", "ready")),
		SET(W), /* 19 */
		READ(W, WORKER("active", "ready")),
		READ(W, WORKER("active", "ready")),
		RECORDED("active"),
		WRITE_SWARM,
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	p.plan.boots = "rru2";
	rolls(&p, DOCKER_AVAILABILITY_NONE);
	assert_string_equal(p.plan.told, "-r--");
	assert_non_null(strstr(p.m->bodies[12], "\"drain\""));
	assert_non_null(strstr(p.m->bodies[19], "\"active\""));
	assert_int_equal(p.out.list[0].outcome, SWARM_ROLL_REBOOTED);
	finish(&p);
}

/* Its node stays drained, and is named. */
static void stops_where_a_host_does_not_come_back(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, TASK_EVENTS };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		TASKS(W),
		READ(W, WORKER("active", "ready")),
		SET(W),
		READ(W, WORKER("drain", "ready")),
		TASKS(W),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	p.plan.boots = "rruuuuuuuuuuu";
	node_ms = 3000;
	fails(&p);
	node_ms = 10000;
	assert_int_equal(p.e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(p.e.msg, "dev-worker ("));
	assert_non_null(strstr(p.e.msg, "has not come back from its reboot"));
	assert_non_null(strstr(p.e.msg, "it stays drained, 0 of 1 nodes are done"));
}

/* As a roll that was killed meanwhile has left it: rebooted by now, and drained. */
static void goes_on_after_a_reboot_that_was_cut_off(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, ASK_W };
	static const struct fake_exchange manager[] = {
		LOOK(WORKER("drain", "ready")),
		ASK_M,
		NODE_EVENTS,
		READ(W, WORKER("drain", "ready")),
		READ(W, WORKER("drain", "ready")),
		SET(W),
		READ(W, WORKER("active", "ready")),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	p.plan.boots = "1";
	rolls(&p, DOCKER_AVAILABLE);
	assert_string_equal(p.plan.told, "-");
	finish(&p);
}

/* One request to the node and one look, and none that changes anything but the lease. */
static void leaves_a_host_on_that_need_not_be(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	p.plan.boots = "1";
	rolls(&p, DOCKER_AVAILABLE);
	assert_string_equal(p.plan.told, "-");
	assert_int_equal(p.out.list[0].outcome, SWARM_ROLL_KEPT);
	finish(&p);
}

#define GONE \
	"\"Labels\":{\"mine\":\"x\",\"terraform-swarm-helpers.before-roll." S \
	"\":\"active\"}"

/* Of a node that has gone since then; no other label is touched. */
static void forgets_nodes_that_are_gone(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		READ_SWARM,
		GET("/nodes", "[" MANAGER "," WORKER("active", "ready") "]"),
		GET("/swarm", SWARM(GONE)),
		GET("/swarm", SWARM(GONE)),
		WRITE_SWARM, /* 7 */
		GET("/services?status=true", SERVICES(3)),
		READ(W, WORKER("active", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	fake_body_is(p.m, 7, "{\"Labels\":{\"mine\":\"x\"}}");
	finish(&p);
}

/* One that is to be drained stays so, without a request about it. */
static void leaves_a_node_drained_that_is_to_be(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("drain", "ready"), 3),
		READ(W, WORKER("drain", "ready")),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	static const enum docker_availability wanted[] = { DOCKER_DRAINED,
							   DOCKER_AVAILABILITY_NONE };

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		struct played p = PLAYED(manager, worker, "0");

		rolls(&p, wanted[i]);
		finish(&p);
	}
}

/* ---- the leader ---- */

#define FORMER NODE(M, "manager", "worker", "drain", "ready", "")
#define AS(availability, manager) \
	NODE(M, "manager", "manager", availability, "ready", manager)
#define THREE(first) \
	"[" first "," NODE(S, "second", "manager", "active", "ready", \
			   FOLLOWS) "," NODE(W, "third", "manager", "active", "ready", \
					     FOLLOWS) "]"
#define MANAGERS(list) GET("/nodes?filters=%7B%22role%22%3A%5B%22manager%22%5D%7D", list)
#define UPDATE_EVENTS \
	EVENTS("%7B%22type%22%3A%5B%22node%22%5D%2C%22event%22%3A%5B" \
	       "%22update%22%5D%7D")
/* Its entry written as it is, until its own copy has that. */
#define SYNC(node) READ(M, node), SET(M), READ(M, node)
#define IS_READY(node) NODE_EVENTS, READ(M, node)

/* Demoted once its tasks are gone, and a manager again before the script runs. */
static const struct fake_exchange leader[] = {
	ASK_M,         TASK_EVENTS, GET("/info", INFO(M, "false", "")),
	UPDATE_EVENTS, ASK_M,       UPDATE_EVENTS,
};
static const struct fake_exchange second[] = {
	GET("/info", INFO(S, "true", CLUSTER)),
	READ_SWARM,
	WRITE_SWARM,
	READ_SWARM,
	GET("/nodes", THREE(MANAGER)),
	READ_SWARM,
	GET("/services?status=true", SERVICES(3)),
	READ_SWARM,
	WRITE_SWARM /* 8: the join lease */,
	MANAGERS(THREE(MANAGER)),
	GET("/info", INFO(S, "true", CLUSTER)),
	READ_SWARM,
	WRITE_SWARM,
	TASKS(M),
	READ(M, AS("active", LEADS)),
	SET(M),
	READ(M, AS("drain", LEADS)),
	TASKS(M),
	READ(M, AS("drain", LEADS)),
	READ_SWARM,
	WRITE_SWARM /* 20: that it hands over */,
	MANAGERS(THREE(MANAGER)),
	READ(M, AS("drain", LEADS)),
	SET(M) /* 23 */,
	READ(M, FORMER),
	READ(M, FORMER),
	SET(M) /* 26 */,
	IS_READY(AS("drain", FOLLOWS)),
	SYNC(AS("drain", FOLLOWS)),
	READ_SWARM,
	IS_READY(AS("drain", FOLLOWS)),
	SYNC(AS("drain", FOLLOWS)),
	READ(M, AS("drain", FOLLOWS)),
	SET(M),
	READ(M, AS("active", FOLLOWS)),
	READ_SWARM,
	READ(M, AS("active", FOLLOWS)),
	READ_SWARM,
	GET("/services?status=true", SERVICES(3)),
	END,
};

static void lets_the_leader_hand_over_before_its_script(void **state)
{
	struct played p = PLAYED(second, leader, "70");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	assert_non_null(strstr(p.m->bodies[8], "becoming-manager\":\"roll-swarm\""));
	assert_non_null(strstr(p.m->bodies[20], "handing-over\":\"" M "\""));
	assert_non_null(strstr(p.m->bodies[23], "\"Role\":\"worker\""));
	assert_non_null(strstr(p.m->bodies[26], "\"Role\":\"manager\""));
	assert_string_equal(p.plan.said, "kd");
	finish(&p);
}

#define HANDING \
	GET("/swarm", SWARM("\"Labels\":{\"terraform-swarm-helpers.handing-over\":" \
			    "\"" M "\"}"))
#define SECOND GET("/info", INFO(S, "true", CLUSTER))

/* A roll was killed after the demotion: first of all it becomes a manager again. */
static void promotes_whom_a_roll_left_demoted(void **state)
{
	static const struct fake_exchange former[] = {
		GET("/info", INFO(M, "false", "")),
		UPDATE_EVENTS,
	};
	static const struct fake_exchange other[] = {
		SECOND,
		READ_SWARM,
		WRITE_SWARM,
		HANDING,
		SECOND,
		READ_SWARM,
		WRITE_SWARM, /* the join lease */
		READ(M, FORMER),
		SET(M), /* 8 */
		IS_READY(AS("active", FOLLOWS)),
		SYNC(AS("active", FOLLOWS)),
		HANDING,
		WRITE_SWARM, /* 15 */
		READ_SWARM,
		GET("/nodes", THREE(AS("active", FOLLOWS))),
		READ_SWARM,
		GET("/services?status=true", SERVICES(3)),
		READ_SWARM,
		WRITE_SWARM,
		MANAGERS(THREE(AS("active", FOLLOWS))),
		READ_SWARM,
		READ(M, AS("active", FOLLOWS)),
		GET("/services?status=true", SERVICES(3)),
		END,
	};
	struct played p = PLAYED(other, former, "0");

	(void)state;
	rolls(&p, DOCKER_AVAILABLE);
	assert_non_null(strstr(p.m->bodies[8], "\"Role\":\"manager\""));
	fake_body_is(p.m, 15, "{\"Labels\":{}}");
	finish(&p);
}

/* ---- what fails ---- */

static void stops_at_a_node_that_fails(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W, TASK_EVENTS };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		ASK_M,
		READ_SWARM,
		WRITE_SWARM,
		TASKS(W),
		READ(W, WORKER("active", "ready")),
		SET(W),
		READ(W, WORKER("drain", "ready")),
		TASKS(W),
		END,
	};
	static const char *const answers[] = { "7f", "77" };
	static const char *const says[] = {
		"script x failed with exit code 3: no; it stays drained, 0 of 1 nodes",
		"the script asks once more that the node's work goes first",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct played p = PLAYED(manager, worker, answers[i]);

		fails(&p);
		assert_int_equal(p.e.kind, ERR_REFUSED);
		assert_non_null(strstr(p.e.msg, "dev-worker ("));
		assert_non_null(strstr(p.e.msg, says[i]));
		assert_int_equal(p.out.count, 0);
		assert_string_equal(p.plan.said, "kd");
	}
}

/* It has not asked for anything, and so has changed nothing. */
static void leaves_the_work_where_the_script_fails_at_once(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		END,
	};
	struct played p = PLAYED(manager, worker, "f");

	(void)state;
	fails(&p);
	assert_non_null(strstr(p.e.msg, "its work stays there, 0 of 1 nodes are done"));
}

/* The node is back, and a task has nowhere to go all the same. */
static void stops_where_services_lose_tasks(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };
	static const struct fake_exchange manager[] = {
		BEGIN(WORKER("active", "ready"), 3),
		READ(W, WORKER("active", "ready")),
		{ .request = "GET /v1.41/services?status=true",
		  .status = 200,
		  .body = SERVICES(2),
		  .again = true },
		END,
	};
	struct played p = PLAYED(manager, worker, "0");

	(void)state;
	node_ms = 600;
	fails(&p);
	node_ms = 10000;
	assert_int_equal(p.e.kind, ERR_DEADLINE);
	assert_non_null(strstr(p.e.msg, "stopped after dev-worker ("));
	assert_non_null(strstr(p.e.msg, "service web runs 2 of 3 tasks"));
}

/* ---- what is refused before anything is touched but the lease ---- */

static const struct {
	const char *name, *nodes, *says;
} refused[] = {
	{ "a node that is Down",
	  "[" MANAGER "," WORKER("active", "ready") "," NODE(S, "spare", "worker",
							     "active", "down", "") "]",
	  "node dev-spare (10.0.1.1, " S ") is down; bring it back" },
	{ "a host that is none of the swarm", "[" MANAGER "]",
	  "is no node of the swarm " CLUSTER },
};

static void refuses_before_it_begins(void **state)
{
	static const struct fake_exchange worker[] = { ASK_W };

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		const struct fake_exchange manager[] = {
			ASK_M,
			READ_SWARM,
			WRITE_SWARM,
			READ_SWARM,
			GET("/nodes", refused[i].nodes),
			READ_SWARM,
			END,
		};
		struct played p = PLAYED(manager, worker, "");

		print_message("  %s\n", refused[i].name);
		fails(&p);
		assert_int_equal(p.e.kind, ERR_REFUSED);
		assert_non_null(strstr(p.e.msg, refused[i].says));
		assert_string_equal(p.plan.said, "");
	}
}

/* The manager is the node: the only one, or one of two. */
static const struct {
	const char *name, *nodes, *says;
} managers[] = {
	{ "a sole manager", "[" MANAGER "]",
	  "is the only manager, and while its engine "
	  "restarts nobody manages the swarm" },
	{ "one of two",
	  "[" MANAGER "," NODE(S, "second", "manager", "active", "ready", FOLLOWS) "]",
	  "while dev-manager restarts, 1 of 2 answer, and 2 are needed" },
};

static void refuses_to_lose_the_quorum(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(managers); i++) {
		const struct fake_exchange one[] = {
			ASK_M, /* as a host */
			ASK_M,
			READ_SWARM,
			WRITE_SWARM,
			READ_SWARM,
			GET("/nodes", managers[i].nodes),
			READ_SWARM,
			END,
		};
		struct fake *m = FAKE_START(one);
		struct played p = { .m = m, .f = m, .plan.answers = "" };

		print_message("  %s\n", managers[i].name);
		fails(&p);
		assert_int_equal(p.e.kind, ERR_REFUSED);
		assert_non_null(strstr(p.e.msg, managers[i].says));
	}
}

/* One that restarts would wait for somebody with the key. */
static void refuses_managers_that_lock(void **state)
{
	static const struct fake_exchange one[] = { ASK_M };
	static const struct fake_exchange other[] = {
		GET("/info", INFO(S, "true", CLUSTER)),
		READ_SWARM,
		WRITE_SWARM,
		READ_SWARM,
		GET("/nodes", THREE(MANAGER)),
		GET("/swarm", SWARM("\"EncryptionConfig\":{\"AutoLockManagers\":true}")),
		END,
	};
	struct played p = PLAYED(other, one, "");

	(void)state;
	fails(&p);
	assert_int_equal(p.e.kind, ERR_REFUSED);
	assert_non_null(strstr(p.e.msg, "the managers of this swarm lock themselves"));
}

/* ---- services ---- */

static struct docker_service service(const char *id, bool global, int64_t running,
				     int64_t desired)
{
	struct docker_service s = { .global = global,
				    .running = running,
				    .desired = desired };

	snprintf(s.id, sizeof(s.id), "%s", id);
	return s;
}

static const struct {
	const char *name;
	bool global, job;
	int64_t had, should, has, wants;
	int64_t lacking; /* of how many, 0 for none */
} services[] = {
	{ "as before", false, false, 5, 5, 5, 5, 0 },
	{ "one fewer", false, false, 5, 5, 4, 5, 5 },
	{ "scaled down meanwhile", false, false, 5, 5, 2, 2, 0 },
	{ "scaled up meanwhile", false, false, 5, 5, 5, 9, 0 },
	{ "fewer than it should, as before", false, false, 3, 5, 3, 5, 0 },
	{ "more than it should: one was stopping", false, false, 6, 5, 5, 5, 0 },
	{ "a global one whose node is not active yet", true, false, 6, 6, 5, 5, 6 },
	{ "a global one, all back", true, false, 6, 6, 6, 6, 0 },
	{ "a job", false, true, 3, 3, 0, 3, 0 },
};

static void waits_for_as_many_tasks_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(services); i++) {
		struct docker_service before = service(WEB, services[i].global,
						       services[i].had,
						       services[i].should);
		struct docker_service now = service(WEB, services[i].global,
						    services[i].has, services[i].wants);
		struct docker_services then = { &before, 1 }, list = { &now, 1 };
		int64_t enough = 0;

		print_message("  %s\n", services[i].name);
		now.job = before.job = services[i].job;
		if (services[i].lacking) {
			assert_ptr_equal(swarm_roll_lacking(&list, &then, &enough), &now);
			assert_int_equal(enough, services[i].lacking);
		} else {
			assert_null(swarm_roll_lacking(&list, &then, &enough));
		}
	}
}

/* Before a roll begins what counts is what there should be; a service that came after
 * that is nobody's concern. */
static void looks_at_what_should_be_before(void **state)
{
	struct docker_service web = service(WEB, false, 4, 5);
	struct docker_services now = { &web, 1 }, none = { NULL, 0 };
	int64_t enough = 0;

	(void)state;
	assert_ptr_equal(swarm_roll_lacking(&now, NULL, &enough), &web);
	assert_int_equal(enough, 5);
	assert_null(swarm_roll_lacking(&now, &none, &enough));
	web.running = 5;
	assert_null(swarm_roll_lacking(&now, NULL, &enough));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_a_node_once_that_is_right),
		cmocka_unit_test(asks_an_engine_again_that_is_in_no_swarm),
		cmocka_unit_test(refuses_a_host_that_is_in_no_swarm),
		cmocka_unit_test(drains_a_node_that_asks),
		cmocka_unit_test(restores_what_a_roll_left_drained),
		cmocka_unit_test(restores_what_was_recorded),
		cmocka_unit_test(reboots_a_host_that_has_to_be),
		cmocka_unit_test(stops_where_a_host_does_not_come_back),
		cmocka_unit_test(goes_on_after_a_reboot_that_was_cut_off),
		cmocka_unit_test(leaves_a_host_on_that_need_not_be),
		cmocka_unit_test(forgets_nodes_that_are_gone),
		cmocka_unit_test(leaves_a_node_drained_that_is_to_be),
		cmocka_unit_test(lets_the_leader_hand_over_before_its_script),
		cmocka_unit_test(promotes_whom_a_roll_left_demoted),
		cmocka_unit_test(stops_at_a_node_that_fails),
		cmocka_unit_test(leaves_the_work_where_the_script_fails_at_once),
		cmocka_unit_test(stops_where_services_lose_tasks),
		cmocka_unit_test(refuses_before_it_begins),
		cmocka_unit_test(refuses_to_lose_the_quorum),
		cmocka_unit_test(refuses_managers_that_lock),
		cmocka_unit_test(waits_for_as_many_tasks_as_before),
		cmocka_unit_test(looks_at_what_should_be_before),
	};

	return cmocka_run_group_tests_name("swarm/roll", tests, NULL, NULL);
}
