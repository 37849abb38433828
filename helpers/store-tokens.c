/* SPDX-License-Identifier: MIT */
/*
 * store-tokens - an action: writes the join tokens of a swarm and the addresses of its
 * managers into a store, where machines that come later find them, and removes them there.
 */
#include "base/err.h"
#include "cli/helper.h"
#include "cli/store_fields.h"
#include "cli/target.h"
#include "swarm/publish.h"

static const struct query_field fields[] = {
	{ "managers", QUERY_HOSTS,
	  .meaning = "other managers, asked side by side with host when given; the first "
		     "that answers is used",
	  .example = "10.0.1.11,admin@10.0.1.13:2222" },
	{ "store", QUERY_TEXT, .required = true,
	  .meaning = "where they go: " STORE_PLACES ". Table, bucket and key have to be "
		     "there",
	  .example = "dynamodb://SwarmMetaTable/dev" },
	STORE_FIELDS,
	{ "kms_key", QUERY_TEXT,
	  .meaning =
		  "the KMS key that ssm:// or s3:// encrypts with: an ID, ARN or alias; "
		  "without it the account's own, or as the bucket has it",
	  .example = "alias/swarm" },
	{ "with_manager_token", QUERY_CHOICE, .fallback = "false",
	  .choices = "false|true",
	  .meaning = "true stores the token of managers as well; who reads it can take "
		     "the swarm over. false removes one that was stored before",
	  .example = "true" },
	{ "remove", QUERY_CHOICE, .fallback = "false", .choices = "false|true",
	  .meaning = "true removes what the swarm has stored, and nothing of another one",
	  .example = "true" },
	{ "cluster_id", QUERY_TEXT,
	  .meaning = "with remove, the swarm's ID: no manager is asked for it then, so "
		     "that the swarm may have gone",
	  .example = "t2ncdzlkk6ovb2zuf0erl0fnf" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome", "written, unchanged or removed; other when remove found what is of "
		     "another swarm, and left it" },
	{ "cluster_id", "the swarm's ID" },
	{ "managers",
	  "the addresses that are stored, with their ports; empty with remove" },
	{ 0 },
};

static int check(const struct query *q, bool removing, struct err *e)
{
	bool named = query_text(q, "host") || query_text(q, "managers");

	if (query_text(q, "cluster_id") && !removing)
		return err_set(e, ERR_USAGE,
			       "cluster_id: goes with remove; what is written is of the "
			       "swarm that the managers are in");
	if (named || (removing && query_text(q, "cluster_id")))
		return 0;
	return err_set(e, ERR_USAGE,
		       removing ? "cluster_id: give it, or host or managers that know it"
				: "host: required, or managers, to read the tokens from");
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	static const char *const outcomes[] = { "written", "unchanged", "removed",
						"other" };
	struct store_params store = store_fields_read(q);
	struct swarm_publish_params params = {
		.manager_token = query_choice(q, "with_manager_token") == 1,
	};
	bool removing = query_choice(q, "remove") == 1;
	struct target_set *targets = NULL;
	struct swarm_published done;
	int ret = -1;

	store.kms_key = query_text(q, "kms_key");
	if (check(q, removing, e) || store_open(&params.store, &store, e) ||
	    target_read(&targets, q, "managers", !removing, !removing, e))
		goto out;
	params.managers = *target_all(targets);
	ret = removing
		      ? swarm_unpublish(&params, query_text(q, "cluster_id"), &done, d, e)
		      : swarm_publish(&params, &done, d, e);
	if (ret)
		goto out;
	result_set(r, "outcome", outcomes[done.outcome]);
	result_set(r, "cluster_id", done.cluster_id);
	result_set(r, "managers", done.managers);
out:
	target_free(targets);
	store_close(params.store);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "store-tokens",
		.kind = HELPER_ACTION,
		.purpose = "write the join tokens of a swarm and the addresses of its "
			   "managers into a store, where machines that come later find "
			   "them",
		.details =
			"Writes what a manager says, and nothing where all of it is "
			"there already. A name that another swarm has stored under is "
			"refused, whoever is first. The keys for AWS are found where its "
			"own tools look for them. Run it again whenever the tokens or the "
			"managers have changed.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "2m",
		.host_optional = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
