/* SPDX-License-Identifier: MIT */
/* A known_hosts file. The first byte says how it is asked: for which host and
 * whether libssh2 can verify RSA; the key asked for is always the same. */
/* mutant helpers/hostkey/check.c same: term == s->n => true */

#include "fuzz.h"

#include "base/log.h"
#include "hostkey/known_hosts.h"

/* ssh-ed25519 and 32 bytes of 'k', in wire format. */
static const unsigned char key[] = "\0\0\0\013ssh-ed25519\0\0\0\040"
				   "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";

static const struct {
	const char *host;
	uint16_t port;
} asked[] = {
	{ "node.example", 22 },
	{ "node.example", 2222 },
	{ "10.0.1.12", 22 },
	{ "fe80::1%eth0", 22 },
	{ "", 22 },
	{ "*", 1 },
};

static void judge(struct known_hosts *k, bool rsa)
{
	struct err e = { 0 };
	const char *algorithms = known_hosts_algorithms(k, rsa, &e);

	if (algorithms)
		FUZZ_CHECK(*algorithms && algorithms[strlen(algorithms) - 1] != ',');
	else
		fuzz_check_err(&e);
	if (known_hosts_check(k, key, sizeof(key) - 1, &e) != KNOWN_HOSTS_OK)
		fuzz_check_err(&e);
	/* A key of no bytes is never known. */
	FUZZ_CHECK(known_hosts_check(k, key, 0, &e) != KNOWN_HOSTS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t row = n ? (data[0] & 127) % (sizeof(asked) / sizeof(asked[0])) : 0;
	struct known_hosts *k = NULL;
	struct err e = { 0 };
	char path[32];
	int fd = fuzz_file(data + (n > 0), n - (n > 0), path);

	if (known_hosts_load(&k, path, NULL, asked[row].host, asked[row].port, &e))
		fuzz_check_err(&e);
	else
		judge(k, n && data[0] & 128);
	known_hosts_free(k);
	close(fd);
	return 0;
}
