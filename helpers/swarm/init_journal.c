/* SPDX-License-Identifier: MIT */
/* Marks a host on which a swarm is being made. */
#include "swarm/init_journal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/timing.h"
#include "docker/list.h"
#include "docker/swarm.h"
#include "docker/volume.h"
#include "sshkey/crypto.h"

#include <stdio.h>
#include <string.h>

#define JOURNAL "init-swarm-unfinished"

int swarm_init_journal_begin(struct docker_engine *host, char label[64],
			     const struct deadline *d, struct err *e)
{
	struct docker_volume v;

	if (crypto_random_name(label, 16, e) ||
	    docker_volume_make(host, JOURNAL, label, &v, d, e))
		return -1;
	if (*v.label)
		snprintf(label, 64, "%.63s", v.label);
	return 0;
}

int swarm_init_journal_end(struct docker_engine *host, const struct deadline *d,
			   struct err *e)
{
	return docker_volume_remove(host, JOURNAL, d, e);
}

int swarm_init_journal_is(struct docker_engine *host, bool *there,
			  const struct deadline *d, struct err *e)
{
	struct docker_volume v;

	return docker_volume_find(host, JOURNAL, there, &v, d, e);
}

static int read_once(struct docker_engine *host, enum swarm_init_journal *what,
		     const struct deadline *d, struct err *e)
{
	struct docker_volume journal;
	struct docker_swarm s;
	const char *label;
	bool there;

	*what = SWARM_NO_JOURNAL;
	if (docker_volume_find(host, JOURNAL, &there, &journal, d, e))
		return -1;
	if (!there)
		return 0;
	if (docker_swarm_read(host, &s, d, e))
		return -1;
	label = docker_swarm_label(&s, SWARM_INIT_LABEL);
	*what = label && *label && !strcmp(label, journal.label) ? SWARM_OURS
								 : SWARM_UNLABELLED;
	docker_swarm_wipe(&s);
	return 0;
}

int swarm_init_journal_read(struct docker_engine *host, enum swarm_init_journal *what,
			    const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, TIMING_INIT_MS);

	do {
		if (read_once(host, what, d, e))
			return -1;
	} while (*what == SWARM_UNLABELLED && !deadline_pause(&until, TIMING_MANAGER_MS));
	return 0;
}

static int count(void *ctx, const json_t *element, struct err *e)
{
	size_t *n = ctx;

	(void)element;
	(void)e;
	++*n;
	return 0;
}

int swarm_init_journal_in_use(struct docker_engine *host, bool *used,
			      const struct deadline *d, struct err *e)
{
	static const struct {
		const char *path;
		size_t most;
	} lists[] = {
		{ "/nodes", 1 }, /* this one */
		{ "/services", 0 },
		{ "/secrets", 0 },
		{ "/configs", 0 },
	};

	*used = false;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t n = 0;

		if (docker_list_read(host, lists[i].path, count, &n, d, e))
			return -1;
		*used = *used || n > lists[i].most;
	}
	return 0;
}
