/* SPDX-License-Identifier: MIT */
/* Private key files as ssh-keygen and openssl write them: each is read, its
 * public half and its signature are checked by somebody else's word, and each
 * way of being unusable has its own sentence. The keys are made here and live
 * in a folder that goes with the test. */

#include "sshkey/key.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "sshkey/bcrypt.h"
#include "sshkey/bcrypt_pi.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PASSPHRASE "correct horse"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct deadline ample = { .at_ms = INT64_MAX, .stop_fd = -1 };
static char dir[64];

static int shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Runs a command in the test's folder, quietly. */
static int shell(const char *fmt, ...)
{
	char command[1024], whole[1200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "cd %s && { %s; } >/dev/null 2>&1", dir, command);
	return system(whole);
}

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const struct {
	const char *name;
	const char *options; /* of ssh-keygen */
	const char *algorithm;
	const char *convert; /* then run on the file, NULL for nothing */
} rows[] = {
	{ "ed25519", "-t ed25519", "ssh-ed25519", NULL },
	{ "ed25519_gcm", "-t ed25519 -Z aes256-gcm@openssh.com", "ssh-ed25519", NULL },
	{ "ed25519_gcm128", "-t ed25519 -Z aes128-gcm@openssh.com", "ssh-ed25519", NULL },
	{ "ed25519_cbc", "-t ed25519 -Z aes256-cbc", "ssh-ed25519", NULL },
	{ "ed25519_192", "-t ed25519 -Z aes192-ctr", "ssh-ed25519", NULL },
	{ "ed25519_128", "-t ed25519 -Z aes128-cbc", "ssh-ed25519", NULL },
	{ "ed25519_3des", "-t ed25519 -Z 3des-cbc", "ssh-ed25519", NULL },
	{ "ed25519_rounds", "-t ed25519 -a 3", "ssh-ed25519", NULL },
	{ "ed25519_crlf", "-t ed25519", "ssh-ed25519", "sed -i 's/$/\\r/'" },
	{ "ed25519_preface", "-t ed25519", "ssh-ed25519", "sed -i '1i some words'" },
	{ "ecdsa256", "-t ecdsa -b 256", "ecdsa-sha2-nistp256", NULL },
	{ "ecdsa384", "-t ecdsa -b 384", "ecdsa-sha2-nistp384", NULL },
	{ "ecdsa521", "-t ecdsa -b 521", "ecdsa-sha2-nistp521", NULL },
	{ "ecdsa256_pem", "-t ecdsa -b 256 -m PEM", "ecdsa-sha2-nistp256", NULL },
	{ "ecdsa384_pkcs8", "-t ecdsa -b 384 -m PKCS8", "ecdsa-sha2-nistp384", NULL },
	{ "ecdsa521_pem", "-t ecdsa -b 521 -m PEM", "ecdsa-sha2-nistp521", NULL },
	{ "rsa", "-t rsa -b 2048", "rsa-sha2-512", NULL },
	{ "rsa_256", "-t rsa -b 1024", "rsa-sha2-256", NULL },
	{ "rsa_pem", "-t rsa -b 2048 -m PEM", "rsa-sha2-512", NULL },
	{ "rsa_pkcs8", "-t rsa -b 2048 -m PKCS8", "rsa-sha2-512", NULL },
};

static void expect_public(const struct ssh_key *k, const char *name)
{
	struct buf want = BUF_INIT(65536);
	struct ssh_wire have = ssh_key_public(k);
	char line[16384], path[128];
	char *base64;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.pub", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	base64 = strchr(line, ' ') + 1;
	assert_int_equal(base64_decode(&want, base64, strcspn(base64, " \n")), 0);
	assert_int_equal(have.n, want.len);
	assert_memory_equal(have.p, want.data, want.len);
	buf_free(&want);
}

