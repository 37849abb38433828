/*
 * call - what the files of docker/ share of an engine and of reading its
 * replies; nothing above docker/ includes it.
 */
#ifndef DOCKER_CALL_H
#define DOCKER_CALL_H

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/js.h"
#include "docker/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCKER_PATH_MAX 8192 /* bytes of a path with its query */

struct docker_engine {
	struct docker_target target;
	struct ssh *ssh; /* NULL for a local engine, as is */
	struct docker_tunnel *tunnel;
	struct http *http;
	unsigned minor; /* API version 1.minor, as far as known */
	bool agreed;    /* the engine has taken that version */
	bool died;      /* it may have, after it had answered */
};

/* The version that the first request tries: Docker 20.10's, the oldest in
 * Debian and Ubuntu; what is newer took it until Docker 29. */
#define DOCKER_FIRST_MINOR 41

/* A request whose reply goes to its sink. Errors: those of docker_call; a sink that
 * fails sets its own error aside and reports it after this has returned -1. */
int docker_call_stream(struct docker_engine *g, const struct docker_request *r,
		       const struct deadline *d, struct err *e);

/* Makes sure that g->minor is a version the engine takes: a round trip when
 * nothing has been asked yet. Errors: those of docker_call. */
int docker_call_agree(struct docker_engine *g, const struct deadline *d, struct err *e);

/* A text of a reply and where it goes in a struct. */
struct docker_field {
	const char *path;      /* as js_at takes it */
	uint16_t offset, size; /* bytes */
	/* Too long a text is cut instead of refused: one for show, or one that
	 * is compared with values that fit, to which a cut one is never equal.
	 * Not an ID or a token. */
	bool cut;
};
#define DOCKER_FIELD(type, member, path, cut) \
	{ path, offsetof(type, member), sizeof(((type *)0)->member), cut }

/* Copies `n` texts out of `reply` into the struct at `out`; what is missing or
 * no text is "". Errors: ERR_REFUSED when one does not fit. */
int docker_call_fields(const json_t *reply, const struct docker_field *fields, size_t n,
		       void *out, struct err *e);

/* Whether `id` is a whole swarm ID, 25 lower-case letters and digits (swarmkit
 * identity.NewID). Where the API takes an ID it also takes a name or a prefix,
 * which must never decide what is changed. */
bool docker_call_is_id(const char *id);

/* After a failed change: waits 20 to 200 ms if that is ERR_CONFLICT, so that two
 * who collided do not meet again. Returns -1 for any other error, which stays, and
 * with ERR_DEADLINE when there is no time. */
int docker_call_lost_race(const struct deadline *d, struct err *e);

#endif
