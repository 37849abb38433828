/* SPDX-License-Identifier: MIT */
/* Opens one verified SSH connection, retrying while a host boots. */
#include "ssh/ssh.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/secret.h"
#include "base/timing.h"
#include "net/fd.h"
#include "hostkey/known_hosts.h"
#include "ssh/auth.h"
#include "ssh/forward.h"
#include "ssh/internal.h"
#include "net/tcp.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* In percent; base/timing.h says why. */
#define BOOT_JITTER 50
#define DROP_JITTER 100
#define LOGIN_GROWTH 25
#define LOGIN_JITTER 14

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

static int reach(struct ssh *s, const struct deadline *attempt, const struct deadline *d,
		 struct err *e)
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
	s->until = deadline_in(TIMING_SSH_DISCONNECT_MS);
	ssh_forward_end(s);
	ssh_handshake_drop(s);
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

static int attempt(struct ssh *s, struct known_hosts *known, const struct deadline *d,
		   struct err *e)
{
	struct deadline soon = *d;

	if (s->login->wait_for_boot)
		soon = deadline_within(d, TIMING_SSH_ATTEMPT_MS);
	if (reach(s, &soon, d, e))
		return -1;
	return ssh_handshake(s, known, &soon, d, e);
}

/* Of an attempt that was dropped by a server, and of one that found none. */
struct retries {
	struct retry dropped, boot;
};

/* By which of them the failed attempt is made again, NULL for not at all. Only what
 * happened before the banner is tried again here: a refused login or a wrong
 * host key costs every other connection from here a penalty (sshd_config(5),
 * PerSourcePenalties). */
static struct retry *retry_of(struct retries *r, const struct ssh *s, const struct err *e)
{
	bool dropped = s->session && s->lost;

	if (s->banner.seen || s->banner.total > sizeof(s->banner.line) * 8)
		return NULL;
	if (dropped && retry_may(&r->dropped, e))
		return &r->dropped;
	/* The bastion's own connection has been retried already. */
	if (!s->login->wait_for_boot || (s->login->bastion && !s->outer))
		return NULL;
	return retry_may(&r->boot, e) ? &r->boot : NULL;
}

/* A deadline that passes while connecting means that the host was not reached. */
static int no_connection(const struct deadline *d, unsigned int tries, int64_t ms,
			 struct err *e)
{
	struct err last = *e;

	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (e->kind == ERR_DEADLINE)
		err_as(e, ERR_UNREACHABLE);
	if (tries > 1)
		err_set(e, e->kind, "%s (tried %u times in %lld s)", last.msg, tries,
			(long long)(ms + 500) / 1000);
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
	/* A try that is cut off at once knows less than the one before it. */
	const struct deadline last = { d->at_ms - TIMING_SSH_LAST_TRY_MS, d->stop_fd };
	struct retries retries = {
		.dropped = { .every_ms = TIMING_SSH_DROPPED_MS,
			     .growth = 100,
			     .most_ms = TIMING_SSH_DROPPED_MAX_MS,
			     .jitter = DROP_JITTER,
			     .until = last,
			     .may = ERR_KIND(ERR_UNREACHABLE) },
		.boot = { .every_ms = TIMING_SSH_BOOT_MS,
			  .jitter = BOOT_JITTER,
			  .until = last,
			  .may = ERR_KIND(ERR_UNREACHABLE) | ERR_KIND(ERR_DEADLINE) },
	};
	int64_t since = deadline_now_ms();
	unsigned int tries = 1;
	struct retry *retry;

	for (;; tries++) {
		if (!attempt(s, known, d, e)) {
			set_awaits_login(s, true);
			return 0;
		}
		set_awaits_login(s, false);
		retry = retry_of(&retries, s, e);
		if (!retry)
			break;
		reset(s);
		if (s->login->wait_for_boot)
			log_progress("waiting for SSH on %s (%llds)", s->name,
				     deadline_seconds_since(since));
		if (!retry_pause(retry, e))
			break;
	}
	return no_connection(d, tries, deadline_now_ms() - since, e);
}

static int check_hops(const struct ssh_login *l, struct err *e)
{
	int n = 1;

	while ((l = l->bastion))
		if (++n > SSH_MAX_HOPS)
			return err_set(e, ERR_USAGE,
				       "more than %d bastions in "
				       "a row",
				       SSH_MAX_HOPS - 1);
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

static enum ssh_auth_result log_in(struct ssh *s, const struct deadline *d, struct err *e)
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

/* Waits before the next login attempt; false when there is to be none. */
static bool pause_before_login(struct ssh *s, struct retry *retry, int64_t since,
			       const struct err *why)
{
	if (!retry_may(retry, why) || !retry_in_time(retry))
		return false;
	log_progress("waiting for %s to let user %s in (%llds): %s", s->name,
		     s->login->user, deadline_seconds_since(since), why->msg);
	reset(s);
	return retry_pause(retry, why);
}

/* What is known of hosts is read anew each time: an earlier connection may have
 * recorded this one. */
static int connect_known(struct ssh *s, const struct deadline *d, struct err *e)
{
	const struct ssh_login *l = s->login;
	struct known_hosts *known;
	int ret;

	if (known_hosts_load(&known, l->known_hosts, l->host_key, l->host, l->port, e))
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
	struct retry retry = {
		.every_ms = TIMING_SSH_LOGIN_MS,
		.growth = LOGIN_GROWTH,
		.most_ms = TIMING_SSH_LOGIN_MAX_MS,
		.jitter = LOGIN_JITTER,
		.until = *d,
		.may = s->login->wait_for_boot
			       ? ERR_KIND(ERR_AUTH) | ERR_KIND(ERR_UNREACHABLE)
			       : 0,
	};
	int64_t since = 0;
	struct err refused = { 0 };

	for (;;) {
		if (connect_known(s, &retry.until, e)) {
			if (refused.kind && e->kind == ERR_UNREACHABLE)
				*e = refused;
			break;
		}
		result = log_in(s, &retry.until, e);
		if (result != SSH_AUTH_NOT_YET)
			break;
		if (!since)
			since = deadline_now_ms();
		if (e->kind == ERR_AUTH && !refused.kind)
			retry.until = deadline_within(d, TIMING_SSH_LATE_KEY_MS);
		if (e->kind == ERR_AUTH)
			refused = *e;
		if (!pause_before_login(s, &retry, since, e))
			break;
	}
	if (result == SSH_AUTH_NOT_YET && deadline_stopped(d))
		err_set(e, ERR_DEADLINE, "stopped");
	return result == SSH_AUTH_OK ? 0 : -1;
}

int ssh_open(struct ssh **out, const struct ssh_login *login, const struct deadline *d,
	     struct err *e)
{
	struct ssh *s = NULL;
	int ret = -1;

	/* Do not wait for a host to boot with a key that cannot be used. */
	if (init_library(e) || check_hops(login, e) ||
	    (login->wait_for_boot && ssh_auth_check(login, d, e)))
		goto out;
	s = new_connection(login);
	if (!s) {
		err_no_memory(e);
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
	struct deadline d = deadline_in(TIMING_SSH_DISCONNECT_MS);
	struct err e;

	if (!s->session || !s->banner.seen || s->lost || s->write_owner)
		return;
	s->until = d;
	while (libssh2_session_disconnect(s->session, "done") == LIBSSH2_ERROR_EAGAIN)
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
