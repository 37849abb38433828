/* SPDX-License-Identifier: MIT */
/* Where keys for AWS are found, what is refused, and when they are got anew. */
#include "aws_server.h"

#include "aws/credentials.h"
#include "base/deadline.h"
#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#define CREDENTIALS "credentials", "AWS_SHARED_CREDENTIALS_FILE"
#define CONFIG "config", "AWS_CONFIG_FILE"

static struct err e;

static int read_within(struct aws_credentials *c, struct aws_keys *k, int64_t ms)
{
	struct deadline d = deadline_in(ms);

	e = (struct err){ 0 };
	return aws_credentials_read(c, k, &d, &e);
}

/* The keys that are found, "ID SECRET TOKEN SOURCE". */
static const char *found(void)
{
	struct aws_credentials *c = aws_credentials_new();
	static char text[1200];
	struct aws_keys k;

	if (read_within(c, &k, 20000))
		snprintf(text, sizeof(text), "%d %s", e.kind, e.msg);
	else
		snprintf(text, sizeof(text), "%s %s %s %s", k.id, k.secret,
			 k.token ? k.token : "-", k.source);
	aws_credentials_free(c);
	return text;
}

static void refused(enum err_kind kind, const char *part)
{
	const char *text = found();

	if (e.kind != kind || !strstr(text, part))
		fail_msg("expected %d and \"%s\", got: %s", kind, part, text);
}

/* mutant helpers/aws/credentials.c environment_look: secret_forget_variable("AWS_SECRET_ACCESS_KEY") => (void)0
 *   fails takes_those_of_the_environment */
static void takes_those_of_the_environment(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	refused(ERR_USAGE, "AWS_SECRET_ACCESS_KEY is not; set both or none");
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	setenv("AWS_SESSION_TOKEN", "token", 1);
	write_file(CREDENTIALS,
		   "[default]\naws_access_key_id=X\naws_secret_access_key=Y\n");
	assert_string_equal(found(), "AKID secret token the environment");
	assert_null(getenv("AWS_SECRET_ACCESS_KEY"));
	assert_null(getenv("AWS_SESSION_TOKEN"));
	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "two\nlines", 1);
	refused(ERR_REFUSED, "no AWS keys");
	assert_null(strstr(e.msg, "lines"));
}

static void says_that_there_are_none(void **state)
{
	(void)state;
	refused(ERR_REFUSED, "no AWS keys: set AWS_ACCESS_KEY_ID");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	refused(ERR_REFUSED, "no AWS keys: set AWS_ACCESS_KEY_ID");
}

static void takes_those_of_a_profile(void **state)
{
	(void)state;
	write_file(CREDENTIALS,
		   "# a comment\r\n[default]\r\naws_access_key_id = D\r\n"
		   "aws_secret_access_key = d\r\n\n"
		   "[dev]\naws_access_key_id=A\naws_secret_access_key=b=/+c\n"
		   "aws_session_token = t\n");
	write_file(CONFIG, "[default]\naws_access_key_id = other\n"
			   "aws_secret_access_key = other\n"
			   "[dev]\naws_access_key_id = of no profile\n"
			   "[profile ops]\ns3 =\n  aws_access_key_id = nested\n"
			   "aws_access_key_id = O\naws_secret_access_key = o\n"
			   "[profile \"two words\"]\naws_access_key_id = W\n"
			   "aws_secret_access_key = w\n[profile empty]\nregion = x\n");
	assert_string_equal(found(), "D d - the profile default");
	setenv("AWS_PROFILE", "dev", 1);
	assert_string_equal(found(), "A b=/+c t the profile dev");
	setenv("AWS_PROFILE", "ops", 1);
	assert_string_equal(found(), "O o - the profile ops");
	setenv("AWS_PROFILE", "two words", 1);
	assert_string_equal(found(), "W w - the profile two words");
	setenv("AWS_PROFILE", "empty", 1);
	refused(ERR_USAGE, "the AWS profile empty has neither");
	setenv("AWS_PROFILE", "nobody", 1);
	refused(ERR_USAGE, "there is no profile nobody");
}

/* mutant helpers/aws/profile.c look: COMES_FIRST => 0
 *   fails refuses_what_it_does_not_know */