/* The public half as libcrypto takes it, by way of ssh-keygen. */
static EVP_PKEY *public_key(const char *name)
{
	char path[128];
	EVP_PKEY *pkey;
	FILE *f;

	assert_int_equal(shell("ssh-keygen -e -m PKCS8 -f %s.pub >p || ssh-keygen -e -m PEM "
			       "-f %s.pub >p",
			       name, name),
			 0);
	snprintf(path, sizeof(path), "%s/p", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	return pkey;
}

static EVP_PKEY *raw_public_key(const struct ssh_key *k)
{
	struct ssh_wire w = ssh_key_public(k), raw;

	assert_int_equal(ssh_wire_string(&w, &raw), 0);
	assert_int_equal(ssh_wire_string(&w, &raw), 0);
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.n);
}

/* ECDSA signatures are two mpints; libcrypto wants DER. */
static void to_der(struct buf *signature)
{
	struct ssh_wire w = { (unsigned char *)signature->data, signature->len }, r, s;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int n;

	assert_int_equal(ssh_wire_number(&w, &r), 0);
	assert_int_equal(ssh_wire_number(&w, &s), 0);
	assert_int_equal(w.n, 0);
	ECDSA_SIG_set0(sig, BN_bin2bn(r.p, (int)r.n, NULL),
		       BN_bin2bn(s.p, (int)s.n, NULL));
	n = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	assert_true(n > 0);
	buf_free(signature);
	buf_add(signature, der, (size_t)n);
	OPENSSL_free(der);
}

static const char *digest_of(const char *algorithm)
{
	static const struct {
		const char *algorithm, *digest;
	} digests[] = {
		{ "rsa-sha2-512", "SHA512" },        { "rsa-sha2-256", "SHA256" },
		{ "ecdsa-sha2-nistp256", "SHA256" }, { "ecdsa-sha2-nistp384", "SHA384" },
		{ "ecdsa-sha2-nistp521", "SHA512" },
	};

	for (size_t i = 0; i < COUNT(digests); i++)
		if (!strcmp(digests[i].algorithm, algorithm))
			return digests[i].digest;
	return NULL;
}

static void expect_signature(const struct ssh_key *k, const char *name,
			     const char *algorithm)
{
	static const unsigned char data[] = "what libssh2 wants signed";
	const struct ssh_to_sign what = {
		.algorithm = { (const unsigned char *)algorithm, strlen(algorithm) },
		.data = { data, sizeof(data) },
	};
	bool ed25519 = !strcmp(algorithm, "ssh-ed25519");
	EVP_PKEY *pkey = ed25519 ? raw_public_key(k) : public_key(name);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf signature = BUF_INIT(65536);
	struct err e = { 0 };

	assert_int_equal(ssh_key_sign(k, &what, &signature, &e), 0);
	if (strstr(algorithm, "ecdsa"))
		to_der(&signature);
	assert_non_null(pkey);
	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, NULL, digest_of(algorithm), NULL,
						 NULL, pkey, NULL),
			 1);
	assert_int_equal(EVP_DigestVerify(ctx, (unsigned char *)signature.data,
					  signature.len, data, sizeof(data)),
			 1);
	signature.data[signature.len / 2] ^= 1;
	assert_int_not_equal(EVP_DigestVerify(ctx, (unsigned char *)signature.data,
					      signature.len, data, sizeof(data)),
			     1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	buf_free(&signature);
}

