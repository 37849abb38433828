/* SPDX-License-Identifier: MIT */
/* What a service of AWS says when it refuses, as a sentence. */
#include "aws/internal.h"

#include "base/err.h"
#include "base/js.h"
#include "base/utf8.h"
#include "http/http.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct said {
	char code[64], message[512];
	char region[32], date[40];
	long status;
};

#define NO_SUCH_KEY \
	"the access key is not known there; look which account and endpoint it is for"
#define WRONG_SECRET "the secret key does not belong to the access key"
#define ENDED "the keys have ended; get new ones"
#define CHANGING "somebody else changes it just now"

/* Those that are none in this table are refused with the server's own words. */
static const struct meaning {
	const char *code;
	enum err_kind kind;
	const char *text;
} meanings[] = {
	{ "InvalidAccessKeyId", ERR_REFUSED, NO_SUCH_KEY },
	{ "InvalidClientTokenId", ERR_REFUSED, NO_SUCH_KEY },
	{ "UnrecognizedClientException", ERR_AUTH, NO_SUCH_KEY },
	{ "SignatureDoesNotMatch", ERR_REFUSED, WRONG_SECRET },
	{ "InvalidSignatureException", ERR_REFUSED, WRONG_SECRET },
	{ "ExpiredToken", ERR_AUTH, ENDED },
	{ "ExpiredTokenException", ERR_AUTH, ENDED },
	{ "InvalidToken", ERR_AUTH,
	  "the session token does not belong to the keys, or has ended" },
	{ "NoSuchBucket", ERR_REFUSED, "there is no such bucket; make it first" },
	{ "NoSuchKey", ERR_NOT_FOUND, "there is no such object" },
	{ "ResourceNotFoundException", ERR_REFUSED,
	  "there is no such table; make it first, or look which region it is in" },
	{ "ParameterNotFound", ERR_NOT_FOUND, "there is no such parameter" },
	{ "PreconditionFailed", ERR_CONFLICT, "something is there already" },
	{ "ParameterAlreadyExists", ERR_CONFLICT, "something is there already" },
	{ "ConditionalCheckFailed", ERR_CONFLICT, "something is there already" },
	{ "ConditionalRequestConflict", ERR_BUSY, CHANGING },
	{ "OperationAborted", ERR_BUSY, CHANGING },
	{ "TransactionConflict", ERR_BUSY, CHANGING },
	{ "TransactionInProgressException", ERR_BUSY, CHANGING },
	{ "TooManyUpdates", ERR_BUSY, CHANGING },
	{ "RequestTimeout", ERR_BUSY, "the bytes came too slowly" },
	{ "InvalidDigest", ERR_BUSY, "the bytes have changed on their way" },
	{ "BadDigest", ERR_BUSY, "the bytes have changed on their way" },
};

static void copy(char *out, size_t size, const char *text, size_t n)
{
	utf8_copy(out, size, text ? text : "", text ? n : 0);
	utf8_mask(out);
}

static void copy_text(char *out, size_t size, const char *text)
{
	copy(out, size, text, strlen(text));
}

static void read_xml(const char *body, struct said *s)
{
	const char *text;
	size_t n;

	text = aws_xml_text(body, "Code", &n);
	copy(s->code, sizeof(s->code), text, n);
	text = aws_xml_text(body, "Message", &n);
	copy(s->message, sizeof(s->message), text, n);
}

/* Of a transaction the first of its parts that could not be done tells why. */
static const json_t *reason(const json_t *said)
{
	const json_t *each;
	size_t i;

	json_array_foreach(js_at(said, "CancellationReasons"), i, each)
		if (strcmp(js_text(each, "Code"), "None") != 0)
			return each;
	return NULL;
}

