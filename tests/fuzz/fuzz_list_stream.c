/* SPDX-License-Identifier: MIT */
/* A list of objects as it comes in pieces: however it is cut, the elements and
 * the verdict are the same, and what is accepted is a list of objects. */
/* mutant helpers/docker/list_stream.c ends_with: condition '\\' => false
 * mutant helpers/docker/list_stream.c list_stream_end: condition AFTER => s->place != ELEMENT */

#include "fuzz.h"

#include "docker/list_stream.h"

struct seen {
	size_t count;
	uint64_t sum;
};

static int one(void *ctx, const char *text, size_t n, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	FUZZ_CHECK(n >= 2 && text[0] == '{' && text[n] == '\0');
	s->count++;
	for (size_t i = 0; i < n; i++)
		s->sum = s->sum * 31 + (uint8_t)text[i];
	return 0;
}

static int play(const uint8_t *data, size_t n, size_t piece, struct seen *s)
{
	struct list_stream stream;
	struct err e = { 0 };
	int ret = 0;

	list_stream_start(&stream, one, s);
	for (size_t at = 0; at < n && !ret; at += piece)
		ret = list_stream_feed(&stream, (const char *)data + at,
				       n - at < piece ? n - at : piece, &e);
	if (!ret)
		ret = list_stream_end(&stream, &e);
	if (ret)
		fuzz_check_err(&e);
	list_stream_free(&stream);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct seen whole = { 0 }, bytes = { 0 }, parts = { 0 };
	int ret = play(data, n, n ? n : 1, &whole);
	bool objects = true;
	struct err e;
	json_t *list = js_read((const char *)data, n, "the list", &e);

	for (size_t i = 0; i < json_array_size(list); i++)
		objects &= json_is_object(json_array_get(list, i));
	FUZZ_CHECK(!json_is_array(list) || !ret == objects);
	FUZZ_CHECK(ret || memchr(data, ']', n));
	FUZZ_CHECK(play(data, n, 1, &bytes) == ret);
	FUZZ_CHECK(play(data, n, 7, &parts) == ret);
	FUZZ_CHECK(bytes.count == whole.count && bytes.sum == whole.sum);
	FUZZ_CHECK(parts.count == whole.count && parts.sum == whole.sum);
	FUZZ_CHECK(ret || !list || json_array_size(list) == whole.count);
	json_decref(list);
	return 0;
}
