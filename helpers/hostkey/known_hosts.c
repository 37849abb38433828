/* SPDX-License-Identifier: MIT */
/* Loads known_hosts files and pinned keys. */
#include "hostkey/known_hosts.h"

#include "base/base64.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "hostkey/line.h"
#include "hostkey/internal.h"
#include "sshkey/wire.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_KEY 16384 /* bytes */
#define DEFAULT_PORT 22

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_LOCAL, "out of memory while reading known hosts");
}

static struct known_hosts_key *add_key(struct known_hosts *k)
{
	struct known_hosts_key *more = secret_realloc(k->keys,
						      (k->count + 1) * sizeof(*more));

	if (!more)
		return NULL;
	k->keys = more;
	more += k->count++;
	*more = (struct known_hosts_key){ .blob = BUF_INIT(LONGEST_KEY) };
	return more;
}

/* A list that revokes keys has to be read to its end; one that cannot be is refused. */
static int bad_marker(const struct known_hosts *k, unsigned int number, const char *what,
		      struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "line %u of %s %s, so it cannot be told which "
		       "keys are not to be trusted; correct it or take it out",
		       number, k->path, what);
}

bool known_hosts_hash(const void *key, size_t n, unsigned char *sha256)
{
	return EVP_Q_digest(NULL, "SHA256", NULL, key, n, sha256, NULL);
}

void known_hosts_show(const unsigned char *sha256, char *out)
{
	struct buf text = BUF_INIT(64);

	buf_adds(&text, "SHA256:");
	base64_encode(&text, sha256, KNOWN_HOSTS_SHA256);
	/* ssh-keygen leaves the padding out. */
	snprintf(out, 64, "%.*s", (int)strcspn(buf_str(&text), "="), buf_str(&text));
	buf_free(&text);
}

static bool read_key(const struct known_hosts_line *l, struct known_hosts_key *key)
{
	if (!l->type.p)
		return !known_hosts_line_fingerprint(l, key->sha256);
	return !known_hosts_line_key(l, &key->blob) &&
	       known_hosts_hash(key->blob.data, key->blob.len, key->sha256);
}

/* Takes the key of a line that means the host. 0 also when it is unreadable
 * and not revoked: the last entry is given back then. */
static int keep(struct known_hosts *k, const struct known_hosts_line *l,
		unsigned int number, const char *where, struct err *e)
{
	struct known_hosts_key *key = add_key(k);

	if (!key)
		return out_of_memory(e);
	key->line = number;
	key->revoked = l->marker == KNOWN_HOSTS_MARKER_REVOKED;
	if (read_key(l, key))
		return 0;
	buf_free(&key->blob);
	k->count--;
	if (l->marker == KNOWN_HOSTS_MARKER_REVOKED)
		return bad_marker(k, number, "marks a key @revoked that is none", e);
	log_warn("%s line %u is about %s but holds no readable key; it is passed over",
		 where, number, k->name);
	return 0;
}

static int take_line(struct known_hosts *k, const char *text, size_t n,
		     unsigned int number, struct err *e)
{
	struct known_hosts_line l;
	enum known_hosts_line_kind kind = known_hosts_line_read(&l, text, n);

	/* ssh reads some of what stands beside one, so this is not nothing. */
	if (memchr(text, '\0', n))
		return err_set(e, ERR_LOCAL,
			       "line %u of %s holds a NUL byte, so the "
			       "file is damaged; correct it",
			       number, k->path);
	if (kind == KNOWN_HOSTS_LINE_EMPTY ||
	    (l.marker == KNOWN_HOSTS_PLAIN && kind == KNOWN_HOSTS_LINE_BAD))
		return 0;
	if (!known_hosts_line_means(&l.hosts, k->name))
		return l.marker == KNOWN_HOSTS_MARKER_REVOKED &&
				       !known_hosts_line_is_list(&l.hosts)
			       ? bad_marker(k, number,
					    "marks a key @revoked for hosts that "
					    "cannot be read",
					    e)
			       : 0;
	if (l.marker == KNOWN_HOSTS_MARKER_OTHER)
		return bad_marker(k, number,
				  "has a marker that is neither @revoked "
				  "nor @cert-authority",
				  e);
	if (kind == KNOWN_HOSTS_LINE_BAD && l.marker == KNOWN_HOSTS_MARKER_REVOKED)
		return bad_marker(k, number,
				  "marks something @revoked that cannot be "
				  "read",
				  e);
	if (l.marker == KNOWN_HOSTS_MARKER_AUTHORITY) {
		log_warn("%s line %u: @cert-authority is passed over; host "
			 "certificates are not supported",
			 k->path, number);
		return 0;
	}
	return keep(k, &l, number, k->path, e);
}

/* Only a line that is no key at all is an error, whatever host it is for: a
 * typing mistake must not take the pin away. */
static int take_pinned(struct known_hosts *k, const char *text, size_t n,
		       unsigned int number, struct err *e)
{
	struct known_hosts_line l;
	enum known_hosts_line_kind kind = known_hosts_line_pinned(&l, text, n);

	if (kind == KNOWN_HOSTS_LINE_BAD)
		return err_set(e, ERR_USAGE,
			       "host_key line %u is no host key; "
			       "write \"[hosts ]type base64\", as ssh-keyscan "
			       "prints it, or \"[hosts ]SHA256:...\"",
			       number);
	if (kind == KNOWN_HOSTS_LINE_EMPTY)
		return 0;
	if (!known_hosts_line_means(&l.hosts, k->name)) {
		k->pinned_others = true;
		return 0;
	}
	k->pinned = true;
	return keep(k, &l, number, "host_key", e);
}

