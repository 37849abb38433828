/*
 * raft_sync - a manager that has just come to the raft gets its log.
 *
 * No answer of Docker's API tells how far a manager's own copy is: managers pass
 * every question on to their leader. Events alone come out of the own copy
 * (swarmkit manager/watchapi), each with the time that the leader gave to the
 * change.
 */
#ifndef SWARM_RAFT_SYNC_H
#define SWARM_RAFT_SYNC_H

struct deadline;
struct docker_engine;
struct err;
struct swarm_join_lease;

/*
 * Writes the entry of the node `node_id` as it is, through `manager`, until the
 * node's own engine `host` has told of the last of these writes: then it has all
 * that was written before. Each write also has the leader send the next part of
 * the log. Renews `lease`, which may be NULL, for as long as that takes.
 * Errors: ERR_DEADLINE; those of docker_node_update, docker_events_open and
 * swarm_join_lease_renew.
 */
int swarm_raft_sync(struct docker_engine *manager, struct docker_engine *host,
		    const char *node_id, struct swarm_join_lease *lease,
		    const struct deadline *d, struct err *e);

#endif
