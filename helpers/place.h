/*
 * place - from a query to the hosts it names.
 *
 * The other hosts of a query (`managers`, `peers`) are reached with the same
 * user, port, key, known hosts, bastion and socket as `host`, unless their entry
 * says otherwise. A struct place_set owns every string that its places point to,
 * borrows the values of the query, and is freed before the query.
 */
#ifndef PLACE_H
#define PLACE_H

#include "query.h"
#include "swarm/hosts.h"

struct deadline;
struct err;
struct place_set;

/*
 * Makes the places. `list_key` names the query key with the other hosts, NULL
 * for none. `wait_for_others`: whether those, too, are waited for while they
 * boot; `host` itself is when `wait_for_host` says so.
 * Errors: ERR_USAGE, ERR_LOCAL. The caller frees *out with place_free.
 */
int place_read(struct place_set **out, const struct query *q,
	       const char *list_key, bool wait_for_host, bool wait_for_others,
	       struct err *e);

/* The place of `host`; its label is "name (host)", or the host alone. */
const struct docker_place *place_host(const struct place_set *s);

/* The others, in the order given. */
const struct swarm_hosts *place_others(const struct place_set *s);

/* `host`, when it was given, and then the others. */
const struct swarm_hosts *place_all(const struct place_set *s);

void place_free(struct place_set *s);

/*
 * For the queries: whether the query's on_unreachable = "empty" covers this
 * error. It covers the state of the hosts (silent, no Docker, no manager,
 * locked, no leader), never a doubt about who they are, a fault of this
 * machine, or an interrupt (the stop descriptor of `d`).
 */
bool place_may_be_empty(const struct query *q, const struct deadline *d,
			const struct err *e);

#endif
