/*
 * bcrypt - the key derivation of encrypted private keys in OpenSSH's own
 * format, bcrypt_pbkdf: PBKDF2's frame around bcrypt with SHA-512, as OpenBSD
 * defines it (libcrypto has none of it). Only decrypts what somebody else
 * encrypted; nothing is protected by it here.
 */
#ifndef SSHKEY_BCRYPT_H
#define SSHKEY_BCRYPT_H

#include <stddef.h>
#include <stdint.h>

struct deadline;

/* Derives `key_len` bytes (at most 1024) from the passphrase and a salt of at
 * most 256 bytes. A round takes some ten milliseconds for 64 bytes; the time is
 * looked at after each. Returns -1 without a message when it is up, the
 * arguments are out of range or libcrypto fails. */
int ssh_bcrypt_pbkdf(const char *passphrase, const unsigned char *salt,
		     size_t salt_len, uint32_t rounds, unsigned char *key,
		     size_t key_len, const struct deadline *d);

#endif
