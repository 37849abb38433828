/* SPDX-License-Identifier: MIT */
/* Asks a host why its Docker socket cannot be forwarded, and what works
 * instead. */
#include "docker/probe.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "docker/socket.h"
#include "ssh/ssh.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "docker-socket="

/* Prints why the socket, its argument, could not be opened, and the program to
 * run instead. A server answers every failed streamlocal open alike. Linux
 * lists the sockets that somebody listens on by the path that they were bound
 * to, which is seldom written with the link /var/run. sudo has a PATH of its own
 * (secure_path) and may be allowed for docker alone, perhaps with the path that
 * is in its rules; `sudo -l` knows whether it finds and allows it, but whether
 * without a password only running it shows. No quotes of the one kind that is
 * put around it; one line, for csh. */
static const char script[] =
	"say() { echo \"" PREFIX "$1\"; exit 0; }; "
	"folder=${1%/*}/; real=$(cd -P -- \"$folder\" 2>/dev/null && pwd)/${1##*/}; "
	"if [ -S \"$1\" ]; then if [ -r /proc/net/unix ]; then "
	"grep -qF -e \" $1\" -e \" $real\" /proc/net/unix || say dead; fi; "
	"elif ! [ -d \"$folder\" ] || [ -x \"$folder\" ]; then say none; fi; "
	"for d in docker /usr/bin/docker /usr/local/bin/docker /snap/bin/docker "
	"/opt/bin/docker \"$HOME/bin/docker\"; do "
	"d=$(command -v \"$d\" 2>/dev/null) && break; done; "
	"if [ -w \"$1\" ]; then [ \"$d\" ] || say nodocker; say \"docker $d\"; fi; "
	"command -v sudo >/dev/null 2>&1 || say denied; "
	"sudo -n -l docker -H \"unix://$1\" system dial-stdio >/dev/null 2>&1 && d=docker; "
	"say \"sudo ${d:-docker}\"";

/* Says "unused" where neither socket nor state are in the places of Docker's packages, and
 * no setting names another one. No quotes of the one kind here, either. */
static const char unused_script[] =
	"case $1 in /run/docker.sock | /var/run/docker.sock) ;; *) exit ;; esac; "
	"s=; [ \"$(id -u)\" = 0 ] || s=\"sudo -n\"; "
	"$s sh -c \"for f in /run/docker.sock /var/lib/docker/swarm/docker-state.json "
	"/var/snap/docker; do [ ! -e \\$f ] || exit 0; done; "
	"grep -rqsE -e \\\"(data-root|graph)\\\" -e --data-root /etc/docker/daemon.json "
	"/etc/systemd/system /etc/default/docker /etc/conf.d/docker /etc/sysconfig/docker || "
	"echo " PREFIX "unused\"";

/* What came back. */
struct finding {
	char word[16];
	char program[DOCKER_PROGRAM_MAX];
	char last[128]; /* line, when it was none of ours */
};

static int no_docker(const char *socket, struct err *e)
{
	return err_set(
		e, ERR_NO_ENGINE,
		"the server forbids forwarding to %s "
		"and has no docker program to use instead (PATH, /usr/local/bin, /snap/bin); see "
		"AllowStreamLocalForwarding in its sshd_config and the "
		"restrictions of the key",
		socket);
}

static int no_finding(struct ssh *s, const char *socket, const char *why, struct err *e)
{
	return err_set(e, ERR_NO_ENGINE,
		       "%s cannot be reached: Docker is not "
		       "running, user %s may not open the socket, or the server "
		       "forbids forwarding to it (%s)",
		       socket, ssh_user(s), why);
}

/* A login shell may print other lines before. */
static bool take_line(void *ctx, const char *line, size_t n)
{
	struct finding *f = ctx;
	size_t skip = sizeof(PREFIX) - 1, word;

	if (n <= skip || memcmp(line, PREFIX, skip)) {
		if (n)
			snprintf(f->last, sizeof(f->last), "%.*s", (int)n, line);
		return true;
	}
	line += skip;
	n -= skip;
	for (word = 0; word < n && line[word] != ' ';)
		word++;
	snprintf(f->word, sizeof(f->word), "%.*s", (int)word, line);
	if (word < n)
		snprintf(f->program, sizeof(f->program), "%.*s", (int)(n - word - 1),
			 line + word + 1);
	return true;
}

static int ask(struct ssh *s, const char *text, const char *socket, struct finding *f,
	       const struct deadline *d, struct err *e)
{
	struct ssh_command command = { .on_line = take_line, .ctx = f };
	struct buf line = BUF_INIT(4096);
	int code, ret = -1;

	buf_addf(&line, "sh -c '%s' sh ", text);
	if (text_shell_quote(&line, socket)) {
		err_set(e, ERR_LOCAL, "the socket's path is too long");
	} else {
		command.line = line.data;
		ret = ssh_exec(s, &command, &code, d, e);
	}
	buf_free(&line);
	return ret;
}

static int no_answer(struct ssh *s, const char *socket, const struct finding *f,
		     struct err *e)
{
	char why[256];

	snprintf(why, sizeof(why), "its login shell runs no command of ours: %s",
		 *f->last ? f->last : "it said nothing");
	return no_finding(s, socket, why, e);
}

int docker_probe(struct ssh *s, const char *socket, enum docker_transport *transport,
		 char *program, const struct deadline *d, struct err *e)
{
	struct finding f = { 0 };

	if (ask(s, script, socket, &f, d, e))
		return e->kind == ERR_REFUSED ? no_finding(s, socket,
							   "it runs no "
							   "commands",
							   e)
					      : -1;
	if (!strcmp(f.word, "none"))
		return docker_socket_missing(socket, e);
	if (!strcmp(f.word, "dead"))
		return docker_socket_dead(socket, e);
	if (!strcmp(f.word, "denied"))
		return docker_socket_denied(ssh_user(s), socket, NULL, e);
	if (!strcmp(f.word, "nodocker"))
		return no_docker(socket, e);
	if (!*f.program || (strcmp(f.word, "sudo") && strcmp(f.word, "docker")))
		return no_answer(s, socket, &f, e);
	*transport = f.word[0] == 's' ? DOCKER_DIAL_SUDO : DOCKER_DIAL;
	memcpy(program, f.program, sizeof(f.program));
	return 0;
}

bool docker_probe_unused(struct ssh *s, const char *socket, const struct deadline *d)
{
	struct finding f = { 0 };
	struct err e;

	return !ask(s, unused_script, socket, &f, d, &e) && !strcmp(f.word, "unused");
}
