/* SPDX-License-Identifier: MIT */
/* bcrypt_pbkdf, the key derivation of OpenSSH key files. */
#include "sshkey/bcrypt.h"

#include "base/deadline.h"
#include "base/secret.h"
#include "sshkey/bcrypt_pi.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#define SHA512_LEN 64
#define HASH_LEN 32 /* bytes of one bcrypt hash */
#define HASH_WORDS 8
#define HASH_COST 64  /* times that salt and key are mixed in */
#define MOST_KEY 1024 /* bytes */
#define MOST_SALT 256 /* bytes; ssh-keygen makes 16 */
#define P_WORDS 18
#define S_WORDS 256

/* Blowfish's subkeys: 18 + 4 * 256 words. */
struct blowfish {
	uint32_t p[P_WORDS];
	uint32_t s[4][S_WORDS];
};

static uint32_t word_at(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void start(struct blowfish *bf)
{
	memcpy(bf->p, ssh_bcrypt_pi, sizeof(bf->p));
	memcpy(bf->s, ssh_bcrypt_pi + P_WORDS, sizeof(bf->s));
}

static uint32_t mix(const struct blowfish *bf, uint32_t x)
{
	return ((bf->s[0][x >> 24] + bf->s[1][x >> 16 & 0xff]) ^
		bf->s[2][x >> 8 & 0xff]) +
	       bf->s[3][x & 0xff];
}

static void encrypt(const struct blowfish *bf, uint32_t *pair)
{
	uint32_t left = pair[0] ^ bf->p[0], right = pair[1];

	for (size_t i = 1; i < P_WORDS - 1; i += 2) {
		right ^= mix(bf, left) ^ bf->p[i];
		left ^= mix(bf, right) ^ bf->p[i + 1];
	}
	pair[0] = right ^ bf->p[P_WORDS - 1];
	pair[1] = left;
}

/* Fills the subkeys in `words` anew, mixing in `salt` (NULL for none), which
 * is read round and round from word `*at` on. */
static void refill(struct blowfish *bf, uint32_t *words, size_t n, uint32_t *pair,
		   const unsigned char *salt, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		if (salt)
			pair[i % 2] ^= word_at(salt + 4 * (*at)++ % SHA512_LEN);
		if (i % 2 == 0)
			continue;
		encrypt(bf, pair);
		words[i - 1] = pair[0];
		words[i] = pair[1];
	}
}

/* The key schedule; bcrypt's first one has a salt. Both of SHA512_LEN bytes. */
static void expand(struct blowfish *bf, const unsigned char *salt,
		   const unsigned char *key)
{
	uint32_t pair[2] = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < P_WORDS; i++)
		bf->p[i] ^= word_at(key + 4 * i % SHA512_LEN);
	refill(bf, bf->p, P_WORDS, pair, salt, &at);
	for (size_t i = 0; i < 4; i++)
		refill(bf, bf->s[i], S_WORDS, pair, salt, &at);
}

static void hash(const unsigned char *key, const unsigned char *salt, unsigned char *out)
{
	static const unsigned char text[] = "OxychromaticBlowfishSwatDynamite";
	uint32_t words[HASH_WORDS];
	struct blowfish bf;

	start(&bf);
	expand(&bf, salt, key);
	for (int i = 0; i < HASH_COST; i++) {
		expand(&bf, NULL, salt);
		expand(&bf, NULL, key);
	}
	for (size_t i = 0; i < HASH_WORDS; i++)
		words[i] = word_at(text + 4 * i);
	for (int k = 0; k < HASH_COST; k++)
		for (size_t i = 0; i < HASH_WORDS; i += 2)
			encrypt(&bf, words + i);
	for (size_t i = 0; i < HASH_LEN; i++)
		out[i] = (unsigned char)(words[i / 4] >> 8 * (i % 4));
	secret_wipe(&bf, sizeof(bf));
	secret_wipe(words, sizeof(words));
}

static bool sha512(const void *bytes, size_t n, unsigned char *out)
{
	return EVP_Q_digest(NULL, "SHA512", NULL, bytes, n, out, NULL);
}

/* What the blocks of a key have in common. */
struct derivation {
	uint32_t rounds;
	unsigned char hashed[SHA512_LEN];  /* the passphrase. Secret */
	unsigned char salt[MOST_SALT + 4]; /* and the block's number from 1 on */
	size_t salt_len;                   /* without that */
	const struct deadline *d;
};

/* One block: `rounds` hashes, each salted by the one before, added up. */
static int block(const struct derivation *v, unsigned char *out)
{
	unsigned char salt[SHA512_LEN], one[HASH_LEN];
	bool ok = sha512(v->salt, v->salt_len + 4, salt);

	memset(out, 0, HASH_LEN);
	for (uint32_t r = 0; ok && r < v->rounds; r++) {
		hash(v->hashed, salt, one);
		for (size_t i = 0; i < HASH_LEN; i++)
			out[i] ^= one[i];
		ok = sha512(one, sizeof(one), salt) && deadline_left_ms(v->d);
	}
	secret_wipe(one, sizeof(one));
	secret_wipe(salt, sizeof(salt));
	return ok ? 0 : -1;
}

/* A block's bytes are spread over the key, not put side by side. */
static int fill(struct derivation *v, unsigned char *key, size_t n)
{
	size_t blocks = (n + HASH_LEN - 1) / HASH_LEN;
	unsigned char out[HASH_LEN];
	int ret = 0;

	for (size_t b = 0; b < blocks && !ret; b++) {
		v->salt[v->salt_len + 3] = (unsigned char)(b + 1);
		ret = block(v, out);
		for (size_t i = 0; i < HASH_LEN && i * blocks + b < n; i++)
			key[i * blocks + b] = out[i];
	}
	secret_wipe(out, sizeof(out));
	return ret;
}

int ssh_bcrypt_pbkdf(const struct ssh_bcrypt *from, unsigned char *key, size_t n,
		     const struct deadline *d)
{
	struct derivation v = { .rounds = from->rounds,
				.salt_len = from->salt.n,
				.d = d };
	int ret = -1;

	if (!v.rounds || !v.salt_len || v.salt_len > MOST_SALT || !n || n > MOST_KEY)
		return -1;
	memcpy(v.salt, from->salt.p, v.salt_len);
	if (sha512(from->passphrase, strlen(from->passphrase), v.hashed))
		ret = fill(&v, key, n);
	secret_wipe(v.hashed, sizeof(v.hashed));
	return ret;
}
