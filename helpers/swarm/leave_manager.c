/* SPDX-License-Identifier: MIT */
/* Finds the manager that a leave asks. */
#include "swarm/leave_manager.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define LOOK_MS 30000 /* as a whole destroy gives the managers */
#define AGAIN_MS 1000
#define KNOWN_MAX 8   /* of a worker's managers; more are not needed */

/* The managers that the worker has heard of, as places. */
struct known {
	struct docker_target list[KNOWN_MAX];
	char hosts[KNOWN_MAX][64];
	size_t count;
};

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

/* Strict: a key is not recorded for an address that nobody has named. */
static void read_known(struct known *k, const struct swarm_leaving *l)
{
	const char *item, *rest = l->info.managers;
	size_t n;

	/* the local engine has no SSH of which to know user and key */
	if (!strncmp(l->want->host->login.host, "unix:", 5))
		return;
	while (k->count < KNOWN_MAX && text_next_item(&rest, &item, &n)) {
		struct docker_target *p = &k->list[k->count];

		if (!n || n >= sizeof(k->hosts[0]))
			continue;
		cut_address(k->hosts[k->count], sizeof(k->hosts[0]), item, n);
		*p = *l->want->host;
		p->login.host = p->label = k->hosts[k->count++];
		p->login.policy = SSH_STRICT;
		p->login.wait_for_boot = false;
	}
}

/* Refused, silent, just starting, electing: an answer may come. */
static bool may_come(enum err_kind kind)
{
	static const bool may[] = {
		[ERR_UNREACHABLE] = true, [ERR_NO_ENGINE] = true,
		[ERR_DEADLINE] = true,    [ERR_NO_LEADER] = true,
		[ERR_BUSY] = true,
	};

	return kind < sizeof(may) / sizeof(may[0]) && may[kind];
}

/* 0 found, 1 may come, -1 none. */
static int look(struct swarm_leaving *l, const struct known *known,
		const struct deadline *d)
{
	struct swarm_hosts theirs = { .list = known->list, .count = known->count };
	struct err why = { 0 };

	if (l->want->managers.count &&
	    !swarm_manager_find(&l->other, &l->want->managers, l->want->host,
				SWARM_MANAGER, d, &l->no_other))
		return 0;
	if (l->no_other.kind == ERR_HOST_KEY || l->no_other.kind == ERR_AUTH)
		return -1;
	if (known->count &&
	    !swarm_manager_find(&l->other, &theirs, l->want->host, SWARM_MANAGER,
				d, &why)) {
		log_note("asking manager %s, which the node itself knows",
			 docker_label(l->other.engine));
		return 0;
	}
	if (l->no_other.kind == ERR_NOT_FOUND && known->count)
		l->no_other = why;
	return may_come(l->no_other.kind) ? 1 : -1;
}

int swarm_leave_find_manager(struct swarm_leaving *l, const struct deadline *d,
			     struct err *e)
{
	struct deadline until = deadline_within(d, LOOK_MS);
	struct known known = { .count = 0 };
	int ret;

	read_known(&known, l);
	while ((ret = look(l, &known, &until)) == 1) {
		log_progress("no manager answers (%s); waiting for one",
			     l->no_other.msg);
		if (deadline_pause(&until, AGAIN_MS))
			break;
	}
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped while a manager was looked "
			       "for");
	if (!ret || (l->no_other.kind != ERR_HOST_KEY && l->no_other.kind != ERR_AUTH))
		return 0;
	*e = l->no_other;
	return -1;
}
