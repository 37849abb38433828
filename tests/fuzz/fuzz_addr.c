/* SPDX-License-Identifier: MIT */
/* Addresses, and comma-separated lists of them. */
/* mutant helpers/base/text.c text_next_item: condition p[len] => p[len] && p[len + 1]
 * mutant helpers/net/addr.c is_ipv6: term strspn => false */

#include "fuzz.h"

#include "base/text.h"
#include "cli/host_entry.h"

/* Whatever is accepted can stand in known_hosts, in a message, in a URL. */
static void check(const struct addr *a)
{
	struct err e;

	FUZZ_CHECK(*a->host && *a->host != '-' && *a->user != '-');
	FUZZ_CHECK(!strpbrk(a->host, " ,*?!|[]@/\"'\\"));
	FUZZ_CHECK(!strpbrk(a->user, " \"'\\;$`"));
	FUZZ_CHECK(!text_has_control(a->host, strlen(a->host)));
	FUZZ_CHECK(!addr_check_host(a->host, &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = fuzz_text(data, n);
	const char *rest = text, *item;
	struct err e = { 0 };
	struct addr a;
	struct host_entry h;
	size_t len, commas = 0, items = 0;

	for (const char *p = text; *p; p++)
		commas += *p == ',';
	for (; text_next_item(&rest, &item, &len); items++) {
		FUZZ_CHECK(item >= text && item + len <= text + strlen(text));
		FUZZ_CHECK(!memchr(item, ',', len));
		if (host_entry_parse(&h, item, len, &e)) {
			fuzz_check_err(&e);
			continue;
		}
		check(&h.addr);
		FUZZ_CHECK(!*h.socket || *h.socket == '/');
		FUZZ_CHECK(!text_has_control(h.socket, strlen(h.socket)));
	}
	FUZZ_CHECK(items == commas + 1);
	if (addr_check_host(text, &e))
		fuzz_check_err(&e);
	if (!addr_parse(&a, text, n, &e))
		check(&a);
	free(text);
	return 0;
}
