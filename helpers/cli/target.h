/*
 * target - from a query to the hosts it names.
 *
 * The other hosts of a query (`managers`, `peers`) are reached with the same
 * user, port, key, known hosts, bastion and socket as `host`, unless their entry
 * says otherwise. A struct target_set owns every string that its targets point to,
 * borrows the values of the query, and is freed before the query.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/query.h"
#include "swarm/hosts.h"

struct deadline;
struct err;
struct target_set;

/*
 * Makes the targets. `list_key` names the query key with the other hosts, NULL
 * for none. `wait_for_others`: whether those, too, are waited for while they
 * boot; `host` itself is when `wait_for_host` says so.
 * Errors: ERR_USAGE, ERR_LOCAL. The caller frees *out with target_free.
 */
int target_read(struct target_set **out, const struct query *q, const char *list_key,
		bool wait_for_host, bool wait_for_others, struct err *e);

/* Borrowed, here and below: the target of `host`; its label is "name (host)", or the
 * host alone. */
const struct docker_target *target_host(const struct target_set *s);

/* The others, in the order given. */
const struct swarm_hosts *target_others(const struct target_set *s);

/* `host`, when it was given, and then the others. */
const struct swarm_hosts *target_all(const struct target_set *s);

/* NULL is fine. */
void target_free(struct target_set *s);

/*
 * For the queries: whether the query's on_unreachable = "empty" covers this
 * error. It covers the state of the hosts (silent, no Docker, no manager,
 * locked, no leader), never a doubt about who they are, a fault of this
 * machine, or an interrupt (the stop descriptor of `d`).
 */
bool target_may_be_empty(const struct query *q, const struct deadline *d,
			 const struct err *e);

#endif
