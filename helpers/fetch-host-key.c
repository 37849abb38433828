/* SPDX-License-Identifier: MIT */
/*
 * fetch-host-key - a query: the public key by which a host has proved itself on a
 * verified connection, for others to pin.
 */
#include "base/buf.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "ssh/ssh.h"

#define KEY_MAX 32768 /* bytes; an RSA key of 16384 bits takes 3 KiB */

static const struct query_field fields[] = {
	{ "host", QUERY_SSH_HOST, .required = true,
	  .meaning = "the host: a name or "
		     "an address of the machine",
	  .example = "10.0.1.12" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "host_key", "its public key, as host_key of the other executables takes it: "
		      "type and base64" },
	{ 0 },
};

static int fetch(const struct docker_target *host, struct result *r,
		 const struct deadline *d, struct err *e)
{
	struct buf key = BUF_INIT(KEY_MAX);
	struct ssh *ssh = NULL;
	int ret = -1;

	if (ssh_open(&ssh, &host->login, d, e) || ssh_host_key(ssh, &key, e)) {
		err_wrap(e, "%s", host->label);
		goto out;
	}
	result_set(r, "host_key", buf_str(&key));
	ret = 0;
out:
	ssh_close(ssh);
	buf_free(&key);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	int ret;

	if (target_read(&targets, q, NULL, true, false, e))
		return -1;
	ret = fetch(target_host(targets), r, d, e);
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "fetch-host-key",
		.kind = HELPER_QUERY,
		.purpose = "read the public host key of a machine over a verified "
			   "connection, for others to pin",
		.details = "The key is the one that the server has just proved to "
			   "hold, and that lets the user in: no file of the host is "
			   "read, which may have keys that the server does not use, "
			   "or that every copy of an image has. Waits for a machine "
			   "that boots, as an action does, since it is asked once, "
			   "when the machine is new; with host_key_policy accept-new "
			   "that is the one time that a key is trusted unseen.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "5m",
		.ends_with_parent = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
