/*
 * stale_node - an entry without a name: what a join leaves in the list of nodes that
 * was cut off in its middle.
 *
 * The swarm makes an entry when it is asked for a certificate (swarmkit,
 * IssueNodeCertificate), and the node gives its name with its first session. An
 * engine that dies in between, or that has to ask a second time because the
 * manager died, begins anew under another ID; nobody comes for the first entry
 * any more, and it says of nobody whose it was. docs/quorum.md has why it is
 * safe to take it away all the same.
 */
#ifndef SWARM_STALE_NODE_H
#define SWARM_STALE_NODE_H

#include "docker/node.h"

#include <stdbool.h>

struct deadline;
struct err;

/* Whether `n` may be what the node `own_id` with address `addr` left behind: it
 * has never had a name, is not Ready, and is at that address or at none. It may
 * as well be another node that joins at this moment. Pure. */
bool swarm_stale_node_may_be(const struct docker_node *n, const char *own_id,
			     const char *addr);

/*
 * Watches every such entry for `watch_ms`, in which the swarm has to take writes,
 * and removes those that have stayed as they were all the time; does not wait
 * when there is none. Looks at managers
 * only, which is a short list in any swarm, or with `all` at every node. Where
 * the time does not suffice for that, a warning names the entry.
 * Errors: those of docker_nodes_list, docker_node_update and
 * swarm_node_remove.
 */
int swarm_stale_node_remove(struct docker_engine *manager, const char *own_id, bool all,
			    int64_t watch_ms, const struct deadline *d, struct err *e);

#endif
