/* SPDX-License-Identifier: MIT */
/* The messages about a private key that cannot be used. */
#include "sshkey/internal.h"

#include "base/deadline.h"
#include "base/err.h"

#include <stdio.h>

int ssh_key_wants_passphrase(const struct ssh_key *k, struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "private key %s is encrypted; give its "
		       "passphrase (passphrase_env), or add the key to ssh-agent "
		       "and leave private_key out",
		       k->path);
}

int ssh_key_wrong_passphrase(const struct ssh_key *k, struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "the passphrase does not open private key %s; "
		       "try it with `ssh-keygen -y -f %s`",
		       k->path, k->path);
}

int ssh_key_late(const struct ssh_key *k, const struct deadline *d, struct err *e)
{
	if (deadline_left_ms(d))
		return 0;
	return err_set(e, ERR_DEADLINE,
		       "the time ran out while private key %s was "
		       "decrypted; give it fewer rounds (ssh-keygen -p -a 16), "
		       "or a longer timeout",
		       k->path);
}

int ssh_key_to_rewrite(const struct ssh_key *k, const char *why, const char *options,
		       struct err *e)
{
	return err_set(e, ERR_REFUSED,
		       "private key %s %s; rewrite it with "
		       "`ssh-keygen -p %s-f %s`, or add it to ssh-agent and leave "
		       "private_key out",
		       k->path, why, options, k->path);
}

int ssh_key_too_many_rounds(const struct ssh_key *k, uint64_t rounds, uint64_t most,
			    struct err *e)
{
	char why[160];

	snprintf(why, sizeof(why),
		 "asks for %llu rounds of key derivation, and at "
		 "most %llu are accepted",
		 (unsigned long long)rounds, (unsigned long long)most);
	return ssh_key_to_rewrite(k, why, "-a 100 ", e);
}
