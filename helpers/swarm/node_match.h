/*
 * node_match - which entry of the swarm's list of nodes a machine is. Pure: works
 * on a list that was read, asks nobody.
 */
#ifndef SWARM_NODE_MATCH_H
#define SWARM_NODE_MATCH_H

#include "docker/node.h"

#include <stdbool.h>

struct err;

/* How a machine that may be gone is known; every part may be NULL. */
struct swarm_node_id {
	const char *node_id;  /* decides alone when given */
	const char *addr;     /* advertise address, perhaps with its port, or an
				 interface, which says nothing here */
	const char *hostname; /* the node's name */
	const char *host;     /* where it is reached by SSH */
	/* The host answers and is in no swarm: what is not Down by now is
	 * another machine. */
	bool has_left;
};

enum swarm_match {
	SWARM_MATCH_NONE,
	SWARM_MATCH_ONE,
	SWARM_MATCH_UNCLEAR /* *e lists the candidates */
};

/*
 * The entry that this machine is: by ID, else by address and hostname together (by
 * what is given of them). Addresses are compared by value. *found, borrowed from
 * `nodes`, is NULL unless one matches.
 * Unclear, with ERR_REFUSED: several match; or none does, and one, Down or not,
 * has the address under another name, the name at another address, or the name
 * where the address is an interface (it may be this machine under another
 * spelling), with or without a domain; or nothing is known of the machine.
 */
enum swarm_match swarm_node_match(const struct docker_nodes *nodes,
				  const struct swarm_node_id *id,
				  const struct docker_node **found, struct err *e);

/* Whether anything is known by which an entry can be found. Pure. */
bool swarm_node_is_known(const struct swarm_node_id *id);

/* Whether `n` has this host's name and address under another ID than `own_id`:
 * once it is Down, what the host left behind. Pure. */
bool swarm_node_is_namesake(const struct docker_node *n, const char *own_id,
			    const char *addr, const char *hostname);

#endif
