/* SPDX-License-Identifier: MIT */
/*
 * roll-swarm - an action: runs a script on every node of a living swarm, one after
 * the other, so that no work and no quorum is lost.
 */
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "ssh/root_shell.h"
#include "ssh/script.h"
#include "swarm/roll.h"

#include <stdio.h>
#include <string.h>

/* The name of the lock that keeps two scripts on one host apart. */
#define LOCK "prepare-node"
/* EX_TEMPFAIL of sysexits.h: the node's work has to go first. */
#define ASKS 75

/* The choices of drain, reboot, on_missing_tasks and allow_sole_manager */
enum { DRAIN_WHEN_ASKED, DRAIN_ALWAYS };
enum { REBOOT_NEVER, REBOOT_WHEN_REQUIRED };
enum { MISSING_FAIL, MISSING_PROCEED };
enum { SOLE_REFUSE, SOLE_ALLOW };

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers of the swarm, asked side "
		     "by side with host; the first that answers is used",
	  .example = "10.0.1.13,10.0.1.14" },
	{ "nodes", QUERY_HOSTS, .required = true,
	  .meaning = "the hosts whose nodes are "
		     "rolled; nodes of the swarm that are none of them stay as they are",
	  .example = "10.0.1.11,10.0.1.13,10.0.1.14,10.0.1.21" },
	{ "script", QUERY_PATH, .required = true,
	  .meaning =
		  "the script, a file on this "
		  "machine. It may run again; ends with 0 where nothing is left to do, and with "
		  "75, having done nothing, where NODE_DRAINED is no and the node's work has to "
		  "go first",
	  .example = "scripts/install-docker.sh" },
	{ "environment", QUERY_MAP,
	  .meaning = "variables for the script, beside "
		     "NODE_DRAINED, which is yes or no",
	  .example = "{\"DOCKER_VERSION\":\"28.5.2\"}" },
	{ "secrets", QUERY_MAP,
	  .meaning = "secrets for the script: the name of each variable, with the "
		     "name of the environment variable here that holds its value; not "
		     "exported, so that programs that the script starts do not get them",
	  .example = "{\"REGISTRY_PASSWORD\":\"CI_REGISTRY_PASSWORD\"}" },
	{ "availability", QUERY_MAP,
	  .meaning =
		  "the wanted availability of each node, "
		  "active, pause or drain, by its entry in nodes; of others the one that is "
		  "found",
	  .example = "{\"10.0.1.11\":\"drain\",\"10.0.1.21\":\"active\"}" },
	{ "max_unavailable", QUERY_TEXT, .fallback = "1",
	  .meaning =
		  "how many workers "
		  "go at a time: a number, or a percentage of the workers among nodes, rounded "
		  "down, one at least",
	  .example = "25%" },
	{ "drain", QUERY_CHOICE, .fallback = "when-asked", .choices = "when-asked|always",
	  .meaning = "whether a node is drained when the "
		     "script ends with 75, or before it runs, whatever it says",
	  .example = "always" },
	{ "reboot", QUERY_CHOICE, .fallback = "never", .choices = "never|when-required",
	  .meaning =
		  "whether a host that has the file /run/reboot-required once "
		  "its script has run is rebooted, after its work has gone; Debian's and "
		  "Ubuntu's packages write that file, and a script may",
	  .example = "when-required" },
	{ "node_timeout", QUERY_DURATION, .fallback = "15m",
	  .meaning =
		  "how long one "
		  "node may take, all in all, its reboot included; more than drain_timeout",
	  .example = "30m" },
	{ "drain_timeout", QUERY_DURATION, .fallback = "5m",
	  .meaning = "how long of that "
		     "a node's tasks get to stop, their own stop grace periods included",
	  .example = "10m" },
	{ "on_missing_tasks", QUERY_CHOICE, .fallback = "fail", .choices = "fail|proceed",
	  .meaning =
		  "what to do when a service has fewer "
		  "tasks than it should before the roll begins: fail, or go on and see to it that "
		  "they are no fewer afterwards",
	  .example = "proceed" },
	{ "allow_sole_manager", QUERY_CHOICE, .fallback = "false",
	  .choices = "false|true",
	  .meaning = "whether the only manager may be rolled; "
		     "nobody manages the swarm while its engine restarts",
	  .example = "true" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "cluster_id", "the swarm's ID" },
	{ "ids", "the IDs of the nodes, comma-separated, in the order of the roll" },
	{ "drained", "how many of them were drained" },
	{ "rebooted", "how many of these were rebooted" },
	{ "<id>.hostname", "the node's name" },
	{ "<id>.outcome",
	  "kept (its work stayed, as the script asked for no drain), drained (its "
	  "work went first, and the node came back) or rebooted (its host as well)" },
	{ "<id>.seconds", "how long it took" },
	{ "<id>.engine", "the version of its engine" },
	{ 0 },
};

/* ---- the script ---- */

struct scripts {
	const char *path;
	struct ssh_script kept, drained; /* with NODE_DRAINED */
};

