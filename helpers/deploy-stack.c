/* SPDX-License-Identifier: MIT */
/*
 * deploy-stack - an action: brings a stack of services to what a compose file says, and
 * waits until every service is whole.
 */
#include "base/base64.h"
#include "base/js.h"
#include "cli/helper.h"
#include "cli/stack_query.h"
#include "cli/target.h"

#include <string.h>

#define LOGINS_MAX (1u << 20)

/* The choices of on_failure */
enum { FAILURE_KEEP, FAILURE_ROLLBACK };

static const struct query_field fields[] = {
	STACK_FIELDS,
	{ "registry_users", QUERY_MAP,
	  .meaning = "logins at registries, docker.io for Docker Hub: the user of each. "
		     "The swarm hands them to every node that runs a task. Without any "
		     "the manager's own are used, where root there is logged in",
	  .example = "{\"registry.example.com\":\"deploy\"}" },
	{ "registry_passwords", QUERY_MAP,
	  .meaning = "the same, with the name of the environment variable here that "
		     "holds the password",
	  .example = "{\"registry.example.com\":\"REGISTRY_PASSWORD\"}" },
	{ "resolve_image", QUERY_CHOICE, .fallback = "always",
	  .choices = "always|changed|never",
	  .meaning = "whether the registry is asked which digest a tag has, so that all "
		     "nodes run the same: for every image, for those that changed, or "
		     "not at all",
	  .example = "never" },
	{ "max_failures", QUERY_NUMBER, .fallback = "5",
	  .meaning = "how many new tasks of one service may fail before this gives up; "
		     "0 for any number, until timeout",
	  .example = "0" },
	{ "monitor", QUERY_DURATION, .fallback = "5s",
	  .meaning = "how long new tasks have to run on before the stack counts as whole",
	  .example = "30s" },
	{ "on_failure", QUERY_CHOICE, .fallback = "keep", .choices = "keep|rollback",
	  .meaning =
		  "what to do when a service does not become whole: leave it as it is, "
		  "or bring back the version that was whole before; this fails in both "
		  "cases",
	  .example = "rollback" },
	{ "rollback_timeout", QUERY_DURATION, .fallback = "5m",
	  .meaning = "how long the version before gets to be whole again, with on_failure "
		     "= rollback; it is a part of timeout",
	  .example = "2m" },
	{ 0 },
};

static const struct helper_output outputs[] = {
	{ "outcome", "deployed, or unchanged: it was that version, and whole" },
	{ "version",
	  "which version that is: the beginning of a sum of the compose file, its "
	  "variables and the names of its secrets and configs" },
	{ "services", "how many services the stack has" },
	{ "tasks", "how many tasks they run" },
	{ 0 },
};

static const char *const outcome_names[] = {
	[SWARM_STACK_UNCHANGED] = "unchanged",
	[SWARM_STACK_DEPLOYED] = "deployed",
};

/* ---- logins, as docker keeps them ---- */

/* Under which name docker looks for the login of a registry. */
static const char *name_of(const char *registry)
{
	return strcmp(registry, "docker.io") ? registry : "https://index.docker.io/v1/";
}

static int add_login(json_t *auths, const char *registry, const char *user,
		     const char *password, struct err *e)
{
	struct buf login = BUF_INIT(LOGINS_MAX), auth = BUF_INIT(2 * LOGINS_MAX);
	int ret = 0;

	buf_addf(&login, "%s:%s", user, password);
	if (base64_encode(&auth, login.data, login.len) ||
	    json_object_set_new(auths, name_of(registry),
				json_pack("{s:s}", "auth", buf_str(&auth))))
		ret = err_no_memory(e);
	buf_free(&login);
	buf_free(&auth);
	return ret;
}

static int add_logins(json_t *auths, const json_t *users, const json_t *passwords,
		      struct err *e)
{
	const char *registry;
	json_t *user;

	json_object_foreach((json_t *)users, registry, user) {
		const char *password = json_string_value(
			json_object_get(passwords, registry));

		if (!password)
			return err_set(e, ERR_USAGE,
				       "registry_passwords: has no variable for %s, of "
				       "which registry_users has the user",
				       registry);
		if (add_login(auths, registry, json_string_value(user), password, e))
			return -1;
	}
	if (json_object_size(passwords) > json_object_size(users))
		return err_set(e, ERR_USAGE,
			       "registry_users: has no user for each of the registries "
			       "that registry_passwords has");
	return 0;
}

static int read_logins(struct buf *out, const struct query *q, struct err *e)
{
	json_t *passwords = query_map_secrets(q, "registry_passwords", e);
	json_t *auths = json_object(), *all = json_pack("{s:O}", "auths", auths);
	int ret = -1;

	if (passwords && !add_logins(auths, query_map(q, "registry_users"), passwords, e))
		ret = json_object_size(auths) ? js_write(all, out) : 0;
	json_decref(all);
	json_decref(auths);
	json_decref(passwords);
	return ret;
}

/* ---- the query ---- */

static int read_params(struct swarm_stack_params *p, const struct query *q,
		       struct buf *logins, struct err *e)
{
	static const char *const words[] = { "always", "changed", "never" };

	if (read_logins(logins, q, e))
		return -1;
	p->logins = logins->len ? logins->data : NULL;
	p->resolve_image = words[query_choice(q, "resolve_image")];
	p->max_failures = query_number(q, "max_failures");
	p->monitor_ms = query_ms(q, "monitor");
	p->roll_back = query_choice(q, "on_failure") == FAILURE_ROLLBACK;
	p->roll_back_ms = query_ms(q, "rollback_timeout");
	if (p->roll_back && query_ms(q, "timeout") <= p->roll_back_ms)
		return err_set(e, ERR_USAGE,
			       "timeout: expected more than rollback_timeout, which is a "
			       "part of it");
	return 0;
}

static int run(const struct query *q, struct result *r, const struct deadline *d,
	       struct err *e)
{
	struct target_set *targets = NULL;
	struct stack_query files = { 0 };
	struct buf logins = BUF_INIT(LOGINS_MAX);
	struct swarm_stack_params params = { 0 };
	struct swarm_stack_result done;
	int ret = -1;

	if (target_read(&targets, q, "managers", false, false, e) ||
	    stack_query_read(&files, &params, q, false, e) ||
	    read_params(&params, q, &logins, e))
		goto out;
	params.managers = *target_all(targets);
	if (swarm_stack_deploy(&params, &done, d, e)) {
		err_wrap(e, "stack %s", params.stack);
		goto out;
	}
	result_set(r, "outcome", outcome_names[done.outcome]);
	result_set(r, "version", done.version);
	result_setf(r, "services", "%zu", done.services);
	result_setf(r, "tasks", "%lld", (long long)done.tasks);
	ret = 0;
out:
	buf_free(&logins);
	stack_query_free(&files);
	target_free(targets);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct helper helper = {
		.name = "deploy-stack",
		.kind = HELPER_ACTION,
		.purpose =
			"bring a stack of services to what a compose file says, and wait "
			"until every service is whole",
		.details =
			"The compose file goes to a manager's own docker stack deploy "
			"--prune; its secrets and configs go to the swarm under names that "
			"tell their content, so that services roll when that is another "
			"one. Done when every task is what the compose file says and has "
			"run for a while; otherwise the failing tasks are told with their "
			"node, error and last lines. Interrupted or killed, it goes on "
			"when it is run again.",
		.fields = fields,
		.outputs = outputs,
		.default_timeout = "15m",
		.ends_with_parent = true,
		.run = run,
	};

	return helper_main(&helper, argc, argv);
}
