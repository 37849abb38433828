/* SPDX-License-Identifier: MIT */
/* Authenticates: which keys are tried, in which order, and what it means when
 * the host refuses them. */
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timing.h"
#include "hostkey/known_hosts.h"
#include "sshkey/agent.h"
#include "sshkey/key.h"
#include "ssh/auth.h"
#include "ssh/auth_attempt.h"
#include "ssh/ssh.h"

#include <libssh2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RSA_SHA2 0x010b00 /* the libssh2 that signs RSA with SHA-2 */
#define MOST_KEYS 5       /* MaxAuthTries is 6 by default, the last one fatal */
#define LONGEST_LIST 2048 /* bytes of a list in a message */

static const char *const default_files[] = {
	"~/.ssh/id_ed25519",
	"~/.ssh/id_ecdsa",
	"~/.ssh/id_rsa",
};

/* For an RSA key, best first. */
static const char *const rsa_algorithms[] = { "rsa-sha2-512", "rsa-sha2-256" };

struct attempts {
	struct ssh *s;
	const struct ssh_login *login;
	const struct deadline *d;
	struct ssh_agent *agent; /* NULL without one */
	unsigned int keys;       /* tried */
	struct buf tried;        /* their names, for the message */
	size_t last;             /* where the last name begins there */
	struct buf not_tried;    /* the others' names and why not */
	bool known;              /* the host knew a key that it refused */
	bool not_yet;            /* it may let the user in a little later */
};

/* How an attempt ends: the user is in, the next key may be tried, or none may be
 * and the error says why. */
enum step { IN, NEXT, OVER };

/* NULL lets libssh2 choose where it can. Its choice may be an algorithm that the
 * host lists and does not accept, hence a second one. */
static const char *rsa_algorithm(size_t i)
{
	return i || !libssh2_version(RSA_SHA2) ? rsa_algorithms[i] : NULL;
}

static void note_not_tried(struct attempts *t, const char *text)
{
	buf_addf(&t->not_tried, "%s%s", t->not_tried.len ? "; " : "", text);
}

static void name_key(struct attempts *t, const struct ssh_wire *public, const char *what,
		     const char *name, const char *quote)
{
	char type[64], fingerprint[64];

	known_hosts_fingerprint(public->p, public->n, fingerprint);
	t->last = t->tried.len;
	buf_addf(&t->tried, "%s%s%s%s%s (%s %s)", t->keys ? ", " : "", what, quote, name,
		 quote, ssh_wire_type(public->p, public->n, type, sizeof(type)),
		 fingerprint);
	t->keys++;
}

/* The last key was never sent to the host. */
static void unname_key(struct attempts *t, const char *why)
{
	t->keys--;
	if (t->tried.len > t->last) {
		t->tried.len = t->last;
		t->tried.data[t->last] = '\0';
	}
	note_not_tried(t, why);
}

static enum step lost(struct attempts *t, bool refused_before, struct err *e)
{
	t->not_yet = true;
	if (refused_before)
		err_set(e, ERR_AUTH,
			"the host closed the connection after it had "
			"refused user %s's keys %s (its MaxAuthTries?); set "
			"private_key to the right one",
			t->login->user, buf_str(&t->tried));
	else
		err_set(e, ERR_UNREACHABLE,
			"the host closed the connection while "
			"user %s tried key %s",
			t->login->user, buf_str(&t->tried));
	return OVER;
}

static enum step more_is_asked(const struct attempts *t, const char *more, struct err *e)
{
	const char *key = buf_str(&t->tried) + t->last;

	err_set(e, ERR_AUTH,
		"the host took user %s's key %s, but that alone does "
		"not do: it asks for %s as well; log in as "
		"a user whose AuthenticationMethods in its sshd_config is publickey",
		t->login->user, key + strspn(key, ", "), more);
	return OVER;
}

/* Tries one key; an error that belongs to the key alone is left in `e`. */
static enum step attempt(struct attempts *t, struct ssh_auth_attempt *a,
			 bool refused_before, bool *unusable, struct err *e)
{
	enum ssh_auth_attempt_outcome outcome;

	a->ssh = t->s;
	a->user = t->login->user;
	outcome = ssh_auth_attempt_make(a, t->d, e);
	*unusable = outcome == SSH_ATTEMPT_UNUSABLE;
	if (outcome == SSH_ATTEMPT_ACCEPTED)
		return IN;
	if (outcome == SSH_ATTEMPT_LOST)
		return lost(t, refused_before, e);
	if (outcome == SSH_ATTEMPT_MORE)
		return more_is_asked(t, a->more, e);
	t->known |= a->known;
	return outcome == SSH_ATTEMPT_FAILED ? OVER : NEXT;
}

