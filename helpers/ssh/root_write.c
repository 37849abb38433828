/* SPDX-License-Identifier: MIT */
/* Writes a file of a host as root. */
#include "ssh/root_write.h"

#include "base/err.h"
#include "base/utf8.h"
#include "ssh/ssh.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_FORMAT \
	"sh -c 'if [ \"$(id -u)\" = 0 ]; then s=; else s=\"sudo -n\"; fi; " \
	"exec $s sh -c \"umask 077 && mkdir -p %s && exec cat >%s/%s\"'"

static bool keep_line(void *ctx, const char *line, size_t n)
{
	if (n)
		utf8_copy(ctx, 200, line, n);
	return true;
}

int ssh_root_write(struct ssh *s, const char *folder, const char *name,
		   const struct buf *bytes, const struct deadline *d, struct err *e)
{
	char line[512], said[200] = "it says nothing";
	struct ssh_command command = {
		.line = line, .input = bytes, .on_line = keep_line, .ctx = said
	};
	int code = 0;

	snprintf(line, sizeof(line), COMMAND_FORMAT, folder, folder, name);
	if (ssh_exec(s, &command, &code, d, e))
		return -1;
	if (!code)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "%s/%s cannot be written there as root (exit code %d: %s); user %s "
		       "has to be root or to have sudo without a password, and the disk "
		       "to have room",
		       folder, name, code, said, ssh_user(s));
}
