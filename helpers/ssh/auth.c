/* SPDX-License-Identifier: MIT */
/* Authenticates: which keys are tried, in which order, and what a refusal
 * means. */
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "hostkey/known_hosts.h"
#include "sshkey/agent.h"
#include "sshkey/key.h"
#include "ssh/auth_attempt.h"
#include "ssh/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RSA_SHA2 0x010b00 /* the libssh2 that signs RSA with SHA-2 */
#define MOST_KEYS 5       /* MaxAuthTries is 6 by default, the last one fatal */
#define AGENT_LIST_MS 5000
#define LONGEST_LIST 2048 /* bytes of a list in a message */

static const char *const default_files[] = {
	"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa",
};

/* By which an RSA key is offered, best first. */
static const char *const rsa_algorithms[] = { "rsa-sha2-512", "rsa-sha2-256" };

struct trial {
	struct ssh *s;
	const struct ssh_login *login;
	const struct deadline *d;
	struct ssh_agent *agent; /* NULL without one */
	unsigned int keys;       /* offered */
	struct buf offered;      /* their names, for the message */
	size_t last;             /* where the last name begins there */
	struct buf notes;        /* what was not offered and why */
	bool known;              /* the host knew a key that it refused */
	bool may_come;           /* what failed may be let in a little later */
};

/* How a step ends: the user is in, the next key may be tried, or it is over
 * and the error says why. */
enum step { IN, NEXT, OVER };

/* NULL lets libssh2 choose where it can; it may take one that the host lists
 * among those it knows but does not accept, hence the second. */
static const char *rsa_algorithm(size_t i)
{
	return i || !libssh2_version(RSA_SHA2) ? rsa_algorithms[i] : NULL;
}

static void note(struct trial *t, const char *text)
{
	buf_addf(&t->notes, "%s%s", t->notes.len ? "; " : "", text);
}

static void name_key(struct trial *t, const struct ssh_wire *public,
		     const char *what, const char *name, const char *quote)
{
	char type[64], fingerprint[64];

	known_hosts_fingerprint(public->p, public->n, fingerprint);
	t->last = t->offered.len;
	buf_addf(&t->offered, "%s%s%s%s%s (%s %s)", t->keys ? ", " : "", what,
		 quote, name, quote,
		 ssh_wire_type(public->p, public->n, type, sizeof(type)),
		 fingerprint);
	t->keys++;
}

/* The last key was not the host's to refuse after all. */
static void unname_key(struct trial *t, const char *why)
{
	t->keys--;
	if (t->offered.len > t->last) {
		t->offered.len = t->last;
		t->offered.data[t->last] = '\0';
	}
	note(t, why);
}

static enum step lost(struct trial *t, bool refused_before, struct err *e)
{
	t->may_come = true;
	if (refused_before)
		err_set(e, ERR_AUTH, "the host closed the connection after it had "
			"refused user %s's keys %s (its MaxAuthTries?); set "
			"private_key to the right one", t->login->user,
			buf_str(&t->offered));
	else
		err_set(e, ERR_UNREACHABLE, "the host closed the connection while "
			"user %s was offering key %s", t->login->user,
			buf_str(&t->offered));
	return OVER;
}

static enum step more_is_asked(const struct trial *t, const char *more,
			       struct err *e)
{
	const char *key = buf_str(&t->offered) + t->last;

	err_set(e, ERR_AUTH, "the host took user %s's key %s, but that alone does "
		"not do: it asks for %s as well, which no program can give; log in as "
		"a user whose AuthenticationMethods in its sshd_config (a Match "
		"block) is publickey", t->login->user, key + strspn(key, ", "), more);
	return OVER;
}

/* Offers one key; an error that belongs to the key alone is left in `e`. */
static enum step offer(struct trial *t, struct ssh_auth_attempt *o, bool refused_before,
		       bool *unusable, struct err *e)
{
	enum ssh_auth_attempt_outcome outcome;

	o->ssh = t->s;
	o->user = t->login->user;
	outcome = ssh_auth_attempt_make(o, t->d, e);
	*unusable = outcome == SSH_OFFER_UNUSABLE;
	if (outcome == SSH_OFFER_ACCEPTED)
		return IN;
	if (outcome == SSH_OFFER_LOST)
		return lost(t, refused_before, e);
	if (outcome == SSH_OFFER_MORE)
		return more_is_asked(t, o->more, e);
	t->known |= o->known;
	return outcome == SSH_OFFER_FAILED ? OVER : NEXT;
}

