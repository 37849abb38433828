/* SPDX-License-Identifier: MIT */
/* When the managers of a swarm take snapshots, for a while. */
#include "docker/raft_settings.h"

#include "base/text.h"
#include "docker/call.h"
#include "docker/swarm.h"

#include <stdio.h>
#include <string.h>

#define INTERVAL "SnapshotInterval"
#define ENTRIES "LogEntriesForSlowFollowers"
/* swarmkit's (manager/state/raft, DefaultRaftConfig), for a label that somebody has changed */
#define DEFAULT_INTERVAL 10000
#define DEFAULT_ENTRIES 500

enum edited { EDITED, LEFT_ALONE, NOT_EDITED };

/* Changes the Spec as read, which goes back whole. */
typedef enum edited edit_fn(json_t *spec, const char *key);

static int set_both(json_t *spec, json_int_t interval, json_int_t entries)
{
	json_t *raft = js_at(spec, "Raft");

	return json_object_set_new(raft, INTERVAL, json_integer(interval)) ||
	       json_object_set_new(raft, ENTRIES, json_integer(entries));
}

/* A swarm without labels may have none to add to. */
static json_t *labels_of(json_t *spec)
{
	json_t *labels = js_at(spec, "Labels");

	if (json_is_object(labels))
		return labels;
	return json_object_set_new(spec, "Labels", json_object()) ? NULL
								  : js_at(spec, "Labels");
}

static enum edited hold(json_t *spec, const char *key)
{
	json_t *labels = labels_of(spec);
	char were[64];

	snprintf(were, sizeof(were), "%lld,%lld",
		 (long long)js_number(spec, "Raft/" INTERVAL),
		 (long long)js_number(spec, "Raft/" ENTRIES));
	if (!json_object_get(labels, key) &&
	    json_object_set_new(labels, key, json_string(were)))
		return NOT_EDITED;
	return set_both(spec, 1, 1) ? NOT_EDITED : EDITED;
}

/* The next number of a list, above 0: the API takes 0 for "as it is". */
static uint32_t next_number(const char **list, uint32_t fallback)
{
	const char *item;
	char text[16];
	uint32_t value;
	size_t n;

	if (!text_next_item(list, &item, &n) || n >= sizeof(text))
		return fallback;
	snprintf(text, sizeof(text), "%.*s", (int)n, item);
	return text_to_u32(text, 1, UINT32_MAX, &value) ? fallback : value;
}

static enum edited release(json_t *spec, const char *key)
{
	json_t *labels = js_at(spec, "Labels");
	const char *were = json_string_value(json_object_get(labels, key));
	uint32_t interval, entries;

	if (!were)
		return LEFT_ALONE;
	interval = next_number(&were, DEFAULT_INTERVAL);
	entries = next_number(&were, DEFAULT_ENTRIES);
	if (set_both(spec, interval, entries) || json_object_del(labels, key))
		return NOT_EDITED;
	return EDITED;
}

static int edit_once(struct docker_engine *g, edit_fn *edit, const char *key,
		     const struct deadline *d, struct err *e)
{
	struct docker_swarm s;
	json_t *spec;
	char path[64];
	int ret = 0;

	if (docker_swarm_read(g, &s, d, e))
		return -1;
	spec = js_at(s.raw, "Spec");
	snprintf(path, sizeof(path), "/swarm/update?version=%lld",
		 (long long)js_number(s.raw, "Version/Index"));
	switch (edit(spec, key)) {
	case EDITED:
		ret = docker_call(g, DOCKER_REQUEST("POST", path, spec), NULL, d, e);
		break;
	case LEFT_ALONE:
		break;
	case NOT_EDITED:
		ret = err_set(e, ERR_REFUSED,
			      "%s: GET /swarm: the reply lacks Spec.Raft, which says when "
			      "snapshots are taken",
			      docker_label(g));
		break;
	}
	docker_swarm_wipe(&s);
	return ret;
}

static int edit_settings(struct docker_engine *g, edit_fn *edit, const char *key,
			 const struct deadline *d, struct err *e)
{
	while (edit_once(g, edit, key, d, e))
		if (docker_call_lost_race(d, e))
			return -1;
	return 0;
}

int docker_raft_settings_hold(struct docker_engine *g, const char *key,
			      const struct deadline *d, struct err *e)
{
	return edit_settings(g, hold, key, d, e);
}

int docker_raft_settings_release(struct docker_engine *g, const char *key,
				 const struct deadline *d, struct err *e)
{
	return edit_settings(g, release, key, d, e);
}

int docker_raft_settings_held(struct docker_engine *g, const char *key, bool *held,
			      const struct deadline *d, struct err *e)
{
	struct docker_swarm s;

	if (docker_swarm_read(g, &s, d, e))
		return -1;
	*held = docker_swarm_label(&s, key) != NULL;
	docker_swarm_wipe(&s);
	return 0;
}
