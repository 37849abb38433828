/*
 * aws_server - an HTTP server on this machine's loopback that expects certain requests, one
 * after the other, and has an answer for each; and an environment with none of AWS's
 * variables.
 *
 * expect_requests begins a script, expect_all_came ends it. A request that is not the one
 * expected gets status 400 and is kept for the message.
 */
#ifndef AWS_SERVER_H
#define AWS_SERVER_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/js.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_REQUEST 65536
#define REPLY(status, text) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" text

struct exchange {
	const char *begins; /* the request */
	const char *needs;  /* stands in it; or NULL */
	const char *reply;
};

static struct aws_server {
	int listener;
	pthread_t thread;
	char url[64], dir[32];
	const struct exchange *script;
	size_t count, came;
	char last[MAX_REQUEST], wrong[MAX_REQUEST];
} aws;

/* Until its header and the body that it tells of are there. */
static inline void read_request(int fd, char *out)
{
	size_t n = 0;
	ssize_t got = 1;

	out[0] = '\0';
	while (got > 0 && n < MAX_REQUEST - 1) {
		char *body = strstr(out, "\r\n\r\n");
		char *length = strcasestr(out, "\r\nContent-Length: ");
		size_t want = length ? (size_t)atol(length + 18) : 0;

		if (body && strlen(body + 4) >= want)
			break;
		got = recv(fd, out + n, MAX_REQUEST - 1 - n, 0);
		n += got > 0 ? (size_t)got : 0;
		out[n] = '\0';
	}
}

static inline const char *answer_to(const char *request)
{
	const struct exchange *x = &aws.script[aws.came];

	if (aws.came < aws.count && !strncmp(request, x->begins, strlen(x->begins)) &&
	    (!x->needs || strstr(request, x->needs))) {
		aws.came++;
		return x->reply;
	}
	snprintf(aws.wrong, sizeof(aws.wrong), "%s", request);
	return REPLY("400 Not Expected", "");
}

static inline void *aws_serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(aws.listener, NULL, NULL)) >= 0) {
		const char *reply;

		read_request(fd, aws.last);
		if (*aws.last) {
			reply = answer_to(aws.last);
			send(fd, reply, strlen(reply), MSG_NOSIGNAL);
		}
		close(fd);
	}
	return NULL;
}

static inline void clear_environment(void)
{
	static const char *const names[] = {
		"AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN",
		"AWS_PROFILE",
		"AWS_SHARED_CREDENTIALS_FILE",
		"AWS_CONFIG_FILE",
		"AWS_REGION",
		"AWS_DEFAULT_REGION",
		"AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_CA_BUNDLE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

/* Those of one test of cmocka. */
static inline int aws_set_up(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	(void)state;
	js_setup();
	clear_environment();
	memset(&aws, 0, sizeof(aws));
	snprintf(aws.dir, sizeof(aws.dir), "/tmp/test-aws-XXXXXX");
	if (!mkdtemp(aws.dir))
		return -1;
	setenv("HOME", aws.dir, 1);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	aws.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(aws.listener, (struct sockaddr *)&at, n) || listen(aws.listener, 8) ||
	    getsockname(aws.listener, (struct sockaddr *)&at, &n))
		return -1;
	snprintf(aws.url, sizeof(aws.url), "http://127.0.0.1:%d", ntohs(at.sin_port));
	return pthread_create(&aws.thread, NULL, aws_serve, NULL);
}

static inline int aws_tear_down(void **state)
{
	static const char *const files[] = { "credentials", "config", "keys", "pid" };
	char path[64];

	(void)state;
	shutdown(aws.listener, SHUT_RDWR);
	pthread_join(aws.thread, NULL);
	close(aws.listener);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", aws.dir, files[i]);
		unlink(path);
	}
	return rmdir(aws.dir);
}

static inline void expect_requests(const struct exchange *script, size_t count)
{
	aws.script = script;
	aws.count = count;
	aws.came = 0;
}

static inline void expect_all_came(void)
{
	if (*aws.wrong)
		fail_msg("not expected: %s", aws.wrong);
	assert_int_equal(aws.came, aws.count);
}

/* Writes one of the files that aws_tear_down removes, and names it in a variable. */
static inline void write_file(const char *name, const char *variable, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", aws.dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	if (variable)
		setenv(variable, path, 1);
}

#endif
