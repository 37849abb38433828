/* SPDX-License-Identifier: MIT */
/* A claim on a host that is about to make a swarm, visible to its peers. */
#include "swarm/claim.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/volume.h"
#include "sshkey/crypto.h"
#include "swarm/peers.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "init-swarm-claim-"
/* The volume's label is one of these, then the ID and the name of its host. */
#define OWN "own "
#define PEER "peer "
#define SEEN_MAX \
	(sizeof(((struct swarm_claim *)0)->seen) / sizeof(struct swarm_claim_seen))

int swarm_claim_begin(struct swarm_claim *c, struct err *e)
{
	snprintf(c->name, sizeof(c->name), "%s", PREFIX);
	return crypto_random_name(c->name + strlen(PREFIX), 16, e);
}

/* The engines: 0 is the host's, then those of the peers. */
static size_t count(const struct swarm_claim *c)
{
	return c->peers->count + 1;
}

static struct docker_engine *engine(const struct swarm_claim *c, size_t i)
{
	return i ? c->peers->list[i - 1].engine : c->host;
}

int swarm_claim_put(struct swarm_claim *c, const struct deadline *d, struct err *e)
{
	char label[512];

	c->put = true;
	for (size_t i = 0; i < count(c); i++) {
		snprintf(label, sizeof(label), "%s%s %s", i ? PEER : OWN, c->engine_id,
			 c->who);
		if (docker_volume_make(engine(c, i), c->name, label, NULL, d, e))
			return -1;
	}
	return 0;
}

static int remove_everywhere(const struct swarm_claim *c, const char *name,
			     const struct deadline *d, struct err *e)
{
	for (size_t i = count(c); i-- > 0;)
		if (engine(c, i) && docker_volume_remove(engine(c, i), name, d, e))
			return -1;
	return 0;
}

int swarm_claim_withdraw(struct swarm_claim *c, const struct deadline *d, struct err *e)
{
	struct docker_volumes v;
	int ret = 0;

	if (c->put && remove_everywhere(c, c->name, d, e))
		return -1;
	c->put = false;
	if (docker_volumes_named(c->host, PREFIX, &v, d, e))
		return -1;
	for (size_t i = 0; !ret && i < v.count; i++)
		if (!strncmp(v.list[i].label, OWN, strlen(OWN)))
			ret = remove_everywhere(c, v.list[i].name, d, e);
	docker_volumes_free(&v);
	return ret;
}

static bool is_stranger(const struct swarm_claim *c, const char *engine_id)
{
	size_t n = strcspn(engine_id, " ");

	if (strlen(c->engine_id) == n && !strncmp(c->engine_id, engine_id, n))
		return false;
	for (size_t i = 0; i < c->peers->count; i++) {
		const char *id = c->peers->list[i].info.engine_id;

		if (strlen(id) == n && !strncmp(id, engine_id, n))
			return false;
	}
	return true;
}

/* The record of this claim, a new one if need be; NULL when there is no room. */
static struct swarm_claim_seen *record(struct swarm_claim *c,
				       const struct docker_volume *v)
{
	const char *space = strchr(v->label, ' ');
	const char *id = space ? space + 1 : "", *who;
	struct swarm_claim_seen *empty = NULL;

	for (size_t i = 0; i < SEEN_MAX; i++) {
		if (!strcmp(c->seen[i].name, v->name))
			return &c->seen[i];
		if (!c->seen[i].name[0])
			empty = &c->seen[i];
	}
	if (!empty)
		return NULL;
	who = strchr(id, ' ');
	*empty = (struct swarm_claim_seen){ .since = deadline_now_ms(),
					    .stranger = is_stranger(c, id) };
	snprintf(empty->name, sizeof(empty->name), "%s", v->name);
	snprintf(empty->who, sizeof(empty->who), "%s", who ? who + 1 : "a host");
	return empty;
}

static bool has(const struct docker_volumes *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->list[i].name, name) &&
		    !strncmp(list->list[i].label, OWN, strlen(OWN)))
			return true;
	return false;
}

/* Runs for the own host reach the same engine, which makes only one swarm. */
static int gather(struct swarm_claim *c, const struct deadline *d, struct err *e)
{
	struct docker_volumes own = { 0 };
	int ret = docker_volumes_named(c->host, PREFIX, &own, d, e);

	for (size_t i = 0; !ret && i < count(c); i++) {
		struct docker_volumes v = { 0 };

		if (i)
			ret = docker_volumes_named(engine(c, i), PREFIX, &v, d, e);
		for (size_t k = 0; k < (i ? v.count : own.count); k++) {
			struct docker_volume *one = i ? &v.list[k] : &own.list[k];
			struct swarm_claim_seen *s;

			if (has(&own, one->name) || !strcmp(one->name, c->name))
				continue;
			s = record(c, one);
			if (!s) {
				ret = err_set(e, ERR_REFUSED,
					      "more than %zu others "
					      "make a swarm at once",
					      SEEN_MAX);
				break;
			}
			s->look = c->looks;
		}
		docker_volumes_free(&v);
	}
	docker_volumes_free(&own);
	return ret;
}

/* Forgets a claim that has gone, or that is too old. */
static int pass(struct swarm_claim *c, struct swarm_claim_seen *s,
		const struct deadline *d, struct err *e)
{
	if (s->look == c->looks && deadline_now_ms() - s->since < TIMING_CLAIM_MS)
		return 0;
	if (s->look == c->looks) {
		log_warn("an init-swarm for %s was cut off; not waiting for it", s->who);
		if (remove_everywhere(c, s->name, d, e))
			return -1;
	} else if (s->stranger) {
		return err_set(e, ERR_REFUSED,
			       "an init-swarm for %s, which counts "
			       "this host or one of its peers among its own, has "
			       "just ended, and `peers` does not name that host: it "
			       "may have a swarm; name all would-be managers for "
			       "each of them, and run this again",
			       s->who);
	}
	s->name[0] = '\0';
	return 0;
}

int swarm_claim_look(struct swarm_claim *c, const struct swarm_claim_seen **other,
		     bool *first, const struct deadline *d, struct err *e)
{
	*other = NULL;
	*first = true;
	c->looks++;
	if (gather(c, d, e))
		return -1;
	for (size_t i = 0; i < SEEN_MAX; i++) {
		struct swarm_claim_seen *s = &c->seen[i];

		if (s->name[0] && pass(c, s, d, e))
			return -1;
		if (!s->name[0])
			continue;
		*other = s;
		*first = *first && strcmp(c->name, s->name) < 0;
	}
	return 0;
}
