/*
 * volume - named volumes of one engine, used for nothing but their names: what
 * outlives the engine and the host's power, and needs no file on the host.
 */
#ifndef DOCKER_VOLUME_H
#define DOCKER_VOLUME_H

#include "docker/engine.h"

#include <stdbool.h>

/* `name`: letters, digits, "_", "." and "-". Making one that is there is no
 * error (POST /volumes/create), nor is removing one that is not (DELETE
 * /volumes/NAME). Errors: those of docker_call; ERR_REFUSED when the one to be
 * removed is in use. */
int docker_volume_make(struct docker_engine *g, const char *name,
		       const struct deadline *d, struct err *e);
int docker_volume_remove(struct docker_engine *g, const char *name,
			 const struct deadline *d, struct err *e);

/* *there: whether the engine has one of that name (GET /volumes/NAME). */
int docker_volume_find(struct docker_engine *g, const char *name, bool *there,
		       const struct deadline *d, struct err *e);

#endif
