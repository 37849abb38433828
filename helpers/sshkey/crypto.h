/*
 * crypto - libcrypto's memory: wiped when it is given back, as everything else
 * that keys and passphrases pass through; and its random bytes.
 */
#ifndef SSHKEY_CRYPTO_H
#define SSHKEY_CRYPTO_H

#include <stddef.h>

struct err;

/* Gives libcrypto the allocators of base/secret that never give NULL, since
 * libcrypto 3.0 does not check its own start. In main, after log_begin and
 * before anything uses libcrypto: from its first allocation on it takes no
 * others. Errors: ERR_LOCAL. */
int crypto_setup(struct err *e);

/* Writes `n` random bytes as 2 * n hexadecimal digits and a NUL; at most 32 of
 * them. Errors: ERR_LOCAL. */
int crypto_random_name(char *out, size_t n, struct err *e);

#endif
