/*
 * list - a GET that is answered with a JSON list of any length, read element
 * by element as it comes: a swarm of thousands of nodes takes no more memory
 * than its largest node.
 */
#ifndef DOCKER_LIST_H
#define DOCKER_LIST_H

#include "docker/engine.h"

/* Gets one element, an object, borrowed; not 0 with `e` set ends the reading. */
typedef int docker_list_fn(void *ctx, const json_t *element, struct err *e);

/* Makes room for one more in `list` of `count` elements of `size` bytes, for twice as many
 * when it runs out, and returns where it is now; free it with free(). NULL: no memory, and
 * `list` is as it was. */
void *docker_list_room(void *list, size_t count, size_t size);

/* Reads the list at `path` ("/tasks?filters=..."). Errors: those of
 * docker_call; ERR_REFUSED when it is no list of objects; whatever fn reports,
 * with the label and the path in front. */
int docker_list_read(struct docker_engine *g, const char *path, docker_list_fn *fn,
		     void *ctx, const struct deadline *d, struct err *e);

#endif
