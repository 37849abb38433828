/* SPDX-License-Identifier: MIT */
/* The lease that lets one roll at a time change a swarm. */
#include "swarm/roll_lease.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "docker/swarm.h"
#include "swarm/timing.h"

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

static int goes_on(const char *value, struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "another roll or backup of this swarm is under way, "
		       "started on %.*s; wait until it has ended, then run this again",
		       (int)strcspn(value, " "), value);
}

/* Whether the roll whose lease is `value` was cut off: it is what it was when it was
 * first seen until `until`. -1: it goes on. 0: not known yet. */
static int was_cut_off(const char *value, const char *first, int64_t until, struct err *e)
{
	if (has_ended(value))
		return 1;
	if (strcmp(value, first))
		return goes_on(value, e);
	return deadline_now_ms() >= until;
}

int swarm_roll_lease_acquire(struct swarm_roll_lease *l, struct docker_engine *manager,
			     int64_t held_ms, const struct deadline *d, struct err *e)
{
	struct docker_swap w = { .key = LABEL, .to = l->value };
	char first[sizeof(w.now)] = "", holder[sizeof(w.now)];
	int64_t until = deadline_now_ms() + held_ms;
	int over;

	name_this_process(l);
	next_value(l, l->value, sizeof(l->value));
	for (;;) {
		if (docker_swarm_swap_label(manager, &w, d, e))
			break;
		if (!strcmp(w.now, l->value))
			return 0;
		memcpy(holder, w.now, sizeof(holder));
		if (!*first)
			memcpy(first, holder, sizeof(first));
		over = *holder ? was_cut_off(holder, first, until, e) : 0;
		if (over < 0)
			break;
		w.from = over ? holder : NULL;
		/* this one's own, when the reply to an earlier try was lost */
		if (!strncmp(holder, l->who, strlen(l->who)))
			w.from = holder;
		else if (over)
			log_note("a roll or backup was cut off (%.*s); going on",
				 (int)strcspn(holder, " "), holder);
		else
			log_progress(
				"looking whether a roll or backup that was started on %.*s "
				"goes on",
				(int)strcspn(holder, " "), holder);
		if (!w.from && deadline_pause(d, TIMING_RETRY_MS)) {
			err_set(e, ERR_DEADLINE,
				"the time ran out while looking "
				"whether another roll or backup goes on");
			break;
		}
	}
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
