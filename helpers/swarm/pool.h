/*
 * pool - the networks that a swarm cuts its overlay networks from, and whether
 * hosts have addresses in them.
 */
#ifndef SWARM_POOL_H
#define SWARM_POOL_H

#include <stddef.h>

/* What Docker takes where no pool is given, from 10.0.0.0/24 on. */
#define SWARM_POOL_DEFAULT "10.0.0.0/8"

/*
 * The first network of `pools` (comma-separated CIDRs; NULL: Docker's own) that
 * holds `addr`, copied to `out`; 1 when there is one, else 0. What is no address
 * lies in none, what is no network holds none. Pure.
 */
int swarm_pool_holds(const char *pools, const char *addr, char *out, size_t size);

/* Warns when `addr`, an address of the host's (may be NULL), lies in a pool. */
void swarm_pool_warn(const char *pools, const char *addr);

#endif
