#include "swarm/tokens.h"

#include "base/err.h"
#include "base/secret.h"
#include "swarm/manager.h"

#include <string.h>

/* The common case without a thread and without asking for /info first. */
static int read_one(struct docker_swarm *out, const struct docker_place *place,
		    const struct deadline *d, struct err *e)
{
	struct docker_engine *g = NULL;
	int ret = -1;

	if (!docker_open(&g, place, d, e))
		ret = docker_swarm_read(g, out, d, e);
	docker_close(g);
	return ret;
}

static int read_any(struct docker_swarm *out, const struct docker_place *first,
		    const struct swarm_hosts *others, const struct deadline *d,
		    struct err *e)
{
	struct swarm_hosts all = { .count = others->count + 1 };
	struct docker_place *list = secret_calloc(all.count, sizeof(*list));
	struct swarm_manager m = { 0 };
	int ret = -1;

	if (!list)
		return err_set(e, ERR_LOCAL, "out of memory");
	list[0] = *first;
	memcpy(list + 1, others->list, others->count * sizeof(*list));
	all.list = list;
	if (!swarm_manager_find(&m, &all, NULL, SWARM_MANAGER, d, e))
		ret = docker_swarm_read(m.engine, out, d, e);
	docker_close(m.engine);
	secret_free(list);
	return ret;
}

int swarm_tokens_read(struct docker_swarm *out, const struct docker_place *first,
		      const struct swarm_hosts *others,
		      const struct deadline *d, struct err *e)
{
	if (!others->count)
		return read_one(out, first, d, e);
	return read_any(out, first, others, d, e);
}
