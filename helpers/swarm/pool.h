/*
 * pool - the networks that a swarm cuts its overlay networks from, and whether
 * hosts have addresses in them.
 */
#ifndef SWARM_POOL_H
#define SWARM_POOL_H

/* Warns when `addr`, an address of the host's (may be NULL), lies in one of `pools`
 * (comma-separated CIDRs; NULL: Docker's own, 10.0.0.0/8 from 10.0.0.0/24 on). What
 * is no address lies in none, what is no network holds none. */
void swarm_pool_warn(const char *pools, const char *addr);

#endif