static void expect_key(const char *name, const char *passphrase, const char *algorithm)
{
	struct ssh_key *k = NULL;
	struct err e = { 0 };

	if (ssh_key_load(&k, in_dir(name), passphrase, &ample, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(ssh_key_path(k), in_dir(name));
	expect_public(k, name);
	expect_signature(k, name, algorithm);
	ssh_key_free(k);
}

/* mutant helpers/sshkey/sign.c algorithms in "rsa-sha2-512": "SHA512" => "SHA256" */
static void test_plain_and_encrypted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;
		struct ssh_key *k = NULL;
		struct err e = { 0 };

		print_message("  %s\n", name);
		assert_int_equal(shell("rm -f %s; ssh-keygen -q %s -N '' -f %s", name,
				       rows[i].options, name),
				 0);
		if (rows[i].convert)
			assert_int_equal(shell("%s %s", rows[i].convert, name), 0);
		expect_key(name, NULL, rows[i].algorithm);
		expect_key(name, "not needed", rows[i].algorithm);
		assert_int_equal(shell("rm -f %s; ssh-keygen -q %s -N '%s' -f %s", name,
				       rows[i].options, PASSPHRASE, name),
				 0);
		expect_key(name, PASSPHRASE, rows[i].algorithm);
		assert_int_equal(ssh_key_load(&k, in_dir(name), NULL, &ample, &e), -1);
		assert_int_equal(e.kind, ERR_LOCAL);
		assert_non_null(strstr(e.msg, "is encrypted"));
		assert_int_equal(ssh_key_load(&k, in_dir(name), "wrong", &ample, &e), -1);
		assert_int_equal(e.kind, ERR_LOCAL);
		assert_non_null(strstr(e.msg, "the passphrase does not open"));
		assert_null(strstr(e.msg, "wrong"));
	}
}

static void read_all(const char *name, char *text, size_t room)
{
	FILE *f = fopen(in_dir(name), "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, room - 1, f);
	fclose(f);
	assert_in_range(n, 1, room - 2);
	text[n] = '\0';
}

/* A key in memory is the key of the file, and messages name the variable. */
static void test_in_memory(void **state)
{
	static char text[16384], big[65536 + 2];
	struct ssh_key_text from = { .name = "SWARM_KEY", .text = text };
	struct ssh_key *k = NULL;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].name;

		assert_int_equal(shell("rm -f %s; ssh-keygen -q %s -N '%s' -f %s", name,
				       rows[i].options, PASSPHRASE, name),
				 0);
		read_all(name, text, sizeof(text));
		if (ssh_key_from_text(&k, &from, PASSPHRASE, &ample, &e))
			fail_msg("%s", e.msg);
		assert_string_equal(ssh_key_path(k), "SWARM_KEY");
		expect_public(k, name);
		expect_signature(k, name, rows[i].algorithm);
		ssh_key_free(k);
		assert_int_equal(ssh_key_from_text(&k, &from, NULL, &ample, &e), -1);
		assert_non_null(strstr(e.msg, "SWARM_KEY is encrypted"));
	}
	strcpy(text, "ssh-ed25519 AAAA");
	assert_int_equal(ssh_key_from_text(&k, &from, NULL, &ample, &e), -1);
	assert_non_null(strstr(e.msg, "SWARM_KEY is a public key"));
	memset(big, 'a', sizeof(big) - 1);
	from.text = big;
	assert_int_equal(ssh_key_from_text(&k, &from, NULL, &ample, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "private key SWARM_KEY: it is too large"));
}

/* What Terraform's tls_private_key and openssl write: no ssh-keygen makes it. */
static void test_ed25519_in_pkcs8(void **state)
{
	struct ssh_key *k = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(
		shell("umask 077; openssl genpkey -algorithm ed25519 -out o && openssl "
		      "pkcs8 -topk8 -in o -passout 'pass:%s' -out oe",
		      PASSPHRASE),
		0);
	assert_int_equal(ssh_key_load(&k, in_dir("o"), NULL, &ample, &e), 0);
	expect_signature(k, "o", "ssh-ed25519");
	ssh_key_free(k);
	assert_int_equal(ssh_key_load(&k, in_dir("oe"), PASSPHRASE, &ample, &e), 0);
	expect_signature(k, "oe", "ssh-ed25519");
	ssh_key_free(k);
}

#define PKCS8 "openssl pkcs8 -topk8 -in rp -passout pass:passphrase -out f "

