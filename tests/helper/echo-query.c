/* SPDX-License-Identifier: MIT */
/*
 * echo-query - an executable as the real ones are, for the tests of what all
 * of them have in common: its result is its query, or the failure it is asked
 * for. It reaches no host.
 */
#include "cli/helper.h"

#include "base/log.h"

#include <string.h>

static const struct query_field fields[] = {
	{ .key = "managers",
	  .type = QUERY_HOSTS,
	  .meaning = "the other managers, asked in this order",
	  .example = "10.0.1.10,admin@[fd00::10]:2222" },
	{ .key = "advertise_addr",
	  .type = QUERY_ADDRESS,
	  .meaning = "the address that the other nodes reach this one at",
	  .example = "10.0.1.12" },
	{ .key = "data_path_port",
	  .type = QUERY_NUMBER,
	  .fallback = "4789",
	  .meaning = "the UDP port of the overlay networks",
	  .example = "7789" },
	{ .key = "labels",
	  .type = QUERY_MAP,
	  .meaning = "the labels of the node",
	  .example = "{\"zone\":\"a\",\"disk\":\"ssd\"}" },
	{ .key = "on_unreachable",
	  .type = QUERY_CHOICE,
	  .fallback = "fail",
	  .choices = "fail|empty",
	  .meaning = "what to answer when the host cannot be reached",
	  .example = "empty" },
	{ .key = "token_env",
	  .type = QUERY_ENV,
	  .meaning = "the name of the variable that holds the join token",
	  .example = "SWARM_TOKEN" },
	{ .key = "drain_timeout",
	  .type = QUERY_DURATION,
	  .fallback = "5m",
	  .meaning = "how long tasks may take to stop",
	  .example = "90s" },
	{ .key = "act",
	  .type = QUERY_CHOICE,
	  .fallback = "echo",
	  .choices = "echo|fail|wait|stay|binary",
	  .meaning = "what the run does: answer, fail, wait for its end, wait "
		     "without heeding an interrupt, or answer with what is no "
		     "text",
	  .example = "echo" },
	{ 0 }
};

static const struct helper_output outputs[] = {
	{ "host", "the host of the query" },
	{ "secret", "how many bytes the token has" },
	{ "left", "\"yes\" when more time is left than `timeout` gives" },
	{ 0 }
};

static int64_t drain_ms(const struct query *q)
{
	return query_ms(q, "drain_timeout");
}

static int fail(const struct query *q, struct result *r, const struct deadline *d,
		struct err *e)
{
	(void)r;
	(void)d;
	return err_set(e, ERR_UNREACHABLE, "%s: connection refused",
		       query_text(q, "host"));
}

static int wait(const struct query *q, struct result *r, const struct deadline *d,
		struct err *e)
{
	(void)q;
	(void)r;
	log_progress("waiting");
	deadline_pause(d, INT32_MAX);
	return err_set(e, ERR_DEADLINE, "time ran out");
}

static int stay(const struct query *q, struct result *r, const struct deadline *d,
		struct err *e)
{
	struct deadline deaf = { .at_ms = d->at_ms, .stop_fd = -1 };

	return wait(q, r, &deaf, e);
}

static int binary(const struct query *q, struct result *r, const struct deadline *d,
		  struct err *e)
{
	(void)q;
	(void)d;
	(void)e;
	result_set(r, "log", "\xff\xfe");
	return 0;
}

static int echo(const struct query *q, struct result *r, const struct deadline *d,
		struct err *e)
{
	const char *secret = query_secret(q, "token_env");

	(void)e;
	result_set(r, "host", query_text(q, "host"));
	result_setf(r, "secret", "%zu", secret ? strlen(secret) : 0);
	result_setf(r, "port", "%u", query_number(q, "port"));
	result_set(r, "host_key_policy", query_text(q, "host_key_policy"));
	result_set(r, "left",
		   deadline_left_ms(d) > query_ms(q, "timeout") ? "yes" : "no");
	return 0;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	static const struct {
		const char *act;
		int (*run)(const struct query *q, struct result *r,
			   const struct deadline *d, struct err *e);
	} acts[] = {
		{ "echo", echo }, { "fail", fail },     { "wait", wait },
		{ "stay", stay }, { "binary", binary },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].act, query_text(q, "act")))
			return acts[i].run(q, r, d, e);
	return err_set(e, ERR_USAGE, "act: no such act");
}

static const struct helper helper = {
	.name = "echo-query",
	.kind = HELPER_QUERY,
	.purpose = "answers with its own query",
	.details = "Runs what every executable does around its one call, and "
		   "reaches no host. A line of its own begins with '.' or \\.",
	.fields = fields,
	.outputs = outputs,
	.default_timeout = "30s",
	.extra_ms = drain_ms,
	.run = run,
};

int main(int argc, char **argv)
{
	return helper_main(&helper, argc, argv);
}
