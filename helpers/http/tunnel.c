/* SPDX-License-Identifier: MIT */
/* Connects libcurl to the Docker socket of a remote host. */
#include "http/internal.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/fd.h"
#include "ssh/forward.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 8
#define PREFIX "swarm-helper-"
#define OLD_SECONDS 60
/* What the far end prints once it is about to pass bytes through. */
#define MARKER "\001docker-stream-begins\n"

struct http_tunnel {
	/* The same for all connections: libcurl reuses one only for a
	 * transfer that names the same path. */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int listener; /* -1 unless libcurl is about to connect */
	enum http_way way;
	char program[HTTP_PROGRAM_MAX]; /* docker there, for any way but FORWARD */
	struct err why; /* of the last failure, ERR_NONE without */
};

/* libcurl 7.88 makes a connection for each request where the socket has an abstract
 * name, so it is one in a folder that only we may open. */
static void name_path(struct http_tunnel *t, const char *unique)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || *tmp != '/' ||
	    strlen(tmp) + strlen(unique) + sizeof("//s") > sizeof(t->path))
		tmp = "/tmp";
	snprintf(t->path, sizeof(t->path), "%s/%s/s", tmp, unique);
}

static void folder_of(const struct http_tunnel *t, char *folder)
{
	snprintf(folder, sizeof(t->path), "%.*s", (int)strlen(t->path) - 2, t->path);
}

static void remove_path(const struct http_tunnel *t)
{
	char folder[sizeof(t->path)];

	folder_of(t, folder);
	unlink(t->path);
	rmdir(folder);
}

/* What a run that was killed has left. A live one needs its folder for an instant. */
static void remove_old(const struct http_tunnel *t)
{
	struct http_tunnel old = { .listener = -1 };
	char *slash, where[sizeof(t->path)];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	folder_of(t, where);
	slash = strrchr(where, '/');
	*slash = '\0';
	dir = opendir(*where ? where : "/");
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
		    time(NULL) - st.st_mtime < OLD_SECONDS ||
		    (size_t)snprintf(old.path, sizeof(old.path), "%s/%s/s", where,
				     entry->d_name) >= sizeof(old.path))
			continue;
		remove_path(&old);
	}
	if (dir)
		closedir(dir);
}

/* Made anew each time, so nobody else can have put anything there. */
static int bind_path(const struct http_tunnel *t, int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char folder[sizeof(t->path)];

	folder_of(t, folder);
	memcpy(un.sun_path, t->path, sizeof(un.sun_path));
	return mkdir(folder, 0700) ? -1 : bind(fd, (struct sockaddr *)&un,
					       sizeof(un));
}

int http_tunnel_new(struct http_tunnel **out, struct err *e)
{
	struct http_tunnel *t = secret_calloc(1, sizeof(*t));
	unsigned char random[16];
	char unique[] = PREFIX "0123456789abcdef0123456789abcdef";
	size_t at = strlen(unique) - 2 * sizeof(random);

	if (!t || RAND_bytes(random, sizeof(random)) != 1) {
		secret_free(t);
		return err_set(e, ERR_LOCAL, "no memory or no random bytes");
	}
	t->listener = -1;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(unique + at + 2 * i, 3, "%02x", random[i]);
	name_path(t, unique);
	remove_old(t);
	*out = t;
	return 0;
}

static void unlisten(struct http_tunnel *t)
{
	if (t->listener < 0)
		return;
	remove_path(t);
	fd_close(&t->listener);
}

void http_tunnel_free(struct http_tunnel *t)
{
	if (t)
		unlisten(t);
	secret_free(t);
}

int http_tunnel_fd(const struct http_tunnel *t)
{
	return t->listener;
}

/* A login shell may have printed lines before. */
static const char *last_line(const char *text)
{
	const char *line = strrchr(text, '\n');

	return line ? line + 1 : text;
}

/* What docker prints when no engine answers, in every version of it. */
static bool is_away(const char *tail)
{
	return strstr(tail, "connection refused") ||
	       strstr(tail, "no such file or directory") ||
	       strstr(tail, "Is the docker daemon running");
}

int http_tunnel_failed(struct http *h, struct err *e)
{
	struct http_tunnel *t = h->tunnel;
	const char *tail = ssh_stderr_tail(h->ssh);

	if (t->why.kind) {
		*e = t->why;
		return -1;
	}
	if (t->way == HTTP_FORWARD || !*tail)
		return 0;
	if (is_away(tail))
		return http_no_listener(h->socket, e);
	if (t->way == HTTP_SUDO)
		return http_no_permission(ssh_user(h->ssh), h->socket,
					  last_line(tail), e);
	return err_set(e, ERR_NO_ENGINE, "`docker system dial-stdio` could not reach "
		       "%s: %s", h->socket, last_line(tail));
}

