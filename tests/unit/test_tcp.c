/* SPDX-License-Identifier: MIT */
/* Connecting within a deadline, to names and addresses of this machine. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/deadline.h"
#include "base/err.h"
#include "net/fd.h"
#include "ssh/ssh.h"
#include "net/tcp.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int lookup_fn(const char *host, const char *port, const struct addrinfo *hints,
		      struct addrinfo **out);

/* Stands in front of the C library's. "two.test" has two addresses of this
 * machine, "slow.test" takes longer than anybody wants to wait. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
		struct addrinfo **out)
{
	lookup_fn *real;
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (hints->ai_flags & AI_NUMERICHOST || !strstr(host, ".test"))
		return real(host, port, hints, out);
	if (!strcmp(host, "slow.test"))
		sleep(1);
	rc = real("127.0.0.2", port, hints, out);
	return rc ? rc : real("127.0.0.1", port, hints, &(*out)->ai_next);
}

/* A loopback port; the one that
 * *port asks for, 0 for any. With `backlog` -1 bound, but nobody listens. */
static int port_on(in_addr_t address, int backlog, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(*port),
				 .sin_addr.s_addr = htonl(address) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int option(int fd, int level, int name)
{
	int value = 0;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

/* The numeric address of the other end */
static void name_peer(int fd, char *out, size_t size)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &n), 0);
	assert_int_equal(getnameinfo((struct sockaddr *)&a, n, out, (socklen_t)size, NULL,
				     0, NI_NUMERICHOST),
			 0);
}

