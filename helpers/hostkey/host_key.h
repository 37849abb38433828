/*
 * host_key - whether a server's public key is written in its one usual form.
 *
 * The same key can be written in several ways (bytes behind it, a compressed
 * point, zeros in front of a number), and libssh2 takes some of them. Keys are
 * told apart by their bytes, here and in a known_hosts file, so that another
 * form of a revoked key would pass for another key. Formats: RFC 4253 section
 * 6.6, RFC 5656 section 3.1, RFC 8709 section 4.
 */
#ifndef HOSTKEY_HOST_KEY_H
#define HOSTKEY_HOST_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the `n` bytes are a key of a type that a connection here can be made
 * with (ssh-ed25519, ecdsa-sha2-nistp256, -384 and -521, ssh-rsa), in the form
 * in which OpenSSH writes it, and nothing behind it. */
bool host_key_is_usual(const unsigned char *key, size_t n);

/* Whether the first string of a key is the name of one of those types. */
bool host_key_is_known_type(const unsigned char *key, size_t n);

#endif
