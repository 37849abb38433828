/*
 * key - a user's private key file: read with care, understood far enough
 * to say before connecting why it cannot be used, and able to sign.
 *
 * libcrypto holds the key and signs, whatever file format it came in: libssh2
 * 1.10 signs RSA with SHA-1 only and leaves an ECDSA key's secret number
 * behind in memory; 1.11.1 frees what it never allocated when an ECDSA key
 * signs under allocators of our own (libssh2 #1828).
 * A struct ssh_key belongs to the caller and wipes itself (ssh_key_free).
 */
#ifndef SSHKEY_KEY_H
#define SSHKEY_KEY_H

#include "sshkey/wire.h"

#define SSH_KEY_CERT "-cert-v01@openssh.com" /* ends a certificate's type */

struct buf;
struct deadline;
struct err;
struct ssh_key;

/*
 * Reads the key at `path` ("~/" is expanded): PEM, PKCS#8 or OpenSSH's format,
 * RSA, ECDSA or Ed25519. `passphrase` opens an encrypted one and may be NULL.
 * A file of ours that others may read is refused, as ssh does. A certificate
 * beside it is read too; one that is damaged or another key's is refused.
 * Errors: ERR_LOCAL (missing, unreadable, no key, encrypted without or with a
 * wrong passphrase, open to others), ERR_REFUSED (a kind of key that cannot be
 * used here, or one that asks for more than a few seconds of key derivation),
 * ERR_DEADLINE (none of these seconds is left). The caller frees *out.
 */
int ssh_key_load(struct ssh_key **out, const char *path, const char *passphrase,
		 const struct deadline *d, struct err *e);

/* A private key that is in memory, as CI hands one over in a variable. Borrowed. */
struct ssh_key_text {
	const char *name; /* of the environment variable; messages call the key so */
	const char *text; /* what such a file holds. Secret */
};

/* The same for a key in memory, which has no certificate beside it. Errors: those of
 * ssh_key_load that are not about a file. The caller frees *out. */
int ssh_key_from_text(struct ssh_key **out, const struct ssh_key_text *from,
		      const char *passphrase, const struct deadline *d, struct err *e);

/* The public key in wire format (RFC 4253 section 6.6); borrowed. */
struct ssh_wire ssh_key_public(const struct ssh_key *k);

/* The certificate in `<path>-cert.pub`, wire format (OpenSSH's
 * PROTOCOL.certkeys), empty when there is none; borrowed. */
struct ssh_wire ssh_key_cert(const struct ssh_key *k);

/* Whether there is one, of a kind that the libssh2 in use can offer. */
bool ssh_key_cert_usable(const struct ssh_key *k);

/* Where it was read from, a path or the name of a variable; borrowed. */
const char *ssh_key_path(const struct ssh_key *k);

/*
 * Appends the signature, without the algorithm's name in front (RFC 8332 section 3,
 * RFC 5656 section 3.1.2, RFC 8709 section 6).
 * Errors: ERR_REFUSED (an algorithm that is not made: SHA-1), ERR_LOCAL.
 */
int ssh_key_sign(const struct ssh_key *k, const struct ssh_to_sign *what,
		 struct buf *signature, struct err *e);

/* NULL is fine. */
void ssh_key_free(struct ssh_key *k);

#endif
