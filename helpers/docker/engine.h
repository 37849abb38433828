/*
 * engine - the Docker Engine of one host, spoken to in JSON.
 *
 * One struct docker_engine is one host: it owns the SSH connection and the
 * HTTP client over it. Every operation in docker/ is a short function over
 * docker_call, which does path, API version, status and error decoding. Engine
 * API reference: https://docs.docker.com/reference/api/engine/ (1.40 to 1.51).
 */
#ifndef DOCKER_ENGINE_H
#define DOCKER_ENGINE_H

#include "ssh/ssh.h"

#include <jansson.h>
#include <stdbool.h>

struct buf;
struct docker_engine;

struct docker_target {
	struct ssh_login login; /* login.host may be unix:///path: no SSH then */
	const char *socket;     /* the engine's socket on the host */
	const char *label;      /* for messages: "dev-worker-2 (10.0.1.12)" */
};

/* Whether it is the engine of this machine: login.host is unix:///path. */
bool docker_target_is_local(const struct docker_target *target);

/*
 * Connects (see ssh_open) but asks Docker nothing yet. With
 * login.wait_for_boot every docker_call then waits, saying so, until Docker is
 * installed and answers. The target's strings are borrowed until docker_close.
 * Errors: those of ssh_open, each beginning with the label.
 */
int docker_open(struct docker_engine **out, const struct docker_target *target,
		const struct deadline *d, struct err *e);

/* NULL is fine. */
void docker_close(struct docker_engine *g);

/* The label of the target; borrowed. */
const char *docker_label(const struct docker_engine *g);

/* Whether it may have died after it had answered, and what it was asked for may have been
 * done by halves: nothing has listened there for a while, or the connection has ended under
 * a change. */
bool docker_has_died(const struct docker_engine *g);

/* What an engine is asked; all borrowed. */
struct docker_request {
	const char *method;
	const char *path;   /* without the version prefix: "/info" */
	const json_t *body; /* may be NULL; its text is wiped after sending */
	/* gets the body of the reply piece by piece, as in struct http_request; NULL: it
	 * is read as a whole */
	int (*sink)(void *ctx, const char *bytes, size_t n);
	void *ctx; /* of sink */
};
#define DOCKER_REQUEST(method_, path_, body_) \
	(&(struct docker_request){ \
		.method = (method_), .path = (path_), .body = (body_) })

/*
 * One request. *reply (may be NULL when no body is expected) is owned by the
 * caller. Negotiates the API version on the first
 * request: begins with 1.41, and when the engine refuses that, goes to the
 * newest that both know (1.40 to 1.51) at the cost of one round trip.
 * Errors by Docker's text, whatever the status: "update out of sequence"
 * ERR_CONFLICT, "not a swarm manager" ERR_NOT_MANAGER, "Swarm is encrypted"
 * ERR_LOCKED, "does not have a leader", "lost leader status" or "context
 * deadline exceeded" ERR_NO_LEADER; "Manager is being prepared", "connection
 * error" (between the engine and a manager) and "node is stopped" ERR_BUSY;
 * then by status: 404 ERR_NOT_FOUND, 409 ERR_CONFLICT; all others ERR_REFUSED.
 * Messages: "<label>: <METHOD> <path without query>: <Docker's text>", tokens
 * masked.
 * Errors of http_call with the label in front; nothing listening is ERR_BUSY
 * when the time for wait_for_boot has run out and ERR_NO_ENGINE without it.
 */
int docker_call(struct docker_engine *g, const struct docker_request *r, json_t **reply,
		const struct deadline *d, struct err *e);

/* The connection to the host, for what the Engine API does not do there; NULL for a
 * local engine. Borrowed until docker_close, and used by the engine's own thread. */
struct ssh *docker_ssh(const struct docker_engine *g);

/* Percent-encodes `text` (RFC 3986 unreserved bytes stay) and appends it. Returns -1
 * when the buffer is full. */
int docker_encode(struct buf *path, const char *text);

/* Appends "?filters=" and the encoded JSON object of lists of strings that
 * `filters` is; steals the reference, NULL is as good as one without memory.
 * Returns -1 when the buffer is full or there is nothing to write. */
int docker_filters(struct buf *path, json_t *filters);

#endif
