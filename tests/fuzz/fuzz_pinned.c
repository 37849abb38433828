/* SPDX-License-Identifier: MIT */
/* Pinned host keys, as the query's host_key holds them. */
/* mutant helpers/hostkey/line.c known_hosts_line_means: condition !p => false */

#include "fuzz.h"

#include "hostkey/known_hosts.h"

static const unsigned char key[] = "\0\0\0\013ssh-ed25519\0\0\0\040"
				   "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";

/* A message about a pinned key does not speak of a file that was not given. */
static void check_err(const struct err *e, const char *text)
{
	fuzz_check_err(e);
	FUZZ_CHECK(strstr(text, "(null)") || !strstr(e->msg, "(null)"));
}

static void judge(struct known_hosts *k, const char *text, bool rsa)
{
	struct err e = { 0 };

	if (!known_hosts_algorithms(k, rsa, &e))
		check_err(&e, text);
	if (known_hosts_check(k, key, sizeof(key) - 1, &e) != KNOWN_HOSTS_OK)
		check_err(&e, text);
	FUZZ_CHECK(known_hosts_check(k, key, 0, &e) != KNOWN_HOSTS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t how = n ? data[0] : 0;
	char *text = fuzz_text(data + (n > 0), n - (n > 0));
	struct known_hosts *k = NULL;
	struct err e = { 0 };

	if (known_hosts_load(&k, "/dev/null/none", text, "node.example",
			     how & 1 ? 22 : 2222, &e))
		check_err(&e, text);
	else
		judge(k, text, how & 2);
	known_hosts_free(k);
	free(text);
	return 0;
}
