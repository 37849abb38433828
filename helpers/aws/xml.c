/* SPDX-License-Identifier: MIT */
/* Finds an element in the flat XML that S3 answers with. */
#include "aws/internal.h"

#include <stdio.h>
#include <string.h>

const char *aws_xml_text(const char *from, const char *name, size_t *n)
{
	char open[64], close[64];
	const char *at, *end;

	snprintf(open, sizeof(open), "<%s>", name);
	snprintf(close, sizeof(close), "</%s>", name);
	at = strstr(from, open);
	end = at ? strstr(at, close) : NULL;
	if (!end)
		return NULL;
	at += strlen(open);
	*n = (size_t)(end - at);
	return at;
}
