/* SPDX-License-Identifier: MIT */
/* Explains what keeps a host from joining: a closed port, a wrong clock. */
#include "swarm/why.h"

#include "base/deadline.h"
#include "base/err.h"
#include "docker/info.h"
#include "docker/swarm.h"
#include "swarm/connect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXPIRED "certificate has expired or is not yet valid"
#define SECOND INT64_C(1000000000)
/* Clocks that differ by less are not the reason: a certificate is valid from an hour
 * before it is made (swarmkit ca/certificates.go). */
#define CLOSE_S 300

#define BACK "prospective new cluster member"

enum direction { THERE, BACK_HERE };

/* What stands before and behind the address of the managers, or the host's own. */
static const struct {
	const char *before, *after;
} directions[] = {
	[THERE] = { "this host cannot reach", "let it through, from this host to the "
					      "managers" },
	[BACK_HERE] = { "the managers cannot reach this host at",
			"let it through, "
			"from the managers to this host" },
};

static const struct {
	const char *text;
	enum direction direction;
} meanings[] = {
	{ BACK, BACK_HERE },
	{ "dial tcp", THERE },
	{ "context deadline exceeded", THERE },
	/* an engine that gets no answer at all gives none before 20 s */
	{ "/swarm/join: no reply in time", THERE },
	{ "the join is still pending", THERE },
	{ "swarm state is pending", THERE },
};

/* With the default port of a swarm where none is given. */
static void own_address(const struct docker_join *join, char *out, size_t size)
{
	const char *addr = join->advertise_addr;

	if (!addr)
		snprintf(out, size, "2377");
	else if (strchr(addr, ':'))
		snprintf(out, size, "%s", addr);
	else
		snprintf(out, size, "%s:2377", addr);
}

static void how_far(int64_t ns, char *out, size_t size)
{
	int64_t s = (ns < 0 ? -ns : ns) / SECOND;
	const char *side = ns < 0 ? "behind" : "ahead of";

	if (s >= 2 * 86400)
		snprintf(out, size, "%" PRId64 " days %s", s / 86400, side);
	else if (s >= 2 * 3600)
		snprintf(out, size, "%" PRId64 " hours %s", s / 3600, side);
	else
		snprintf(out, size, "%" PRId64 " minutes %s", s / 60, side);
}

int swarm_why_clock(struct docker_engine *host, struct docker_engine *manager,
		    const char *text, const struct deadline *d, struct err *e)
{
	struct docker_info of_host, of_manager;
	char far[64], words[512];
	struct err ignored;
	int64_t ns;

	if (!strstr(text, EXPIRED) || docker_info(host, &of_host, d, &ignored) ||
	    docker_info(manager, &of_manager, d, &ignored) || !of_host.clock ||
	    !of_manager.clock)
		return 0;
	ns = of_host.clock - of_manager.clock;
	if (ns < CLOSE_S * SECOND && -ns < CLOSE_S * SECOND)
		return 0;
	how_far(ns, far, sizeof(far));
	snprintf(words, sizeof(words), "%s", text);
	return err_set(e, ERR_REFUSED,
		       "the clock of this host is %s that of %s; set the "
		       "one right that is wrong (%s)",
		       far, docker_label(manager), words);
}

bool swarm_why_is_final(const char *text)
{
	return strstr(text, EXPIRED) || swarm_why_no_way_back(text);
}

bool swarm_why_no_way_back(const char *text)
{
	return strstr(text, BACK) != NULL;
}

/* A manager without a leader makes a host wait, as one does that cannot be reached. */
static bool no_leader(struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct docker_info info;
	struct err not_one;

	if (docker_info(manager, &info, d, &not_one) ||
	    !swarm_connect_is_manager(docker_label(manager), &info, &not_one) ||
	    not_one.kind != ERR_NO_LEADER)
		return false;
	*e = not_one;
	return true;
}

void swarm_why_join(struct docker_engine *host, struct docker_engine *manager,
		    const struct docker_join *join, const struct deadline *d,
		    struct err *e)
{
	struct err why = *e;
	char own[128];

	if (swarm_why_clock(host, manager, why.msg, d, e))
		return;
	if (strstr(why.msg, EXPIRED)) {
		err_set(e, ERR_REFUSED,
			"a certificate of the swarm is not valid at "
			"this time; compare the clock of this host with that of %s, then "
			"look at the dates of `docker swarm ca` there (%s)",
			docker_label(manager), why.msg);
		return;
	}
	own_address(join, own, sizeof(own));
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		enum direction direction = meanings[i].direction;

		if (!strstr(why.msg, meanings[i].text))
			continue;
		if (direction == THERE && no_leader(manager, d, e))
			return;
		err_set(e, why.kind, "%s TCP %.200s; %s (%s)",
			directions[direction].before,
			direction == THERE ? join->remote_addrs : own,
			directions[direction].after, why.msg);
		return;
	}
}