static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	write_file(CONFIG, "[profile role]\nrole_arn = arn:aws:iam::1:role/x\n"
			   "source_profile = default\naws_access_key_id = A\n"
			   "aws_secret_access_key = secret\n"
			   "[profile sso]\nsso_session = s\n"
			   "[profile both]\nsso_start_url = s\naws_access_key_id = B\n"
			   "aws_secret_access_key = b\n");
	setenv("AWS_PROFILE", "role", 1);
	refused(ERR_USAGE, "takes on another role (role_arn)");
	assert_non_null(strstr(e.msg,
			       "credential_process = aws configure "
			       "export-credentials --profile role --format process"));
	setenv("AWS_PROFILE", "sso", 1);
	refused(ERR_USAGE, "IAM Identity Center");
	setenv("AWS_PROFILE", "both", 1);
	assert_string_equal(found(), "B b - the profile both");
	unsetenv("AWS_PROFILE");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/token", 1);
	refused(ERR_USAGE, "AWS_WEB_IDENTITY_TOKEN_FILE");
}

/* Writes a profile whose credential_process is the file `keys`, which is `script`, with
 * these beginning and end. */
static void process_is(const char *before, const char *after, const char *script)
{
	char text[1024], path[64];

	write_file("keys", NULL, script);
	snprintf(path, sizeof(path), "%s/keys", aws.dir);
	chmod(path, 0700);
	snprintf(text, sizeof(text), "[default]\ncredential_process = %s%s%s\n", before,
		 path, after);
	write_file(CONFIG, text);
}

#define PRINT \
	"#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"%s\"}' \"$2\"\n"

static void asks_a_process(void **state)
{
	(void)state;
	process_is("\"", "\" 'no $(shell)' a\\ b\"c\"; >x", PRINT);
	refused(ERR_REFUSED, "one of them is empty, too long or has white space in it");
	process_is("", " 'no $(shell)' a\"b\"\\c;$HOME", PRINT);
	assert_string_equal(found(), "P abc;$HOME - the profile default");
	process_is("", " \"open", PRINT);
	refused(ERR_USAGE, "a quote in it does not end");
	process_is("", ".missing", PRINT);
	refused(ERR_USAGE, "No such file");
	process_is("", "", "#!/bin/sh\nexit 3\n");
	refused(ERR_REFUSED, "has failed (exit code 3)");
	process_is("", "", "#!/bin/sh\necho '{\"SecretAccessKey\": \"hidden\"'\n");
	refused(ERR_REFUSED, "credential_process of the AWS profile default");
	assert_null(strstr(e.msg, "hidden"));
	process_is("", "", "#!/bin/sh\nyes\n");
	refused(ERR_REFUSED, "more than keys have bytes");
}

static pid_t pid_in_file(void)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/pid", aws.dir);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	return pid;
}

/* mutant helpers/aws/process.c await: kill(-pid, SIGKILL) => kill(pid, SIGKILL)
 *   fails ends_a_process_at_the_deadline */
