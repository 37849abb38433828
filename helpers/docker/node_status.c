/* SPDX-License-Identifier: MIT */
/* The Engine API's words for role, availability and state of a node. */
#include "docker/node_status.h"

#include <stddef.h>
#include <string.h>

/* Bytes of a word. As arrays of characters, since pointers would each be relocated
 * when a program starts. */
#define WORD 16

static const char roles[][WORD] = {
	[DOCKER_ROLE_NONE] = "",
	[DOCKER_MANAGER] = "manager",
	[DOCKER_WORKER] = "worker",
};

static const char availabilities[][WORD] = {
	[DOCKER_AVAILABILITY_NONE] = "",
	[DOCKER_AVAILABLE] = "active",
	[DOCKER_PAUSED] = "pause",
	[DOCKER_DRAINED] = "drain",
};

static const char states[][WORD] = {
	[DOCKER_NODE_UNKNOWN] = "unknown",
	[DOCKER_NODE_DOWN] = "down",
	[DOCKER_NODE_READY] = "ready",
	[DOCKER_NODE_DISCONNECTED] = "disconnected",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* The index of a word; 0, which is NONE or unknown, when it is none of them. */
static size_t find(const char (*words)[WORD], size_t n, const char *text)
{
	for (size_t i = 1; text && i < n; i++)
		if (!strcmp(words[i], text))
			return i;
	return 0;
}

const char *docker_role_name(enum docker_role role)
{
	return roles[role];
}

const char *docker_availability_name(enum docker_availability a)
{
	return availabilities[a];
}

const char *docker_node_state_name(enum docker_node_state s)
{
	return states[s];
}

enum docker_role docker_role_of(const char *text)
{
	return (enum docker_role)find(roles, COUNT(roles), text);
}

enum docker_availability docker_availability_of(const char *text)
{
	return (enum docker_availability)find(availabilities, COUNT(availabilities),
					      text);
}

enum docker_node_state docker_node_state_of(const char *text)
{
	return (enum docker_node_state)find(states, COUNT(states), text);
}
