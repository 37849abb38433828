/*
 * crypto - libcrypto's memory: wiped when it is given back, as everything else
 * that keys and passphrases pass through.
 */
#ifndef NET_CRYPTO_H
#define NET_CRYPTO_H

struct err;

/* Gives libcrypto the allocators of base/secret that never give NULL, since
 * libcrypto 3.0 does not check its own start. In main, after log_begin and
 * before anything uses libcrypto: from its first allocation on it takes no
 * others. Errors: ERR_LOCAL. */
int crypto_setup(struct err *e);

#endif