/* mutant helpers/sshkey/decrypt.c MOST_ROUNDS: 512 => 600
 * mutant helpers/base/file.c file_open: condition S_ISREG => S_ISDIR(st->st_mode)
 * mutant helpers/sshkey/key.c read_file: condition st_uid => false
 * mutant helpers/sshkey/rounds.c judge: scrypt() => 0 */
static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		const char *make; /* shell commands that make the file f */
		enum err_kind kind;
		const char *says;
	} cases[] = {
		{ "missing", "true", ERR_LOCAL, "set private_key" },
		{ "open to the group", "cp e f; chmod 640 f", ERR_LOCAL, "chmod 600" },
		{ "open to all", "cp e f; chmod 604 f", ERR_LOCAL, "mode 0604" },
		{ "a folder", "mkdir f", ERR_LOCAL, "is no regular file" },
		{ "a FIFO", "mkfifo f", ERR_LOCAL, "is no regular file" },
		{ "a device", "ln -s /dev/zero f", ERR_LOCAL, "is no regular file" },
		{ "empty", ": >f", ERR_LOCAL, "holds no private key" },
		{ "too large", "head -c 70000 /dev/zero >f", ERR_LOCAL, "too large" },
		{ "noise", "echo hello >f", ERR_LOCAL, "holds no private key" },
		{ "public key", "cp e.pub f", ERR_LOCAL, "without .pub" },
		{ "public PEM", "ssh-keygen -e -m PKCS8 -f r.pub >f", ERR_LOCAL,
		  "is a public key" },
		{ "certificate", "ssh-keygen -q -s e -I i -n root r.pub; cp r-cert.pub f",
		  ERR_LOCAL, "certificate" },
		{ "PuTTY", "echo PuTTY-User-Key-File-2: ssh-rsa >f", ERR_LOCAL,
		  "puttygen" },
		{ "DSA PEM", "echo '-----BEGIN DSA PRIVATE KEY-----' >f", ERR_REFUSED,
		  "DSA" },
		{ "no END", "head -3 e | head -c 150 >f", ERR_LOCAL, "cut off" },
		{ "body cut", "sed 3d e >f", ERR_LOCAL, "is damaged" },
		{ "body changed", "sed '3s/./!/' e >f", ERR_LOCAL, "is damaged" },
		{ "RSA PEM cut", "sed 5,9d rp >f", ERR_LOCAL, "is damaged" },
		{ "other cipher",
		  "ssh-keygen -q -t ed25519 -Z chacha20-poly1305@openssh.com "
		  "-N 12345 -f f",
		  ERR_REFUSED, "chacha20-poly1305@openssh.com" },
		/* the rounds are the 64th byte to the 67th of the file */
		{ "513 rounds",
		  "ssh-keygen -q -t ed25519 -a 1 -N 12345 -f f; "
		  "sed -i '3s/^\\(.\\{14\\}\\)AAAA/\\1AAAC/' f",
		  ERR_REFUSED,
		  "asks for 513 rounds of key derivation, and at most 512 " },
		{ "rounds without end",
		  "ssh-keygen -q -t ed25519 -a 1 -N 12345 -f f; "
		  "sed -i '3s/^\\(.\\{14\\}\\)AAAA/\\1\\/\\/\\/\\//' f",
		  ERR_REFUSED, "asks for 4294967041 rounds" },
		{ "PBKDF2 of 2000001 rounds", PKCS8 "-iter 2000001", ERR_REFUSED,
		  "asks for 2000001 rounds" },
		{ "the same behind another block",
		  "(cat e.pub; " PKCS8 "-iter 2000001; cat f) >g; mv g f", ERR_REFUSED,
		  "asks for 2000001 rounds" },
		{ "PKCS#12's of 2000001 rounds", PKCS8 "-v1 PBE-SHA1-3DES -iter 2000001",
		  ERR_REFUSED, "asks for 2000001 rounds" },
		{ "scrypt, many times", PKCS8 "-scrypt -scrypt_N 1024 -scrypt_p 129",
		  ERR_REFUSED, "asks for 1056768 rounds" },
		{ "DES in PEM",
		  "sed '1aProc-Type: 4,ENCRYPTED\\nDEK-Info: DES-CBC,00\\n' rp >f",
		  ERR_REFUSED, "this libcrypto lacks" },
		{ "curve of others",
		  "openssl genpkey -algorithm EC -pkeyopt "
		  "ec_paramgen_curve:secp256k1 >f",
		  ERR_REFUSED, "SSH does not know" },
		{ "x25519", "openssl genpkey -algorithm x25519 >f", ERR_REFUSED,
		  "SSH does not know" },
	};
	(void)state;
	assert_int_equal(
		shell("ssh-keygen -q -t ed25519 -N '' -f e; ssh-keygen -q -t rsa -b 1024 "
		      "-N '' -f r; ssh-keygen -q -t rsa -b 1024 -m PEM -N '' -f rp"),
		0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ssh_key *k = NULL;
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		assert_int_equal(shell("umask 077; rm -rf f; %s", cases[i].make), 0);
		assert_int_equal(ssh_key_load(&k, in_dir("f"), "passphrase", &ample, &e),
				 -1);
		assert_null(k);
		assert_int_equal(e.kind, cases[i].kind);
		if (!strstr(e.msg, cases[i].says) || !strstr(e.msg, in_dir("f")))
			fail_msg("%s", e.msg);
		assert_int_equal(shell("rm -rf f"), 0);
	}
}

