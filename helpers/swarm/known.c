/* SPDX-License-Identifier: MIT */
/* The managers that a worker itself knows of. */
#include "swarm/known.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* "10.0.1.11:2377" or "[fd00::1]:2377" without port and brackets. */
static void cut_address(char *out, size_t size, const char *item, size_t n)
{
	char *port;

	snprintf(out, size, "%.*s", (int)n, *item == '[' ? item + 1 : item);
	port = strchr(out, ']');
	if (!port)
		port = strrchr(out, ':');
	if (port)
		*port = '\0';
}

void swarm_known_read(struct swarm_known *k, const struct docker_target *host,
		      const char *managers)
{
	const char *item, *rest = managers;
	size_t n;

	k->count = 0;
	if (!strncmp(host->login.host, "unix:", 5))
		return;
	while (k->count < SWARM_KNOWN_MAX && text_next_item(&rest, &item, &n)) {
		struct docker_target *p = &k->list[k->count];

		if (!n || n >= sizeof(k->hosts[0]))
			continue;
		cut_address(k->hosts[k->count], sizeof(k->hosts[0]), item, n);
		*p = *host;
		p->login.host = p->label = k->hosts[k->count++];
		p->login.policy = SSH_STRICT;
		p->login.wait_for_boot = false;
	}
}

struct swarm_hosts swarm_known_hosts(const struct swarm_known *k)
{
	return (struct swarm_hosts){ .list = k->list, .count = k->count };
}
