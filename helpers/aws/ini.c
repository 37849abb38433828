/* SPDX-License-Identifier: MIT */
/* Reads the files `credentials` and `config` of AWS's tools. */
#include "aws/internal.h"

#include <string.h>

struct line {
	const char *text;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct line trimmed(const char *text, size_t n)
{
	while (n && is_blank(*text)) {
		text++;
		n--;
	}
	while (n && is_blank(text[n - 1]))
		n--;
	return (struct line){ text, n };
}

static bool equals(struct line l, const char *word)
{
	return l.n == strlen(word) && !memcmp(l.text, word, l.n);
}

/* [dev]; in a config file [profile dev], [profile "dev"] and [default]. */
static bool names_profile(struct line l, const char *profile, bool config)
{
	static const char word[] = "profile";
	size_t skip = sizeof(word) - 1;

	if (l.n < 2 || l.text[l.n - 1] != ']')
		return false;
	l = trimmed(l.text + 1, l.n - 2);
	if (config && l.n > skip && !memcmp(l.text, word, skip) && is_blank(l.text[skip]))
		l = trimmed(l.text + skip, l.n - skip);
	else if (config && !equals(l, "default"))
		return false;
	if (l.n > 1 && (*l.text == '"' || *l.text == '\'') && l.text[l.n - 1] == *l.text)
		l = (struct line){ l.text + 1, l.n - 2 };
	return equals(l, profile);
}

static bool is_key(struct line l, const char *key, struct aws_ini_value *out)
{
	const char *at = memchr(l.text, '=', l.n);
	struct line value;

	if (!at || !equals(trimmed(l.text, (size_t)(at - l.text)), key))
		return false;
	value = trimmed(at + 1, l.n - (size_t)(at + 1 - l.text));
	*out = (struct aws_ini_value){ value.text, value.n };
	return true;
}

bool aws_ini_find(const char *text, const char *profile, bool config, const char *key,
		  struct aws_ini_value *out)
{
	bool inside = false;

	while (*text) {
		size_t n = strcspn(text, "\n");
		struct line l = trimmed(text, n);
		/* What is indented belongs to a setting of several lines. */
		bool indented = is_blank(*text);

		text += n + (text[n] == '\n');
		if (!l.n || *l.text == '#' || *l.text == ';')
			continue;
		if (*l.text == '[')
			inside = names_profile(l, profile, config);
		if (inside && !key)
			return true;
		if (inside && key && !indented && is_key(l, key, out))
			return true;
	}
	return false;
}
