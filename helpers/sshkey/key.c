/* SPDX-License-Identifier: MIT */
/* Loads a private key file, of whatever format. */
#include "sshkey/key.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"
#include "sshkey/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the file says it is, between "-----BEGIN " and "-----". */
static const struct {
	const char *label;
	bool openssh;
	const char *refusal; /* NULL for what can be used */
} labels[] = {
	{ "OPENSSH PRIVATE KEY", true, NULL },
	{ "RSA PRIVATE KEY", false, NULL },
	{ "EC PRIVATE KEY", false, NULL },
	{ "PRIVATE KEY", false, NULL },
	{ "ENCRYPTED PRIVATE KEY", false, NULL },
	{ "DSA PRIVATE KEY", false,
	  "is a DSA key, which today's hosts refuse; "
	  "use an ed25519 key" },
};

/* Things that are easily taken for a private key. */
static const struct {
	const char *start;
	const char *refusal;
} lookalikes[] = {
	{ "PuTTY-User-Key-File", "is a PuTTY key; convert it with `puttygen KEY "
				 "-O private-openssh`" },
	{ "ssh-", "is a public key or certificate; give the private key, without "
		  ".pub" },
	{ "ecdsa-", "is a public key or certificate; give the private key, without "
		    ".pub" },
	{ "sk-", "is a public key of a security key, which cannot be used here; use "
		 "an ed25519 key" },
	{ "---- BEGIN SSH2 PUBLIC", "is a public key; give the private key" },
	{ "-----BEGIN PUBLIC KEY", "is a public key; give the private key" },
	{ "-----BEGIN CERTIFICATE", "is an X.509 certificate; give a private key" },
};

static int cannot_read(const struct ssh_key *k, struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "cannot read private key %s: %s; set "
		       "private_key to the path of the user's key on this machine",
		       k->path, file_why(errno));
}

static int read_file(struct ssh_key *k, struct err *e)
{
	struct stat st;
	int fd = file_open(k->path, &st), ret = -1;

	if (fd < 0)
		return cannot_read(k, e);
	if (st.st_uid == geteuid() && (st.st_mode & 077))
		err_set(e, ERR_LOCAL,
			"private key %s is open to others (mode %04o) "
			"and so not used; run `chmod 600 %s`",
			k->path, (unsigned int)(st.st_mode & 07777), k->path);
	else if (file_read(fd, &k->text))
		cannot_read(k, e);
	else
		ret = 0;
	close(fd);
	return ret;
}

static int refuse_lookalike(const struct ssh_key *k, struct err *e)
{
	const char *text = buf_str(&k->text);

	for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++)
		if (!strncmp(text, lookalikes[i].start, strlen(lookalikes[i].start)))
			return err_set(e, ERR_LOCAL, "%s %s", k->path,
				       lookalikes[i].refusal);
	return err_set(e, ERR_LOCAL,
		       "%s holds no private key in PEM, PKCS#8 or "
		       "OpenSSH format",
		       k->path);
}

/* Finds the private key in the text, which may have other blocks before it
 * (EC parameters, certificates). Returns the row of its label, or -1. */
static int find_label(const struct ssh_key *k, const char **body)
{
	static const char begin[] = "-----BEGIN ";
	const char *p = buf_str(&k->text);

	while ((p = strstr(p, begin))) {
		p += sizeof(begin) - 1;
		for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
			size_t n = strlen(labels[i].label);

			if (!strncmp(p, labels[i].label, n) &&
			    !strncmp(p + n, "-----", 5)) {
				*body = p + n + 5;
				return (int)i;
			}
		}
	}
	return -1;
}

static int understand(struct ssh_key *k, const char *passphrase, const struct deadline *d,
		      struct err *e)
{
	const char *body, *end;
	int row = find_label(k, &body);

	if (row < 0)
		return refuse_lookalike(k, e);
	if (labels[row].refusal)
		return err_set(e, ERR_REFUSED, "private key %s %s", k->path,
			       labels[row].refusal);
	if (!labels[row].openssh)
		return ssh_key_read_pem(k, passphrase, e);
	end = strstr(body, "-----END");
	if (!end)
		return err_set(e, ERR_LOCAL,
			       "private key %s is cut off: its END "
			       "line is missing",
			       k->path);
	return ssh_key_read_openssh(k, body, (size_t)(end - body), passphrase, d, e);
}

/* Of the file at the key's path, unless there is a text. */
static int read_key(struct ssh_key *k, const char *text, struct err *e)
{
	if (!text)
		return read_file(k, e);
	errno = EFBIG;
	return buf_add(&k->text, text, strlen(text)) ? cannot_read(k, e) : 0;
}

/* Takes the path, which may be NULL for want of memory. An empty passphrase is none. */
static int load(struct ssh_key **out, char *path, const char *text,
		const char *passphrase, const struct deadline *d, struct err *e)
{
	struct ssh_key *k = path ? secret_calloc(1, sizeof(*k)) : NULL;

	if (!k) {
		secret_free(path);
		return err_no_memory(e);
	}
	k->path = path;
	k->text = BUF_INIT(SSH_KEY_MAX_FILE);
	k->public = BUF_INIT(SSH_KEY_MAX_FILE);
	k->cert = BUF_INIT(SSH_KEY_MAX_FILE);
	if (passphrase && !*passphrase)
		passphrase = NULL;
	if (read_key(k, text, e) || understand(k, passphrase, d, e) ||
	    ssh_key_late(k, d, e) || (!text && ssh_key_read_cert(k, e))) {
		ssh_key_free(k);
		return -1;
	}
	buf_free(&k->text);
	*out = k;
	return 0;
}

int ssh_key_load(struct ssh_key **out, const char *path, const char *passphrase,
		 const struct deadline *d, struct err *e)
{
	char *whole = text_home_path(path);

	if (!whole)
		return err_set(e, ERR_LOCAL,
			       "cannot find private key %s: HOME is not "
			       "set",
			       path);
	return load(out, whole, NULL, passphrase, d, e);
}

int ssh_key_from_text(struct ssh_key **out, const struct ssh_key_text *from,
		      const char *passphrase, const struct deadline *d, struct err *e)
{
	return load(out, secret_strdup(from->name), from->text, passphrase, d, e);
}

struct ssh_wire ssh_key_public(const struct ssh_key *k)
{
	return (struct ssh_wire){ (const unsigned char *)k->public.data, k->public.len };
}

const char *ssh_key_path(const struct ssh_key *k)
{
	return k->path;
}

void ssh_key_free(struct ssh_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	buf_free(&k->cert);
	buf_free(&k->public);
	buf_free(&k->text);
	secret_free(k->path);
	secret_free(k);
}
