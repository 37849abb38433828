/* SPDX-License-Identifier: MIT */
/*
 * backup-swarm - an action: copies the state of a swarm from one of its managers into
 * an archive on this machine or in S3.
 */
#include "archive/metrics.h"
#include "archive/writer.h"
#include "aws/s3.h"
#include "cli/helper.h"
#include "cli/s3_fields.h"
#include "cli/target.h"
#include "swarm/backup.h"

#include <stdio.h>
#include <string.h>

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers of the swarm; the copy is of one that is not the "
		     "leader, so name all of them",
	  .example = "10.0.1.13,10.0.1.14" },
	{ "to", QUERY_PATH, .required = true,
	  .meaning = "the folder on this machine that the archive goes into, or "
		     "s3://bucket/prefix/; folder or bucket have to be there",
	  .example = "s3://backups/dev/" },
	S3_FIELDS,
	{ "kms_key", QUERY_TEXT,
	  .meaning =
		  "the KMS key that S3 encrypts the object with: an ID, ARN or alias, or "
		  "aws/s3 for the account's own; without it as the bucket has it",
	  .example = "aws/s3" },
	{ "copy", QUERY_CHOICE, .fallback = "stopped", .choices = "stopped|running",
	  .meaning =
		  "stopped stops the manager's engine for some seconds, with the containers "
		  "that it runs; running copies beside it and checks what it got, up to "
		  "five times",
	  .example = "running" },
	{ "encrypt_to", QUERY_PATH,
	  .meaning = "the file of an X.509 certificate (PEM): the archive is CMS, "
		     "AES-256-GCM, and opens with that certificate's key alone",
	  .example = "backup.crt" },
	{ "keep", QUERY_NUMBER, .fallback = "0",
	  .meaning = "how many archives of the swarm that can still be used stay "
		     "there; what is older than these is removed once the new one is "
		     "there; 0 keeps all",
	  .example = "14" },
	{ "if_older_than", QUERY_DURATION,
	  .meaning = "makes no archive while one of the swarm is there that can be used "
		     "and is younger",
	  .example = "20h" },
	{ "metrics_dir", QUERY_PATH,
	  .meaning = "a folder of this machine that the textfile collector of "
		     "node-exporter reads; a file there tells when the newest archive "
		     "was made, and until when it can be used",
	  .example = "/var/lib/node_exporter" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "file", "the archive: its path, or s3://bucket/key" },
	{ "sha256", "the SHA-256 of that file" },
	{ "cluster_id", "the swarm's ID" },
	{ "node_id", "the ID of the manager whose state it is" },
	{ "usable_until",
	  "when the certificate in it ends, after which no engine takes it" },
	{ "version",
	  "the version of that manager's engine; empty when if_older_than made "
	  "no archive" },
	{ "stopped_ms",
	  "for how many milliseconds its engine did not answer; 0 when it ran" },
	{ 0 },
};

/* `to`, taken apart where it is a bucket. */
struct place {
	struct aws_s3 *s3;
	char name[512];   /* "s3://bucket/prefix", without the last / */
	char prefix[512]; /* "prefix/", or "" */
};

static int only_of_s3(const struct query *q, struct err *e)
{
	static const char *const keys[] = { "endpoint", "region", "kms_key" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (query_text(q, keys[i]))
			return err_set(
				e, ERR_USAGE,
				"%s: is for S3 alone; give s3://bucket/prefix/ in to, "
				"or leave it out",
				keys[i]);
	return 0;
}

/* Takes "s3://bucket/prefix/" apart; `bucket` has as many bytes as `to`. */
static void take_apart(struct place *p, const char *to, char *bucket)
{
	size_t n = strlen(to);
	const char *prefix;

	while (n > 5 && to[n - 1] == '/')
		n--;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)n, to);
	prefix = p->name + 5 + strcspn(p->name + 5, "/");
	snprintf(bucket, sizeof(p->name), "%.*s", (int)(prefix - p->name - 5),
		 p->name + 5);
	if (*prefix)
		snprintf(p->prefix, sizeof(p->prefix), "%s/", prefix + 1);
}

