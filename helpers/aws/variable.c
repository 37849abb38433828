/* SPDX-License-Identifier: MIT */
/* Reads the environment as AWS's tools do: what is empty is not set. */
#include "aws/internal.h"

#include <stdlib.h>

const char *aws_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}
