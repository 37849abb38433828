/* SPDX-License-Identifier: MIT */
/* How the docker command of a manager is called, what it finds, and what is left of it. */
#include "docker/stack_deploy.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "docker/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* In docker's place: keeps what it is called with and what it finds, and ends as SAYS and
 * CODE, two files beside it, tell. */
static const char docker[] = "#!/bin/sh\n"
			     "[ \"$*\" != 'stack deploy --help' ] || exit 0\n"
			     "me=${0%/*}\n"
			     "echo \"$*\" >$me/args\n"
			     "while [ $# -gt 1 ]; do\n"
			     "	case $1 in\n"
			     "	-c) cat \"$2\" && echo && folder=${2%/*} ;;\n"
			     "	--config) cat \"$2/config.json\" && echo ;;\n"
			     "	esac\n"
			     "	shift\n"
			     "done >$me/found\n"
			     "stat -c %a $folder >$me/mode\n"
			     "echo $folder >$me/folder\n"
			     "printenv TAG >$me/tag\n"
			     "cat $me/says\n"
			     "exit $(cat $me/code)\n";

static char folder[] = "/tmp/stack-deploy-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static const char *got(const char *name)
{
	static char text[4096];
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static int begin(void **state)
{
	char path[4096];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put("docker", docker);
	put("socket", "");
	snprintf(path, sizeof(path), "%s/docker", folder);
	if (chmod(path, 0700))
		return -1;
	snprintf(path, sizeof(path), "%s:%s", folder, getenv("PATH"));
	return setenv("PATH", path, 1);
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static int deploy(const char *says, const char *code, const char *logins, struct err *e)
{
	char host[128];
	struct docker_target target = { .label = "m1" };
	struct deadline d = deadline_in(20000);
	struct docker_engine *g = NULL;
	struct buf compose = BUF_INIT(1024);
	json_t *environment = json_pack("{s:s}", "TAG", "it's $HOME");
	const struct docker_stack_deploy p = { .stack = "web",
					       .compose = &compose,
					       .names = "{\"a\":1}",
					       .environment = environment,
					       .logins = logins,
					       .resolve_image = "never" };
	int ret;

	buf_adds(&compose, "services: { 'a': \"$b\" }\n");
	put("says", says);
	put("code", code);
	snprintf(host, sizeof(host), "unix://%s/socket", folder);
	target.login.host = host;
	assert_int_equal(docker_open(&g, &target, &d, e), 0);
	ret = docker_stack_deploy(g, &p, &d, e);
	docker_close(g);
	json_decref(environment);
	buf_free(&compose);
	return ret;
}

static void nothing_is_left(void)
{
	char left[256];

	snprintf(left, sizeof(left), "%.*s", (int)strcspn(got("folder"), "\n"),
		 got("folder"));
	assert_true(strstr(left, "/deploy-stack.") != NULL);
	assert_int_equal(access(left, F_OK), -1);
}

/* mutant helpers/docker/stack_deploy.c set_environment: buf_adds() => 0 */
static void is_called(void **state)
{
	struct err e = { 0 };

	(void)state;
	if (deploy("Creating service web_a\n", "0", "{\"auths\":{}}", &e))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(got("args"), "stack deploy --prune --with-registry-auth "
					    "--resolve-image never -c "));
	assert_non_null(strstr(got("args"), "/names.yml web\n"));
	assert_string_equal(got("found"),
			    "{\"auths\":{}}\nservices: { 'a': \"$b\" }\n\n{\"a\":1}\n");
	assert_string_equal(got("mode"), "700\n");
	assert_string_equal(got("tag"), "it's $HOME\n");
	nothing_is_left();
}

static void uses_the_login_there(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(deploy("", "0", NULL, &e), 0);
	assert_null(strstr(got("args"), "--config"));
	nothing_is_left();
}

static const struct {
	const char *says, *message;
	enum err_kind kind;
} rows[] = {
	{ "one\nservices.a Additional property b is not allowed\n",
	  "m1: docker stack deploy: services.a Additional property b is not allowed",
	  ERR_REFUSED },
	{ "Error response from daemon: rpc error: code = Unavailable desc = x",
	  "m1: docker stack deploy: Error response", ERR_BUSY },
	{ "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
	  "m1: docker stack deploy: Cannot connect", ERR_BUSY },
	{ "The swarm does not have a leader.", "does not have a leader", ERR_NO_LEADER },
	{ "", "m1: docker stack deploy: nothing", ERR_REFUSED },
};

/* mutant helpers/docker/stack_deploy.c judge: kind_of() => ERR_REFUSED */
static void tells_what_docker_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };

		print_message("  %s\n", rows[i].message);
		assert_int_equal(deploy(rows[i].says, "1", NULL, &e), -1);
		assert_int_equal(e.kind, rows[i].kind);
		if (!strstr(e.msg, rows[i].message))
			fail_msg("%s", e.msg);
		nothing_is_left();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_called),
		cmocka_unit_test(uses_the_login_there),
		cmocka_unit_test(tells_what_docker_says),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
