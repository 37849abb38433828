/*
 * known_hosts_file - what the tests of known_hosts*.c share: keys, a folder,
 * and a file in it whose text is written with letters for the keys.
 */
#ifndef KNOWN_HOSTS_FILE_H
#define KNOWN_HOSTS_FILE_H

#include "hostkey/known_hosts.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "sshkey/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#define ED "ssh-ed25519"
#define EC "ecdsa-sha2-nistp256"
#define RSA "ssh-rsa"
#define SOUND_110 \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"
#define SOUND_111 SOUND_110 ",rsa-sha2-512,rsa-sha2-256"

static char dir[64];
static char file[96];

/* What stands behind the name of a type, told apart by `seed`. */
static void body_any(struct buf *b, char seed)
{
	char body[32];

	memset(body, seed, sizeof(body));
	ssh_wire_put_string(b, body, sizeof(body));
}

static void point(struct buf *b, char first, char seed, size_t n)
{
	char bytes[65];

	memset(bytes, seed, sizeof(bytes));
	bytes[0] = first;
	ssh_wire_put_string(b, "nistp256", 8);
	ssh_wire_put_string(b, bytes, n);
}

static void body_ec(struct buf *b, char seed)
{
	point(b, 4, seed, 65);
}

static void numbers(struct buf *b, const char *e, size_t n, char seed)
{
	char modulus[257];

	memset(modulus, seed, sizeof(modulus));
	modulus[0] = 0;
	modulus[1] = (char)0x80;
	ssh_wire_put_string(b, e, n);
	ssh_wire_put_string(b, modulus, sizeof(modulus));
}

static void body_rsa(struct buf *b, char seed)
{
	numbers(b, "\1\0\1", 3, seed);
}

/* Other ways to write the same keys. */
static void body_longer(struct buf *b, char seed)
{
	body_any(b, seed);
	buf_add(b, "x", 1);
}

static void body_compressed(struct buf *b, char seed)
{
	point(b, 2, seed, 33);
}

static void body_zeros(struct buf *b, char seed)
{
	numbers(b, "\0\1\0\1", 4, seed);
}

static const struct {
	char letter;
	const char *type;
	void (*body)(struct buf *b, char seed);
	char seed;
} keys[] = {
	{ 'E', ED, body_any, 1 },        { 'F', ED, body_any, 2 },
	{ 'C', EC, body_ec, 3 },         { 'R', RSA, body_rsa, 4 },
	{ 'D', "ssh-dss", body_any, 5 }, { 'U', "ssh-future@example.org", body_any, 6 },
	{ 'T', ED, body_longer, 1 },     { 'P', EC, body_compressed, 3 },
	{ 'Z', RSA, body_zeros, 4 },
};

static inline void key_of(struct buf *b, char letter)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].letter == letter) {
			*b = BUF_INIT(4096);
			ssh_wire_put_string(b, keys[i].type, strlen(keys[i].type));
			keys[i].body(b, keys[i].seed);
			assert_false(b->failed);
			return;
		}
	fail_msg("no key %c", letter);
}

/* Writes a row's text: "%E" is the type and base64 of key E, "%e" its
 * fingerprint, "%b" 20000 characters of nothing. */
static inline void expand(struct buf *out, const char *text)
{
	for (; *text; text++) {
		struct buf key;
		char print[64];

		if (*text != '%') {
			buf_add(out, text, 1);
			continue;
		}
		text++;
		if (*text == 'b') {
			for (int i = 0; i < 20000; i++)
				buf_adds(out, "x");
			continue;
		}
		key_of(&key, (char)(*text & ~0x20));
		known_hosts_fingerprint((unsigned char *)key.data, key.len, print);
		if (*text & 0x20) {
			buf_adds(out, print);
		} else {
			struct ssh_wire w = { (unsigned char *)key.data, key.len }, t;

			assert_int_equal(ssh_wire_string(&w, &t), 0);
			buf_add(out, t.p, t.n);
			buf_adds(out, " ");
			base64_encode(out, (unsigned char *)key.data, key.len);
		}
		buf_free(&key);
	}
}

static inline void write_file(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline char *read_file(void)
{
	static char text[65536];
	FILE *f = fopen(file, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static inline void expect_file(const char *text)
{
	struct buf want = BUF_INIT(65536);

	expand(&want, text);
	assert_string_equal(read_file(), buf_str(&want));
	buf_free(&want);
}

static inline int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_known_hosts.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/known_hosts", dir);
	log_begin("test_known_hosts", NULL);
	return 0;
}

static inline int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

#endif