static void ends_a_process_at_the_deadline(void **state)
{
	struct aws_credentials *c = aws_credentials_new();
	struct deadline d = deadline_in(10000);
	struct aws_keys k;
	pid_t child;

	(void)state;
	process_is("", "", "#!/bin/sh\nsleep 1000 &\necho $! >\"$HOME/pid\"\nwait\n");
	assert_int_equal(read_within(c, &k, 1000), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_non_null(strstr(e.msg, "it has not ended in time"));
	child = pid_in_file();
	assert_true(child > 1);
	/* Its new parent may take a moment. */
	while (!kill(child, 0) && !deadline_pause(&d, 10)) {
		char path[64], state_of = '?';
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
		f = fopen(path, "r");
		if (f && fscanf(f, "%*d %*s %c", &state_of) == 1 && state_of == 'Z')
			child = 0;
		if (f)
			fclose(f);
		if (!child)
			break;
	}
	assert_true(deadline_left_ms(&d) > 0);
	aws_credentials_free(c);
}

#define KEYS \
	"{\"AccessKeyId\":\"C\",\"SecretAccessKey\":\"c\",\"Token\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}"

static void asks_what_runs_a_container(void **state)
{
	static const struct exchange script[] = {
		{ "GET /v1/keys?x=1 ", "\r\nAuthorization: Bearer abc\r\n",
		  REPLY("200 OK", KEYS) },
		{ "GET /v1/keys?x=1 ", "\r\nAuthorization: of-file\r\n",
		  REPLY("200 OK", KEYS) },
		{ "GET /v1/keys?x=1 ", NULL, REPLY("403 No", "hidden") },
	};
	char url[128];

	(void)state;
	expect_requests(script, 3);
	snprintf(url, sizeof(url), "%s/v1/keys?x=1", aws.url);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer abc", 1);
	assert_string_equal(found(), "C c t the container");
	write_file("keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "of-file\n");
	assert_string_equal(found(), "C c t the container");
	refused(ERR_REFUSED, "it answers with status 403");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.evil.example/keys", 1);
	refused(ERR_USAGE, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/keys", 1);
	refused(ERR_USAGE, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
	expect_all_came();
}

#define ROLES "GET /latest/meta-data/iam/security-credentials/"
#define TOKEN \
	{ "PUT /latest/api/token ", \
	  "X-aws-ec2-metadata-token-ttl-seconds: ", REPLY("200 OK", "session") }
#define WITH_TOKEN "\r\nX-aws-ec2-metadata-token: session\r\n"

static void on_an_instance(void)
{
	unsetenv("AWS_EC2_METADATA_DISABLED");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", aws.url, 1);
}

static void asks_the_instance_for_its_role(void **state)
{
	static const struct exchange script[] = {
		TOKEN,
		{ ROLES " ", WITH_TOKEN, REPLY("200 OK", "swarm-manager\n") },
		{ ROLES "swarm-manager ", WITH_TOKEN, REPLY("200 OK", KEYS) },
		TOKEN,
		{ ROLES " ", WITH_TOKEN, REPLY("404 Not Found", "") },
		{ "PUT ", NULL, REPLY("403 Forbidden", "") },
		TOKEN,
		{ ROLES " ", NULL, REPLY("500 Oops", "") },
	};

	(void)state;
	on_an_instance();
	expect_requests(script, sizeof(script) / sizeof(script[0]));
	assert_string_equal(found(), "C c t the role swarm-manager of this instance");
	refused(ERR_REFUSED, "no AWS keys");
	refused(ERR_REFUSED, "no AWS keys");
	refused(ERR_REFUSED, "with status 500");
	expect_all_came();
}

/* {AccessKeyId, ...} that end in so many seconds */
static const char *keys_for(char text[400], const char *id, int seconds)
{
	time_t at = time(NULL) + seconds;
	char until[40];
	struct tm t;

	gmtime_r(&at, &t);
	strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", &t);
	snprintf(text, 400,
		 REPLY("200 OK", "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\","
				 "\"Token\":\"t\",\"Expiration\":\"%s\"}"),
		 id, until);
	return text;
}

/* mutant helpers/aws/credentials.c get: BEFORE_END => 0
 *   fails gets_them_anew_before_they_end */
static void gets_them_anew_before_they_end(void **state)
{
	char short_lived[400], long_lived[400];
	const struct exchange script[] = {
		TOKEN,
		{ ROLES " ", NULL, REPLY("200 OK", "r") },
		{ ROLES "r ", NULL, keys_for(short_lived, "ONE", 60) },
		TOKEN,
		{ ROLES " ", NULL, REPLY("500 Oops", "") },
		TOKEN,
		{ ROLES " ", NULL, REPLY("200 OK", "r") },
		{ ROLES "r ", NULL, keys_for(long_lived, "TWO", 3600) },
	};
	struct aws_credentials *c = aws_credentials_new();
	struct aws_keys k;

	(void)state;
	on_an_instance();
	expect_requests(script, sizeof(script) / sizeof(script[0]));
	assert_int_equal(read_within(c, &k, 20000), 0);
	assert_string_equal(k.id, "ONE");
	assert_int_equal(read_within(c, &k, 20000), 0);
	assert_string_equal(k.id, "ONE");
	assert_int_equal(read_within(c, &k, 20000), 0);
	assert_string_equal(k.id, "TWO");
	assert_int_equal(read_within(c, &k, 20000), 0);
	assert_string_equal(k.id, "TWO");
	aws_credentials_free(c);
	expect_all_came();
}

static void refuses_those_that_have_ended(void **state)
{
	(void)state;
	process_is("", "",
		   "#!/bin/sh\necho '{\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\","
		   "\"Expiration\":\"2020-01-01T00:00:00Z\"}'\n");
	refused(ERR_REFUSED, "have ended already");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, aws_set_up, aws_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_those_of_the_environment),
		TEST(says_that_there_are_none),
		TEST(takes_those_of_a_profile),
		TEST(refuses_what_it_does_not_know),
		TEST(asks_a_process),
		TEST(ends_a_process_at_the_deadline),
		TEST(asks_what_runs_a_container),
		TEST(asks_the_instance_for_its_role),
		TEST(gets_them_anew_before_they_end),
		TEST(refuses_those_that_have_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