/* The key's certificate, before the key itself as ssh does. */
static enum step try_cert(struct attempts *t, const struct ssh_key *key, struct err *e)
{
	struct ssh_auth_attempt a = { .key = key, .cert = true };
	struct ssh_wire public = ssh_key_public(key);
	char text[512];
	bool unusable = false;
	enum step step;

	if (!ssh_key_cert(key).n)
		return NEXT;
	if (!ssh_key_cert_usable(key)) {
		snprintf(text, sizeof(text),
			 "certificate %s-cert.pub, of a kind "
			 "that libssh2 knows from version 1.11 on and this is %s",
			 ssh_key_path(key), libssh2_version(0));
		log_warn("%s is not used", text);
		note_not_tried(t, text);
		return NEXT;
	}
	name_key(t, &public, "the certificate of ", ssh_key_path(key), "");
	step = attempt(t, &a, t->keys > 1, &unusable, e);
	if (unusable)
		unname_key(t, e->msg);
	return step;
}

static bool has_own_key(const struct ssh_login *l)
{
	return l->private_key || l->key_text.text;
}

static int load_own_key(struct ssh_key **key, const struct ssh_login *l,
			const struct deadline *d, struct err *e)
{
	if (l->key_text.text)
		return ssh_key_from_text(key, &l->key_text, l->passphrase, d, e);
	return ssh_key_load(key, l->private_key, l->passphrase, d, e);
}

/* The key of the login; no other is tried if it fails. */
static enum step try_configured(struct attempts *t, struct err *e)
{
	struct ssh_key *key;
	struct ssh_wire public;
	enum step step;
	size_t n = sizeof(rsa_algorithms) / sizeof(rsa_algorithms[0]);
	bool unusable = false;

	if (load_own_key(&key, t->login, t->d, e))
		return OVER;
	step = try_cert(t, key, e);
	public = ssh_key_public(key);
	if (step == NEXT)
		name_key(t, &public, "", ssh_key_path(key), "");
	if (!ssh_wire_is_key(&public, "ssh-rsa"))
		n = 1;
	for (size_t i = 0; i < n && step == NEXT && !unusable; i++) {
		struct ssh_auth_attempt a = { .key = key,
					      .rsa_algorithm = rsa_algorithm(i) };

		step = attempt(t, &a, t->keys > 1 || i > 0, &unusable, e);
	}
	ssh_key_free(key);
	return unusable ? OVER : step;
}

static void open_agent(struct attempts *t, struct err *e)
{
	const char *socket = getenv("SSH_AUTH_SOCK");
	struct deadline soon = deadline_within(t->d, TIMING_AGENT_LIST_MS);

	if (!socket || !*socket) {
		note_not_tried(t, "no ssh-agent (SSH_AUTH_SOCK is not set)");
		return;
	}
	if (ssh_agent_open(&t->agent, socket, &soon, e)) {
		note_not_tried(t, e->msg);
		return;
	}
	if (!ssh_agent_count(t->agent))
		note_not_tried(t, "ssh-agent holds no key");
}

static enum step try_agent(struct attempts *t, struct err *e)
{
	enum step step = NEXT;
	bool unusable, unusable_kinds = false;

	open_agent(t, e);
	if (!t->agent)
		return e->kind == ERR_DEADLINE && !deadline_left_ms(t->d) ? OVER : NEXT;
	for (size_t i = 0; i < ssh_agent_count(t->agent) && step == NEXT; i++) {
		const struct ssh_agent_key *key = ssh_agent_key(t->agent, i);
		struct ssh_auth_attempt a = { .agent = t->agent, .index = i };

		if (!key->usable) {
			unusable_kinds = true;
			continue;
		}
		if (t->keys == MOST_KEYS) {
			note_not_tried(t, "ssh-agent holds more keys than may be tried");
			break;
		}
		name_key(t, &key->public, "ssh-agent's ", key->comment, "\"");
		a.rsa_algorithm = rsa_algorithm(0);
		step = attempt(t, &a, t->keys > 1, &unusable, e);
		if (unusable)
			unname_key(t, e->msg);
	}
	if (unusable_kinds)
		note_not_tried(t, "ssh-agent's certificates, security keys and DSA keys "
				  "cannot be used");
	return step;
}

