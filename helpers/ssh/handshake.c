/* SPDX-License-Identifier: MIT */
/* Key exchange and host key check. */
#include "ssh/internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "hostkey/known_hosts.h"
#include "net/tcp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define PRE_BANNER_BYTES 32768
/* Disable delayed ACKs for the first 256 KiB; bulk transfers are faster with
 * them. */
#define QUICKACK_BYTES (256u << 10)
/* More than it takes to read what has come, and to see the end. */
#define DROP_CALLS 64
#define RSA_SHA2 0x010b00 /* libssh2 1.11 verifies rsa-sha2 signatures */

/* Returns how many bytes it took: up to the "SSH-" of the banner. */
static size_t watch_banner(struct ssh_banner *b, const char *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n && !b->seen; i++) {
		b->total++;
		if (bytes[i] == '\n') {
			if (!*b->first)
				memcpy(b->first, b->line, sizeof(b->first));
			memset(b->line, 0, sizeof(b->line));
			b->len = 0;
		} else if (b->len + 1 < sizeof(b->line) && bytes[i] != '\r') {
			b->line[b->len++] = bytes[i];
			b->seen = !strcmp(b->line, "SSH-");
		}
	}
	return i;
}

/* Why the connection is to be broken off, NULL for nothing. libssh2 keeps every
 * packet that nobody has asked for; before the login anybody may send them. */
static const char *flood(const struct ssh *s)
{
	if (!s->logged_in && s->received > SSH_MAX_UNTRUSTED)
		return "the server sends without end before the login, given up "
		       "after 1 MiB; look at what answers there";
	if (s->allocated > SSH_MAX_MEMORY)
		return "the server sends what nobody asked for, given up after 64 "
		       "MiB; look at what answers there";
	return NULL;
}

/* Replaces libssh2's own to learn whether anything came at all, to keep
 * TCP_QUICKACK on, and to return from a peer that never pauses. */
static LIBSSH2_RECV_FUNC(receive)
{
	struct ssh *s = *abstract;
	size_t used;
	ssize_t n;

	if (!deadline_left_ms(&s->until))
		return -EAGAIN;
	s->abort_reason = flood(s);
	if (s->abort_reason || (!s->banner.seen && s->banner.total > PRE_BANNER_BYTES))
		return -ECONNABORTED;
	do
		n = recv(socket, buffer, length, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	s->received += (uint64_t)n;
	used = watch_banner(&s->banner, buffer, (size_t)n);
	ssh_kex_read_along(&s->kex, (char *)buffer + used, (size_t)n - used);
	if (!s->outer && s->received < QUICKACK_BYTES)
		tcp_quickack(socket);
	return n;
}

/* libssh2 1.10 takes a lack of memory for a lost connection, and leaks. */
static void count_memory(void **abstract, const void *freed, size_t added)
{
	struct ssh *s = *abstract;

	s->allocated += (int64_t)added;
	if (freed)
		s->allocated -= (int64_t)secret_size(freed);
}

static LIBSSH2_ALLOC_FUNC(allocate)
{
	count_memory(abstract, NULL, count);
	return secret_must_malloc(count);
}

static LIBSSH2_REALLOC_FUNC(reallocate)
{
	count_memory(abstract, ptr, count);
	return secret_must_realloc(ptr, count);
}

static LIBSSH2_FREE_FUNC(release)
{
	count_memory(abstract, ptr, 0);
	secret_free(ptr);
}

static int new_session(struct ssh *s, struct err *e)
{
	s->session = libssh2_session_init_ex(allocate, release, reallocate, s);
	if (!s->session)
		return err_no_memory(e);
#if LIBSSH2_VERSION_NUM >= 0x010b01
	libssh2_session_callback_set2(s->session, LIBSSH2_CALLBACK_RECV,
				      (libssh2_cb_generic *)receive);
#else
	libssh2_session_callback_set(s->session, LIBSSH2_CALLBACK_RECV, (void *)receive);
#endif
	libssh2_session_set_blocking(s->session, 0);
	return 0;
}

static int choose_methods(struct ssh *s, struct known_hosts *known, struct err *e)
{
	const char *keys = known_hosts_algorithms(known,
						  libssh2_version(RSA_SHA2) != NULL, e);

	return keys ? ssh_kex_choose(&s->kex, s->session, keys,
				     known_hosts_any_type(known), e)
		    : -1;
}

static const char *text_before(const struct ssh_banner *b)
{
	return *b->first ? b->first : b->line;
}

static int no_banner(struct ssh *s, bool closed, struct err *e)
{
	const struct ssh_banner *b = &s->banner;

	if (b->total > PRE_BANNER_BYTES)
		return err_set(e, ERR_UNREACHABLE,
			       "port %u: what answers there "
			       "is no SSH server; it sent `%.60s`",
			       s->login->port, text_before(b));
	if (closed)
		return err_set(e, ERR_UNREACHABLE,
			       "port %u: the server closed the "
			       "connection before its banner%s%.80s%s; it may "
			       "have too many connections (MaxStartups, "
			       "PerSourcePenalties in its sshd_config)",
			       s->login->port, *text_before(b) ? " (`" : "",
			       text_before(b), *text_before(b) ? "`)" : "");
	return err_set(e, ERR_UNREACHABLE,
		       "port %u: the connection was "
		       "accepted, but no SSH banner came in time%s%.80s%s",
		       s->login->port, *text_before(b) ? "; it sent `" : "",
		       text_before(b), *text_before(b) ? "`" : "");
}

static int no_agreement(struct ssh *s, int rc, struct err *e)
{
	char *text = NULL;

	libssh2_session_last_error(s->session, &text, NULL, 0);
	if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_METHOD_NONE)
		return ssh_kex_explain(&s->kex, s->session, e);
	if (rc == LIBSSH2_ERROR_HOSTKEY_SIGN)
		return err_set(e, ERR_HOST_KEY,
			       "the server does not hold "
			       "the host key that it shows");
	return ssh_failed(s, rc, text ? text : "key exchange", e);
}