static int each_line(struct known_hosts *k, const char *text, size_t n,
		     int (*take)(struct known_hosts *, const char *, size_t, unsigned int,
				 struct err *),
		     struct err *e)
{
	const char *end = text + n;

	for (unsigned int number = 1; text < end; number++) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((eol ? eol : end) - text);

		while (len && (text[len - 1] == '\r' || text[len - 1] == ' '))
			len--;
		if (take(k, text, len, number, e))
			return -1;
		text = eol ? eol + 1 : end;
	}
	return 0;
}

int known_hosts_read_text(const char *path, int fd, struct buf *whole, struct err *e)
{
	if (file_read(fd, whole))
		return errno == EFBIG
			       ? err_set(e, ERR_LOCAL,
					 "known hosts %s is larger "
					 "than %u MiB; is it the right file?",
					 path, KNOWN_HOSTS_MAX_FILE >> 20)
			       : err_set(e, ERR_LOCAL, "cannot read known hosts %s: %s",
					 path, strerror(errno));
	return 0;
}

int known_hosts_read_file(struct known_hosts *k, int fd, struct buf *whole, struct err *e)
{
	if (known_hosts_read_text(k->path, fd, whole, e))
		return -1;
	return each_line(k, buf_str(whole), whole->len, take_line, e);
}

static int set_path(struct known_hosts *k, const char *path, struct err *e)
{
	k->path = text_home_path(path ? path : "~/.ssh/known_hosts");
	if (k->path)
		return 0;
	return err_set(e, ERR_LOCAL,
		       "cannot find %s: HOME is not set; give "
		       "known_hosts as a full path",
		       path ? path : "~/.ssh/known_hosts");
}

static int load_file(struct known_hosts *k, const char *path, struct err *e)
{
	struct buf whole = BUF_INIT(KNOWN_HOSTS_MAX_FILE);
	struct stat st;
	int fd, ret;

	if (set_path(k, path, e))
		return -1;
	if (!strcmp(k->path, "/dev/null")) /* the usual way to say: none */
		return 0;
	fd = file_open(k->path, &st);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return err_set(e, ERR_LOCAL, "cannot read known hosts %s: %s", k->path,
			       file_why(errno));
	ret = known_hosts_read_file(k, fd, &whole, e);
	close(fd);
	buf_free(&whole);
	return ret;
}

/* An address is known by the one spelling that the resolver gives it (ssh.c,
 * is_addr), a name as it is; returned in memory of the caller's. */
static char *usual_spelling(const char *host)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char text[NI_MAXHOST];
	bool is_address = !getaddrinfo(host, NULL, &hints, &found) &&
			  !getnameinfo(found->ai_addr, found->ai_addrlen, text,
				       sizeof(text), NULL, 0, NI_NUMERICHOST);

	if (found)
		freeaddrinfo(found);
	return secret_strdup(is_address ? text : host);
}

static int set_name(struct known_hosts *k, const char *host, uint16_t port)
{
	size_t n;

	k->port = port;
	k->host = usual_spelling(host);
	if (!k->host)
		return -1;
	n = strlen(k->host) + sizeof("[]:65535");
	k->name = secret_malloc(n);
	if (!k->name)
		return -1;
	for (char *c = k->host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	snprintf(k->name, n, port == DEFAULT_PORT ? "%s" : "[%s]:%u", k->host,
		 (unsigned int)port);
	return 0;
}

int known_hosts_load(struct known_hosts **out, const char *path, const char *pinned,
		     const char *host, uint16_t port, struct err *e)
{
	struct known_hosts *k = secret_calloc(1, sizeof(*k));
	int ret = -1;

	if (!k || set_name(k, host, port)) {
		out_of_memory(e);
		goto out;
	}
	if (pinned && each_line(k, pinned, strlen(pinned), take_pinned, e))
		goto out;
	if (!k->pinned && load_file(k, path, e))
		goto out;
	*out = k;
	k = NULL;
	ret = 0;
out:
	known_hosts_free(k);
	return ret;
}

void known_hosts_fingerprint(const unsigned char *key, size_t n, char *out)
{
	unsigned char sha256[KNOWN_HOSTS_SHA256] = { 0 };

	known_hosts_hash(key, n, sha256);
	known_hosts_show(sha256, out);
}

void known_hosts_clear(struct known_hosts *k)
{
	for (size_t i = 0; i < k->count; i++)
		buf_free(&k->keys[i].blob);
	secret_free(k->keys);
	k->keys = NULL;
	k->count = 0;
}

int known_hosts_name_entry(struct known_hosts *k, const char *path, const char *host,
			   uint16_t port, struct err *e)
{
	if (set_path(k, path, e))
		return -1;
	return set_name(k, host, port) ? err_no_memory(e) : 0;
}

void known_hosts_release(struct known_hosts *k)
{
	known_hosts_clear(k);
	secret_free(k->path);
	secret_free(k->host);
	secret_free(k->name);
}

void known_hosts_free(struct known_hosts *k)
{
	if (!k)
		return;
	known_hosts_release(k);
	secret_free(k);
}