/* Each of these takes more than the millisecond that it gets. */
/* mutant helpers/sshkey/key.c load: ssh_key_late() => 0 */
static void test_time(void **state)
{
	static const char *const makes[] = {
		"ssh-keygen -q -t ed25519 -a 64 -N passphrase -f t",
		"ssh-keygen -q -t rsa -b 1024 -m PEM -N '' -f rt; openssl pkcs8 -topk8 "
		"-in rt -passout pass:passphrase -iter 200000 -out t",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(makes); i++) {
		struct deadline soon = deadline_in(1);
		struct ssh_key *k = NULL;
		struct err e = { 0 };

		assert_int_equal(shell("umask 077; rm -f t; %s", makes[i]), 0);
		assert_int_equal(ssh_key_load(&k, in_dir("t"), "passphrase", &soon, &e),
				 -1);
		assert_null(k);
		assert_int_equal(e.kind, ERR_DEADLINE);
		soon = deadline_in(60000);
		assert_int_equal(ssh_key_load(&k, in_dir("t"), "passphrase", &soon, &e),
				 0);
		ssh_key_free(k);
	}
}

/* A security key's file cannot be made without one: only its frame. */
static void test_security_key(void **state)
{
	static const char type[] = "sk-ssh-ed25519@openssh.com";
	struct buf b = BUF_INIT(4096), public = BUF_INIT(256), text = BUF_INIT(8192);
	struct ssh_key *k = NULL;
	struct err e = { 0 };
	FILE *f;

	(void)state;
	ssh_wire_put_string(&public, type, strlen(type));
	buf_add(&b, "openssh-key-v1", 15);
	ssh_wire_put_string(&b, "none", 4);
	ssh_wire_put_string(&b, "none", 4);
	ssh_wire_put_string(&b, "", 0);
	ssh_wire_put_u32(&b, 1);
	ssh_wire_put_string(&b, public.data, public.len);
	ssh_wire_put_string(&b, "12345678", 8);
	base64_encode(&text, (unsigned char *)b.data, b.len);
	f = fopen(in_dir("sk"), "w");
	assert_non_null(f);
	fprintf(f,
		"-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n",
		buf_str(&text));
	fclose(f);
	assert_int_equal(shell("chmod 600 sk"), 0);
	assert_int_equal(ssh_key_load(&k, in_dir("sk"), NULL, &ample, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "security key"));
	buf_free(&b);
	buf_free(&public);
	buf_free(&text);
}

