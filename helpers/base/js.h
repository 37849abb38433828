/*
 * js - jansson with our rules: wiping allocators, no duplicate keys, and no
 * quoting of the input in errors (jansson's error text does, and the input may
 * hold a token).
 *
 * Values follow jansson's ownership: what js_read gives is owned by the
 * caller (json_decref); everything read out of it is borrowed.
 */
#ifndef BASE_JS_H
#define BASE_JS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;

#define JS_MAX_MEMORY (32u << 20) /* bytes that the values of a text may take */

/* Gives jansson wiping allocators that never give NULL. First thing in main. */
void js_setup(void);

/* Parses `n` bytes holding exactly one object or array. `what` names it in
 * the message ("query", "reply to GET /info"). Errors: ERR_REFUSED. */
json_t *js_read(const char *text, size_t n, const char *what, struct err *e);

/* Appends the compact text of `v`. Returns -1 when the buffer is full or the
 * value cannot be written. */
int js_write(const json_t *v, struct buf *out);

/* Follow a path of member names separated by '/' ("Spec/Labels") and return
 * the value there: NULL, "", 0 or false when it is missing or of another
 * type. Borrowed from `v`. */
json_t *js_at(const json_t *v, const char *path);
const char *js_text(const json_t *v, const char *path);
int64_t js_number(const json_t *v, const char *path);
bool js_true(const json_t *v, const char *path);

#endif
