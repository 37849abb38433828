#include "net/http_own.h"

#include "base/buf.h"
#include "base/text.h"
#include "net/ssh_conn.h"

#include <string.h>

#define PREFIX "docker-socket="

/* Says in one word why the socket, its argument, could not be opened. A server
 * answers every failed streamlocal open alike. Linux lists the sockets that
 * somebody listens on by the path that they were bound to, which is seldom
 * written with the link /var/run. No quotes of the one kind that is put
 * around it; one line, for csh. */
static const char script[] =
	"say() { echo \"" PREFIX "$1\"; exit 0; }; "
	"real=$(cd -P -- \"${1%/*}/\" 2>/dev/null && pwd)/${1##*/}; "
	"[ -S \"$1\" ] || say none; "
	"if [ -r /proc/net/unix ]; then "
	"grep -qF -e \" $1\" -e \" $real\" /proc/net/unix || say dead; fi; "
	"if ! [ -w \"$1\" ]; then "
	"sudo -n true 2>/dev/null && say sudo; say denied; fi; "
	"command -v docker >/dev/null 2>&1 || say nodocker; say docker";

int http_no_socket(const char *socket, struct err *e)
{
	return err_set(e, ERR_BUSY, "Docker is not installed or not running (no "
		       "socket at %s)", socket);
}

int http_no_listener(const char *socket, struct err *e)
{
	return err_set(e, ERR_BUSY, "Docker is not running (nothing listens on "
		       "%s); start its daemon", socket);
}

int http_no_permission(const char *user, const char *socket, struct err *e)
{
	return err_set(e, ERR_NO_ENGINE, "user %s may not open %s: add it to "
		       "group docker, or allow it sudo without a password", user,
		       socket);
}

static int no_docker(const char *socket, struct err *e)
{
	return err_set(e, ERR_NO_ENGINE, "the server forbids forwarding to %s "
		       "and has no docker program to use instead; see "
		       "AllowStreamLocalForwarding in its sshd_config and the "
		       "restrictions of the key", socket);
}

static int no_finding(struct ssh *s, const char *socket, const char *why,
		      struct err *e)
{
	return err_set(e, ERR_NO_ENGINE, "%s cannot be reached: Docker is not "
		       "running, user %s may not open the socket, or the server "
		       "forbids forwarding to it (%s)", socket, s->login->user,
		       why);
}

/* A login shell may print other lines before. */
static bool take_line(void *ctx, const char *line, size_t n)
{
	char *word = ctx;
	size_t skip = sizeof(PREFIX) - 1;

	if (n > skip && !memcmp(line, PREFIX, skip) && n - skip < 16) {
		memcpy(word, line + skip, n - skip);
		word[n - skip] = '\0';
	}
	return true;
}

static int ask(struct ssh *s, const char *socket, char *word,
	       const struct deadline *d, struct err *e)
{
	struct buf command = BUF_INIT(4096);
	int code, ret;

	buf_adds(&command, "sh -c '");
	buf_adds(&command, script);
	buf_adds(&command, "' sh ");
	ret = text_shell_quote(&command, socket);
	if (ret)
		err_set(e, ERR_LOCAL, "the socket's path is too long");
	else
		ret = ssh_exec(s, command.data, NULL, take_line, word, &code, d,
			       e);
	buf_free(&command);
	return ret;
}

int http_probe(struct ssh *s, const char *socket, enum http_way *way,
	       const struct deadline *d, struct err *e)
{
	char word[16] = "";

	if (ask(s, socket, word, d, e))
		return e->kind == ERR_REFUSED ?
			       no_finding(s, socket, "it lets nobody look: no "
					  "commands allowed", e) :
			       -1;
	if (!strcmp(word, "none"))
		return http_no_socket(socket, e);
	if (!strcmp(word, "dead"))
		return http_no_listener(socket, e);
	if (!strcmp(word, "denied"))
		return http_no_permission(s->login->user, socket, e);
	if (!strcmp(word, "nodocker"))
		return no_docker(socket, e);
	if (strcmp(word, "sudo") && strcmp(word, "docker"))
		return no_finding(s, socket, "its shell gave no answer", e);
	*way = *word == 's' ? HTTP_SUDO : HTTP_DOCKER;
	return 0;
}
