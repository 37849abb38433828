/*
 * connect - a connection to one engine that is being made while other things
 * go on, in a thread of its own.
 *
 * A node is connected to while a manager is looked for, and several managers are
 * tried side by side; what is done to many hosts at once is swarm/each.h. Each
 * struct swarm_connect ends in exactly one swarm_connect_finish or
 * swarm_connect_cancel, both of which free it. The engine it yields belongs to
 * the caller and from then on to the caller's thread.
 */
#ifndef SWARM_CONNECT_H
#define SWARM_CONNECT_H

#include "base/deadline.h"
#include "docker/info.h"

struct swarm_connect;

enum swarm_connect_goal {
	SWARM_ANY_ENGINE,     /* whatever its part in a swarm */
	SWARM_MANAGER,        /* an active manager of a swarm that has a leader */
	SWARM_MANAGER_PATIENT /* the same, waited for until the deadline */
};

/* Starts connecting. `target` and the stop descriptor of `d` are borrowed until
 * the attempt ends. Errors: ERR_LOCAL (no thread or descriptor to be had). */
int swarm_connect_start(struct swarm_connect **out, const struct docker_target *target,
			enum swarm_connect_goal goal, const struct deadline *d,
			struct err *e);

/* A descriptor that becomes readable once it has succeeded or failed. */
int swarm_connect_fd(const struct swarm_connect *o);

/* Whether the host has shown its key when it was tried last, though it does not
 * let the user in yet: a machine that lives. */
bool swarm_connect_answered(const struct swarm_connect *o);

/* Waits at most `ms` milliseconds for the end, and says whether it has ended. */
bool swarm_connect_wait(const struct swarm_connect *o, int64_t ms);

/* Waits for the end (the deadline given at the start bounds it), frees `o`,
 * and hands over the engine (docker_close) and what it said of itself.
 * Errors: those of docker_open and docker_info; for the manager goals also
 * ERR_NOT_MANAGER, ERR_LOCKED and ERR_NO_LEADER. */
int swarm_connect_finish(struct swarm_connect *o, struct docker_engine **g,
			 struct docker_info *info, struct err *e);

/* Stops it wherever it is, closes what it opened, frees it. NULL is fine. */
void swarm_connect_cancel(struct swarm_connect *o);

/* Whether an engine with this info serves as a manager; sets why not. */
int swarm_connect_is_manager(const char *label, const struct docker_info *info,
			     struct err *e);

#endif