static int negotiate(struct ssh *s, const struct deadline *banner,
		     const struct deadline *d, struct err *e)
{
	int rc;

	s->until = *banner;
	s->exchanging = true;
	while ((rc = libssh2_session_handshake(s->session, s->fd)) ==
	       LIBSSH2_ERROR_EAGAIN) {
		const struct deadline *until = s->banner.seen ? d : banner;

		if (!ssh_session_wait(s, until, e))
			continue;
		if (s->banner.seen || deadline_stopped(d))
			return -1;
		return no_banner(s, false, e);
	}
	s->exchanging = false;
	if (!rc)
		return 0;
	if (!s->banner.seen) {
		s->lost = true;
		return no_banner(s, true, e);
	}
	return no_agreement(s, rc, e);
}

void ssh_handshake_drop(struct ssh *s)
{
	for (int i = 0; s->exchanging && i <= DROP_CALLS; i++)
		s->exchanging = libssh2_session_handshake(s->session, s->fd) ==
				LIBSSH2_ERROR_EAGAIN;
	s->exchanging = false;
}

static int check_key(struct ssh *s, const struct known_hosts *known,
		     const struct deadline *d, struct err *e)
{
	enum known_hosts_verdict verdict;
	char fingerprint[64];
	struct err why;
	size_t n = 0;
	int type;
	const unsigned char *key = (const unsigned char *)
		libssh2_session_hostkey(s->session, &n, &type);

	if (!key)
		return err_set(e, ERR_HOST_KEY,
			       "the server showed no host "
			       "key");
	verdict = known_hosts_check(known, key, n, &why);
	if (verdict == KNOWN_HOSTS_OK)
		return 0;
	if (verdict != KNOWN_HOSTS_NEW || s->login->policy != SSH_ACCEPT_NEW) {
		*e = why;
		return -1;
	}
	if (known_hosts_record(known, key, n, d, e))
		return -1;
	known_hosts_fingerprint(key, n, fingerprint);
	log_note("%s: new host key %s recorded", s->name, fingerprint);
	return 0;
}

int ssh_handshake(struct ssh *s, struct known_hosts *known, const struct deadline *banner,
		  const struct deadline *d, struct err *e)
{
	if (new_session(s, e) || choose_methods(s, known, e) ||
	    negotiate(s, banner, d, e))
		return -1;
	return check_key(s, known, d, e);
}
