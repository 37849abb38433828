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

static void refuses(void **state)
{
	static const char *const table[] = {
		"", "@h", "u@", ":22", "h:", "h:0", "h:65536", "h:+1", "h: 1",
		"h:22x", "-oProxyCommand=x", "u@-h", "-u@h", "a b", "h\n",
		"h;id", "u;id@h", "$(id)@h", "[::1", "[::1]22", "[::1]:", "[]",
		"[h]:22", "1:2:3", "::1%", "h\x7f", "h/24", "[::1]:22:22",
		"fe80::1]", "\xc3\xa4.example",
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

		assert_int_equal(addr_parse(&a, longest, n, &e),
				 n == 255 ? 0 : -1);
	}
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
		{ "h.example", 0 }, { "::1", 0 },    { "10.0.0.1", 0 },
		{ "u@h", -1 },      { "h:22", -1 },  { "[::1]", -1 },
		{ "", -1 },         { "-h", -1 },    { "a b", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err e = { 0 };

		if (addr_check_host(table[i].host, &e) != table[i].result)
			fail_msg("`%s`", table[i].host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads_only_its_bytes),
		cmocka_unit_test(checks_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