static int read_script(struct ssh_script *s, const struct query *q, const char *drained,
		       const json_t *secrets, struct err *e)
{
	const json_t *environment = query_map(q, "environment");
	json_t *all = environment ? json_deep_copy(environment) : json_object();
	int ret;

	if (!all || json_object_set_new(all, "NODE_DRAINED", json_string(drained)))
		ret = err_no_memory(e);
	else
		ret = ssh_script_read(s, query_text(q, "script"), all, secrets, e);
	json_decref(all);
	return ret;
}

static int read_scripts(struct scripts *s, const struct query *q, struct err *e)
{
	json_t *secrets = query_map_secrets(q, "secrets", e);
	int ret = -1;

	s->path = query_text(q, "script");
	if (secrets && !read_script(&s->kept, q, "no", secrets, e))
		ret = read_script(&s->drained, q, "yes", secrets, e);
	json_decref(secrets);
	return ret;
}

static int run_script(void *ctx, struct docker_engine *node, bool drained, bool *asks,
		      const struct deadline *d, struct err *e)
{
	const struct scripts *s = ctx;
	const struct ssh_script *script = drained ? &s->drained : &s->kept;
	char last[SSH_ROOT_LINE];
	int code = 0;
	const struct ssh_root_script run = {
		.program = LOCK,
		.name = s->path,
		.shell = script->shell,
		.text = &script->text,
		.also = ASKS,
		.code = &code,
	};

	if (!docker_ssh(node))
		return err_set(e, ERR_USAGE,
			       "nodes: no script runs through a socket; "
			       "name the host by its address");
	if (ssh_root_shell(docker_ssh(node), &run, last, d, e))
		return -1;
	*asks = code == ASKS;
	return 0;
}

/* ---- reboots ---- */

/* Says "yes" or "no", and the boot: a system container has its machine's kernel, and its own
 * process 1. What reboots waits for a second, so that the end of this script is heard of. */
static const char boot_script[] =
	"id=\"$(cat /proc/sys/kernel/random/boot_id) "
	"$(sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20)\"\n"
	"if [ \"$BOOT\" = \"$id\" ]; then\n"
	"  if [ -d /run/systemd/system ]; then r='systemctl reboot'; else r=reboot; fi\n"
	"  (sleep 1; PATH=$PATH:/usr/sbin:/sbin; exec $r) >/dev/null 2>&1 &\n"
	"fi\n"
	"if [ -e /run/reboot-required ]; then w=yes; else w=no; fi\n"
	"echo \"$w $id\"\n";

static int read_boot(struct swarm_roll_boot *now, const char *line, struct err *e)
{
	size_t skip = !strncmp(line, "yes ", 4) ? 4 : !strncmp(line, "no ", 3) ? 3 : 0;
	size_t n = strlen(line + skip);

	if (!skip || n < 2 || n >= sizeof(now->id) ||
	    strspn(line + skip, "0123456789abcdef- ") < n)
		return err_set(e, ERR_REFUSED,
			       "it is not known in which boot the host is (it said "
			       "\"%.80s\"); see whether it has /proc",
			       line);
	memcpy(now->id, line + skip, n + 1);
	now->required = skip == 4;
	return 0;
}

static int ask_boot(void *ctx, struct docker_engine *node, const char *from,
		    struct swarm_roll_boot *now, const struct deadline *d, struct err *e)
{
	struct buf text = BUF_INIT(1024);
	char last[SSH_ROOT_LINE];
	const struct ssh_root_script run = {
		.program = LOCK, .name = "of the reboot", .shell = "sh", .text = &text
	};
	int ret;

	(void)ctx;
	buf_addf(&text, "BOOT='%s'\n%s", from ? from : "", boot_script);
	ret = ssh_root_shell(docker_ssh(node), &run, last, d, e);
	buf_free(&text);
	return ret ? ret : read_boot(now, last, e);
}

/* ---- the query ---- */

static int read_unavailable(struct swarm_roll_params *p, const char *text, struct err *e)
{
	size_t n = strlen(text);
	char number[16];

	p->percent = n && text[n - 1] == '%';
	snprintf(number, sizeof(number), "%.*s", (int)(n - p->percent), text);
	if (n < sizeof(number) &&
	    !text_to_u32(number, 1, p->percent ? 100 : UINT32_MAX, &p->unavailable))
		return 0;
	return err_set(e, ERR_USAGE,
		       "max_unavailable: \"%.40s\" is neither a number from "
		       "1 on nor a percentage from 1%% to 100%%",
		       text);
}

/* The key of the map that is this entry of `nodes`, as it is written there. */
static const char *value_of(const json_t *map, const char *entry, size_t n)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)map, key, value)
		if (strlen(key) == n && !memcmp(key, entry, n))
			return json_string_value(value);
	return NULL;
}