static void connects(void **state)
{
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	char peer[64];
	uint16_t port = 0;
	int l = port_on(INADDR_LOOPBACK, 1, &port), fd = -1;

	(void)state;
	assert_int_equal(tcp_connect(&fd, "127.0.0.1", port, &d, &e), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_not_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	assert_int_not_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	name_peer(fd, peer, sizeof(peer));
	assert_string_equal(peer, "127.0.0.1");
	fd_close(&fd);
	assert_int_equal(fd, -1);
	close(l);
}

/* "localhost" is ::1 and 127.0.0.1 where both are configured; only the second
 * listens, so that the first must not decide. */
static void tries_every_address(void **state)
{
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	uint16_t port = 0;
	int l = port_on(INADDR_LOOPBACK, 1, &port), fd = -1;

	(void)state;
	if (tcp_connect(&fd, "localhost", port, &d, &e))
		fail_msg("%s", e.msg);
	fd_close(&fd);
	close(l);
}

/* mutant helpers/net/tcp.c finish: getsockopt() => 0 */
static void says_refused(void **state)
{
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	uint16_t port = 0;
	int l = port_on(INADDR_LOOPBACK, -1, &port), fd = -1;
	char expected[64];

	(void)state;
	assert_int_equal(tcp_connect(&fd, "127.0.0.1", port, &d, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	snprintf(expected, sizeof(expected),
		 "port %u: nothing listens there (connection refused)", port);
	assert_string_equal(e.msg, expected);
	assert_true(deadline_left_ms(&d) > 4000);
	close(l);
}

/* Linux answers no further SYN once a backlog of 0 is full: a host that is
 * silent, without leaving the machine. */
static int silent_port(in_addr_t address, uint16_t *port, int fill[4])
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(address) };
	int l = port_on(address, 0, port);

	a.sin_port = htons(*port);
	for (int i = 0; i < 4; i++) {
		fill[i] = fd_ready(socket(AF_INET, SOCK_STREAM, 0));
		connect(fill[i], (struct sockaddr *)&a, sizeof(a));
	}
	return l;
}

static void honours_the_deadline(void **state)
{
	struct deadline d = deadline_in(300);
	int64_t since = deadline_now_ms();
	struct err e = { 0 };
	uint16_t port = 0;
	int fill[4], fd = -1;
	int l = silent_port(INADDR_LOOPBACK, &port, fill);
	char expected[64];

	(void)state;
	assert_int_equal(tcp_connect(&fd, "127.0.0.1", port, &d, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	snprintf(expected, sizeof(expected), "port %u: no answer within 0.", port);
	assert_ptr_equal(strstr(e.msg, expected), e.msg);
	assert_in_range(deadline_now_ms() - since, 250, 2000);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(l);
}

static void does_not_wait_for_a_dead_address(void **state)
{
	struct deadline d = deadline_in(10000);
	int64_t since = deadline_now_ms();
	struct err e = { 0 };
	uint16_t port = 0;
	int fill[4], fd = -1;
	int silent = silent_port(INADDR_LOOPBACK + 1, &port, fill);
	int good = port_on(INADDR_LOOPBACK, 1, &port);
	char peer[64];

	(void)state;
	if (tcp_connect(&fd, "two.test", port, &d, &e))
		fail_msg("%s", e.msg);
	assert_in_range(deadline_now_ms() - since, 200, 900);
	name_peer(fd, peer, sizeof(peer));
	assert_string_equal(peer, "127.0.0.1");
	fd_close(&fd);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(silent);
	close(good);
}

static void does_not_wait_for_name_servers(void **state)
{
	struct deadline d = deadline_in(200);
	int64_t since = deadline_now_ms();
	struct err e = { 0 };
	int fd = -1;

	(void)state;
	assert_int_equal(tcp_connect(&fd, "slow.test", 22, &d, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_string_equal(e.msg, "the name servers did not answer in time");
	assert_in_range(deadline_now_ms() - since, 150, 900);
}

static void stops_when_told(void **state)
{
	struct deadline d = deadline_in(20000);
	struct err e = { 0 };
	uint16_t port = 0;
	int fill[4], stop[2], fd = -1;
	int l = silent_port(INADDR_LOOPBACK, &port, fill);

	(void)state;
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	d.stop_fd = stop[0];
	assert_int_equal(tcp_connect(&fd, "127.0.0.1", port, &d, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(stop[0]);
	close(stop[1]);
	close(l);
}

/* No label of a name has 64 bytes (RFC 1035 section 2.3.4), so that no name
 * server is asked. */
static void knows_no_such_name(void **state)
{
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid";
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	int fd = -1;

	(void)state;
	assert_int_equal(tcp_connect(&fd, name, 22, &d, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(e.msg, "no host of this name is known ("));
}

static void names(void **state)
{
	char name[64];

	(void)state;
	tcp_name(name, sizeof(name), "::1", 22);
	assert_string_equal(name, "[::1]:22");
	tcp_name(name, sizeof(name), "h", 2222);
	assert_string_equal(name, "h:2222");
}

/* The first is silent, the second refuses, the third listens.
 * mutant helpers/net/tcp.c tcp_probe: r->winner => 0
 *   fails finds_who_listens */
static void finds_who_listens(void **state)
{
	struct deadline d = deadline_in(10000), soon = deadline_in(400);
	uint16_t silent_at = 0, closed_at = 0, good_at = 0;
	int64_t since = deadline_now_ms();
	struct err e = { 0 };
	int fill[4], silent = silent_port(INADDR_LOOPBACK, &silent_at, fill);
	int closed = port_on(INADDR_LOOPBACK, -1, &closed_at);
	int good = port_on(INADDR_LOOPBACK, 1, &good_at);
	char list[128];
	size_t which = 7;

	(void)state;
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u", silent_at,
		 closed_at, good_at);
	if (tcp_probe(list, &which, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(which, 2);
	assert_in_range(deadline_now_ms() - since, 200, 1500);
	snprintf(list, sizeof(list), "127.0.0.1:%u,127.0.0.1:%u", silent_at, closed_at);
	assert_int_equal(tcp_probe(list, &which, &soon, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(silent);
	close(closed);
	close(good);
}

/* What a server does with its one connection before any banner. */
struct server {
	int listener;
	const char *says;
	bool closes;
	int connections;
};

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd[8] = { 0 }, n = 0, c;

	while (n < 8 && (c = accept(s->listener, NULL, NULL)) >= 0) {
		if (*s->says && write(c, s->says, strlen(s->says)) < 0)
			break;
		fd[n++] = c;
		if (s->closes)
			close(c);
	}
	s->connections = n;
	while (!s->closes && n)
		close(fd[--n]);
	return NULL;
}

static int open_against(struct server *s, int64_t ms, struct err *e)
{
	struct deadline d = deadline_in(ms);
	struct ssh_login login = { .host = "127.0.0.1",
				   .user = "root",
				   .known_hosts = "/dev/null" };
	struct ssh *ssh = NULL;
	pthread_t thread;
	int rc;

	s->listener = port_on(INADDR_LOOPBACK, 8, &login.port);
	pthread_create(&thread, NULL, serve, s);
	rc = ssh_open(&ssh, &login, &d, e);
	shutdown(s->listener, SHUT_RDWR);
	close(s->listener);
	pthread_join(thread, NULL);
	ssh_close(ssh);
	return rc;
}

static void ssh_does_not_wait_for_ever(void **state)
{
	static const char *const says[] = { "", "hello\r\n", "SSH-2.0-x\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		struct server s = { .says = says[i] };
		int64_t since = deadline_now_ms();
		struct err e = { 0 };

		assert_int_equal(open_against(&s, 300, &e), -1);
		assert_int_equal(e.kind, ERR_UNREACHABLE);
		assert_in_range(deadline_now_ms() - since, 250, 2000);
		assert_int_equal(s.connections, 1);
	}
}

static void ssh_retries_only_before_the_banner(void **state)
{
	struct server dropped = { .says = "Exceeded MaxStartups\r\n", .closes = true };
	struct server late = { .says = "SSH-2.0-x\r\n", .closes = true };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(open_against(&dropped, 1500, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(e.msg, "Exceeded MaxStartups"));
	assert_in_range(dropped.connections, 2, 8);
	assert_int_equal(open_against(&late, 1500, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_int_equal(late.connections, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connects),
		cmocka_unit_test(tries_every_address),
		cmocka_unit_test(says_refused),
		cmocka_unit_test(honours_the_deadline),
		cmocka_unit_test(does_not_wait_for_a_dead_address),
		cmocka_unit_test(does_not_wait_for_name_servers),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(knows_no_such_name),
		cmocka_unit_test(finds_who_listens),
		cmocka_unit_test(names),
		cmocka_unit_test(ssh_does_not_wait_for_ever),
		cmocka_unit_test(ssh_retries_only_before_the_banner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
