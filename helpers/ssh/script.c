/* SPDX-License-Identifier: MIT */
/* Reads a script and its environment. */
#include "ssh/script.h"

#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SCRIPT (1u << 20)

static int read_text(const char *path, struct buf *out, struct err *e)
{
	struct stat st;
	int fd = file_open(path, &st), ret = 0;

	if (fd < 0 || file_read(fd, out))
		ret = err_set(e, ERR_LOCAL,
			      "script %s cannot be read: %s; give a "
			      "file of at most %u bytes",
			      path, file_why(errno), MAX_SCRIPT);
	if (fd >= 0)
		close(fd);
	return ret;
}

static bool is_variable(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz_";

	return *name && strchr(first, *name) &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "_0123456789") == strlen(name);
}

/* `command` makes a variable of the shell one of its environment. */
static int add_variables(struct buf *out, const json_t *map, const char *key,
			 const char *command, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)map, name, value) {
		if (!is_variable(name))
			return err_set(e, ERR_USAGE,
				       "%s: %s is not the name "
				       "of a variable (letters, digits and _)",
				       key, name);
		buf_addf(out, "%s%s=", command, name);
		text_shell_quote(out, json_string_value(value));
		buf_adds(out, "\n");
	}
	return out->failed ? err_set(e, ERR_LOCAL, "%s: too large", key) : 0;
}

static const char *shell_of(const struct buf *script)
{
	size_t n = strcspn(buf_str(script), "\n");

	return !strncmp(buf_str(script), "#!", 2) && n >= 4 &&
			       !strncmp(buf_str(script) + n - 4, "bash", 4)
		       ? "bash"
		       : "sh";
}

int ssh_script_read(struct ssh_script *s, const char *path, const json_t *environment,
		    const json_t *secrets, struct err *e)
{
	struct buf text = BUF_INIT(MAX_SCRIPT);
	int ret = -1;

	*s = (struct ssh_script){ .text = BUF_INIT(2 * MAX_SCRIPT) };
	if (read_text(path, &text, e) ||
	    add_variables(&s->text, environment, "environment", "export ", e) ||
	    add_variables(&s->text, secrets, "secrets", "", e))
		goto out;
	s->shell = shell_of(&text);
	if (buf_add(&s->text, text.data, text.len))
		err_no_memory(e);
	else
		ret = 0;
out:
	buf_free(&text);
	if (ret)
		ssh_script_free(s);
	return ret;
}

void ssh_script_free(struct ssh_script *s)
{
	buf_free(&s->text);
}