static int read_hosts(struct swarm_roll_host *hosts, const struct swarm_hosts *targets,
		      const struct query *q, struct err *e)
{
	const json_t *map = query_map(q, "availability");
	const char *rest = query_text(q, "nodes"), *entry, *word;
	size_t n, used = 0;

	for (size_t i = 0; i < targets->count && text_next_item(&rest, &entry, &n); i++) {
		hosts[i].target = &targets->list[i];
		word = map ? value_of(map, entry, n) : NULL;
		hosts[i].availability = docker_availability_of(word);
		if (word && !hosts[i].availability)
			return err_set(e, ERR_USAGE,
				       "availability: \"%.40s\" of %.*s is "
				       "none of active, pause, drain",
				       word, (int)n, entry);
		used += word != NULL;
	}
	if (used < json_object_size(map))
		return err_set(e, ERR_USAGE,
			       "availability: names a host that is not an "
			       "entry of nodes as it is written there");
	return 0;
}

static int read_params(struct swarm_roll_params *p, const struct query *q,
		       const struct target_set *managers, struct scripts *scripts,
		       struct err *e)
{
	*p = (struct swarm_roll_params){
		.managers = *target_all(managers),
		.script = run_script,
		.boot = query_choice(q, "reboot") == REBOOT_WHEN_REQUIRED ? ask_boot
									  : NULL,
		.ctx = scripts,
		.drain_always = query_choice(q, "drain") == DRAIN_ALWAYS,
		.missing_tasks = query_choice(q, "on_missing_tasks") == MISSING_PROCEED,
		.sole_manager = query_choice(q, "allow_sole_manager") == SOLE_ALLOW,
		.node_ms = query_ms(q, "node_timeout"),
		.drain_ms = query_ms(q, "drain_timeout"),
	};
	if (p->node_ms <= p->drain_ms)
		return err_set(e, ERR_USAGE,
			       "node_timeout: expected more than drain_timeout, which a "
			       "node's tasks alone may take to stop");
	if (read_unavailable(p, query_text(q, "max_unavailable"), e))
		return -1;
	return read_scripts(scripts, q, e);
}

/* ---- the result ---- */

static void set(struct result *r, const struct swarm_rolled *n)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.hostname", n->id);
	result_set(r, key, n->hostname);
	snprintf(key, sizeof(key), "%s.outcome", n->id);
	result_set(r, key, swarm_roll_outcome_name(n->outcome));
	snprintf(key, sizeof(key), "%s.seconds", n->id);
	result_setf(r, key, "%.1f", (double)n->ms / 1000);
	snprintf(key, sizeof(key), "%s.engine", n->id);
	result_set(r, key, n->engine);
}

static int tell(struct result *r, const struct swarm_roll_result *done, struct err *e)
{
	struct buf ids = BUF_INIT(1u << 20);
	size_t drained = 0, rebooted = 0;
	int ret = 0;

	for (size_t i = 0; i < done->count; i++) {
		const struct swarm_rolled *n = &done->list[i];

		buf_addf(&ids, "%s%s", i ? "," : "", n->id);
		drained += n->outcome != SWARM_ROLL_KEPT;
		rebooted += n->outcome == SWARM_ROLL_REBOOTED;
		set(r, n);
	}
	if (ids.failed)
		ret = err_no_memory(e);
	result_set(r, "cluster_id", done->cluster_id);
	result_set(r, "ids", buf_str(&ids));
	result_setf(r, "drained", "%zu", drained);
	result_setf(r, "rebooted", "%zu", rebooted);
	buf_free(&ids);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *managers = NULL, *nodes = NULL;
	struct scripts scripts = { 0 };
	struct swarm_roll_host *hosts = NULL;
	struct swarm_roll_params params;
	struct swarm_roll_result done = { 0 };
	int ret = -1;

	if (target_read(&managers, q, "managers", false, false, e) ||
	    target_read(&nodes, q, "nodes", false, false, e) ||
	    read_params(&params, q, managers, &scripts, e))
		goto out;
	params.count = target_others(nodes)->count;
	params.hosts = hosts = secret_calloc(params.count, sizeof(*hosts));
	if (!hosts) {
		err_no_memory(e);
		goto out;
	}
	if (read_hosts(hosts, target_others(nodes), q, e) ||
	    swarm_roll(&params, &done, d, e))
		goto out;
	ret = tell(r, &done, e);
out:
	swarm_roll_free(&done);
	secret_free(hosts);
	ssh_script_free(&scripts.kept);
	ssh_script_free(&scripts.drained);
	target_free(nodes);
	target_free(managers);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "roll-swarm",
		.kind = HELPER_ACTION,
		.purpose = "run a script on every node of a living swarm, one after the "
			   "other, without losing work or quorum",
		.details =
			"What an earlier roll has left unfinished goes first, then "
			"managers one at a time with the leader last, then workers. "
			"A node whose script asks for it is drained and hands its "
			"leadership over first, and so is one that is rebooted; once it is Ready again its "
			"availability is put back, and services have to have as many "
			"tasks as before. Refuses to begin while a node is Down, the "
			"quorum could be lost, a service lacks tasks or another roll "
			"is under way. Stops at the first node that fails, which "
			"stays drained if it was; run again it goes on there.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "24h",
		.ends_with_parent = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
