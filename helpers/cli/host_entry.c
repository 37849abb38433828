/* SPDX-License-Identifier: MIT */
/* Parses [user@]address[:port][/socket]. */
#include "cli/host_entry.h"

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* Absolute, of two parts or more, and of a file */
static bool is_socket(const char *path, size_t n)
{
	return !text_has_control(path, n) && memchr(path + 1, '/', n - 1) &&
	       path[n - 1] != '/';
}

int host_entry_parse(struct host_entry *h, const char *text, size_t n, struct err *e)
{
	const char *path = memchr(text, '/', n);
	size_t host = path ? (size_t)(path - text) : n;

	h->socket[0] = '\0';
	if (addr_parse(&h->addr, text, host, e))
		return -1;
	if (!path)
		return 0;
	if (n - host >= sizeof(h->socket) || !is_socket(path, n - host))
		return err_set(e, ERR_USAGE,
			       "`%.*s` is no host with a socket; write it as in "
			       "10.0.0.1/run/user/1000/docker.sock",
			       (int)(n < 200 ? n : 200), text);
	memcpy(h->socket, path, n - host);
	h->socket[n - host] = '\0';
	return 0;
}
