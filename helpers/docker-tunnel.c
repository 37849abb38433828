/* SPDX-License-Identifier: MIT */
/*
 * docker-tunnel - a person's tool: the Docker client of this machine at a manager's
 * engine, over the verified SSH connection.
 */
#include "base/log.h"
#include "base/timing.h"
#include "cli/command.h"
#include "cli/docker_context.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "net/unix_listener.h"
#include "swarm/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FOLDER "docker-tunnel-"
#define NAME "docker.sock" /* in it */

static const struct query_field fields[] = {
	{ "host", QUERY_SSH_HOST, .required = true,
	  .meaning = "a manager: a name or "
		     "an address of the machine",
	  .example = "10.0.1.11" },
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers: the first that answers "
		     "is used, and when it goes the next",
	  .example = "10.0.1.12,admin@10.0.1.13:2222" },
	{ "socket", QUERY_PATH,
	  .meaning =
		  "where the socket is made, for this user "
		  "alone; without it in a folder of its own in $XDG_RUNTIME_DIR, $TMPDIR or "
		  "/tmp",
	  .example = "~/.docker/dev.sock" },
	{ "context", QUERY_TEXT,
	  .meaning = "the name of a context of the local docker "
		     "client that leads there, as long as this runs",
	  .example = "dev" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "docker_host", "what DOCKER_HOST has to be; printed, without a command, as "
			 "soon as it can be used" },
	{ "manager", "the manager that is used first" },
	{ 0 },
};

static char **command;     /* behind "--"; NULL without */
static mode_t caller_mask; /* the umask that the command gets */
static int status;         /* of the command */

/* Everything that ends with the run. */
struct run {
	struct target_set *targets;
	struct unix_listener listener;
	struct swarm_tunnel *tunnel;
	const char *context; /* once it is made */
	char docker_host[sizeof(((struct unix_listener *)0)->path) + 8];
	int signals;
	struct command command;
};

static int open_all(struct run *r, const struct query *q, const struct deadline *d,
		    struct err *e)
{
	const char *context = query_text(q, "context");
	struct deadline soon = deadline_in(TIMING_CONTEXT_MS);

	if (target_read(&r->targets, q, "managers", false, false, e) ||
	    unix_listener_open(&r->listener, query_text(q, "socket"), FOLDER, NAME, e) ||
	    swarm_tunnel_open(&r->tunnel, target_all(r->targets), query_ms(q, "timeout"),
			      d, e))
		return -1;
	snprintf(r->docker_host, sizeof(r->docker_host), "unix://%s", r->listener.path);
	r->signals = command_watch(e);
	if (r->signals < 0)
		return -1;
	if (context && docker_context_point(context, r->listener.path, &soon, e))
		return -1;
	r->context = context;
	return 0;
}

static void close_all(struct run *r)
{
	struct deadline soon = deadline_in(TIMING_CONTEXT_MS);
	struct err e;

	if (r->context && docker_context_remove(r->context, &soon, &e))
		log_warn("%s", e.msg);
	unix_listener_close(&r->listener);
	swarm_tunnel_close(r->tunnel);
	target_free(r->targets);
}

/* What else says where the client connects to, and how, does not hold there. */
static void start_command(struct run *r)
{
	static const char *const others[] = {
		"DOCKER_CONTEXT",
		"DOCKER_TLS",
		"DOCKER_TLS_VERIFY",
		"DOCKER_CERT_PATH",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		unsetenv(others[i]);
	setenv("DOCKER_HOST", r->docker_host, 1);
	command_start(&r->command, (const char *const *)command, caller_mask);
}

static int announce(const struct run *r, struct result *result, struct err *e)
{
	result_set(result, "docker_host", r->docker_host);
	result_set(result, "manager", swarm_tunnel_manager(r->tunnel));
	return result_print(result, r->signals, e);
}

static int serve(struct run *r, struct err *e)
{
	while (!r->command.over) {
		if (swarm_tunnel_serve(r->tunnel, r->listener.fd, r->signals, e))
			return -1;
		command_take(&r->command);
	}
	status = r->command.status;
	return 0;
}

static int run(const struct query *q, struct result *result, const struct deadline *d,
	       struct err *e)
{
	struct run r = { .listener = { .fd = -1 } };
	int ret = open_all(&r, q, d, e);

	if (!ret && command)
		start_command(&r);
	else if (!ret)
		ret = announce(&r, result, e);
	if (!ret)
		ret = serve(&r, e);
	close_all(&r);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "docker-tunnel",
		.kind = HELPER_TOOL,
		.purpose = "lead the local docker client to a manager",
		.details = "Runs the command behind -- with DOCKER_HOST at a socket of "
			   "its own and ends with the command's exit code; without a "
			   "command it prints where the socket is and serves until it "
			   "is ended (Ctrl-C, SIGTERM). All streams go over one "
			   "verified SSH connection. When the manager goes, those end "
			   "and the next manager is used. `timeout` is how long one "
			   "is looked for.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "30s",
		.command = &command,
		.run = run,
	};
	int code;

	caller_mask = umask(077);
	code = helper_main(&helper, argc, argv);
	return code ? code : status;
}
