/*
 * internal - what the files of sshkey/ that read a key share; nothing else includes
 * it.
 */
#ifndef SSHKEY_INTERNAL_H
#define SSHKEY_INTERNAL_H

#include "base/buf.h"
#include "sshkey/key.h"

#include <openssl/evp.h>

#define SSH_KEY_MAX_FILE 65536 /* bytes */

struct ssh_key {
	char *path;
	struct buf text;   /* the file; empty once it is understood */
	struct buf public; /* wire format */
	struct buf cert;   /* the same, empty without one */
	EVP_PKEY *pkey;
};

/* An openssh-key-v1 file taken apart; borrowed from its bytes. */
struct ssh_key_box {
	struct ssh_wire cipher, kdf, kdf_options, type;
	struct ssh_wire private; /* encrypted unless the cipher is "none" */
	struct ssh_wire tag;     /* what follows it */
};

/* Understands the body of an openssh-key-v1 file: base64 text. Sets public
 * and pkey. Errors: as ssh_key_load. */
int ssh_key_read_openssh(struct ssh_key *k, const char *text, size_t n,
			 const char *passphrase, const struct deadline *d, struct err *e);

/* Decrypts the private part to `out`, which has room for it and one block.
 * Errors: as ssh_key_load. */
int ssh_key_decrypt(const struct ssh_key *k, const struct ssh_key_box *box,
		    const char *passphrase, unsigned char *out, const struct deadline *d,
		    struct err *e);

/* Makes the key of a decrypted private part, behind its check numbers. NULL
 * when it is damaged or there is no memory. */
EVP_PKEY *ssh_key_read_private(struct ssh_wire private);

/* Understands a PEM or PKCS#8 file by libcrypto; sets public and pkey. Errors: as
 * ssh_key_load. */
int ssh_key_read_pem(struct ssh_key *k, const char *passphrase, struct err *e);

/* libcrypto's name of a curve of SSH's ("nistp256"), or NULL. */
const char *ssh_key_group(const struct ssh_wire *curve);

/* Sets cert from the file beside the key, once public is set.
 * Errors: ERR_LOCAL. */
int ssh_key_read_cert(struct ssh_key *k, struct err *e);

/* Sets public from pkey. Errors: ERR_REFUSED (no key type of SSH's). */
int ssh_key_derive_public(struct ssh_key *k, struct err *e);

/* Whether a PEM or PKCS#8 file asks for no more rounds of key derivation than are
 * accepted, whatever block of it. Errors: ERR_REFUSED. */
int ssh_key_check_rounds(const struct ssh_key *k, struct err *e);

/* 0 while there is time; -1 with ERR_DEADLINE. */
int ssh_key_late(const struct ssh_key *k, const struct deadline *d, struct err *e);

/* Refuses a key for a reason ("is encrypted with ...") that ssh-keygen -p takes away
 * with `options` ("", or each followed by a space). Returns -1. */
int ssh_key_to_rewrite(const struct ssh_key *k, const char *why, const char *options,
		       struct err *e);

/* Refuses the rounds of key derivation that the file asks for. Returns -1. */
int ssh_key_too_many_rounds(const struct ssh_key *k, uint64_t rounds, uint64_t most,
			    struct err *e);

/* The two sentences about an encrypted file. Return -1. */
int ssh_key_wants_passphrase(const struct ssh_key *k, struct err *e);
int ssh_key_wrong_passphrase(const struct ssh_key *k, struct err *e);

#endif