static int listen_in(struct http_tunnel *t)
{
	int fd = fd_ready(socket(AF_UNIX, SOCK_STREAM, 0));
	int error;

	if (fd >= 0 && !bind_path(t, fd) && !listen(fd, BACKLOG)) {
		t->listener = fd;
		return 0;
	}
	error = errno;
	remove_path(t);
	fd_close(&fd);
	errno = error;
	return -1;
}

/* libcurl is about to connect: only now there has to be a listener. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose,
			     struct curl_sockaddr *a)
{
	struct http_tunnel *t = ctx;

	(void)purpose;
	if (t->listener < 0 && listen_in(t)) {
		err_set(&t->why, ERR_LOCAL, "cannot listen on the unix socket %s "
			"for this program itself: %s; set TMPDIR to a folder that "
			"can be written", t->path, strerror(errno));
		return CURL_SOCKET_BAD;
	}
	return fd_ready(socket(a->family, a->socktype, a->protocol));
}

CURLcode http_tunnel_use(struct http_tunnel *t, CURL *easy)
{
	CURLcode rc;

	t->why.kind = ERR_NONE;
	if ((rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
				   on_open)) ||
	    (rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t)))
		return rc;
	return curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, t->path);
}

static bool is_own(int fd)
{
#ifdef __linux__
	struct ucred c;
	socklen_t n = sizeof(c);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) &&
	       c.pid == getpid() && c.uid == geteuid();
#else
	uid_t uid;
	gid_t gid;

	return !getpeereid(fd, &uid, &gid) && uid == geteuid();
#endif
}

static enum ssh_channel_opened run_docker(struct http *h,
					  struct ssh_channel **channel,
					  const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened = SSH_CHANNEL_FAILED;
	struct buf b = BUF_INIT(4096);

	buf_adds(&b, "sh -c 'printf \"\\001docker-stream-begins\\n\"; exec ");
	if (h->tunnel->way == HTTP_SUDO)
		buf_adds(&b, "sudo -n ");
	buf_adds(&b, "\"$2\" -H \"unix://$1\" system dial-stdio' sh ");
	text_shell_quote(&b, h->socket);
	buf_adds(&b, " ");
	if (text_shell_quote(&b, h->tunnel->program))
		err_set(e, ERR_USAGE, "the socket's path is too long");
	else
		opened = ssh_channel_exec(channel, h->ssh, b.data,
					  h->streams ? 0 : SSH_SESSION_MS, d, e);
	/* A server with MaxSessions 1: a request counts for more than events. */
	if (opened == SSH_CHANNEL_REFUSED && h->streams) {
		h->make_room(h);
		opened = ssh_channel_exec(channel, h->ssh, b.data,
					  SSH_SESSION_MS, d, e);
	}
	buf_free(&b);
	return opened;
}

/* As dial's first try, after asking what was wrong with it: a full backlog of
 * the engine is refused like everything else, and is over by now. */
static enum ssh_channel_opened dial_again(struct http *h,
					  struct ssh_channel **channel,
					  const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened = SSH_CHANNEL_REFUSED;
	enum http_way way;

	if (http_probe(h->ssh, h->socket, &way, h->tunnel->program, d, e))
		return SSH_CHANNEL_FAILED;
	if (way == HTTP_DOCKER)
		opened = ssh_channel_unix(channel, h->ssh, h->socket, d, e);
	if (opened != SSH_CHANNEL_REFUSED)
		return opened;
	h->tunnel->way = way;
	return run_docker(h, channel, d, e);
}

static enum ssh_channel_opened open_channel(struct http *h,
					    struct ssh_channel **channel,
					    const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened;

	if (h->tunnel->way != HTTP_FORWARD)
		return run_docker(h, channel, d, e);
	opened = ssh_channel_unix(channel, h->ssh, h->socket, d, e);
	if (opened == SSH_CHANNEL_REFUSED)
		opened = dial_again(h, channel, d, e);
	return opened;
}

static int dial(struct http *h, int fd, const struct deadline *d, struct err *e)
{
	struct ssh_channel *channel;

	if (open_channel(h, &channel, d, e) != SSH_CHANNEL_OPENED) {
		fd_close(&fd);
		return -1;
	}
	return ssh_forward_start(h->ssh, channel, fd,
				 h->tunnel->way == HTTP_FORWARD ? NULL : MARKER,
				 e);
}

void http_tunnel_serve(struct http *h, const struct deadline *d)
{
	struct http_tunnel *t = h->tunnel;
	bool any = false;
	int fd;

	if (t->listener < 0)
		return;
	while ((fd = fd_ready(accept(t->listener, NULL, NULL))) >= 0) {
		if (!is_own(fd)) {
			fd_close(&fd);
			continue;
		}
		any = true;
		dial(h, fd, d, &t->why);
	}
	if (any)
		unlisten(t);
}
