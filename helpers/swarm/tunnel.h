/*
 * tunnel - Docker clients of this machine at whichever manager answers.
 *
 * One connection to one manager carries all clients. When it is lost, or its engine has
 * gone, the next manager is looked for; what was under way ends, and who comes
 * meanwhile waits.
 */
#ifndef SWARM_TUNNEL_H
#define SWARM_TUNNEL_H

#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;
struct swarm_tunnel;

/*
 * Connects to the first manager that answers, until `d`. `managers` stays borrowed;
 * `timeout_ms` is how long a client waits for another one later.
 * Errors: those of swarm_manager_find. The caller frees *out with swarm_tunnel_close.
 */
int swarm_tunnel_open(struct swarm_tunnel **out, const struct swarm_hosts *managers,
		      int64_t timeout_ms, const struct deadline *d, struct err *e);

/* The label of the manager in use; borrowed until another one is. */
const char *swarm_tunnel_manager(const struct swarm_tunnel *t);

/* Serves the clients that connect to `listener` until `stop_fd` can be read; both are
 * borrowed. It may be called again. Errors: ERR_LOCAL. */
int swarm_tunnel_serve(struct swarm_tunnel *t, int listener, int stop_fd, struct err *e);

/* Ends every stream. NULL is fine. */
void swarm_tunnel_close(struct swarm_tunnel *t);

#endif
