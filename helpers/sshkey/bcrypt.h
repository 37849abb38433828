/*
 * bcrypt - the key derivation of encrypted private keys in OpenSSH's own
 * format, bcrypt_pbkdf: PBKDF2's frame around bcrypt with SHA-512, as OpenBSD
 * defines it (libcrypto has none of it). Only decrypts what somebody else
 * encrypted; nothing is protected by it here.
 */
#ifndef SSHKEY_BCRYPT_H
#define SSHKEY_BCRYPT_H

#include "sshkey/wire.h"

struct deadline;

/* What a key is derived from; borrowed. */
struct ssh_bcrypt {
	const char *passphrase; /* secret */
	struct ssh_wire salt;   /* at most 256 bytes */
	uint32_t rounds;        /* each some ten milliseconds for 64 bytes */
};

/* Derives `n` bytes (at most 1024). The time is looked at after each round. Returns
 * -1 without a message when it is up, something is out of range or libcrypto
 * fails. */
int ssh_bcrypt_pbkdf(const struct ssh_bcrypt *from, unsigned char *key, size_t n,
		     const struct deadline *d);

#endif
