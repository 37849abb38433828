/* SPDX-License-Identifier: MIT */
/* A host of a list, and where Docker's socket is on it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"
#include "cli/host_entry.h"

#include <string.h>

/* mutant helpers/cli/host_entry.c is_socket: term memchr => true */
static void reads(void **state)
{
	static const struct {
		const char *text, *host, *socket;
		uint16_t port;
	} table[] = {
		{ "10.0.0.1", "10.0.0.1", "", 0 },
		{ "u@h:22/run/user/1000/docker.sock", "h", "/run/user/1000/docker.sock",
		  22 },
		{ "[::1]:2222/var/run/docker.sock", "::1", "/var/run/docker.sock", 2222 },
		{ "fe80::1%eth0/run/d.sock", "fe80::1%eth0", "/run/d.sock", 0 },
	};
	static const char *const bad[] = {
		"h/24",
		"10.0.0.0/8",
		"/run/docker.sock",
		"h/run/",
		"h/",
		"h//",
		"h:x/run/docker.sock",
		"h/run/\n",
		"u@/run/docker.sock",
	};
	char longest[200] = "h/run/";
	struct host_entry h;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *text = table[i].text;

		if (host_entry_parse(&h, text, strlen(text), &e))
			fail_msg("%s: %s", text, e.msg);
		assert_string_equal(h.addr.host, table[i].host);
		assert_string_equal(h.socket, table[i].socket);
		assert_int_equal(h.addr.port, table[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!host_entry_parse(&h, bad[i], strlen(bad[i]), &e))
			fail_msg("`%s` was accepted", bad[i]);
	memset(longest + 6, 'x', sizeof(longest) - 6);
	assert_int_equal(host_entry_parse(&h, longest, 1 + 107, &e), 0);
	assert_int_equal(host_entry_parse(&h, longest, 1 + 108, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
