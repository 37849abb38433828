/* SPDX-License-Identifier: MIT */
/* A private socket that libcurl connects to in place of a server's: libcurl 7.88
 * cannot be handed a connected one (curl #10626). */
#include "http/internal.h"

#include "base/secret.h"
#include "net/fd.h"

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

struct http_listener {
	/* The same for all connections: libcurl reuses one only for a
	 * transfer that names the same path. */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd; /* -1 unless libcurl is about to connect */
};

/* libcurl 7.88 makes a connection for each request where the socket has an abstract
 * name, so it is one in a folder that only we may open. */
static void name_path(struct http_listener *l, const char *unique)
{
	const char *tmp = getenv("TMPDIR");

	if (!tmp || *tmp != '/' ||
	    strlen(tmp) + strlen(unique) + sizeof("//s") > sizeof(l->path))
		tmp = "/tmp";
	snprintf(l->path, sizeof(l->path), "%s/%s/s", tmp, unique);
}

static void folder_of(const struct http_listener *l, char *folder)
{
	snprintf(folder, sizeof(l->path), "%.*s", (int)strlen(l->path) - 2, l->path);
}

static void remove_path(const struct http_listener *l)
{
	char folder[sizeof(l->path)];

	folder_of(l, folder);
	unlink(l->path);
	rmdir(folder);
}

/* What a run that was killed has left. A live one needs its folder for an instant. */
static void remove_old(const struct http_listener *l)
{
	struct http_listener old = { .fd = -1 };
	char *slash, where[sizeof(l->path)];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	folder_of(l, where);
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
static int bind_path(const struct http_listener *l, int fd)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char folder[sizeof(l->path)];

	folder_of(l, folder);
	memcpy(un.sun_path, l->path, sizeof(un.sun_path));
	return mkdir(folder, 0700) ? -1 : bind(fd, (struct sockaddr *)&un, sizeof(un));
}

int http_listener_new(struct http_listener **out, struct err *e)
{
	struct http_listener *l = secret_calloc(1, sizeof(*l));
	unsigned char random[16];
	char unique[] = PREFIX "0123456789abcdef0123456789abcdef";
	size_t at = strlen(unique) - 2 * sizeof(random);

	if (!l || RAND_bytes(random, sizeof(random)) != 1) {
		secret_free(l);
		return err_set(e, ERR_LOCAL, "no memory or no random bytes");
	}
	l->fd = -1;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(unique + at + 2 * i, 3, "%02x", random[i]);
	name_path(l, unique);
	remove_old(l);
	*out = l;
	return 0;
}

void http_listener_close(struct http_listener *l)
{
	if (l->fd < 0)
		return;
	remove_path(l);
	fd_close(&l->fd);
}

void http_listener_free(struct http_listener *l)
{
	if (l)
		http_listener_close(l);
	secret_free(l);
}

int http_listener_fd(const struct http_listener *l)
{
	return l->fd;
}

const char *http_listener_path(const struct http_listener *l)
{
	return l->path;
}

static int listen_at(struct http_listener *l)
{
	int fd = fd_ready(socket(AF_UNIX, SOCK_STREAM, 0));
	int error;

	if (fd >= 0 && !bind_path(l, fd) && !listen(fd, BACKLOG)) {
		l->fd = fd;
		return 0;
	}
	error = errno;
	remove_path(l);
	fd_close(&fd);
	errno = error;
	return -1;
}

int http_listener_open(struct http_listener *l, struct err *e)
{
	if (l->fd < 0 && listen_at(l))
		return err_set(e, ERR_LOCAL,
			       "cannot listen on the unix socket %s: %s; set TMPDIR "
			       "to a folder that can be written",
			       l->path, strerror(errno));
	return 0;
}

static bool is_own(int fd)
{
#ifdef __linux__
	struct ucred c;
	socklen_t n = sizeof(c);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) && c.pid == getpid() &&
	       c.uid == geteuid();
#else
	uid_t uid;
	gid_t gid;

	return !getpeereid(fd, &uid, &gid) && uid == geteuid();
#endif
}

int http_listener_accept(struct http_listener *l)
{
	int fd;

	while ((fd = fd_ready(accept(l->fd, NULL, NULL))) >= 0) {
		if (is_own(fd))
			return fd;
		fd_close(&fd);
	}
	return -1;
}
