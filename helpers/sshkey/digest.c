/* SPDX-License-Identifier: MIT */
/* SHA-256, and HMAC by it. */
#include "sshkey/digest.h"

#include "base/err.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define SUM_BYTES 32

int digest_hex(char out[DIGEST_HEX], const char *salt, const void *bytes, size_t n,
	       struct err *e)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (salt)
		HMAC(EVP_sha256(), salt, (int)strlen(salt), bytes, n, sum, &len);
	else if (EVP_Digest(bytes, n, sum, &len, EVP_sha256(), NULL) != 1)
		len = 0;
	if (len != SUM_BYTES)
		return err_set(e, ERR_LOCAL, "libcrypto makes no SHA-256");
	for (size_t i = 0; i < SUM_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
	return 0;
}
