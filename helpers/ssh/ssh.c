/* SPDX-License-Identifier: MIT */
/* Opens one verified SSH connection, retrying while a host boots. */
#include "ssh/ssh.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "net/fd.h"
#include "hostkey/known_hosts.h"
#include "ssh/auth.h"
#include "ssh/forward.h"
#include "ssh/internal.h"
#include "net/tcp.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BOOT_ATTEMPT_MS 10000 /* connect and banner, while a host boots */
#define BOOT_PAUSE_MS 1000
#define DROP_PAUSE_MS 250
#define DROP_PAUSE_MAX_MS 8000
#define DISCONNECT_MS 150 /* an interrupted run has to end soon, too */
/* A login that is refused counts for five seconds against this address, and
 * fifteen of them shut it out (sshd_config(5), PerSourcePenalties). */
#define LOGIN_PAUSE_MS 6000
#define LOGIN_PAUSE_MORE_MS 2000
#define LOGIN_PAUSE_MAX_MS 15000
#define LATE_KEY_MS 60000

static int init_result;

static void init_once(void)
{
	init_result = libssh2_init(0);
}

static int init_library(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_once);
	if (init_result)
		return err_set(e, ERR_LOCAL, "libssh2 cannot start (error %d)",
			       init_result);
	return 0;
}

static uint32_t random_below(uint32_t n)
{
	uint32_t r = 0;

	if (RAND_bytes((unsigned char *)&r, sizeof(r)) != 1)
		r = (uint32_t)deadline_now_ms() ^ (uint32_t)getpid() << 8;
	return r % n;
}

static int reach(struct ssh *s, const struct deadline *attempt,
		 const struct deadline *d, struct err *e)
{
	const struct ssh_login *l = s->login;

	if (!l->bastion)
		return tcp_connect(&s->fd, l->host, l->port, attempt, e);
	if (!s->outer && ssh_open(&s->outer, l->bastion, d, e))
		return err_wrap(e, "bastion %s", l->bastion->host);
	return ssh_hop(s->outer, l->host, l->port, &s->fd, attempt, e);
}

static void end_session(struct ssh *s)
{
	/* libssh2 waits for the server to close each channel; on a shut socket
	 * that fails at once. Repeat it for each half-sent packet. */
	if (s->fd >= 0)
		shutdown(s->fd, SHUT_RDWR);
	/* A deadline that has passed must not keep libssh2 from reading the end. */
	s->until = deadline_in(DISCONNECT_MS);
	ssh_forward_end(s);
	for (int i = 0; s->session && i <= SSH_MAX_FORWARDS; i++)
		if (libssh2_session_free(s->session) != LIBSSH2_ERROR_EAGAIN)
			s->session = NULL;
	s->session = NULL;
	fd_close(&s->fd);
}

/* What a failed attempt left. An outer connection that was given up in the
 * middle of a channel open cannot be asked again. */
static void reset(struct ssh *s)
{
	end_session(s);
	memset(&s->banner, 0, sizeof(s->banner));
	memset(&s->kex, 0, sizeof(s->kex));
	s->received = 0;
	s->allocated = 0;
	s->abort_reason = NULL;
	s->lost = false;
	if (s->outer && s->outer->lost) {
		ssh_close(s->outer);
		s->outer = NULL;
	}
}

static int attempt(struct ssh *s, struct known_hosts *known,
		   const struct deadline *d, struct err *e)
{
	struct deadline soon = *d;

	if (s->login->wait_for_boot)
		soon = deadline_within(d, BOOT_ATTEMPT_MS);
	if (reach(s, &soon, d, e))
		return -1;
	return ssh_handshake(s, known, &soon, d, e);
}

/* Milliseconds to wait before the next attempt, -1 for none. Only what
 * happened before the banner is tried again here: a refused login or a wrong
 * host key costs every other connection from here a penalty (sshd_config(5),
 * PerSourcePenalties). */
static int64_t pause_before_retry(const struct ssh *s, unsigned int tries,
				  const struct err *e)
{
	uint32_t most = DROP_PAUSE_MAX_MS;
	bool dropped = s->session && s->lost;

	if (s->banner.seen || s->banner.total > sizeof(s->banner.line) * 8)
		return -1;
	if (dropped && e->kind == ERR_UNREACHABLE) {
		if (tries <= 5)
			most = (uint32_t)DROP_PAUSE_MS << (tries - 1);
		return (int64_t)random_below(most);
	}
	/* The bastion's own connection has been retried already. */
	if (!s->login->wait_for_boot || (s->login->bastion && !s->outer))
		return -1;
	if (e->kind != ERR_UNREACHABLE && e->kind != ERR_DEADLINE)
		return -1;
	return BOOT_PAUSE_MS + (int64_t)random_below(BOOT_PAUSE_MS);
}

/* A deadline that passes while connecting means that the host was not reached. */
static int no_connection(const struct deadline *d, unsigned int tries,
			 int64_t ms, struct err *e)
{
	struct err last = *e;

	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (e->kind == ERR_DEADLINE)
		err_as(e, ERR_UNREACHABLE);
	if (tries > 1)
		err_set(e, e->kind, "%s (tried %u times in %lld s)", last.msg,
			tries, (long long)(ms + 500) / 1000);
	return -1;
}

static void set_awaits_login(const struct ssh *s, bool awaits)
{
	if (s->login->awaits_login)
		atomic_store(s->login->awaits_login, awaits);
}

