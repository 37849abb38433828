/* SPDX-License-Identifier: MIT */
/* The name of each type of value, and what it accepts. */
#include "cli/internal.h"

static const struct {
	const char *name;
	const char *accepts;
} types[] = {
	[QUERY_TEXT] = { "text", "one line of text without control characters" },
	[QUERY_LINES] = { "lines", "lines of text without control characters" },
	[QUERY_HOST] = { "host", "a name, an IP address, or unix:///path for "
				 "the engine of this machine" },
	[QUERY_SSH_HOST] = { "host", "a name or an IP address" },
	[QUERY_ADDRESS] = { "address", "an IP address or a network interface, "
				       "with :port when it is not the usual one" },
	[QUERY_HOSTS] = { "hosts", "[user@]address[:port][/socket], several with "
				   "commas between them" },
	[QUERY_PORT] = { "port", "a number from 1 to 65535" },
	[QUERY_NUMBER] = { "number", "a number from 0 to 2147483647" },
	[QUERY_PATH] = { "path", "a path, from / on, from ~/ on or relative, "
				 "without control characters" },
	[QUERY_SOCKET] = { "path", "a path on the host, from / on, without "
				   "control characters" },
	[QUERY_DURATION] = { "duration", "a time from 1ms to 24h such as 90s, "
					 "5m or 1h30m" },
	[QUERY_CHOICE] = { "choice", "one of the words" },
	[QUERY_MAP] = { "map", "a JSON object of strings, as jsonencode({...}) "
			       "writes it" },
	[QUERY_ENV] = { "variable", "the name of an environment variable "
				    "(letters, digits and _), not the secret itself" },
};

const char *query_type_name(enum query_type type)
{
	return types[type].name;
}

const char *query_type_accepts(enum query_type type)
{
	return types[type].accepts;
}
