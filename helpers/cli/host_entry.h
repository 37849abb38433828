/*
 * host_entry - a host in a list of a query: `[user@]address[:port][/socket]`, the
 * path behind it as in Docker's own ssh:// URLs. Only reads text.
 */
#ifndef CLI_HOST_ENTRY_H
#define CLI_HOST_ENTRY_H

#include "net/addr.h"

#include <stddef.h>

struct err;

struct host_entry {
	struct addr addr;
	char socket[108]; /* absolute path of Docker's socket; "" when not given */
};

/* Reads `n` bytes of `text`: addr_parse has the rules for what comes before the
 * path. A path of one part only is refused: it is the mask of a network.
 * Errors: ERR_USAGE. */
int host_entry_parse(struct host_entry *h, const char *text, size_t n, struct err *e);

#endif
