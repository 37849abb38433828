/* SPDX-License-Identifier: MIT */
/* The address pools of a swarm, and whether hosts have addresses in them. */
#include "swarm/pool.h"

#include "base/log.h"
#include "base/text.h"
#include "net/addr.h"

#include <stdio.h>

#define DEFAULT_POOL "10.0.0.0/8" /* what Docker takes where none is given */

/* Copies the first network that holds the address to `out`. */
static bool holds(const char *pools, const char *addr, char *out, size_t size)
{
	const char *rest = pools ? pools : DEFAULT_POOL, *item;
	size_t n;

	while (text_next_item(&rest, &item, &n)) {
		snprintf(out, size, "%.*s", (int)n, item);
		if (n < size && addr_in_net(addr, out))
			return true;
	}
	return false;
}

void swarm_pool_warn(const char *pools, const char *addr)
{
	char net[64];

	if (addr && holds(pools, addr, net, sizeof(net)))
		log_warn("the host's address %s lies in %s, which overlay networks "
			 "are cut from%s: containers cannot reach hosts whose "
			 "addresses their own networks have too; a "
			 "default_addr_pool elsewhere, when the swarm is made, "
			 "keeps them apart",
			 addr, net, pools ? "" : ", 10.0.0.0/24 first");
}
