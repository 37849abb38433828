/* SPDX-License-Identifier: MIT */
/* Durations and numbers, and texts on their way into a shell or a path. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/text.h"
#include "docker/engine.h"

static void quote(const char *text)
{
	struct buf quoted = BUF_INIT(1 << 20), path = BUF_INIT(1 << 20);

	FUZZ_CHECK(!text_shell_quote(&quoted, text) && quoted.len >= 2);
	FUZZ_CHECK(!docker_encode(&path, text) && path.len >= strlen(text));
	FUZZ_CHECK(!strpbrk(buf_str(&path), "/?&# \"\n"));
	buf_free(&quoted);
	buf_free(&path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = fuzz_text(data, n);
	int64_t ms = -1;
	uint32_t number = 1;

	if (deadline_parse(text, &ms))
		FUZZ_CHECK(ms == -1);
	else
		FUZZ_CHECK(ms >= 1 && ms <= 24 * 60 * 60 * 1000);
	if (!text_to_u32(text, 5, 4000000000u, &number))
		FUZZ_CHECK(number >= 5 && number <= 4000000000u);
	else
		FUZZ_CHECK(number == 1);
	quote(text);
	free(text);
	return 0;
}
