/*
 * identity - whether the host that answers is the node that was meant.
 *
 * What a host says of itself (node ID, hostname, address in the swarm) is
 * compared with what was asked (node_id, name, advertise_addr) before anything
 * is touched. Addresses are compared by value; an interface is none. What is not
 * known on either side neither agrees nor differs. `name` may be a name of the
 * operator's own, so that one that differs is no proof by itself.
 *
 *   node_id  name     address  | drain-and-remove        join-node, init-swarm
 *   differs  any      any      | refused                 (have no node_id)
 *   agrees   any      any      | goes on                 (have no node_id)
 *   -        differs  differs  | refused                 refused
 *   -        differs  else     | refused where another   refused where a node
 *                              | entry has that name,    that is not Down has
 *                              | Down or not; else       that name; else
 *                              | a warning               a warning
 *   -        else     differs  | refused where another   refused: the engine
 *                              | entry has that address; keeps its old address
 *                              | else a warning          until it joins anew
 *   -        else     else     | goes on                 goes on
 *
 * Refused as well: a node whose entry changes between two hostnames or addresses
 * (machines copied with their swarm state have one ID between them), and a leave
 * from a swarm that the managers asked are not of. A host that is in no swarm is
 * no proof that a node is gone which is not Down.
 */
#ifndef SWARM_IDENTITY_H
#define SWARM_IDENTITY_H

#include "docker/info.h"
#include "docker/node.h"
#include "swarm/node_match.h"

struct deadline;
struct err;

/* The part of it that needs nobody else; a host in no swarm has no address. Pure.
 * Errors: ERR_REFUSED: the node IDs differ, or name and address do. */
int swarm_identity_check(const struct swarm_node_id *asked,
			 const struct docker_info *info, struct err *e);

/* The address of a node of the swarm: for whoever leaves it as it is and goes on. Pure.
 * Errors: ERR_REFUSED with what to do. */
int swarm_identity_check_addr(const struct swarm_node_id *asked,
			      const struct docker_info *info, struct err *e);

enum swarm_identity {
	SWARM_IS_AS_ASKED,
	SWARM_IS_NOT_AS_ASKED, /* and what differs is nobody else's: *e says it */
	SWARM_IS_ANOTHER       /* what differs is another node's: *e has both */
};

/* Compares with the entries of `nodes` other than the host's own; `alive`: only with
 * those that are not Down. Pure. */
enum swarm_identity swarm_identity_compare(const struct swarm_node_id *asked,
					   const struct docker_info *info,
					   const struct docker_nodes *nodes, bool alive,
					   struct err *e);

/* The same for a host that is about to join, with the list of `manager`, which is
 * asked only when the name differs. Warns of what differs and is nobody else's.
 * Errors: ERR_REFUSED for another node; those of docker_nodes_named. */
int swarm_identity_may_join(const struct swarm_node_id *asked,
			    const struct docker_info *info, struct docker_engine *manager,
			    const struct deadline *d, struct err *e);

/* The same for an active node that is about to leave, and whether its swarm is
 * that of the manager, whose /info `of` is. Errors: ERR_REFUSED for another node or
 * another swarm; those of docker_node_read and docker_nodes_list. */
int swarm_identity_may_leave(const struct swarm_node_id *asked,
			     const struct docker_info *info,
			     struct docker_engine *manager, const struct docker_info *of,
			     const struct deadline *d, struct err *e);

/* Whether the host's swarm is that of the manager, whose /info `of` is: by its ID, its
 * node's entry, or a manager in common; one that knows nothing of these may be.
 * Errors: ERR_REFUSED with both; those of docker_node_read. */
int swarm_identity_check_swarm(const struct docker_info *info,
			       struct docker_engine *manager,
			       const struct docker_info *of, const struct deadline *d,
			       struct err *e);

/*
 * Whether no other machine goes by the host's node ID. Two that do take the entry
 * from each other, which then changes its hostname and address. Reads it once, or
 * watches it for 30 s when it has another hostname than the host, or with
 * `doubt`. An entry that is not there, or has no name yet, is as good.
 * Errors: ERR_REFUSED with both; those of docker_node_read.
 */
int swarm_identity_is_one(const struct docker_info *info, bool doubt,
			  struct docker_engine *manager, const struct deadline *d,
			  struct err *e);

/* swarm_node_match for a host that may have answered (info->hostname is "" when
 * it has not): what matches nothing as asked is looked for by the host's own name. */
enum swarm_match swarm_identity_find(const struct docker_nodes *nodes,
				     const struct swarm_node_id *asked,
				     const struct docker_info *info,
				     const struct docker_node **found, struct err *e);

#endif
