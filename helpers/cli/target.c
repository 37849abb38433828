/* SPDX-License-Identifier: MIT */
/* Turns the keys of a query into the hosts that an operation works on. */
#include "cli/target.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/host_entry.h"

#include <stdio.h>
#include <string.h>

/* The choices of host_key_policy and on_unreachable */
enum { POLICY_STRICT, POLICY_ACCEPT_NEW };
enum { UNREACHABLE_FAIL, UNREACHABLE_EMPTY };

struct target_set {
	struct docker_target host;
	struct ssh_login bastion;
	char label[600];
	struct swarm_hosts others, all;
	struct docker_target *list; /* what all points to: host, the others */
	struct host_entry *entries; /* the others' strings */
	char (*labels)[300];
};

static void read_bastion(struct target_set *s, const struct query *q)
{
	const struct ssh_login *host = &s->host.login;
	const char *user = query_text(q, "bastion_user");
	const char *key = query_text(q, "bastion_private_key");

	s->bastion = *host;
	s->bastion.host = query_text(q, "bastion_host");
	s->bastion.port = (uint16_t)query_number(q, "bastion_port");
	s->bastion.user = user ? user : host->user;
	if (key) {
		s->bastion.private_key = key;
		s->bastion.key_text = (struct ssh_key_text){ 0 };
	}
	s->bastion.bastion = NULL;
}

static void read_host(struct target_set *s, const struct query *q, bool wait)
{
	struct ssh_login *l = &s->host.login;
	const char *name = query_text(q, "name");

	l->host = query_text(q, "host");
	l->port = (uint16_t)query_number(q, "port");
	l->user = query_text(q, "user");
	l->private_key = query_text(q, "private_key");
	l->key_text.name = query_text(q, "private_key_env");
	l->key_text.text = query_secret(q, "private_key_env");
	l->passphrase = query_secret(q, "passphrase_env");
	l->known_hosts = query_text(q, "known_hosts");
	l->host_key = query_text(q, "host_key");
	l->policy = query_choice(q, "host_key_policy") == POLICY_ACCEPT_NEW
			    ? SSH_ACCEPT_NEW
			    : SSH_STRICT;
	l->wait_for_boot = wait;
	if (query_text(q, "bastion_host")) {
		read_bastion(s, q);
		l->bastion = &s->bastion;
	}
	s->host.socket = query_text(q, "docker_socket");
	if (name && l->host)
		snprintf(s->label, sizeof(s->label), "%s (%s)", name, l->host);
	else if (l->host)
		snprintf(s->label, sizeof(s->label), "%s", l->host);
	s->host.label = s->label;
}

static void label(char *out, size_t size, const char *host, uint16_t port)
{
	if (port == 22)
		snprintf(out, size, "%s", host);
	else if (strchr(host, ':'))
		snprintf(out, size, "[%s]:%u", host, port);
	else
		snprintf(out, size, "%s:%u", host, port);
}

static void read_other(struct target_set *s, size_t i, bool wait)
{
	struct docker_target *p = &s->list[i + 1];
	const struct host_entry *h = &s->entries[i];
	const struct addr *a = &h->addr;

	*p = s->host;
	p->login.host = a->host;
	if (a->user[0])
		p->login.user = a->user;
	if (a->port)
		p->login.port = a->port;
	if (h->socket[0])
		p->socket = h->socket;
	p->login.wait_for_boot = wait;
	label(s->labels[i], sizeof(s->labels[i]), a->host, p->login.port);
	p->label = s->labels[i];
}

static size_t count_items(const char *list)
{
	const char *item;
	size_t n = 0, len;

	while (text_next_item(&list, &item, &len))
		n++;
	return n;
}

static int read_others(struct target_set *s, const char *list, bool wait, struct err *e)
{
	size_t n = count_items(list), len, i = 0;
	bool host = s->host.login.host != NULL;
	const char *item;

	s->list = secret_calloc(n + 1, sizeof(*s->list));
	s->entries = secret_calloc(n + 1, sizeof(*s->entries));
	s->labels = secret_calloc(n + 1, sizeof(*s->labels));
	if (!s->list || !s->entries || !s->labels)
		return err_no_memory(e);
	s->list[0] = s->host;
	s->others = (struct swarm_hosts){ .list = s->list + 1, .count = n };
	s->all = (struct swarm_hosts){ .list = s->list + !host, .count = n + host };
	for (; text_next_item(&list, &item, &len); i++) {
		if (host_entry_parse(&s->entries[i], item, len, e))
			return -1;
		read_other(s, i, wait);
	}
	return 0;
}

int target_read(struct target_set **out, const struct query *q, const char *list_key,
		bool wait_for_host, bool wait_for_others, struct err *e)
{
	struct target_set *s = secret_calloc(1, sizeof(*s));
	const char *list = list_key ? query_text(q, list_key) : NULL;

	if (!s)
		return err_no_memory(e);
	read_host(s, q, wait_for_host);
	if (read_others(s, list, wait_for_others, e)) {
		target_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

const struct docker_target *target_host(const struct target_set *s)
{
	return &s->host;
}

const struct swarm_hosts *target_others(const struct target_set *s)
{
	return &s->others;
}

const struct swarm_hosts *target_all(const struct target_set *s)
{
	return &s->all;
}

void target_free(struct target_set *s)
{
	if (!s)
		return;
	secret_free(s->list);
	secret_free(s->entries);
	secret_free(s->labels);
	secret_free(s);
}

bool target_may_be_empty(const struct query *q, const struct deadline *d,
			 const struct err *e)
{
	static const bool state[] = {
		[ERR_DEADLINE] = true,  [ERR_UNREACHABLE] = true,
		[ERR_NO_ENGINE] = true, [ERR_NOT_MANAGER] = true,
		[ERR_LOCKED] = true,    [ERR_NO_LEADER] = true,
		[ERR_BUSY] = true,
	};

	return query_choice(q, "on_unreachable") == UNREACHABLE_EMPTY &&
	       !deadline_stopped(d) && e->kind < sizeof(state) / sizeof(state[0]) &&
	       state[e->kind];
}
