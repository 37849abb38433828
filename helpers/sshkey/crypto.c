/* SPDX-License-Identifier: MIT */
/* libcrypto's memory and random bytes. */
#include "sshkey/crypto.h"

#include "base/err.h"
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>

static void *take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return secret_must_malloc(n);
}

static void *change(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return secret_must_realloc(p, n);
}

static void give(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	secret_free(p);
}

int crypto_setup(struct err *e)
{
	if (CRYPTO_set_mem_functions(take, change, give))
		return 0;
	return err_set(e, ERR_LOCAL,
		       "libcrypto takes no allocators: something "
		       "has used it before");
}

int crypto_random_name(char *out, size_t n, struct err *e)
{
	unsigned char bytes[32];

	if (n > sizeof(bytes) || RAND_bytes(bytes, (int)n) != 1)
		return err_set(e, ERR_LOCAL, "no random bytes to be had");
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}
