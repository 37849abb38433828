/*
 * ssh_key_own - what the files ssh_key*.c share; nothing else includes it.
 */
#ifndef NET_SSH_KEY_OWN_H
#define NET_SSH_KEY_OWN_H

#include "base/buf.h"
#include "net/ssh_key.h"

#include <openssl/evp.h>

#define SSH_KEY_MAX_FILE 65536 /* bytes */

struct ssh_key {
	char *path;
	struct buf text;   /* the file */
	struct buf public; /* wire format */
	EVP_PKEY *pkey;    /* NULL when libssh2 is to read the text */
	bool encrypted;
};

/* Understands the body of an openssh-key-v1 file: base64 text. Sets public,
 * encrypted and, for a plain key, pkey. Errors: as ssh_key_load. */
int ssh_key_read_openssh(struct ssh_key *k, const char *text, size_t n,
			 const char *passphrase, bool rsa, struct err *e);

/* Makes the key of that file's private part when it is not encrypted. NULL
 * when it is damaged or out of memory. */
EVP_PKEY *ssh_key_read_plain(struct ssh_wire private);

/* Understands a PEM or PKCS#8 file by libcrypto; sets public and pkey. */
int ssh_key_read_pem(struct ssh_key *k, const char *passphrase, struct err *e);

/* libcrypto's name of a curve of SSH's ("nistp256"), or NULL. */
const char *ssh_key_group(const struct ssh_wire *curve);

/* Sets public from pkey. Errors: ERR_REFUSED (no key type of SSH's). */
int ssh_key_derive_public(struct ssh_key *k, struct err *e);

/* The two sentences about an encrypted file. Return -1. */
int ssh_key_wants_passphrase(const struct ssh_key *k, struct err *e);
int ssh_key_wrong_passphrase(const struct ssh_key *k, struct err *e);

#endif
