/* SPDX-License-Identifier: MIT */
/*
 * prepare-node - an action: runs one script on a host over the same verified
 * connection that the other executables use.
 */
#include "cli/helper.h"
#include "cli/target.h"
#include "base/err.h"
#include "ssh/root_shell.h"
#include "ssh/script.h"
#include "ssh/ssh.h"

#define NAME "prepare-node"

static const struct query_field fields[] = {
	{ "script", QUERY_PATH, .required = true,
	  .meaning = "the script, a file "
		     "on this machine; it should be one that may run again",
	  .example = "scripts/install-docker.sh" },
	{ "environment", QUERY_MAP, .meaning = "variables for the script",
	  .example = "{\"DOCKER_VERSION\":\"27.5.1\"}" },
	{ "secrets", QUERY_MAP,
	  .meaning = "secrets for the script: the name of each variable, with the "
		     "name of the environment variable here that holds its value; not "
		     "exported, so that programs that the script starts do not get them",
	  .example = "{\"REGISTRY_PASSWORD\":\"CI_REGISTRY_PASSWORD\"}" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "last_line", "the last line that the script printed" },
	{ 0 },
};

static int run_on(const struct docker_target *host, const struct ssh_script *s,
		  const char *path, char *last, const struct deadline *d, struct err *e)
{
	const struct ssh_root_script script = {
		.program = NAME,
		.name = path,
		.shell = s->shell,
		.text = &s->text,
	};
	struct ssh *ssh = NULL;
	int ret = ssh_open(&ssh, &host->login, d, e);

	if (!ret)
		ret = ssh_root_shell(ssh, &script, last, d, e);
	if (ret)
		err_wrap(e, "%s", host->label);
	ssh_close(ssh);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	const char *path = query_text(q, "script");
	char last[SSH_ROOT_LINE] = "";
	struct target_set *targets = NULL;
	json_t *secrets = query_map_secrets(q, "secrets", e);
	struct ssh_script script;
	int ret = -1;

	if (!secrets || target_read(&targets, q, NULL, true, false, e) ||
	    ssh_script_read(&script, path, query_map(q, "environment"), secrets, e))
		goto out;
	ret = run_on(target_host(targets), &script, path, last, d, e);
	ssh_script_free(&script);
	if (!ret)
		result_set(r, "last_line", last);
out:
	json_decref(secrets);
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = NAME,
		.kind = HELPER_ACTION,
		.purpose = "run one script on a host as root, over a verified "
			   "connection",
		.details = "Root's own shell runs it, or one through sudo. Its "
			   "output becomes progress, its exit code the error. "
			   "Script, environment and secrets never show in a list of "
			   "processes. On a host one script runs at a time; "
			   "another waits for its turn.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "5m",
		.ends_with_parent = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
