#include "swarm/unfinished.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "docker/list.h"
#include "docker/volume.h"
#include "swarm/member.h"

#define TRACE "init-swarm-unfinished"
#define OTHER_MS 2000
#define AGAIN_MS 500

int swarm_unfinished_begin(struct docker_engine *host, const struct deadline *d,
			   struct err *e)
{
	return docker_volume_make(host, TRACE, d, e);
}

int swarm_unfinished_end(struct docker_engine *host, const struct deadline *d,
			 struct err *e)
{
	return docker_volume_remove(host, TRACE, d, e);
}

static int look_for_trace(struct docker_engine *host, bool patient, bool *there,
			  const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, patient ? OTHER_MS : 0);

	do {
		if (docker_volume_find(host, TRACE, there, d, e))
			return -1;
	} while (*there && !deadline_pause(&until, AGAIN_MS));
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

/* Whether anybody can miss it: another node, or what somebody has put into it. */
static int is_in_use(struct docker_engine *host, bool *used,
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

int swarm_unfinished_undo(struct docker_engine *host,
			  const struct docker_info *info, bool patient,
			  bool *undone, const struct deadline *d, struct err *e)
{
	bool there = false, used;

	*undone = false;
	if (!info->manager)
		return 0;
	if (look_for_trace(host, patient, &there, d, e))
		return -1;
	if (!there)
		return 0;
	if (is_in_use(host, &used, d, e))
		return -1;
	if (used)
		return swarm_unfinished_end(host, d, e);
	log_warn("an init-swarm was cut off while it made the swarm that is here; "
		 "nothing is in it yet, and nodes may be unable to join it: making "
		 "it anew");
	*undone = true;
	return swarm_member_leave(host, true, d, e);
}
