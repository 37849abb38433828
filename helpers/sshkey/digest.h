/*
 * digest - SHA-256 sums by which two contents are told apart.
 */
#ifndef SSHKEY_DIGEST_H
#define SSHKEY_DIGEST_H

#include <stddef.h>

struct err;

#define DIGEST_HEX 65 /* bytes of a sum in hexadecimal, its NUL included */

/* Writes the SHA-256 of `n` bytes. With `salt`, a text, it is an HMAC under that: two sums
 * of one secret do not look alike, and none can be looked up in a table.
 * Errors: ERR_LOCAL. */
int digest_hex(char out[DIGEST_HEX], const char *salt, const void *bytes, size_t n,
	       struct err *e);

#endif
