/* SPDX-License-Identifier: MIT */
/* What a reply holds. */
#include "http/http.h"

#include <string.h>
#include <strings.h>

const char *http_reply_header(const struct http_reply *r, const char *name, size_t *n)
{
	const char *line = buf_str(&r->header), *end;
	size_t skip = strlen(name);

	for (; (end = strchr(line, '\n')); line = end + 1) {
		const char *value = line + skip + 1;

		if ((size_t)(end - line) <= skip || line[skip] != ':' ||
		    strncasecmp(line, name, skip))
			continue;
		value += strspn(value, " \t");
		*n = strcspn(value, "\r\n");
		return value;
	}
	*n = 0;
	return "";
}

void http_reply_free(struct http_reply *r)
{
	buf_free(&r->header);
	buf_free(&r->body);
}
