/*
 * addr - how a person writes where a host is: `[user@]address[:port]`, an IPv6
 * literal with a port in brackets. Only reads text; looks nothing up.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct addr {
	char user[64];  /* "" when not given */
	char host[256]; /* a name or a literal, without brackets */
	uint16_t port;  /* host byte order; 0 when not given */
};

/* Reads `n` bytes of `text`. Refuses what could be taken for something else:
 * empty, control bytes or spaces, a leading '-', a port out of 1..65535.
 * Errors: ERR_USAGE. */
int addr_parse(struct addr *a, const char *text, size_t n, struct err *e);

/* Checks a bare host (no user, no port), as addr_parse does. */
int addr_check_host(const char *host, struct err *e);

/* Whether `text` (an address, perhaps with a port) is an IP address, and not a
 * name or an interface, which cannot be compared with one. An address with a
 * zone is none: only the host it is written on knows what that is. */
bool addr_is_ip(const char *text);

/* Whether both are the same IP address by value, however each is written and
 * whatever port follows: fd00::1 is [FD00:0:0::1]:2377, and ::ffff:10.0.0.1 is
 * 10.0.0.1. False when either is none. */
bool addr_same_ip(const char *a, const char *b);

/* Whether the IP address `addr` lies in the network `cidr` ("10.0.0.0/8",
 * "fd00::/64"). False when either is none. */
bool addr_in_net(const char *addr, const char *cidr);

#endif
