/* SPDX-License-Identifier: MIT */
/* Why nothing was agreed on, from the first packet of servers of many kinds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "ssh/kex.h"
#include "sshkey/wire.h"

#include <string.h>

#define BANNER "SSH-2.0-test\r\n"
#define KEX "curve25519-sha256"
#define KEYS "ssh-ed25519"
#define CTR "aes128-ctr"
#define MAC "hmac-sha2-256"

/* A server's first packet (RFC 4253 sections 6 and 7.1), without padding. */
static void packet(struct buf *b, const char *const lists[4])
{
	static const int order[6] = { 0, 1, 2, 2, 3, 3 };
	struct buf body = BUF_INIT(16384);

	buf_add(&body, "\0\x14", 2);
	buf_add(&body, "cookiecookiecook", 16);
	for (int i = 0; i < 6; i++)
		ssh_wire_put_string(&body, lists[order[i]], strlen(lists[order[i]]));
	ssh_wire_put_u32(b, (uint32_t)body.len);
	assert_int_equal(buf_add(b, body.data, body.len), 0);
	buf_free(&body);
}

static void explain(const char *bytes, size_t n, const char *host_keys, bool any,
		    struct err *e)
{
	LIBSSH2_SESSION *session = libssh2_session_init();
	struct ssh_kex k = { 0 };

	assert_int_equal(ssh_kex_choose(&k, session, host_keys, any, e), 0);
	for (size_t i = 0; i < n; i++) /* in the smallest pieces */
		ssh_kex_read_along(&k, bytes + i, 1);
	assert_int_equal(ssh_kex_explain(&k, session, e), -1);
	libssh2_session_free(session);
}

static void names_what_is_not_common(void **state)
{
	static const struct {
		const char *lists[4];
		enum err_kind kind;
		const char *says;
	} t[] = {
		{ { "sntrup761x25519-sha512", KEYS, CTR, MAC },
		  ERR_REFUSED,
		  "no common key exchange: the server allows only "
		  "sntrup761x25519-sha512; allow one of curve25519-sha256," },
		{ { KEX, "ecdsa-sha2-nistp256,ssh-rsa", CTR, MAC },
		  ERR_HOST_KEY,
		  "no common type of host key: known are keys for ssh-ed25519, "
		  "the server has only keys for ecdsa-sha2-nistp256,ssh-rsa; " },
		{ { KEX, KEYS, "chacha20-poly1305@openssh.com", MAC },
		  ERR_REFUSED,
		  "no common cipher: the server allows only "
		  "chacha20-poly1305@openssh.com; allow one of aes256-ctr" },
		{ { KEX, KEYS, "aes128-ct,aes128-ctrx", MAC },
		  ERR_REFUSED,
		  "no common cipher" },
		{ { KEX, KEYS, CTR, "umac-128@openssh.com" },
		  ERR_REFUSED,
		  "no common MAC" },
		{ { KEX, KEYS, CTR, "" }, ERR_REFUSED, "no common MAC" },
		{ { KEX, KEYS, CTR, MAC }, ERR_REFUSED, "could not agree" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(16384);
		struct err e = { 0 };

		buf_adds(&b, BANNER);
		packet(&b, t[i].lists);
		explain(b.data, b.len, KEYS, false, &e);
		assert_int_equal(e.kind, t[i].kind);
		if (!strstr(e.msg, t[i].says))
			fail_msg("%s: not \"%s\"", e.msg, t[i].says);
		buf_free(&b);
	}
}

/* Of a host of which nothing is known, nothing is said to be; to record a key
 * does not help against a library that cannot verify it. */
/* mutant helpers/ssh/kex.c no_host_key: condition rsa_is_all => false */
static void knows_when_no_record_helps(void **state)
{
	static const struct {
		const char *keys;
		bool any;
		enum err_kind kind;
		const char *older, *newer; /* with libssh2 1.10, from 1.11 on */
	} t[] = {
		{ "rsa-sha2-512,rsa-sha2-256,ssh-rsa", true, ERR_REFUSED,
		  "the server has only an RSA key (rsa-sha2-512,rsa-sha2-256,"
		  "ssh-rsa), which libssh2 can verify from version 1.11 on",
		  "the server has only keys for rsa-sha2-512" },
		{ "rsa-sha2-256", true, ERR_REFUSED, "give the host an ED25519 key",
		  "give the host an ED25519 key" },
		{ "rsa-sha2-512", false, ERR_HOST_KEY, "from version 1.11 on",
		  "known are keys for ssh-ed25519, the server has only keys for "
		  "rsa-sha2-512" },
		{ "rsa-sha2-512,ecdsa-sha2-nistp256", false, ERR_HOST_KEY,
		  "known are keys for ssh-ed25519", "known are keys for ssh-ed25519" },
		{ "ssh-rsa", true, ERR_REFUSED,
		  "the server has only keys for "
		  "ssh-rsa; give the host an ED25519 key",
		  "the server has only keys for ssh-rsa; give the host an "
		  "ED25519 key" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *const lists[4] = { KEX, t[i].keys, CTR, MAC };
		const char *says = libssh2_version(0x010b00) ? t[i].newer : t[i].older;
		struct buf b = BUF_INIT(16384);
		struct err e = { 0 };

		buf_adds(&b, BANNER);
		packet(&b, lists);
		explain(b.data, b.len, KEYS, t[i].any, &e);
		assert_int_equal(e.kind, t[i].kind);
		if (!strstr(e.msg, says))
			fail_msg("%s: not \"%s\"", e.msg, says);
		buf_free(&b);
	}
}

/* What libssh2 1.11 brought is told from what no version has. */
static void names_the_version_that_can(void **state)
{
	static const char *const lists[4] = { KEX, KEYS, "aes256-gcm@openssh.com", MAC };
	struct buf b = BUF_INIT(16384);
	struct err e = { 0 };

	(void)state;
	buf_adds(&b, BANNER);
	packet(&b, lists);
	explain(b.data, b.len, KEYS, false, &e);
	if (libssh2_version(0x010b00))
		assert_non_null(strstr(e.msg, "could not agree"));
	else
		assert_non_null(strstr(e.msg, "aes256-gcm@openssh.com from "
					      "version 1.11 on"));
	buf_free(&b);
}

/* Whatever a server sends is read within its bounds; the sanitizers watch. */
static void reads_no_further_than_was_sent(void **state)
{
	static const char *const lists[4] = { KEX, KEYS, CTR, MAC };
	struct buf b = BUF_INIT(65536);
	struct err e = { 0 };

	(void)state;
	buf_adds(&b, BANNER);
	packet(&b, lists);
	for (size_t n = 0; n < b.len; n++)
		explain(b.data, n, KEYS, false, &e);
	for (size_t i = strlen(BANNER); i < b.len; i++) {
		b.data[i] ^= (char)0xff;
		explain(b.data, b.len, KEYS, false, &e);
		b.data[i] ^= (char)0xff;
	}
	while (b.len < 60000)
		buf_adds(&b, "more than is kept ");
	explain(b.data, b.len, KEYS, false, &e);
	assert_non_null(strstr(e.msg, "could not agree"));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_what_is_not_common),
		cmocka_unit_test(knows_when_no_record_helps),
		cmocka_unit_test(names_the_version_that_can),
		cmocka_unit_test(reads_no_further_than_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