/* The key's certificate, before the key itself as ssh does. */
static enum step try_cert(struct trial *t, const struct ssh_key *key,
			  struct err *e)
{
	struct ssh_auth_attempt o = { .key = key, .cert = true };
	struct ssh_wire public = ssh_key_public(key);
	char text[512];
	bool unusable = false;
	enum step step;

	if (!ssh_key_cert(key).n)
		return NEXT;
	if (!ssh_key_cert_usable(key)) {
		snprintf(text, sizeof(text), "certificate %s-cert.pub, of a kind "
			 "that libssh2 knows from version 1.11 on and this is %s",
			 ssh_key_path(key), libssh2_version(0));
		log_warn("%s is not used", text);
		note(t, text);
		return NEXT;
	}
	name_key(t, &public, "the certificate of ", ssh_key_path(key), "");
	step = offer(t, &o, t->keys > 1, &unusable, e);
	if (unusable)
		unname_key(t, e->msg);
	return step;
}

/* The key that was asked for: whatever is wrong with it ends the matter. */
static enum step try_configured(struct trial *t, struct err *e)
{
	struct ssh_key *key;
	struct ssh_wire public;
	enum step step;
	size_t n = sizeof(rsa_algorithms) / sizeof(rsa_algorithms[0]);
	bool unusable = false;

	if (ssh_key_load(&key, t->login->private_key, t->login->passphrase,
			 t->d, e))
		return OVER;
	step = try_cert(t, key, e);
	public = ssh_key_public(key);
	if (step == NEXT)
		name_key(t, &public, "", ssh_key_path(key), "");
	if (!ssh_wire_is_key(&public, "ssh-rsa"))
		n = 1;
	for (size_t i = 0; i < n && step == NEXT && !unusable; i++) {
		struct ssh_auth_attempt o = { .key = key,
				       .rsa_algorithm = rsa_algorithm(i) };

		step = offer(t, &o, t->keys > 1 || i > 0, &unusable, e);
	}
	ssh_key_free(key);
	return unusable ? OVER : step;
}

static void open_agent(struct trial *t, struct err *e)
{
	const char *socket = getenv("SSH_AUTH_SOCK");
	struct deadline soon = deadline_within(t->d, AGENT_LIST_MS);

	if (!socket || !*socket) {
		note(t, "no ssh-agent (SSH_AUTH_SOCK is not set)");
		return;
	}
	if (ssh_agent_open(&t->agent, socket, &soon, e)) {
		note(t, e->msg);
		return;
	}
	if (!ssh_agent_count(t->agent))
		note(t, "ssh-agent holds no key");
}

static enum step try_agent(struct trial *t, struct err *e)
{
	enum step step = NEXT;
	bool unusable, odd = false;

	open_agent(t, e);
	if (!t->agent)
		return e->kind == ERR_DEADLINE && !deadline_left_ms(t->d)
			       ? OVER : NEXT;
	for (size_t i = 0; i < ssh_agent_count(t->agent) && step == NEXT; i++) {
		const struct ssh_agent_key *key = ssh_agent_key(t->agent, i);
		struct ssh_auth_attempt o = { .agent = t->agent, .index = i };

		if (!key->usable) {
			odd = true;
			continue;
		}
		if (t->keys == MOST_KEYS) {
			note(t, "ssh-agent holds more keys than may be tried");
			break;
		}
		name_key(t, &key->public, "ssh-agent's ", key->comment, "\"");
		o.rsa_algorithm = rsa_algorithm(0);
		step = offer(t, &o, t->keys > 1, &unusable, e);
		if (unusable)
			unname_key(t, e->msg);
	}
	if (odd)
		note(t, "ssh-agent's certificates, security keys and DSA keys "
			"cannot be used");
	return step;
}

