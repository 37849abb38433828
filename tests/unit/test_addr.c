/* SPDX-License-Identifier: MIT */
/* What people write as a host, and what must not pass for one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/err.h"
#include "net/addr.h"

#include <string.h>

static void reads(void **state)
{
	static const struct {
		const char *text, *user, *host;
		uint16_t port;
	} table[] = {
		{ "10.0.0.1", "", "10.0.0.1", 0 },
		{ "host-1.example.com:2222", "", "host-1.example.com", 2222 },
		{ "root@h", "root", "h", 0 },
		{ "a@b@h:1", "a@b", "h", 1 },
		{ "::1", "", "::1", 0 },
		{ "fe80::1%eth0", "", "fe80::1%eth0", 0 },
		{ "[::1]", "", "::1", 0 },
		{ "u@[fe80::1%eth0]:65535", "u", "fe80::1%eth0", 65535 },
		{ "[2001:db8::2]:22", "", "2001:db8::2", 22 },
		{ "node_1", "", "node_1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct addr a;
		struct err e = { 0 };

		if (addr_parse(&a, table[i].text, strlen(table[i].text), &e))
			fail_msg("%s: %s", table[i].text, e.msg);
		assert_string_equal(a.user, table[i].user);
		assert_string_equal(a.host, table[i].host);
		assert_int_equal(a.port, table[i].port);
	}
}

/* mutant helpers/net/addr.c take_port: 1 => 0 */
static void refuses(void **state)
{
	static const char *const table[] = {
		"",
		"@h",
		"u@",
		":22",
		"h:",
		"h:0",
		"h:65536",
		"h:+1",
		"h: 1",
		"h:22x",
		"-oProxyCommand=x",
		"u@-h",
		"-u@h",
		"a b",
		"h\n",
		"h;id",
		"u;id@h",
		"$(id)@h",
		"[::1",
		"[::1]22",
		"[::1]:",
		"[]",
		"[h]:22",
		"1:2:3",
		"::1%",
		"h\x7f",
		"h/24",
		"[::1]:22:22",
		"fe80::1]",
		"\xc3\xa4.example",
	};
	char longest[400];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct addr a;
		struct err e = { 0 };

		if (!addr_parse(&a, table[i], strlen(table[i]), &e))
			fail_msg("`%s` was accepted", table[i]);
		assert_int_equal(e.kind, ERR_USAGE);
	}
	memset(longest, 'a', sizeof(longest));
	for (size_t n = 255; n <= 256; n++) {
		struct addr a;
		struct err e = { 0 };

		assert_int_equal(addr_parse(&a, longest, n, &e), n == 255 ? 0 : -1);
	}
}

static void compares_by_value(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1:2378", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.10", false },
		{ "10.0.0.1", "::ffff:10.0.0.1", true },
		{ "10.0.0.1", "::10.0.0.1", false },
		{ "fd00::1", "[FD00:0:0::0001]:2377", true },
		{ "fd00::1", "fd00::10", false },
		{ "fe80::1%eth0", "fe80::1%eth0", false },
		{ "eth0", "eth0", false },
		{ "10.0.0.1", "eth0", false },
		{ "", "", false },
		{ "root@10.0.0.1", "10.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (addr_same_ip(table[i].a, table[i].b) != table[i].same ||
		    addr_same_ip(table[i].b, table[i].a) != table[i].same)
			fail_msg("%s and %s", table[i].a, table[i].b);
	}
	assert_true(addr_is_ip("10.0.0.1:2377"));
	assert_true(addr_is_ip("[fd00::1]:2377"));
	assert_false(addr_is_ip("eth0"));
	assert_false(addr_is_ip("eth0:2377"));
	assert_false(addr_is_ip("host.example.com"));
	assert_false(addr_is_ip(""));
}

/* mutant helpers/net/addr.c addr_in_net: 96 => 0 */
static void knows_its_network(void **state)
{
	static const struct {
		const char *addr, *cidr;
		bool inside;
	} table[] = {
		{ "10.0.0.1", "10.0.0.0/8", true },
		{ "10.255.0.1:2377", "10.0.0.0/8", true },
		{ "11.0.0.1", "10.0.0.0/8", false },
		{ "10.20.31.1", "10.20.16.0/20", true },
		{ "10.20.32.1", "10.20.16.0/20", false },
		{ "10.0.0.1", "10.0.0.1/32", true },
		{ "10.0.0.2", "10.0.0.1/32", false },
		{ "192.0.2.1", "0.0.0.0/0", true },
		{ "fd00::1", "0.0.0.0/0", false },
		{ "fd00::1", "fd00::/64", true },
		{ "fd00:0:0:1::1", "fd00::/64", false },
		{ "eth0", "10.0.0.0/8", false },
		{ "10.0.0.1", "10.0.0.0", false },
		{ "10.0.0.1", "10.0.0.0/33", false },
		{ "10.0.0.1", "10.0.0.0/", false },
		{ "10.0.0.1", "eth0/8", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (addr_in_net(table[i].addr, table[i].cidr) != table[i].inside)
			fail_msg("%s and %s", table[i].addr, table[i].cidr);
}

/* What lies behind `n` bytes must not be looked at. */
static void reads_only_its_bytes(void **state)
{
	struct addr a;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(addr_parse(&a, "[::1]:2299", 8, &e), 0);
	assert_int_equal(a.port, 22);
	assert_int_equal(addr_parse(&a, "one,two", 3, &e), 0);
	assert_string_equal(a.host, "one");
	assert_int_equal(addr_parse(&a, "[::1]", 4, &e), -1);
}

static void checks_hosts(void **state)
{
	static const struct {
		const char *host;
		int result;
	} table[] = {
		{ "h.example", 0 }, { "::1", 0 },   { "10.0.0.1", 0 },
		{ "u@h", -1 },      { "h:22", -1 }, { "[::1]", -1 },
		{ "", -1 },         { "-h", -1 },   { "a b", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err e = { 0 };

		if (addr_check_host(table[i].host, &e) != table[i].result)
			fail_msg("`%s`", table[i].host);
	}
}

/* mutant helpers/net/addr.c addr_check_host: text , a port as `port` => nothing
 *   fails names_the_key_of_a_port */
static void names_the_key_of_a_port(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(addr_check_host("10.0.0.1:22", &e), -1);
	assert_non_null(strstr(e.msg, "a port as `port`"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(compares_by_value),
		cmocka_unit_test(knows_its_network),
		cmocka_unit_test(reads_only_its_bytes),
		cmocka_unit_test(checks_hosts),
		cmocka_unit_test(names_the_key_of_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
