/*
 * err - why something failed, as one sentence and a kind.
 *
 * A function that can fail returns 0 or -1 (or NULL) and takes `struct err *`
 * last. On success it leaves it alone. The lowest layer sets it, layers above
 * wrap it with what they were doing; nobody does both. The struct is a plain
 * value on the caller's stack, so reporting an error never allocates. Only the
 * executables print it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* The kinds that callers decide by; each maps to one exit code (err_exit). */
enum err_kind {
	ERR_NONE = 0,
	ERR_REFUSED,     /* wrong state, retrying will not help */
	ERR_USAGE,       /* bad query or command line */
	ERR_DEADLINE,    /* time ran out while the work was under way */
	ERR_UNREACHABLE, /* the host was never reached or stopped answering */
	ERR_HOST_KEY,    /* the host's key is unknown, changed or revoked */
	ERR_AUTH,        /* the host refused the user's key */
	ERR_NO_ENGINE,   /* no Docker there, or no permission on its socket */
	ERR_NOT_MANAGER, /* the host is in no swarm, or not as a manager */
	ERR_LOCKED,      /* the swarm waits for its unlock key */
	ERR_NO_LEADER,   /* the managers have lost quorum */
	ERR_CONFLICT,    /* somebody else changed the object meanwhile */
	ERR_NOT_FOUND,   /* the object named does not exist */
	ERR_BUSY,        /* not ready yet; waiting may help */
	ERR_LOCAL        /* this machine: memory, files, libraries */
};

/* A set of kinds: ERR_KIND(ERR_BUSY) | ERR_KIND(ERR_DEADLINE) */
#define ERR_KIND(kind) (1u << (kind))

/* What passes by itself: a connection that broke, a manager that starts or stops,
 * an election. */
#define ERR_TRANSIENT \
	(ERR_KIND(ERR_UNREACHABLE) | ERR_KIND(ERR_BUSY) | ERR_KIND(ERR_NO_LEADER))

/* What nobody should wait for: the host or the user is not who was expected. */
#define ERR_NOT_TRUSTED (ERR_KIND(ERR_HOST_KEY) | ERR_KIND(ERR_AUTH))

struct err {
	enum err_kind kind;
	char msg[1024]; /* one line, no full stop, never a secret */
};

/* Sets kind and message (printf format) and returns -1, so that a caller can
 * `return err_set(...)`. What a terminal would not show becomes a
 * '?' (utf8_mask). */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says that this machine is out of memory: ERR_LOCAL. Returns -1. */
int err_no_memory(struct err *e);

/* Puts "<context>: " in front of the message; keeps the kind. Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Changes only the kind. Returns -1. */
int err_as(struct err *e, enum err_kind kind);

/* Whether the error is of one of these kinds. */
bool err_is(const struct err *e, unsigned kinds);

/* The exit code of a kind: 0 done, 1 refused or wrong state, 2 bad query,
 * 3 deadline passed under way, 4 never reached or stopped answering. */
int err_exit(enum err_kind kind);

#endif
