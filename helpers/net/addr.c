/* SPDX-License-Identifier: MIT */
/* Parses [user@]address[:port]. */
#include "net/addr.h"

#include "base/err.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define SHOWN 80 /* bytes of a refused text that a message repeats */

static int refuse(struct err *e, const char *text, size_t n, const char *why)
{
	return err_set(e, ERR_USAGE,
		       "`%.*s` is no address: %s; write "
		       "[user@]address[:port], an IPv6 address with a port in "
		       "brackets",
		       (int)(n < SHOWN ? n : SHOWN), text, why);
}

static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789.-_";

/* Without the zone (RFC 4007 section 11), which inet_pton does not know: the
 * name of an interface, so that it can stand in a known hosts file. */
static bool is_ipv6(const char *host)
{
	size_t n = strcspn(host, "%");
	const char *zone = host[n] ? host + n + 1 : "0";
	char bare[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (n >= sizeof(bare) || !*zone || zone[strspn(zone, allowed)])
		return false;
	memcpy(bare, host, n);
	bare[n] = '\0';
	return inet_pton(AF_INET6, bare, &in6) == 1;
}

static const char *bad_host(const char *host)
{
	if (!*host)
		return "the host is missing";
	if (*host == '-')
		return "a host does not begin with `-`";
	if (strchr(host, ':'))
		return is_ipv6(host) ? NULL : "it is no IPv6 address";
	if (host[strspn(host, allowed)])
		return "a host consists of letters, digits, `.`, `-` and `_`";
	return NULL;
}

static const char *bad_user(const char *user)
{
	if (!*user)
		return "the user before `@` is missing";
	if (*user == '-')
		return "a user does not begin with `-`";
	for (; *user; user++)
		if (*user == ' ' || strchr("'\"`$&|;<>()\\", *user))
			return "the user holds a character that no user has";
	return NULL;
}

static int copy(char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return -1;
	memcpy(to, from, n);
	to[n] = '\0';
	return 0;
}

static const char *take_port(struct addr *a, const char *text, size_t n)
{
	char digits[6];
	uint32_t port;

	if (copy(digits, sizeof(digits), text, n) ||
	    text_to_u32(digits, 1, UINT16_MAX, &port))
		return "the port is no number from 1 to 65535";
	a->port = (uint16_t)port;
	return NULL;
}

static const char *take_brackets(struct addr *a, const char *text, size_t n)
{
	const char *end = memchr(text, ']', n);
	size_t len = end ? (size_t)(end - text) : 0;
	size_t left = n - len - 1;

	if (!end || copy(a->host, sizeof(a->host), text + 1, len - 1) ||
	    !is_ipv6(a->host))
		return "no IPv6 address stands in the brackets";
	if (!left)
		return NULL;
	if (end[1] != ':')
		return "after `]` comes nothing or a port";
	return take_port(a, end + 2, left - 1);
}

static const char *take_host(struct addr *a, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	size_t len = n;
	const char *why = NULL;

	if (n && *text == '[')
		return take_brackets(a, text, n);
	/* Two colons can only be an IPv6 address, which then has no port. */
	if (colon && !memchr(colon + 1, ':', n - (size_t)(colon - text) - 1)) {
		len = (size_t)(colon - text);
		why = take_port(a, colon + 1, n - len - 1);
	}
	if (why)
		return why;
	if (copy(a->host, sizeof(a->host), text, len))
		return "the host is too long";
	return bad_host(a->host);
}

static const char *take_user(struct addr *a, const char **text, size_t *n)
{
	size_t at = *n;
	size_t len;

	/* The last one: a directory's user name may hold an `@` itself. */
	while (at && (*text)[at - 1] != '@')
		at--;
	if (!at)
		return NULL;
	len = at - 1;
	if (copy(a->user, sizeof(a->user), *text, len))
		return "the user is too long";
	*text += at;
	*n -= at;
	return bad_user(a->user);
}

int addr_parse(struct addr *a, const char *text, size_t n, struct err *e)
{
	const char *rest = text;
	size_t left = n;
	const char *why;

	memset(a, 0, sizeof(*a));
	if (text_has_control(text, n))
		return refuse(e, text, n, "it holds a control character");
	why = take_user(a, &rest, &left);
	if (!why)
		why = take_host(a, rest, left);
	return why ? refuse(e, text, n, why) : 0;
}

int addr_check_host(const char *host, struct err *e)
{
	struct addr a;
	const char *why = bad_host(host);

	if (!why && strlen(host) >= sizeof(a.host))
		why = "the host is too long";
	if (why)
		return err_set(e, ERR_USAGE,
			       "`%.*s` is no host: %s; write a "
			       "name or an address alone, a port as `port`",
			       SHOWN, host, why);
	return 0;
}

/* As an IPv6 address; an IPv4 one as the IPv6 address that stands for it (RFC
 * 4291 section 2.5.5.2), so that one is the other by value. */
static bool value_of(const char *text, struct in6_addr *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct addr a;
	struct err ignored;
	struct in_addr in4;

	if (addr_parse(&a, text, strlen(text), &ignored) || *a.user)
		return false;
	if (inet_pton(AF_INET6, a.host, out) == 1)
		return true;
	if (inet_pton(AF_INET, a.host, &in4) != 1)
		return false;
	memcpy(out->s6_addr, mapped, sizeof(mapped));
	memcpy(out->s6_addr + sizeof(mapped), &in4, sizeof(in4));
	return true;
}

bool addr_is_ip(const char *text)
{
	struct in6_addr value;

	return value_of(text, &value);
}

bool addr_same_ip(const char *a, const char *b)
{
	struct in6_addr one, other;

	return value_of(a, &one) && value_of(b, &other) &&
	       !memcmp(&one, &other, sizeof(one));
}

bool addr_in_net(const char *addr, const char *cidr)
{
	size_t n = strcspn(cidr, "/");
	char net[INET6_ADDRSTRLEN];
	struct in6_addr one, other;
	uint32_t bits, i;

	if (!cidr[n] || copy(net, sizeof(net), cidr, n) || !value_of(addr, &one) ||
	    !value_of(net, &other))
		return false;
	/* an IPv4 network is the last 32 bits of what stands for it */
	i = strchr(net, ':') ? 0 : 96;
	if (text_to_u32(cidr + n + 1, 0, 128 - i, &bits))
		return false;
	for (bits += i, i = 0; i < bits; i++)
		if ((one.s6_addr[i / 8] ^ other.s6_addr[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}