static int connect_until(struct ssh *s, struct known_hosts *known,
			 const struct deadline *d, struct err *e)
{
	int64_t since = deadline_now_ms();
	unsigned int tries = 1;
	int64_t pause;

	for (;; tries++) {
		if (!attempt(s, known, d, e)) {
			set_awaits_login(s, true);
			return 0;
		}
		set_awaits_login(s, false);
		pause = pause_before_retry(s, tries, e);
		if (pause < 0)
			break;
		reset(s);
		if (s->login->wait_for_boot)
			log_progress("waiting for SSH on %s (%llds)", s->name,
				     (long long)(deadline_now_ms() - since) /
					     1000);
		if (deadline_pause(d, pause))
			break;
	}
	return no_connection(d, tries, deadline_now_ms() - since, e);
}

static int check_hops(const struct ssh_login *l, struct err *e)
{
	int n = 1;

	while ((l = l->bastion))
		if (++n > SSH_MAX_HOPS)
			return err_set(e, ERR_USAGE, "more than %d bastions in "
				       "a row", SSH_MAX_HOPS - 1);
	return 0;
}

static struct ssh *new_connection(const struct ssh_login *login)
{
	struct ssh *s = secret_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->login = login;
	s->fd = -1;
	tcp_name(s->name, sizeof(s->name), login->host, login->port);
	return s;
}

static enum ssh_auth_result log_in(struct ssh *s, const struct deadline *d,
				   struct err *e)
{
	enum ssh_auth_result result;

	s->until = *d;
	result = ssh_auth(s, s->login, d, e);
	s->logged_in = result == SSH_AUTH_OK;
	if (s->logged_in)
		return result;
	/* A server that floods us is not one that is still booting. */
	if (ssh_abort_reason(s))
		return SSH_AUTH_FAILED;
	if (e->kind == ERR_DEADLINE && !deadline_stopped(d))
		err_as(e, ERR_UNREACHABLE);
	return result;
}

/* Waits before the next login attempt; -1 when `d` would pass before it. */
static int pause_before_login(struct ssh *s, unsigned int tries, int64_t since,
			      const struct deadline *d, const struct err *why)
{
	int64_t pause = LOGIN_PAUSE_MS + (int64_t)tries * LOGIN_PAUSE_MORE_MS;

	if (pause > LOGIN_PAUSE_MAX_MS)
		pause = LOGIN_PAUSE_MAX_MS;
	pause += random_below(1000);
	if (!s->login->wait_for_boot || deadline_left_ms(d) <= pause)
		return -1;
	log_progress("waiting for %s to let user %s in (%llds): %s", s->name,
		     s->login->user,
		     (long long)(deadline_now_ms() - since) / 1000, why->msg);
	reset(s);
	return deadline_pause(d, pause);
}

/* What is known of hosts is read anew each time: an earlier connection may have
 * recorded this one. */
static int connect_known(struct ssh *s, const struct deadline *d, struct err *e)
{
	const struct ssh_login *l = s->login;
	struct known_hosts *known;
	int ret;

	if (known_hosts_load(&known, l->known_hosts, l->host_key, l->host,
			     l->port, e))
		return -1;
	ret = connect_until(s, known, d, e);
	known_hosts_free(known);
	return ret;
}

/* Connects and logs in. A refused key is reported rather than a later attempt
 * that could not connect. */
static int connect_and_log_in(struct ssh *s, const struct deadline *d, struct err *e)
{
	enum ssh_auth_result result = SSH_AUTH_FAILED;
	int64_t since = deadline_now_ms();
	struct deadline until = *d;
	struct err refused = { 0 };

	for (unsigned int tries = 0;; tries++) {
		if (connect_known(s, &until, e)) {
			if (refused.kind && e->kind == ERR_UNREACHABLE)
				*e = refused;
			break;
		}
		result = log_in(s, &until, e);
		if (result != SSH_AUTH_NOT_YET)
			break;
		if (!tries)
			since = deadline_now_ms();
		if (e->kind == ERR_AUTH && !refused.kind)
			until = deadline_within(d, LATE_KEY_MS);
		if (e->kind == ERR_AUTH)
			refused = *e;
		if (pause_before_login(s, tries, since, &until, e))
			break;
	}
	if (result == SSH_AUTH_NOT_YET && deadline_stopped(d))
		err_set(e, ERR_DEADLINE, "stopped");
	return result == SSH_AUTH_OK ? 0 : -1;
}

int ssh_open(struct ssh **out, const struct ssh_login *login,
	     const struct deadline *d, struct err *e)
{
	struct ssh *s = NULL;
	int ret = -1;

	/* Do not wait for a host to boot with a key that cannot be used. */
	if (init_library(e) || check_hops(login, e) ||
	    (login->wait_for_boot && ssh_auth_check(login, d, e)))
		goto out;
	s = new_connection(login);
	if (!s) {
		err_set(e, ERR_LOCAL, "no memory");
		goto out;
	}
	if (connect_and_log_in(s, d, e)) {
		if (ssh_abort_reason(s))
			ssh_lost(s, "", e);
		goto out;
	}
	set_awaits_login(s, false);
	*out = s;
	s = NULL;
	ret = 0;
out:
	ssh_close(s);
	return ret;
}

static void disconnect(struct ssh *s)
{
	struct deadline d = deadline_in(DISCONNECT_MS);
	struct err e;

	if (!s->session || !s->banner.seen || s->lost || s->write_owner)
		return;
	s->until = d;
	while (libssh2_session_disconnect(s->session, "done") ==
	       LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(s, &d, &e))
			return;
	if (s->outer)
		ssh_serve(s->outer, &d);
}

void ssh_close(struct ssh *s)
{
	if (!s)
		return;
	disconnect(s);
	end_session(s);
	ssh_close(s->outer);
	secret_free(s);
}
