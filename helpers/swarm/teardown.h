/*
 * teardown - the end of a whole swarm: all work ends, then every node leaves.
 *
 * Order: mark the swarm (see swarm/teardown_marker.h), drain every node, wait until a
 * manager sees no live task, then take it apart: workers leave side by side,
 * managers by demotion one after the other, the last one by force once no other
 * member is left. The power to do so lives in this call and nowhere else:
 * whatever is left behind when it is cut off makes no leave do more than it
 * would without. Convergent: run again it goes on from what it finds.
 */
#ifndef SWARM_TEARDOWN_H
#define SWARM_TEARDOWN_H

#include "swarm/hosts.h"

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct err;

struct swarm_teardown_params {
	struct swarm_hosts managers; /* asked; those of `nodes` are if none answers */
	struct swarm_hosts nodes;    /* every host of the swarm */
	int64_t drain_ms;
	bool proceed;     /* without a manager: each host leaves by itself */
	const char *file; /* see swarm/teardown_file.h; may be NULL */
};

enum swarm_teardown_outcome {
	SWARM_DISSOLVED, /* drained, taken apart, gone */
	SWARM_HANDED_ON, /* the same, but for managers that are not of `nodes` */
	SWARM_ALL_OUT,   /* no host is in a swarm: there was nothing to do */
	SWARM_EACH_ALONE /* no manager could be asked */
};

struct swarm_teardown_result {
	enum swarm_teardown_outcome outcome;
	size_t nodes;     /* drained */
	size_t down;      /* not waited for */
	size_t timed_out; /* hosts that do not answer */
};

/* "dissolved", "handed-on", "was-gone", "unreachable". */
const char *swarm_teardown_outcome_name(enum swarm_teardown_outcome o);

/*
 * Failed or stopped before the swarm is taken apart it puts every availability
 * back and removes the teardown marker; later it leaves things as they are. Errors:
 * those of swarm_manager_find when nobody can be asked and `proceed` is not
 * set; ERR_DEADLINE naming what still runs, or when a stop was asked.
 */
int swarm_teardown(const struct swarm_teardown_params *params,
		   struct swarm_teardown_result *out, const struct deadline *d,
		   struct err *e);

#endif