static void test_no_sha1(void **state)
{
	const struct ssh_wire by = { (const unsigned char *)"ssh-rsa", 7 };
	const struct ssh_to_sign what = { by, by };
	struct buf signature = BUF_INIT(4096);
	struct ssh_key *k = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(shell("rm -f s; ssh-keygen -q -t rsa -b 1024 -N '' -f s"), 0);
	assert_int_equal(ssh_key_load(&k, in_dir("s"), NULL, &ample, &e), 0);
	assert_int_equal(ssh_key_sign(k, &what, &signature, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_int_equal(signature.len, 0);
	ssh_key_free(k);
}

/* arctan(1/x) * 2^bits by its series. */
static BIGNUM *arctan_of_inverse(BN_ULONG x, int bits)
{
	BIGNUM *sum = BN_new(), *power = BN_new(), *term = BN_new();

	BN_one(power);
	BN_lshift(power, power, bits);
	BN_div_word(power, x);
	BN_zero(sum);
	for (BN_ULONG k = 1; !BN_is_zero(power); k += 2) {
		BN_copy(term, power);
		BN_div_word(term, k);
		assert_true(k % 4 == 1 ? BN_add(sum, sum, term) : BN_sub(sum, sum, term));
		BN_div_word(power, x * x);
	}
	BN_free(power);
	BN_free(term);
	return sum;
}

/* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
static void test_table_is_pi(void **state)
{
	enum { WORDS = COUNT(ssh_bcrypt_pi), BITS = WORDS * 32, GUARD = 64 };
	static unsigned char bytes[BITS / 8];
	BIGNUM *a = arctan_of_inverse(5, BITS + GUARD);
	BIGNUM *b = arctan_of_inverse(239, BITS + GUARD);

	(void)state;
	BN_lshift(a, a, 4);
	BN_lshift(b, b, 2);
	BN_sub(a, a, b);
	BN_rshift(a, a, GUARD);
	BN_mask_bits(a, BITS);
	assert_int_equal(BN_bn2binpad(a, bytes, sizeof(bytes)), sizeof(bytes));
	for (size_t i = 0; i < WORDS; i++) {
		struct ssh_wire w = { bytes + 4 * i, 4 };
		uint32_t word;

		assert_int_equal(ssh_wire_u32(&w, &word), 0);
		assert_int_equal(ssh_bcrypt_pi[i], word);
	}
	BN_free(a);
	BN_free(b);
}

static void test_bcrypt_limits(void **state)
{
	static const struct {
		const char *name;
		size_t salt, key;
		uint32_t rounds;
		int ret;
	} cases[] = {
		{ "smallest", 1, 1, 1, 0 },          { "no rounds", 16, 32, 0, -1 },
		{ "no salt", 0, 32, 1, -1 },         { "salt too long", 257, 32, 1, -1 },
		{ "longest salt", 256, 44, 1, 0 },   { "no key", 16, 0, 1, -1 },
		{ "key too long", 16, 1025, 1, -1 },
	};
	static unsigned char salt[300], key[1025];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct ssh_bcrypt from = { "p",
						 { salt, cases[i].salt },
						 cases[i].rounds };

		print_message("  %s\n", cases[i].name);
		assert_int_equal(ssh_bcrypt_pbkdf(&from, key, cases[i].key, &ample),
				 cases[i].ret);
	}
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_ssh_key.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_pi),
		cmocka_unit_test(test_bcrypt_limits),
		cmocka_unit_test(test_plain_and_encrypted),
		cmocka_unit_test(test_in_memory),
		cmocka_unit_test(test_ed25519_in_pkcs8),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_security_key),
		cmocka_unit_test(test_no_sha1),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
