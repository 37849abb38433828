/* SPDX-License-Identifier: MIT */
/* What the availability of a node was before a roll changed it: on the swarm, so that the next
 * roll puts it back after this one was cut off, whatever it is told itself. */
#include "swarm/roll_internal.h"

#include "docker/swarm.h"

#include <stdio.h>
#include <string.h>

/* A label of the swarm for each node, and not one of the node's own: join-node takes those
 * off that nobody has asked for. */
#define PREFIX "terraform-swarm-helpers.before-roll."

static void name_label(char *out, size_t size, const char *id)
{
	snprintf(out, size, "%s%s", PREFIX, id);
}

/* NONE: nothing was recorded. */
static enum docker_availability recorded(const struct swarm_rolling *r, const char *id)
{
	char key[96];

	name_label(key, sizeof(key), id);
	return docker_availability_of(json_string_value(json_object_get(r->labels, key)));
}

void swarm_roll_find(struct swarm_roll_node *n, enum docker_availability now)
{
	enum docker_availability asked = n->host->availability;
	enum docker_availability before = recorded(n->roll, n->id);

	n->found = now;
	n->recorded = before != DOCKER_AVAILABILITY_NONE;
	n->wanted = asked ? asked : n->recorded ? before : now;
}

int swarm_roll_record(struct swarm_roll_node *n, struct docker_engine *manager,
		      const struct deadline *d, struct err *e)
{
	char key[96];

	if (n->recorded || n->found == DOCKER_DRAINED)
		return 0;
	name_label(key, sizeof(key), n->id);
	if (docker_swarm_set_label(manager, key, docker_availability_name(n->found), d,
				   e))
		return -1;
	n->recorded = true;
	return 0;
}

int swarm_roll_forget(struct swarm_roll_node *n, struct docker_engine *manager,
		      const struct deadline *d, struct err *e)
{
	char key[96];

	if (!n->recorded)
		return 0;
	name_label(key, sizeof(key), n->id);
	if (docker_swarm_set_label(manager, key, NULL, d, e))
		return -1;
	n->recorded = false;
	return 0;
}

int swarm_roll_forget_gone(const struct swarm_rolling *r,
			   const struct docker_nodes *nodes,
			   struct docker_engine *manager, const struct deadline *d,
			   struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(r->labels, key, value)
		if (!strncmp(key, PREFIX, strlen(PREFIX)) &&
		    !docker_nodes_find(nodes, key + strlen(PREFIX)) &&
		    docker_swarm_set_label(manager, key, NULL, d, e))
			return -1;
	return 0;
}