static bool agent_has(const struct attempts *t, const struct ssh_wire *public)
{
	size_t n = t->agent ? ssh_agent_count(t->agent) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct ssh_wire *held = &ssh_agent_key(t->agent, i)->public;

		if (held->n == public->n && !memcmp(held->p, public->p, held->n))
			return true;
	}
	return false;
}

static enum step try_file(struct attempts *t, const char *path, struct err *e)
{
	struct ssh_key *key;
	struct ssh_auth_attempt a = { 0 };
	struct ssh_wire public;
	enum step step = NEXT;
	bool unusable = false;

	if (ssh_key_load(&key, path, t->login->passphrase, t->d, e)) {
		note_not_tried(t, e->msg);
		return NEXT;
	}
	public = ssh_key_public(key);
	step = try_cert(t, key, e);
	if (step == NEXT && !agent_has(t, &public)) {
		name_key(t, &public, "", path, "");
		a.key = key;
		a.rsa_algorithm = rsa_algorithm(0);
		step = attempt(t, &a, t->keys > 1, &unusable, e);
	}
	if (unusable)
		unname_key(t, e->msg);
	ssh_key_free(key);
	return step;
}

static enum step try_default_files(struct attempts *t, struct err *e)
{
	size_t n = sizeof(default_files) / sizeof(default_files[0]), found = 0;
	enum step step = NEXT;

	for (size_t i = 0; i < n && step == NEXT; i++) {
		char *path = text_home_path(default_files[i]);
		struct stat st;

		if (path && !stat(path, &st)) {
			found++;
			if (t->keys < MOST_KEYS)
				step = try_file(t, path, e);
		}
		secret_free(path);
	}
	if (!found)
		note_not_tried(t, "no ~/.ssh/id_ed25519, id_ecdsa or id_rsa");
	return step;
}

/* What to do about keys that were refused. */
static const char *remedy(const struct attempts *t)
{
	if (t->known)
		return "although it knows the user's key; see PermitRootLogin and "
		       "AuthenticationMethods in its sshd_config";
	return t->keys > 1 ? "; add one to ~/.ssh/authorized_keys there"
			   : "; add it to ~/.ssh/authorized_keys there";
}

static void all_refused(struct attempts *t, struct err *e)
{
	bool some_left = t->not_tried.len > 0;

	t->not_yet = t->keys;
	if (!t->keys)
		err_set(e, ERR_AUTH,
			"no key to try for user %s: %s; set "
			"private_key, or add a key to ssh-agent",
			t->login->user, buf_str(&t->not_tried));
	else
		err_set(e, ERR_AUTH,
			"the host refused user %s's key%s %s%s%s, or set "
			"private_key/user%s%s%s",
			t->login->user, t->keys > 1 ? "s" : "", buf_str(&t->tried),
			t->known ? " " : "", remedy(t), some_left ? " (not tried: " : "",
			some_left ? buf_str(&t->not_tried) : "", some_left ? ")" : "");
}

enum ssh_auth_result ssh_auth(struct ssh *s, const struct ssh_login *login,
			      const struct deadline *d, struct err *e)
{
	struct attempts t = {
		.s = s,
		.login = login,
		.d = d,
		.tried = BUF_INIT(LONGEST_LIST),
		.not_tried = BUF_INIT(LONGEST_LIST),
	};
	struct err why = { 0 };
	enum step step;

	if (has_own_key(login)) {
		step = try_configured(&t, &why);
	} else {
		step = try_agent(&t, &why);
		if (step == NEXT)
			step = try_default_files(&t, &why);
	}
	if (step == NEXT)
		all_refused(&t, &why);
	if (step != IN)
		*e = why;
	ssh_agent_close(t.agent);
	buf_free(&t.tried);
	buf_free(&t.not_tried);
	if (step == IN)
		return SSH_AUTH_OK;
	return t.not_yet ? SSH_AUTH_NOT_YET : SSH_AUTH_FAILED;
}

int ssh_auth_check(const struct ssh_login *login, const struct deadline *d, struct err *e)
{
	struct ssh_key *key;

	if (!has_own_key(login))
		return 0;
	if (load_own_key(&key, login, d, e))
		return -1;
	ssh_key_free(key);
	return 0;
}
