/* SPDX-License-Identifier: MIT */
/*
 * restore-swarm - an action: puts the state of a swarm back from an archive of
 * backup-swarm, onto a host with the address that its manager had, or with another one.
 */
#include "aws/s3.h"
#include "cli/helper.h"
#include "cli/s3_fields.h"
#include "cli/target.h"
#include "swarm/restore.h"

#include <stdio.h>
#include <string.h>

/* The choices of from_other_swarm */
enum { FROM_OTHER_REFUSE, FROM_OTHER_LEAVE };

static const struct query_field fields[] = {
	{ "from", QUERY_PATH, .required = true,
	  .meaning = "the archive that backup-swarm wrote: a file of this machine, or "
		     "s3://bucket/key",
	  .example = "s3://backups/dev/swarm-....tar.gz.cms" },
	S3_FIELDS,
	{ "decrypt_with", QUERY_PATH,
	  .meaning =
		  "the file of the private key (PEM, without a passphrase) that opens an "
		  "encrypted archive",
	  .example = "backup.key" },
	{ "unlock_key_env", QUERY_ENV,
	  .meaning =
		  "the name of the environment variable with the unlock key of a manager "
		  "that locks itself (autolock)",
	  .example = "SWARM_UNLOCK_KEY" },
	{ "advertise_addr", QUERY_ADDRESS,
	  .meaning =
		  "the address of the manager. Give another one than the archive's where the "
		  "host has another one: managers and workers are told it. Give that of the "
		  "archive where the host is reached by it, but has it on no interface",
	  .example = "10.0.1.12" },
	{ "peers", QUERY_HOSTS,
	  .meaning = "where the other managers that the swarm had may run; each is asked, "
		     "and one that lives refuses the restore",
	  .example = "10.0.1.13,10.0.1.14" },
	{ "gone", QUERY_TEXT,
	  .meaning = "managers of the swarm that are off for good and cannot be asked: "
		     "hostnames, node IDs or addresses, comma-separated",
	  .example = "dev-manager-2,10.0.1.14" },
	{ "workers", QUERY_HOSTS,
	  .meaning =
		  "workers that are asked which swarm they are in, before the archive is "
		  "taken for that of another one, and led to this manager when they know "
		  "only such as are gone: by a rule of iptables there, which goes once "
		  "they have found it",
	  .example = "10.0.1.21,10.0.1.22" },
	{ "from_other_swarm", QUERY_CHOICE, .fallback = "refuse",
	  .choices = "refuse|leave",
	  .meaning =
		  "what to do with a host that is in another swarm than the archive's: "
		  "refuse, or let it leave that one (by force, whatever that costs it); "
		  "peers and workers may be in another one with leave alone",
	  .example = "leave" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "cluster_id", "the swarm's ID" },
	{ "node_id", "the host's node ID in the swarm" },
	{ "outcome", "restored, or member: the host was that node already" },
	{ "address",
	  "kept: the manager has the address that it had; moved: another one" },
	{ "workers_back", "how many workers are Ready again" },
	{ "workers_missing",
	  "the hostnames of those that are not after 90 seconds, comma-separated" },
	{ 0 },
};

static const char *const outcome_names[] = {
	[SWARM_RESTORED] = "restored",
	[SWARM_WAS_RESTORED] = "member",
};

/* `from`, taken apart where it is an object. */
struct source {
	struct aws_s3 *s3;
	char bucket[256];
	const char *key;
};

static int only_of_s3(const struct query *q, struct err *e)
{
	static const char *const keys[] = { "endpoint", "region" };

	if (strstr(query_text(q, "from"), "://"))
		return err_set(e, ERR_USAGE,
			       "from: %s: expected a file, or s3://bucket/key",
			       query_text(q, "from"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (query_text(q, keys[i]))
			return err_set(e, ERR_USAGE,
				       "%s: is for S3 alone; give s3://bucket/key in "
				       "from, or leave it out",
				       keys[i]);
	return 0;
}

static int open_source(struct source *s, const struct query *q, struct err *e)
{
	const char *from = query_text(q, "from"), *slash;
	struct aws_s3_params s3 = { .bucket = s->bucket,
				    .region = query_text(q, "region"),
				    .endpoint = query_text(q, "endpoint"),
				    .allow_http = query_choice(q, "allow_http") == 1 };

	if (strncmp(from, "s3://", 5) != 0)
		return only_of_s3(q, e);
	slash = strchr(from + 5, '/');
	if (!slash || !slash[1] || from[strlen(from) - 1] == '/')
		return err_set(e, ERR_USAGE,
			       "from: %s: expected s3://bucket/key, as backup-swarm has "
			       "told it",
			       from);
	snprintf(s->bucket, sizeof(s->bucket), "%.*s", (int)(slash - from - 5), from + 5);
	s->key = slash + 1;
	return aws_s3_open(&s->s3, &s3, e);
}

static void tell(struct result *r, const struct swarm_restore_result *done)
{
	result_set(r, "cluster_id", done->cluster_id);
	result_set(r, "node_id", done->node_id);
	result_set(r, "outcome", outcome_names[done->outcome]);
	result_set(r, "address", done->moved ? "moved" : "kept");
	result_setf(r, "workers_back", "%zu", done->workers_back);
	result_set(r, "workers_missing", done->workers_missing);
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *peers = NULL, *workers = NULL;
	struct swarm_restore_result done;
	struct source source = { 0 };
	int ret = -1;

	if (open_source(&source, q, e) ||
	    target_read(&peers, q, "peers", true, false, e) ||
	    target_read(&workers, q, "workers", true, false, e))
		goto out;
	const struct swarm_restore_params params = {
		.host = target_host(peers),
		.from = query_text(q, "from"),
		.s3 = source.s3,
		.key = source.key,
		.decrypt_with = query_text(q, "decrypt_with"),
		.unlock_key = query_secret(q, "unlock_key_env"),
		.advertise_addr = query_text(q, "advertise_addr"),
		.peers = *target_others(peers),
		.workers = *target_others(workers),
		.gone = query_text(q, "gone"),
		.leave_other = query_choice(q, "from_other_swarm") == FROM_OTHER_LEAVE,
	};
	if (swarm_restore(&params, &done, d, e))
		goto out;
	tell(r, &done);
	ret = 0;
out:
	target_free(peers);
	target_free(workers);
	aws_s3_free(source.s3);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "restore-swarm",
		.kind = HELPER_ACTION,
		.purpose = "put the state of a swarm back from an archive of backup-swarm",
		.details =
			"For a host with the address that the manager of the archive "
			"had, or with another one, advertise_addr. All that can be refused is refused before the host is "
			"touched: an archive that is damaged, has expired or is of a "
			"newer engine, a host in another swarm, a manager of the swarm "
			"that lives or cannot be ruled out. Whatever is killed "
			"meanwhile, Docker runs again there, and the next run goes on. "
			"Of several managers it becomes the only one; let others join "
			"then. What is younger than the archive is lost, and its tasks "
			"end.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "10m",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
