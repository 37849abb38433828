/* SPDX-License-Identifier: MIT */
/* Reads how much key derivation a PEM or PKCS#8 file asks for. */
#include "base/err.h"
#include "sshkey/internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

/* What libcrypto does in a second or two, which nothing interrupts. `openssl pkcs8`
 * makes 2048 rounds of PBKDF2, guides to hardening name up to 1300000. */
#define MOST_PBKDF2 2000000
/* Of scrypt the product of its three numbers (RFC 7914): 131072, 8, 1 is the most
 * that guides name. */
#define MOST_SCRYPT (1u << 20)
#define OVERFLOWN UINT64_MAX

static uint64_t value(const ASN1_INTEGER *n)
{
	uint64_t v;

	return n && ASN1_INTEGER_get_uint64(&v, n) ? v : OVERFLOWN;
}

static uint64_t product(uint64_t a, uint64_t b)
{
	return a && b > OVERFLOWN / a ? OVERFLOWN : a * b;
}

/* The parameters of an algorithm; NULL when they are none of this kind. */
static void *parameters(const ASN1_ITEM *kind, const X509_ALGOR *a)
{
	const void *of = NULL;
	int type = 0;

	X509_ALGOR_get0(NULL, &type, &of, a);
	return type == V_ASN1_SEQUENCE ? ASN1_item_unpack(of, kind) : NULL;
}

static void give_back(void *parameters_of, const ASN1_ITEM *kind)
{
	ASN1_item_free(parameters_of, kind);
}

static uint64_t pbkdf2(const X509_ALGOR *a)
{
	PBKDF2PARAM *p = parameters(ASN1_ITEM_rptr(PBKDF2PARAM), a);
	uint64_t rounds = p ? value(p->iter) : 0;

	give_back(p, ASN1_ITEM_rptr(PBKDF2PARAM));
	return rounds;
}

/* PKCS#5's first scheme, and PKCS#12's. */
static uint64_t older(const X509_ALGOR *a)
{
	PBEPARAM *p = parameters(ASN1_ITEM_rptr(PBEPARAM), a);
	uint64_t rounds = p ? value(p->iter) : 0;

	give_back(p, ASN1_ITEM_rptr(PBEPARAM));
	return rounds;
}

static uint64_t scrypt(const X509_ALGOR *a)
{
	SCRYPT_PARAMS *p = parameters(ASN1_ITEM_rptr(SCRYPT_PARAMS), a);
	uint64_t all = 0;

	if (p)
		all = product(product(value(p->costParameter), value(p->blockSize)),
			      value(p->parallelizationParameter));
	give_back(p, ASN1_ITEM_rptr(SCRYPT_PARAMS));
	return all;
}

static int name_of(const X509_ALGOR *a)
{
	const ASN1_OBJECT *name;

	X509_ALGOR_get0(&name, NULL, NULL, a);
	return OBJ_obj2nid(name);
}

static int judge(const struct ssh_key *k, const X509_ALGOR *a, struct err *e)
{
	uint64_t rounds = older(a), most = MOST_PBKDF2;
	PBE2PARAM *two = NULL;

	if (name_of(a) == NID_pbes2)
		two = parameters(ASN1_ITEM_rptr(PBE2PARAM), a);
	if (two && name_of(two->keyfunc) == NID_id_scrypt) {
		rounds = scrypt(two->keyfunc);
		most = MOST_SCRYPT;
	} else if (two) {
		rounds = pbkdf2(two->keyfunc);
	}
	give_back(two, ASN1_ITEM_rptr(PBE2PARAM));
	return rounds > most ? ssh_key_too_many_rounds(k, rounds, most, e) : 0;
}

static int check_block(const struct ssh_key *k, const char *label,
		       const unsigned char *der, long n, struct err *e)
{
	const X509_ALGOR *a;
	X509_SIG *box = NULL;
	int ret = 0;

	if (!strcmp(label, PEM_STRING_PKCS8))
		box = d2i_X509_SIG(NULL, &der, n);
	if (box) {
		X509_SIG_get0(box, &a, NULL);
		ret = judge(k, a, e);
	}
	X509_SIG_free(box);
	return ret;
}

int ssh_key_check_rounds(const struct ssh_key *k, struct err *e)
{
	BIO *bio = BIO_new_mem_buf(k->text.data, (int)k->text.len);
	char *label, *header;
	unsigned char *der;
	int ret = 0;
	long n;

	if (!bio)
		return err_set(e, ERR_LOCAL, "out of memory for private key %s", k->path);
	while (!ret && PEM_read_bio(bio, &label, &header, &der, &n)) {
		ret = check_block(k, label, der, n, e);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_clear_free(der, (size_t)n);
	}
	BIO_free(bio);
	ERR_clear_error();
	return ret;
}
