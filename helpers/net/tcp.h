/*
 * tcp - a connected TCP socket to a host, by name or literal, within a
 * deadline that covers the name look-up too.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stddef.h>
#include <stdint.h>

struct addrinfo;
struct deadline;
struct err;

/*
 * Connects to `host` (a name, or a literal that may carry a %zone). Of several
 * addresses the next is tried beside the others a quarter of a second after
 * the one before, families taking turns (RFC 8305); the first to answer wins.
 * *fd is non-blocking and close-on-exec, with TCP_NODELAY, and notices within
 * half a minute when the other end is gone; the caller closes it.
 * Errors: ERR_UNREACHABLE naming the port (also when time ran out),
 * ERR_DEADLINE when the stop descriptor fired, ERR_LOCAL. Whoever asked names
 * the host.
 */
int tcp_connect(int *fd, const char *host, uint16_t port, const struct deadline *d,
		struct err *e);

/*
 * Finds out which of several hosts listens, "10.0.1.11:2377,[fd00::2]:2377" of up to eight: they
 * are tried as the addresses of a name are, and *which is the position of the first one that
 * answers. Errors: ERR_UNREACHABLE, ERR_DEADLINE when the stop descriptor fired.
 */
int tcp_probe(const char *list, size_t *which, const struct deadline *d, struct err *e);

/* Looks `host` up. getaddrinfo knows no time limit, so it runs in a thread
 * that is left behind when the deadline passes; literals need none.
 * The caller frees *out with freeaddrinfo. Errors as of tcp_connect. */
int tcp_resolve(struct addrinfo **out, const char *host, uint16_t port,
		const struct deadline *d, struct err *e);

/* Has what was received acknowledged at once. Linux forgets this after a
 * while, so it is asked for after every read (tcp(7), TCP_QUICKACK); without
 * it the server's Nagle algorithm and our delayed acknowledgement hold each
 * other up for 40 ms. Does nothing where there is no such option. */
void tcp_quickack(int fd);

/* Writes "host:port", an IPv6 literal in brackets. */
void tcp_name(char *out, size_t size, const char *host, uint16_t port);

#endif
