/*
 * utf8 - text that others wrote (a server's banner, a daemon's reason, a
 * script's line): made fit for a terminal, for JSON, and for a field of fixed
 * size. Nothing here keeps a pointer.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes the character at `s` takes, of `n` that are there; its number
 * goes to *code. 0 when these bytes are no UTF-8 (RFC 3629). */
size_t utf8_char(const char *s, size_t n, uint32_t *code);

/* Whether a terminal shows the character, and is not driven by it: no control
 * of C0 or C1, nothing that reorders text or cannot be seen. */
bool utf8_is_shown(uint32_t code);

/* Makes a text one line that a terminal shows, in place: line ends and tabs
 * become spaces; whatever else is not shown, and each byte that is no UTF-8,
 * becomes a '?'. It never gets longer. */
void utf8_mask(char *s);

/* Copies as much of the `n` bytes as fits into `size` with a NUL behind it, cut
 * between two characters. Returns whether all of it did. */
bool utf8_copy(char *out, size_t size, const char *text, size_t n);

#endif
