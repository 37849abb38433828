/* SPDX-License-Identifier: MIT */
/*
 * fetch-host-key - a query: the public key by which a host has proved itself on a
 * verified connection, for others to pin.
 */
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "cli/helper.h"
#include "cli/target.h"
#include "hostkey/known_hosts.h"
#include "ssh/ssh.h"

#define KEY_MAX 32768 /* bytes; an RSA key of 16384 bits takes 3 KiB */

static const struct query_field fields[] = {
	{ "host", QUERY_SSH_HOST, .required = true,
	  .meaning = "the host: a name or "
		     "an address of the machine",
	  .example = "10.0.1.12" },
	{ "record", QUERY_CHOICE, .fallback = "no", .choices = "no|yes",
	  .meaning = "yes: a key that was verified by host_key is recorded in "
		     "known_hosts as well, for those who go there by hand; where "
		     "that cannot be, a warning says why",
	  .example = "yes" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "host_key", "its public key, as host_key of the other executables takes it: "
		      "type and base64" },
	{ 0 },
};

enum record { RECORD_NO, RECORD_YES };

/* The pinned key has verified the host; a file that cannot be written does not change that. */
static void record(const struct query *q, const char *key, const struct deadline *d)
{
	struct err why;

	if (query_choice(q, "record") == RECORD_YES &&
	    known_hosts_add(query_text(q, "known_hosts"), query_text(q, "host"),
			    (uint16_t)query_number(q, "port"), key, d, &why))
		log_warn("%s", why.msg);
}

static int fetch(const struct docker_target *host, struct buf *key,
		 const struct deadline *d, struct err *e)
{
	struct ssh *ssh = NULL;
	int ret = ssh_open(&ssh, &host->login, d, e);

	if (!ret)
		ret = ssh_host_key(ssh, key, e);
	if (ret)
		err_wrap(e, "%s", host->label);
	ssh_close(ssh);
	return ret;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	struct buf key = BUF_INIT(KEY_MAX);
	int ret;

	if (target_read(&targets, q, NULL, true, false, e))
		return -1;
	ret = fetch(target_host(targets), &key, d, e);
	target_free(targets);
	if (!ret) {
		record(q, buf_str(&key), d);
		result_set(r, "host_key", buf_str(&key));
	}
	buf_free(&key);
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