static bool agent_has(const struct trial *t, const struct ssh_wire *public)
{
	size_t n = t->agent ? ssh_agent_count(t->agent) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct ssh_wire *held =
			&ssh_agent_key(t->agent, i)->public;

		if (held->n == public->n && !memcmp(held->p, public->p, held->n))
			return true;
	}
	return false;
}

static enum step try_file(struct trial *t, const char *path, struct err *e)
{
	struct ssh_key *key;
	struct ssh_auth_attempt o = { 0 };
	struct ssh_wire public;
	enum step step = NEXT;
	bool unusable = false;

	if (ssh_key_load(&key, path, t->login->passphrase, t->d, e)) {
		note(t, e->msg);
		return NEXT;
	}
	public = ssh_key_public(key);
	step = try_cert(t, key, e);
	if (step == NEXT && !agent_has(t, &public)) {
		name_key(t, &public, "", path, "");
		o.key = key;
		o.rsa_algorithm = rsa_algorithm(0);
		step = offer(t, &o, t->keys > 1, &unusable, e);
	}
	if (unusable)
		unname_key(t, e->msg);
	ssh_key_free(key);
	return step;
}

static enum step try_default_files(struct trial *t, struct err *e)
{
	size_t n = sizeof(default_files) / sizeof(default_files[0]), found = 0;
	enum step step = NEXT;

	for (size_t i = 0; i < n && step == NEXT; i++) {
		char *path = text_home_path(default_files[i]);

		if (path && !access(path, F_OK)) {
			found++;
			if (t->keys < MOST_KEYS)
				step = try_file(t, path, e);
		}
		secret_free(path);
	}
	if (!found)
		note(t, "no ~/.ssh/id_ed25519, id_ecdsa or id_rsa");
	return step;
}

/* What to do about keys that were refused. */
static const char *remedy(const struct trial *t)
{
	if (t->known)
		return "although it knows the user's key; see PermitRootLogin and "
		       "AuthenticationMethods in its sshd_config";
	return t->keys > 1 ? "; add one to ~/.ssh/authorized_keys there"
			   : "; add it to ~/.ssh/authorized_keys there";
}

static void nobody_let_us_in(struct trial *t, struct err *e)
{
	bool noted = t->notes.len > 0;

	t->may_come = t->keys;
	if (!t->keys)
		err_set(e, ERR_AUTH, "no key to offer for user %s: %s; set "
			"private_key, or add a key to ssh-agent", t->login->user,
			buf_str(&t->notes));
	else
		err_set(e, ERR_AUTH, "the host refused user %s's key%s %s%s%s, or set "
			"private_key/user%s%s%s", t->login->user,
			t->keys > 1 ? "s" : "", buf_str(&t->offered),
			t->known ? " " : "", remedy(t),
			noted ? " (not tried: " : "",
			noted ? buf_str(&t->notes) : "", noted ? ")" : "");
}

int ssh_auth(struct ssh *s, const struct ssh_login *login,
	     const struct deadline *d, struct err *e)
{
	struct trial t = {
		.s = s, .login = login, .d = d,
		.offered = BUF_INIT(LONGEST_LIST), .notes = BUF_INIT(LONGEST_LIST),
	};
	struct err why = { 0 };
	enum step step;

	if (login->private_key) {
		step = try_configured(&t, &why);
	} else {
		step = try_agent(&t, &why);
		if (step == NEXT)
			step = try_default_files(&t, &why);
	}
	if (step == NEXT)
		nobody_let_us_in(&t, &why);
	if (step != IN)
		*e = why;
	ssh_agent_close(t.agent);
	buf_free(&t.offered);
	buf_free(&t.notes);
	return step == IN ? 0 : t.may_come ? 1 : -1;
}

int ssh_auth_check(const struct ssh_login *login, const struct deadline *d,
		   struct err *e)
{
	struct ssh_key *key;

	if (!login->private_key)
		return 0;
	if (ssh_key_load(&key, login->private_key, login->passphrase, d, e))
		return -1;
	ssh_key_free(key);
	return 0;
}
