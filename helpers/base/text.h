/*
 * text - small, strict readings of text. Nothing here allocates but where
 * said; nothing keeps a pointer.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Reads a decimal number between `min` and `max`: digits only, all of the
 * text. Returns -1 without a message when it is anything else. */
int text_to_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out);

/* Whether the text holds a control byte (below 0x20, or 0x7f). */
bool text_has_control(const char *s, size_t n);

/* Appends `s` quoted for a POSIX shell, one word whatever it holds.
 * Returns -1 when the buffer is full. */
int text_shell_quote(struct buf *b, const char *s);

/* Copies `path` with a leading "~/" replaced by $HOME, or without one by the
 * home folder that the system knows for this user ID. The caller frees with
 * secret_free; NULL when neither is there for a "~/". */
char *text_home_path(const char *path);

/* Steps through a comma-separated list: writes the next item (without the
 * spaces around it) and its length, and returns true until the list has
 * ended. `*rest` starts as the list. Empty items are returned too. */
bool text_next_item(const char **rest, const char **item, size_t *n);

/* Reads a moment as RFC 3339 writes it, with up to nine digits of a second, in UTC
 * or with "+hh:mm": nanoseconds since 1970. 0 when it is none, or
 * none between 1970 and 2200. */
int64_t text_moment(const char *s);

#endif
