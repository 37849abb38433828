/*
 * wire - the pieces that SSH's binary formats are made of: public keys,
 * openssh-key-v1 files, agent messages and signatures (RFC 4251 section 5).
 *
 * A reader only borrows; writers append to the caller's buffer, which wipes
 * itself.
 */
#ifndef SSHKEY_WIRE_H
#define SSHKEY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* What is left to read, borrowed. Taking from it moves it on; a failed take
 * leaves it where it was. */
struct ssh_wire {
	const unsigned char *p;
	size_t n; /* bytes */
};

/* What a key is to sign, and by which of its algorithms ("rsa-sha2-512",
 * "ecdsa-sha2-nistp256", "ssh-ed25519"); borrowed. */
struct ssh_to_sign {
	struct ssh_wire algorithm, data;
};

/* Take an unsigned number of four bytes, a single byte, a string (length
 * first; borrowed), or a positive mpint without its leading zero byte.
 * Return -1 without a message when it is not all there. */
int ssh_wire_u32(struct ssh_wire *w, uint32_t *value);
int ssh_wire_byte(struct ssh_wire *w, unsigned char *value);
int ssh_wire_string(struct ssh_wire *w, struct ssh_wire *s);
int ssh_wire_number(struct ssh_wire *w, struct ssh_wire *s);

/* Whether the bytes are exactly this text. */
bool ssh_wire_is(const struct ssh_wire *s, const char *text);

/* Whether a public key's first string is this type ("ssh-rsa"). */
bool ssh_wire_is_key(const struct ssh_wire *key, const char *type);

/* Append in the same forms; return -1 when the buffer is full. The mpint of
 * `n` big-endian bytes is positive; leading zero bytes are dropped. */
int ssh_wire_put_u32(struct buf *b, uint32_t value);
int ssh_wire_put_string(struct buf *b, const void *bytes, size_t n);
int ssh_wire_put_number(struct buf *b, const unsigned char *bytes, size_t n);

/* The name by which `ssh-keygen -l` calls the type of a public key ("ED25519",
 * "RSA"); for one it does not know, the first string of the key, made fit to
 * print and cut to `size` bytes. Writes to `out` and returns it. */
const char *ssh_wire_type(const unsigned char *key, size_t n, char *out, size_t size);

#endif
