/*
 * addr - how a person writes where a host is: `[user@]address[:port]`, an
 * IPv6 literal with a port in brackets. Only reads text; looks nothing up.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

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

#endif
