/* SPDX-License-Identifier: MIT */
/* A packed copy of a swarm's state: what it is, and what cannot be loaded; and an archive
 * that is written of it. */
#include "archive/state.h"

#include "archive/gzip.h"
#include "archive/manifest.h"
#include "archive/tar.h"
#include "base/buf.h"
#include "base/err.h"
#include "raft_file.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#define CLUSTER "c2c2c2c2c2c2c2c2c2c2c2c2c"
#define NODE "n1n1n1n1n1n1n1n1n1n1n1n1n"
#define CRT "swarm/certificates/swarm-node.crt"
#define KEY "swarm/certificates/swarm-node.key"
#define WAL "swarm/raft/wal-v3-encrypted/0000000000000000-0000000000000000.wal"

static void name_it(X509 *cert, const char *field, const char *value)
{
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), field, MBSTRING_ASC,
				   (const unsigned char *)value, -1, -1, 0);
}

/* As swarmkit writes it; it ends at 20270227T110000Z. */
static void certificate(struct buf *out)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	ASN1_TIME_set_string(X509_getm_notBefore(cert), "20261129110000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(cert), "20270227110000Z");
	name_it(cert, "O", CLUSTER);
	name_it(cert, "OU", "swarm-manager");
	name_it(cert, "CN", NODE);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	PEM_write_bio_X509(b, cert);
	n = BIO_get_mem_data(b, &text);
	buf_add(out, text, (size_t)n);
	BIO_free(b);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void file(struct buf *tar, const char *name, const void *bytes, size_t n)
{
	struct err e;

	assert_int_equal(archive_tar_file(tar, name, bytes, n, 1, &e), 0);
}

static void end_tar(struct buf *tar)
{
	static const char zeros[1024];

	buf_add(tar, zeros, sizeof(zeros));
}

/* What is in it: 'k' the key, 'c' the certificate, 'r' the log, 'e' the end. */
static void make(struct buf *tar, const char *parts)
{
	struct raft_file f = { .n = 0 };
	struct buf crt = BUF_INIT(65536);

	raft_begin(&f, 0);
	raft_entry(&f, 1);
	raft_commit(&f, 1);
	raft_zeros(&f, 8192);
	certificate(&crt);
	if (strchr(parts, 'k'))
		file(tar, KEY, "key", 3);
	if (strchr(parts, 'r'))
		file(tar, WAL, f.bytes, f.n);
	if (strchr(parts, 'c'))
		file(tar, CRT, crt.data, crt.len);
	if (strchr(parts, 'e'))
		end_tar(tar);
	buf_free(&crt);
}

static int judge(const struct buf *packed, size_t piece, struct archive_state_facts *f,
		 struct err *e)
{
	struct archive_state *s = archive_state_new();
	int ret = 0;

	for (size_t at = 0; !ret && at < packed->len; at += piece)
		ret = archive_state_add(s, packed->data + at,
					packed->len - at < piece ? packed->len - at
								 : piece,
					e);
	if (!ret)
		ret = archive_state_judge(s, f, e);
	archive_state_free(s);
	return ret;
}

static int judge_parts(const char *parts, struct archive_state_facts *f, struct err *e)
{
	struct buf tar = BUF_INIT(1u << 20), packed = BUF_INIT(1u << 20);
	int ret;

	make(&tar, parts);
	assert_int_equal(archive_gzip(&packed, tar.data, tar.len, e), 0);
	ret = judge(&packed, 100, f, e);
	buf_free(&tar);
	buf_free(&packed);
	return ret;
}

/* mutant helpers/archive/state.c read_until: X509_get0_notAfter() => X509_get0_notBefore(cert) */
static void says_what_it_is(void **state)
{
	struct archive_state_facts f;
	struct err e = { 0 };
	json_t *file;

	(void)state;
	assert_int_equal(judge_parts("kcre", &f, &e), 0);
	assert_string_equal(f.cluster_id, CLUSTER);
	assert_string_equal(f.node_id, NODE);
	assert_string_equal(f.until.text, "20270227T110000Z");
	assert_int_equal(f.raft.last, 1);
	assert_int_equal(json_object_size(f.files), 3);
	file = json_object_get(f.files, KEY);
	assert_int_equal(json_integer_value(json_object_get(file, "size")), 3);
	assert_string_equal(
		json_string_value(json_object_get(file, "sha256")),
		"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683");
	archive_state_wipe(&f);
}

/* mutant helpers/archive/state.c archive_state_judge: term archive_tar_end => false
 * mutant helpers/archive/state.c archive_state_judge: condition has_key => false */
static void refuses_what_lacks_something(void **state)
{
	static const struct {
		const char *parts, *why;
	} rows[] = {
		{ "kre", "it lacks " CRT },
		{ "cre", "it lacks " KEY },
		{ "kce", "it has no raft log" },
		{ "kcr", "the tar stream ends too early" },
	};
	struct archive_state_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };

		assert_int_equal(judge_parts(rows[i].parts, &f, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		if (!strstr(e.msg, rows[i].why))
			fail_msg("%s, not %s", e.msg, rows[i].why);
	}
}

/* mutant helpers/archive/gzip.c archive_gunzip_end: condition z->whole => true */
static void refuses_a_stream_that_is_cut(void **state)
{
	struct buf tar = BUF_INIT(1u << 20), packed = BUF_INIT(1u << 20);
	struct archive_state_facts f;
	struct err e = { 0 };

	(void)state;
	make(&tar, "kcre");
	assert_int_equal(archive_gzip(&packed, tar.data, tar.len, &e), 0);
	packed.len--;
	assert_int_equal(judge(&packed, 65536, &f, &e), -1);
	assert_non_null(strstr(e.msg, "the gzip stream ends too early"));
	packed.len = 0;
	assert_int_equal(judge(&packed, 65536, &f, &e), -1);
	buf_adds(&packed, "no gzip at all");
	assert_int_equal(judge(&packed, 65536, &f, &e), -1);
	assert_non_null(strstr(e.msg, "no gzip stream"));
	buf_free(&tar);
	buf_free(&packed);
}

/* A sum that does not fit, and an entry that is a link. */
static void refuses_what_is_no_tar(void **state)
{
	struct buf tar = BUF_INIT(1u << 20), packed = BUF_INIT(1u << 20);
	struct archive_state_facts f;
	struct err e = { 0 };
	unsigned long sum;

	(void)state;
	make(&tar, "kcre");
	tar.data[0]++;
	assert_int_equal(archive_gzip(&packed, tar.data, tar.len, &e), 0);
	assert_int_equal(judge(&packed, 65536, &f, &e), -1);
	assert_non_null(strstr(e.msg, "no tar header"));
	tar.data[0]--;
	tar.data[156] = '2';
	sum = strtoul(tar.data + 148, NULL, 8) + 2;
	snprintf(tar.data + 148, 7, "%06lo", sum);
	packed.len = 0;
	assert_int_equal(archive_gzip(&packed, tar.data, tar.len, &e), 0);
	assert_int_equal(judge(&packed, 65536, &f, &e), -1);
	assert_non_null(strstr(e.msg, "an entry that is no file (" KEY ", type 2)"));
	buf_free(&tar);
	buf_free(&packed);
}

/* ---- with its manifest ---- */

struct found {
	struct buf manifest;
	char names[1024];
};

static int begin_found(void *ctx, const char *name, uint64_t size, struct err *e)
{
	struct found *f = ctx;
	size_t n = strlen(f->names);

	(void)size;
	(void)e;
	snprintf(f->names + n, sizeof(f->names) - n, "%s ", name);
	return 0;
}

static int data_found(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct found *f = ctx;

	(void)e;
	if (!strcmp(f->names, ARCHIVE_MANIFEST " "))
		buf_add(&f->manifest, bytes, n);
	return 0;
}

static int end_found(void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static const struct archive_tar_reader finder = { begin_found, data_found, end_found };

static int unpacked(void *ctx, const void *bytes, size_t n, struct err *e)
{
	return archive_tar_add(ctx, bytes, n, e);
}

/* The manifest, then the copy as it came: one tar. */
static void has_a_manifest_first(void **state)
{
	struct buf tar = BUF_INIT(1u << 20), packed = BUF_INIT(1u << 20),
		   all = BUF_INIT(1u << 20);
	struct found found = { .manifest = BUF_INIT(65536) };
	struct archive_tar reader = { .reader = &finder, .ctx = &found };
	struct archive_gunzip *z = archive_gunzip_new(unpacked, &reader);
	struct archive_state_facts f;
	struct err e = { 0 };
	struct archive_manifest m = { .facts = &f,
				      .made = archive_stamp_at(1795953599),
				      .copy = "stopped",
				      .hostname = "m1",
				      .advertise_addr = "10.0.1.11",
				      .engine = "26.1.5",
				      .managers = json_array() };

	(void)state;
	make(&tar, "kcre");
	assert_int_equal(archive_gzip(&packed, tar.data, tar.len, &e), 0);
	assert_int_equal(judge(&packed, 65536, &f, &e), 0);
	assert_int_equal(archive_manifest_write(&m, &all, &e), 0);
	buf_add(&all, packed.data, packed.len);
	assert_int_equal(archive_gunzip_add(z, all.data, all.len, &e), 0);
	assert_int_equal(archive_gunzip_end(z, &e), 0);
	assert_int_equal(archive_tar_end(&reader, &e), 0);
	assert_string_equal(found.names, "manifest.json " KEY " " WAL " " CRT " ");
	assert_non_null(strstr(buf_str(&found.manifest),
			       "\"usable_until\":\"2027-02-27T11:00:00Z\""));
	assert_non_null(strstr(buf_str(&found.manifest), "\"cluster_id\":\"" CLUSTER));
	archive_gunzip_free(z);
	archive_state_wipe(&f);
	json_decref(m.managers);
	buf_free(&tar);
	buf_free(&packed);
	buf_free(&all);
	buf_free(&found.manifest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_is),
		cmocka_unit_test(refuses_what_lacks_something),
		cmocka_unit_test(refuses_a_stream_that_is_cut),
		cmocka_unit_test(refuses_what_is_no_tar),
		cmocka_unit_test(has_a_manifest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
