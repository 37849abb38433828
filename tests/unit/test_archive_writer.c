/* SPDX-License-Identifier: MIT */
/* An archive file that is written: whole or not there, its owner's alone, and encrypted. */
#include "archive/writer.h"

#include "base/err.h"
#include "test_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

static EVP_PKEY *key;
static X509 *cert;

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static size_t files(void)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	size_t n = 0;

	while ((d = readdir(dir)) != NULL)
		n += strcmp(d->d_name, ".") && strcmp(d->d_name, "..");
	closedir(dir);
	return n;
}

/* A certificate, in a file. */
static void certify(EVP_PKEY *of)
{
	FILE *f = fopen(path_of("cert"), "w");

	EVP_PKEY_free(key);
	X509_free(cert);
	key = of;
	cert = X509_new();
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)"backup", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256());
	PEM_write_X509(f, cert);
	fclose(f);
}

static int write_one(const struct archive_recipient *to, size_t n, char *sum,
		     struct err *e)
{
	struct archive_writer *w = NULL;
	int ret = archive_writer_open(&w, folder, "archive", to, e);

	for (size_t i = 0; !ret && i < n; i++)
		ret = archive_writer_add(w, "0123456789abcdef", 16, e);
	if (!ret)
		ret = archive_writer_finish(w, sum, e);
	archive_writer_free(w);
	return ret;
}

/* mutant helpers/archive/writer.c open_file: 0600 => 0640 */
static void writes_a_file_of_its_owner(void **state)
{
	struct err e = { 0 };
	struct stat st;
	char sum[65];

	(void)state;
	umask(0);
	assert_int_equal(write_one(NULL, 2, sum, &e), 0);
	assert_int_equal(stat(path_of("archive"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 32);
	assert_int_equal(files(), 1);
	assert_string_equal(
		sum, "3eb1bd439947eb762998e566ccc2e099c791118b2f40579cc4f7da2b5061b7f9");
}

/* mutant helpers/archive/writer.c archive_writer_free: condition w->there => false */
static void leaves_nothing_unfinished(void **state)
{
	struct archive_writer *w;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(archive_writer_open(&w, folder, "archive", NULL, &e), 0);
	assert_int_equal(archive_writer_add(w, "x", 1, &e), 0);
	assert_int_equal(files(), 1);
	archive_writer_free(w);
	assert_int_equal(files(), 0);
}

/* A limit of its size instead of a full disk. */
static void says_that_there_is_no_room(void **state)
{
	struct rlimit before, small;
	struct err e = { 0 };
	char sum[65];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(write_one(NULL, 10000, sum, &e), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "archive cannot be written: File too large"));
	assert_int_equal(files(), 0);
}

/* What OpenSSL makes of it; -1 where that refuses. */
static long opened(void)
{
	BIO *in = BIO_new_file(path_of("archive"), "rb"), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = d2i_CMS_bio(in, NULL);
	char *text;
	long n = -1;

	if (cms && CMS_decrypt(cms, key, cert, NULL, out, CMS_BINARY) == 1)
		n = BIO_get_mem_data(out, &text);
	if (n > 0)
		assert_memory_equal(text, "0123456789abcdef", 16);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return n;
}

static void change_a_bit(void)
{
	int fd = open(path_of("archive"), O_RDWR | O_CLOEXEC);
	struct stat st;
	char byte;

	fstat(fd, &st);
	assert_int_equal(pread(fd, &byte, 1, st.st_size / 2), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, st.st_size / 2), 1);
	close(fd);
}

static void encrypts(EVP_PKEY *of)
{
	struct archive_recipient *to;
	struct err e = { 0 };
	char sum[65];

	certify(of);
	assert_int_equal(archive_recipient_read(&to, path_of("cert"), &e), 0);
	assert_int_equal(write_one(to, 100000, sum, &e), 0);
	assert_int_equal(files(), 2);
	assert_int_equal(opened(), 1600000);
	change_a_bit();
	assert_int_equal(opened(), -1);
	archive_recipient_free(to);
}

/* mutant helpers/archive/writer.c new_message: EVP_aes_256_gcm() => EVP_aes_256_cbc() */
static void encrypts_to_an_rsa_key(void **state)
{
	(void)state;
	encrypts(EVP_RSA_gen(2048));
}

static void encrypts_to_an_ec_key(void **state)
{
	(void)state;
	encrypts(EVP_EC_gen("P-256"));
}

static void refuses_what_is_no_certificate(void **state)
{
	struct archive_recipient *to;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(archive_recipient_read(&to, path_of("none"), &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	close(open(path_of("empty"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(archive_recipient_read(&to, path_of("empty"), &e), -1);
	assert_non_null(strstr(e.msg, "has no certificate"));
	certify(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	assert_int_equal(archive_recipient_read(&to, path_of("cert"), &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	if (!strstr(e.msg, "RSA or EC"))
		fail_msg("%s", e.msg);
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	X509_free(cert);
	return 0;
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(writes_a_file_of_its_owner),
		IN_FOLDER(leaves_nothing_unfinished),
		IN_FOLDER(says_that_there_is_no_room),
		IN_FOLDER(encrypts_to_an_rsa_key),
		IN_FOLDER(encrypts_to_an_ec_key),
		IN_FOLDER(refuses_what_is_no_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, free_keys);
}
