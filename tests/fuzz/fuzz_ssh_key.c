/* SPDX-License-Identifier: MIT */
/* A user's private key file: told from what is none, and taken apart. Without
 * a passphrase, since a file may ask for years of key derivation. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "sshkey/key.h"

static void sign(const struct ssh_key *k)
{
	static const char name[] = "ssh-ed25519";
	const struct ssh_to_sign what = {
		.algorithm = { (const unsigned char *)name, 11 },
		.data = { (const unsigned char *)"x", 1 },
	};
	struct buf signature = BUF_INIT(4096);
	struct err e = { 0 };

	if (ssh_key_sign(k, &what, &signature, &e))
		fuzz_check_err(&e);
	else
		FUZZ_CHECK(signature.len == 64);
	buf_free(&signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct deadline soon = { .at_ms = INT64_MAX, .stop_fd = -1 };
	struct ssh_key *k = NULL;
	struct err e = { 0 };
	char path[32];
	int fd = fuzz_file(data, n, path);

	if (ssh_key_load(&k, path, NULL, &soon, &e)) {
		FUZZ_CHECK(!k);
		fuzz_check_err(&e);
	} else {
		FUZZ_CHECK(ssh_key_public(k).n > 0);
		sign(k);
	}
	ssh_key_free(k);
	close(fd);
	return 0;
}
