/* SPDX-License-Identifier: MIT */
/* The lease that lets one roll at a time change a swarm. */
#include "swarm/roll_lease.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "base/timing.h"
#include "docker/swarm.h"
#include "swarm/lease.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LABEL "terraform-swarm-helpers.rolling"

/* "ci-7 <boot> <pid> <start> <namespace>": the value is that and " #<count>". */
static void name_this_process(struct swarm_roll_lease *l)
{
	char process[PROCESS_NAME_MAX], machine[64];

	if (gethostname(machine, sizeof(machine)))
		machine[0] = '\0';
	machine[sizeof(machine) - 1] = '\0';
	if (process_self(process, sizeof(process)))
		snprintf(process, sizeof(process), "unknown %ld - -", (long)getpid());
	snprintf(l->who, sizeof(l->who), "%s %s", machine, process);
}

static void next_value(struct swarm_roll_lease *l, char *out, size_t size)
{
	snprintf(out, size, "%s #%u", l->who, ++l->count);
}

/* Whether the process of a lease was one of this machine and has ended. */
static bool has_ended(const char *value)
{
	const char *machine_end = strchr(value, ' ');
	char process[PROCESS_NAME_MAX];
	char *count;

	if (!machine_end)
		return false;
	snprintf(process, sizeof(process), "%s", machine_end + 1);
	count = strstr(process, " #");
	if (!count)
		return false;
	*count = '\0';
	return process_has_ended(process);
}

static enum swarm_lease_holder goes_on(const char *value, struct err *e)
{
	err_set(e, ERR_REFUSED,
		"another roll or backup of this swarm is under way, "
		"started on %.*s; wait until it has ended, then run this again",
		(int)strcspn(value, " "), value);
	return SWARM_LEASE_REFUSED;
}

struct watching {
	const char *who;                                    /* this process */
	char first[sizeof(((struct docker_swap *)0)->now)]; /* value, "" none so far */
	int64_t until;
};

/* Whether the roll whose lease is `value` was cut off: it is what it was when it was
 * first seen until `until`. */
static enum swarm_lease_holder was_cut_off(const struct watching *w, const char *value,
					   struct err *e)
{
	if (has_ended(value))
		return SWARM_LEASE_CUT_OFF;
	if (strcmp(value, w->first))
		return goes_on(value, e);
	if (deadline_now_ms() >= w->until)
		return SWARM_LEASE_CUT_OFF;
	return SWARM_LEASE_GOES_ON;
}

static enum swarm_lease_holder judge(void *ctx, const struct docker_swap *seen,
				     struct err *e)
{
	struct watching *w = ctx;
	const char *value = seen->now;
	int machine = (int)strcspn(value, " ");
	enum swarm_lease_holder holder = SWARM_LEASE_GOES_ON;

	/* this one's own, when the reply to an earlier try was lost */
	if (!strncmp(value, w->who, strlen(w->who)))
		return SWARM_LEASE_CUT_OFF;
	if (!*w->first)
		memcpy(w->first, value, sizeof(w->first));
	if (*value)
		holder = was_cut_off(w, value, e);
	if (holder == SWARM_LEASE_CUT_OFF)
		log_note("a roll or backup was cut off (%.*s); going on", machine, value);
	if (holder != SWARM_LEASE_GOES_ON)
		return holder;
	log_progress("looking whether a roll or backup that was started on %.*s goes on",
		     machine, value);
	err_set(e, ERR_DEADLINE,
		"the time ran out while looking whether another roll or backup goes on");
	return SWARM_LEASE_GOES_ON;
}

int swarm_roll_lease_acquire(struct swarm_roll_lease *l, struct docker_engine *manager,
			     int64_t held_ms, const struct deadline *d, struct err *e)
{
	struct watching w = { .who = l->who, .until = deadline_now_ms() + held_ms };
	const struct swarm_lease lease = {
		.label = LABEL,
		.value = l->value,
		.every_ms = TIMING_RETRY_MS,
		.judge = judge,
		.ctx = &w,
	};

	name_this_process(l);
	next_value(l, l->value, sizeof(l->value));
	if (!swarm_lease_acquire(&lease, manager, d, e))
		return 0;
	l->value[0] = '\0';
	return -1;
}

int swarm_roll_lease_renew(struct swarm_roll_lease *l, struct docker_engine *manager,
			   bool *lost, const struct deadline *d, struct err *e)
{
	char value[sizeof(l->value)];
	struct docker_swap w = { .key = LABEL, .from = l->value, .to = value };

	*lost = false;
	next_value(l, value, sizeof(value));
	if (docker_swarm_swap_label(manager, &w, d, e))
		return -1;
	*lost = strcmp(w.now, value) != 0;
	/* that of a reply which was lost is this process's, too */
	if (*lost && !strncmp(w.now, l->who, strlen(l->who)))
		*lost = false;
	snprintf(l->value, sizeof(l->value), "%s", *lost ? "" : w.now);
	return 0;
}

int swarm_roll_lease_release(struct swarm_roll_lease *l, struct docker_engine *manager,
			     const struct deadline *d, struct err *e)
{
	struct docker_swap w = { .key = LABEL, .from = l->value };
	int ret = 0;

	/* twice: the reply to the last renewal may have been lost */
	for (int i = 0; !ret && *l->value && i < 2; i++) {
		ret = docker_swarm_swap_label(manager, &w, d, e);
		if (ret || strncmp(w.now, l->who, strlen(l->who)))
			break;
		snprintf(l->value, sizeof(l->value), "%s", w.now);
	}
	if (!ret)
		l->value[0] = '\0';
	return ret;
}
