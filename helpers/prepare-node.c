/* SPDX-License-Identifier: MIT */
/*
 * prepare-node - an action: runs one script on a host over the same verified
 * connection that the other executables use.
 */
#include "cli/helper.h"
#include "cli/target.h"
#include "swarm/prepare.h"

static const struct query_field fields[] = {
	{ "script", QUERY_PATH, .required = true, .meaning = "the script, a file "
	  "on this machine; it should be one that may run again",
	  .example = "scripts/install-docker.sh" },
	{ "environment", QUERY_MAP, .meaning = "variables for the script",
	  .example = "{\"DOCKER_VERSION\":\"27.5.1\"}" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "last_line", "the last line that the script printed" },
	{ 0 },
};

static int run(const struct query *q, struct result *r,
	       const struct deadline *d, struct err *e)
{
	char last[SWARM_PREPARE_LINE] = "";
	struct target_set *places = NULL;
	int ret = -1;

	if (target_read(&places, q, NULL, true, false, e))
		goto out;
	if (swarm_prepare(target_host(places), query_text(q, "script"),
			  query_map(q, "environment"), last, d, e))
		goto out;
	result_set(r, "last_line", last);
	ret = 0;
out:
	target_free(places);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "prepare-node",
		.kind = "action",
		.purpose = "run one script on a host as root, over a verified "
			   "connection",
		.details = "Root's own shell runs it, or one through sudo. Its "
			   "output becomes progress, its exit code the error. "
			   "Script and environment never show in a list of "
			   "processes. On a host one script runs at a time; "
			   "another waits for its turn.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "5m",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