/* { "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "..." } */
static void read_json(const json_t *said, struct said *s)
{
	const json_t *part = reason(said);
	const char *code = js_text(part, "Code"), *message = js_text(part, "Message");
	const char *behind;

	if (!part) {
		code = js_text(said, "__type");
		behind = strchr(code, '#');
		code = behind ? behind + 1 : code;
		message = js_text(said, "message");
		message = *message ? message : js_text(said, "Message");
	}
	copy_text(s->code, sizeof(s->code), code);
	copy_text(s->message, sizeof(s->message), message);
}

static void read_reply(const struct http_reply *r, struct said *s)
{
	const char *body = buf_str(&r->body), *text;
	struct err ignored;
	json_t *said = NULL;
	size_t n;

	s->status = r->status;
	if (*body == '{')
		said = js_read(body, r->body.len, "reply", &ignored);
	if (said)
		read_json(said, s);
	else
		read_xml(body, s);
	json_decref(said);
	text = http_reply_header(r, "x-amz-bucket-region", &n);
	copy(s->region, sizeof(s->region), text, n);
	text = http_reply_header(r, "Date", &n);
	copy(s->date, sizeof(s->date), text, n);
}

static int wrong_clock(const struct said *s, struct err *e)
{
	time_t now = time(NULL);
	char ours[40] = "";
	struct tm t;

	if (gmtime_r(&now, &t))
		strftime(ours, sizeof(ours), "%a, %d %b %Y %H:%M:%S GMT", &t);
	return err_set(e, ERR_REFUSED,
		       "the clock of this machine is wrong: it says %s, and the server %s; "
		       "set it, as requests are signed with the time",
		       ours, *s->date ? s->date : "another time");
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_about_time(const struct said *s)
{
	return !strcmp(s->code, "RequestTimeTooSkewed") ||
	       !strcmp(s->code, "RequestExpired") ||
	       !strcmp(s->code, "RequestInTheFuture") ||
	       begins(s->message, "Signature expired") ||
	       begins(s->message, "Signature not yet current");
}

/* The services' own ways to say "slow down", and whatever a server or one before it cannot
 * do now. */
static bool is_busy(const struct said *s)
{
	return s->status == 429 || (s->status >= 500 && s->status != 501) ||
	       begins(s->code, "SlowDown") || begins(s->code, "Throttl") ||
	       begins(s->code, "ProvisionedThroughputExceeded") ||
	       begins(s->code, "RequestLimitExceeded");
}

static bool is_denied(const struct said *s)
{
	return s->status == 403 || begins(s->code, "AccessDenied");
}

static bool is_elsewhere(const struct said *s)
{
	return s->status == 301 || s->status == 307 ||
	       !strcmp(s->code, "AuthorizationHeaderMalformed");
}

static const struct meaning *meaning_of(const struct said *s)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (!strcmp(meanings[i].code, s->code))
			return &meanings[i];
	return NULL;
}

int aws_reply_error(const struct http_reply *r, const char *action, const char *source,
		    struct err *e)
{
	const struct meaning *m;
	struct said s;

	read_reply(r, &s);
	m = meaning_of(&s);
	if (is_about_time(&s))
		return wrong_clock(&s, e);
	if (m)
		return err_set(e, m->kind, "%s (%s, keys of %s)", m->text, s.code,
			       source);
	if (is_busy(&s))
		return err_set(e, ERR_BUSY, "the server is busy (status %ld%s%s)",
			       s.status, *s.code ? " " : "", s.code);
	if (is_elsewhere(&s))
		return err_set(e, ERR_REFUSED,
			       "the bucket is in another region%s%s; name it in region "
			       "(%s)",
			       *s.region ? ", " : "", s.region,
			       *s.message ? s.message : s.code);
	if (s.status == 412)
		return err_set(e, ERR_CONFLICT, "something is there already");
	if (is_denied(&s))
		return err_set(e, ERR_REFUSED, "%s is denied to the keys of %s (%s: %s)",
			       action, source, s.code, s.message);
	return err_set(e, ERR_REFUSED, "the server refuses it with status %ld (%s: %s)",
		       s.status, s.code, s.message);
}
