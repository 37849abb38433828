/*
 * volume - named volumes of one engine, used for nothing but their names and one
 * label: what outlives the engine and the host's power, needs no file on the
 * host, and is made by one of several that ask for it at once.
 */
#ifndef DOCKER_VOLUME_H
#define DOCKER_VOLUME_H

#include "docker/engine.h"

#include <stdbool.h>
#include <stddef.h>

struct docker_volume {
	char name[80];   /* cut */
	char label[512]; /* the value of its one label, "" without; cut */
};

/* Owned by the caller: docker_volumes_free. */
struct docker_volumes {
	struct docker_volume *list;
	size_t count;
};

/* `name`: letters, digits, "_", "." and "-". Makes it with this label, unless one of
 * that name is there: then *out (may be NULL) has the label of that one (POST
 * /volumes/create). Errors: those of docker_call. */
int docker_volume_make(struct docker_engine *g, const char *name, const char *label,
		       struct docker_volume *out, const struct deadline *d,
		       struct err *e);

/* One that is not there is no error (DELETE /volumes/NAME). Errors: those of
 * docker_call; ERR_REFUSED when it is in use. */
int docker_volume_remove(struct docker_engine *g, const char *name,
			 const struct deadline *d, struct err *e);

/* *there: whether the engine has one of that name, which is then in *out (GET
 * /volumes/NAME). Errors: those of docker_call; ERR_REFUSED for a reply about
 * another one. */
int docker_volume_find(struct docker_engine *g, const char *name, bool *there,
		       struct docker_volume *out, const struct deadline *d,
		       struct err *e);

/* Those whose names begin with `prefix`, which needs no quoting in a regular
 * expression (GET /volumes). The caller frees *out with docker_volumes_free, also
 * when this fails. Errors: those of docker_call; ERR_REFUSED for a reply that is no
 * list; ERR_LOCAL. */
int docker_volumes_named(struct docker_engine *g, const char *prefix,
			 struct docker_volumes *out, const struct deadline *d,
			 struct err *e);
void docker_volumes_free(struct docker_volumes *v);

#endif
