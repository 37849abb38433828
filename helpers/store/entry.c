/* SPDX-License-Identifier: MIT */
/* What a swarm has in a store: whether a node can join with it. */
#include "store/internal.h"

#include "base/secret.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

void store_entry_wipe(struct store_entry *entry)
{
	secret_wipe(entry, sizeof(*entry));
}

void store_entry_copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", strlen(text) < size ? text : "?");
}

static bool is_token(const char *text)
{
	size_t n = strlen(text);

	return n > 20 && !strncmp(text, "SWMTKN-", 7) &&
	       strspn(text, DIGITS LETTERS "-") == n;
}

/* "10.0.1.11:2377", "[fd00::1]:2377" */
static bool is_address(const char *text, size_t n)
{
	size_t colon = n;

	while (colon > 0 && text[colon - 1] != ':')
		colon--;
	return colon > 1 && colon < n && n < 256 &&
	       strspn(text + colon, DIGITS) >= n - colon &&
	       strspn(text, DIGITS LETTERS ".:-[]%_") >= n;
}

static bool are_addresses(const char *list)
{
	const char *item;
	size_t n;

	while (text_next_item(&list, &item, &n))
		if (!is_address(item, n))
			return false;
	return true;
}

int store_entry_check(const struct store_entry *entry, int role, struct err *e)
{
	static const struct {
		const char *name, *then;
		enum err_kind kind;
	} roles[] = {
		{ "worker", "run store-tokens again", ERR_BUSY },
		{ "manager", "store-tokens does it with with_manager_token",
		  ERR_REFUSED },
	};
	const char *token = entry->token[role];

	if (!entry->found)
		return err_set(e, ERR_BUSY,
			       "no swarm has stored anything there; run store-tokens "
			       "first, or look whether name and region are right");
	if (!*token)
		return err_set(e, roles[role].kind,
			       "the token of %ss is not stored there; %s",
			       roles[role].name, roles[role].then);
	if (!is_token(token))
		return err_set(e, ERR_REFUSED,
			       "what is stored as the token of %ss is none; run "
			       "store-tokens again",
			       roles[role].name);
	if (!are_addresses(entry->managers))
		return err_set(e, ERR_REFUSED,
			       "what is stored as the managers' addresses is none; run "
			       "store-tokens again");
	return 0;
}

bool store_entry_equal(const struct store_entry *a, const struct store_entry *b)
{
	for (int role = 0; role < STORE_ROLES; role++)
		if (strcmp(a->token[role], b->token[role]) != 0)
			return false;
	return a->found == b->found && !strcmp(a->cluster_id, b->cluster_id) &&
	       !strcmp(a->managers, b->managers);
}
