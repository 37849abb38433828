/* SPDX-License-Identifier: MIT */
/* Listens on a private unix socket. */
#include "net/unix_listener.h"

#include "base/err.h"
#include "net/fd.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 512
#define NAME_BYTES 32 /* of the socket in a folder of its own, with the zero */
#define OLD_SECONDS 5 /* a folder whose socket is just being made has none yet */

static int open_socket(const char *path, struct sockaddr_un *un)
{
	un->sun_family = AF_UNIX;
	snprintf(un->sun_path, sizeof(un->sun_path), "%s", path);
	return fd_ready(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* As connect says it: 0, or an error number. */
static int connect_error(const char *path)
{
	struct sockaddr_un un = { 0 };
	int fd = open_socket(path, &un), error = 0;

	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)))
		error = errno;
	fd_close(&fd);
	return error;
}

bool unix_listener_is_live(const char *path)
{
	int error = connect_error(path);

	return !error || error == EAGAIN;
}

static bool is_abandoned(const char *path)
{
	return connect_error(path) == ECONNREFUSED;
}

static bool is_old_folder(const char *folder)
{
	struct stat st;

	return !lstat(folder, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime >= OLD_SECONDS;
}

static void remove_abandoned(const char *where, const char *prefix, const char *name)
{
	char folder[sizeof(((struct unix_listener *)0)->path)];
	char path[sizeof(folder) + NAME_BYTES];
	struct dirent *entry;
	DIR *dir = opendir(where);

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) ||
		    (size_t)snprintf(folder, sizeof(folder), "%s/%s", where,
				     entry->d_name) >= sizeof(folder) ||
		    !is_old_folder(folder))
			continue;
		snprintf(path, sizeof(path), "%s/%.*s", folder, NAME_BYTES - 2, name);
		if (is_abandoned(path))
			unlink(path);
		/* Fails while there is anything in it. */
		rmdir(folder);
	}
	if (dir)
		closedir(dir);
}

static bool make_folder_in(struct unix_listener *l, const char *where, const char *prefix,
			   const char *name)
{
	int n = snprintf(l->folder, sizeof(l->folder), "%s/%sXXXXXX", where, prefix);

	if (*where == '/' && (size_t)n + 1 + strlen(name) < sizeof(l->path) &&
	    mkdtemp(l->folder)) {
		snprintf(l->path, sizeof(l->path), "%.*s/%s", n, l->folder, name);
		return true;
	}
	l->folder[0] = '\0';
	return false;
}

static int make_folder(struct unix_listener *l, const char *prefix, const char *name,
		       struct err *e)
{
	const char *const places[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"),
				       "/tmp" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!places[i])
			continue;
		remove_abandoned(places[i], prefix, name);
		if (make_folder_in(l, places[i], prefix, name))
			return 0;
	}
	return err_set(e, ERR_LOCAL,
		       "cannot make a folder for a socket in /tmp: %s; "
		       "set TMPDIR to one that can be written",
		       strerror(errno));
}

/* A relative path would mean another socket to a program in another folder. */
static int take_path(struct unix_listener *l, const char *path, struct err *e)
{
	char cwd[4096] = "";
	int n;

	if (*path != '/' && !getcwd(cwd, sizeof(cwd)))
		return err_set(e, ERR_LOCAL, "socket: %s: no current folder: %s", path,
			       strerror(errno));
	n = snprintf(l->path, sizeof(l->path), "%s%s%s", cwd, *cwd ? "/" : "", path);
	if ((size_t)n >= sizeof(l->path))
		return err_set(e, ERR_USAGE,
			       "socket: %s: over %zu bytes with the "
			       "folder; take a shorter path",
			       path, sizeof(l->path) - 1);
	return 0;
}

static int make_room(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_USAGE,
			       "socket: %s: something else is there; "
			       "take another path",
			       path);
	if (!is_abandoned(path))
		return err_set(e, ERR_USAGE,
			       "socket: %s: another program listens "
			       "there; end it or take another path",
			       path);
	unlink(path);
	return 0;
}

static int listen_there(struct unix_listener *l, struct err *e)
{
	struct sockaddr_un un = { 0 };
	struct stat st;
	int fd = open_socket(l->path, &un);

	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)))
		goto fail;
	/* The umask keeps others out until then. */
	if (chmod(l->path, 0600) || lstat(l->path, &st) || listen(fd, BACKLOG))
		goto fail;
	l->fd = fd;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
fail:
	err_set(e, ERR_LOCAL, "socket: %s: %s; take another path with --socket", l->path,
		strerror(errno));
	fd_close(&fd);
	return -1;
}

int unix_listener_open(struct unix_listener *l, const char *path, const char *prefix,
		       const char *name, struct err *e)
{
	*l = (struct unix_listener){ .fd = -1 };
	if (path ? take_path(l, path, e) || make_room(l->path, e)
		 : make_folder(l, prefix, name, e))
		return -1;
	return listen_there(l, e);
}

void unix_listener_close(struct unix_listener *l)
{
	struct stat st;

	if (l->fd >= 0 && !lstat(l->path, &st) && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		unlink(l->path);
	if (*l->folder)
		rmdir(l->folder);
	fd_close(&l->fd);
}
