/* SPDX-License-Identifier: MIT */
/* What an engine says of itself: GET /info. */
#include "docker/info.h"

#include "base/text.h"
#include "docker/call.h"
#include "docker/api_error.h"

#include <string.h>

static const char states[][16] = {
	[DOCKER_INACTIVE] = "inactive", [DOCKER_PENDING] = "pending",
	[DOCKER_ACTIVE] = "active",     [DOCKER_ERROR] = "error",
	[DOCKER_LOCKED] = "locked",
};

static const struct docker_field fields[] = {
	DOCKER_FIELD(struct docker_info, engine_id, "ID", true),
	DOCKER_FIELD(struct docker_info, node_id, "Swarm/NodeID", false),
	DOCKER_FIELD(struct docker_info, node_addr, "Swarm/NodeAddr", true),
	DOCKER_FIELD(struct docker_info, cluster_id, "Swarm/Cluster/ID", false),
	DOCKER_FIELD(struct docker_info, hostname, "Name", true),
	DOCKER_FIELD(struct docker_info, version, "ServerVersion", true),
	DOCKER_FIELD(struct docker_info, root_dir, "DockerRootDir", true),
	DOCKER_FIELD(struct docker_info, error, "Swarm/Error", true),
};

const char *docker_state_name(enum docker_local_state s)
{
	return states[s];
}

bool docker_info_timed_out(const struct docker_info *info)
{
	return strstr(info->error, "context deadline exceeded") != NULL;
}

/* A state we cannot read must not pass for "in no swarm": somebody would make
 * a second one. */
static int read_state(const json_t *reply, struct docker_info *out, struct err *e)
{
	const char *name = js_text(reply, "Swarm/LocalNodeState");

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!strcmp(name, states[i])) {
			out->state = (enum docker_local_state)i;
			return 0;
		}
	}
	return err_set(e, ERR_REFUSED,
		       "Swarm/LocalNodeState is "
		       "\"%.32s\"; expected inactive, pending, active, error or "
		       "locked",
		       name);
}

/* Whole addresses only, as many as fit. */
static void read_managers(const json_t *reply, struct docker_info *out)
{
	const json_t *peers = js_at(reply, "Swarm/RemoteManagers");
	size_t used = 0, i;
	const json_t *peer;

	json_array_foreach(peers, i, peer) {
		const char *addr = js_text(peer, "Addr");
		size_t n = strlen(addr);

		if (!n || used + n + 2 > sizeof(out->managers))
			continue;
		if (used)
			out->managers[used++] = ',';
		memcpy(out->managers + used, addr, n + 1);
		used += n;
	}
}

/* Once an engine has started its swarm node anew by itself, as it does after an error, it
 * calls its state error for as long as it runs, also with a node that works (Docker 26 to
 * 28; moby, nodeRunner.State: its cancelReconnect stays set). Such an engine has a node, its
 * managers, and no error. */
static bool works_again(const struct docker_info *info)
{
	return info->state == DOCKER_ERROR && !*info->error && *info->node_id &&
	       *info->managers;
}

int docker_info(struct docker_engine *g, struct docker_info *out,
		const struct deadline *d, struct err *e)
{
	json_t *reply = NULL;
	int ret = -1;

	memset(out, 0, sizeof(*out));
	if (docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), &reply, d, e))
		return -1;
	if (read_state(reply, out, e) ||
	    docker_call_fields(reply, fields, sizeof(fields) / sizeof(fields[0]), out,
			       e)) {
		err_wrap(e, "%s: GET /info", docker_label(g));
		goto out;
	}
	out->clock = text_moment(js_text(reply, "SystemTime"));
	out->manager = js_true(reply, "Swarm/ControlAvailable");
	read_managers(reply, out);
	if (works_again(out))
		out->state = DOCKER_ACTIVE;
	docker_api_error_mask(out->error);
	ret = 0;
out:
	json_decref(reply);
	return ret;
}