static int open_place(struct place *p, const struct query *q, struct err *e)
{
	const char *to = query_text(q, "to"), *kms_key = query_text(q, "kms_key");
	char bucket[sizeof(p->name)];
	struct aws_s3_params s3 = { .bucket = bucket,
				    .region = query_text(q, "region"),
				    .endpoint = query_text(q, "endpoint"),
				    .allow_http = query_choice(q, "allow_http") == 1 };

	if (strncmp(to, "s3://", 5) != 0) {
		if (strstr(to, "://"))
			return err_set(e, ERR_USAGE,
				       "to: %s: expected a folder, or s3://bucket/prefix/",
				       to);
		return only_of_s3(q, e);
	}
	if (strlen(to) > 400)
		return err_set(e, ERR_USAGE, "to: expected at most 400 bytes");
	take_apart(p, to, bucket);
	if (kms_key && aws_s3_check_kms_key(kms_key, e))
		return -1;
	return aws_s3_open(&p->s3, &s3, e);
}

static void tell(struct result *r, const struct swarm_backup_result *b)
{
	result_set(r, "file", b->file);
	result_set(r, "sha256", b->sha256);
	result_set(r, "cluster_id", b->cluster_id);
	result_set(r, "node_id", b->node_id);
	result_set(r, "usable_until", archive_stamp_rfc(&b->until).text);
	result_set(r, "version", b->version);
	result_setf(r, "stopped_ms", "%lld", (long long)b->stopped_ms);
}

static int tell_metrics(const char *folder, const struct swarm_backup_result *b,
			struct err *e)
{
	const struct archive_metrics m = { b->cluster_id, &b->made, &b->until };

	if (!folder || !archive_metrics_write(folder, &m, e))
		return 0;
	return err_wrap(e, "the archive %s is there", b->file);
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	const char *certificate = query_text(q, "encrypt_to");
	const char *metrics = query_text(q, "metrics_dir");
	struct archive_recipient *recipient = NULL;
	struct target_set *targets = NULL;
	struct swarm_backup_result done;
	struct place place = { 0 };
	int ret = -1;

	if (open_place(&place, q, e) || (metrics && archive_metrics_check(metrics, e)) ||
	    (certificate && archive_recipient_read(&recipient, certificate, e)) ||
	    target_read(&targets, q, "managers", false, false, e))
		goto out;
	const struct swarm_backup_params params = {
		.managers = *target_all(targets),
		.folder = place.s3 ? place.name : query_text(q, "to"),
		.s3 = place.s3,
		.prefix = place.prefix,
		.kms_key = query_text(q, "kms_key"),
		.copy = query_choice(q, "copy") == DOCKER_COPY_RUNNING
				? DOCKER_COPY_RUNNING
				: DOCKER_COPY_STOPPED,
		.encrypt_to = recipient,
		.keep = query_number(q, "keep"),
		.older_ms = query_ms(q, "if_older_than"),
	};
	if (swarm_backup(&params, &done, d, e) || tell_metrics(metrics, &done, e))
		goto out;
	tell(r, &done);
	ret = 0;
out:
	target_free(targets);
	archive_recipient_free(recipient);
	aws_s3_free(place.s3);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "backup-swarm",
		.kind = HELPER_ACTION,
		.purpose = "copy the state of a swarm from one of its managers into an "
			   "archive",
		.details = "Copies from a manager that is not the leader, from the only "
			   "one where there is no other. Refuses a stop that would lose "
			   "the quorum, and managers that lock themselves, whose archive "
			   "could not be restored. Whatever is killed meanwhile, Docker "
			   "runs again there. Who has an archive that is not encrypted "
			   "has the swarm: its secrets and the key of its CA.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "10m",
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
