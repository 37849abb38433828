/* SPDX-License-Identifier: MIT */
/* What requests to AWS are addressed to: encoded, and on which machine. */
#include "aws/internal.h"

#include "base/buf.h"

#include <string.h>

static bool is_plain(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

int aws_uri_add(struct buf *b, const char *text, bool slashes)
{
	for (; *text; text++) {
		if (is_plain(*text) || (slashes && *text == '/'))
			buf_add(b, text, 1);
		else
			buf_addf(b, "%%%02X", (unsigned char)*text);
	}
	return b->failed ? -1 : 0;
}

bool aws_uri_is_loopback(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n;

	if (!host)
		return false;
	host += 3;
	if (!strncmp(host, "[::1]", 5))
		return !host[5] || host[5] == ':' || host[5] == '/';
	n = strcspn(host, ":/");
	if (n == 9 && !strncmp(host, "localhost", n))
		return true;
	/* 127.0.0.1 and its like, and no name that begins so */
	return !strncmp(host, "127.", 4) && strspn(host, "0123456789.") == n;
}
