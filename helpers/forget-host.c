/* SPDX-License-Identifier: MIT */
/*
 * forget-host - an action: takes one host out of a known_hosts file, so that the
 * next machine under its address is a new one and not one that has changed.
 */
#include "cli/helper.h"
#include "hostkey/known_hosts.h"

static const struct query_field fields[] = {
	{ "host", QUERY_SSH_HOST, .required = true,
	  .meaning = "the host, as it was "
		     "reached: a name or an address",
	  .example = "10.0.1.12" },
	{ "known_hosts", QUERY_PATH, .required = true,
	  .meaning = "the file of known "
		     "host keys that its line is taken out of",
	  .example = "./known_hosts" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "lines", "how many lines named the host: taken out, or without its name "
		   "now where they name others too" },
	{ 0 },
};

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	unsigned int lines;

	if (known_hosts_forget(query_text(q, "known_hosts"), query_text(q, "host"),
			       (uint16_t)query_number(q, "port"), &lines, d, e))
		return -1;
	result_setf(r, "lines", "%u", lines);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "forget-host",
		.kind = HELPER_ACTION,
		.purpose = "take one host out of a known_hosts file",
		.details = "Reaches no host. Takes the lock under which the others "
			   "record keys, so that neither loses what the other "
			   "wrote. @revoked and @cert-authority lines stay, and "
			   "patterns that mean other hosts too. A file without a "
			   "line is removed; a missing file is fine.",
		.fields = fields,
		.shared = "name,port,timeout",
		.outputs = outputs,
		.default_timeout = "1m",
		.at_destroy = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
