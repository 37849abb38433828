/* SPDX-License-Identifier: MIT */
/* Takes hosts out of a known_hosts file. */
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "hostkey/known_hosts.h"
#include "hostkey/line.h"
#include "hostkey/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The new file until it takes the old one's place. One that is killed leaves
 * it, and the next one writes it anew. */
#define NEW_SUFFIX ".forget-host"

/* Appends the patterns but those that are this very name, and says whether any
 * is left that could mean a host, and whether one was left out. */
static bool other_hosts(const struct known_hosts_word *hosts, const char *name,
			struct buf *rest, bool *named)
{
	const char *p = hosts->p, *end = p + hosts->n;
	size_t before = rest->len;
	bool some = false;

	*named = false;
	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		size_t n = (size_t)((comma ? comma : end) - p);

		if (n == strlen(name) && !strncasecmp(p, name, n)) {
			*named = true;
		} else if (n) {
			buf_adds(rest, rest->len > before ? "," : "");
			buf_add(rest, p, n);
			some |= *p != '!';
		}
		p += n + (comma != NULL);
	}
	return some;
}

/* A file that is gone through. */
struct filter {
	const struct known_hosts *k;
	struct buf *out;     /* what stays of it */
	unsigned int number; /* of the line */
	unsigned int *lines; /* that were changed or left out */
};

/* Appends what stays of a line; `n` without the line end, `whole` with it. */
static void keep_rest(struct filter *f, const char *text, size_t n, size_t whole)
{
	const struct known_hosts *k = f->k;
	struct buf rest = BUF_INIT(KNOWN_HOSTS_MAX_FILE);
	struct known_hosts_line l;
	bool named = false, means;

	means = known_hosts_line_read(&l, text, n) == KNOWN_HOSTS_LINE_KEY &&
		l.marker == KNOWN_HOSTS_PLAIN &&
		known_hosts_line_means(&l.hosts, k->name);
	if (!means) {
		buf_add(f->out, text, whole);
	} else if (*l.hosts.p == '|' || !other_hosts(&l.hosts, k->name, &rest, &named)) {
		++*f->lines;
	} else {
		*f->lines += named;
		l.hosts = named ? (struct known_hosts_word){ rest.data, rest.len }
				: l.hosts;
		if (known_hosts_line_means(&l.hosts, k->name))
			log_warn("%s line %u means other hosts than %s too; it "
				 "stays",
				 k->path, f->number, k->name);
		buf_add(f->out, l.hosts.p, l.hosts.n);
		buf_add(f->out, l.type.p - 1, (size_t)(text + whole - l.type.p) + 1);
	}
	buf_free(&rest);
}

static void filter(struct filter *f, const struct buf *old)
{
	const char *p = buf_str(old), *end = p + old->len;

	for (f->number = 1; p < end; f->number++) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		size_t whole = n + (eol != NULL);

		while (n && (p[n - 1] == '\r' || p[n - 1] == ' '))
			n--;
		keep_rest(f, p, n, whole);
		p += whole;
	}
}

static int write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd);
}

/* The new file is locked before it has the name, and until this ends: nobody
 * writes to it while another one could still take its place. */
static int replace(const char *path, int old, const struct buf *text,
		   const struct deadline *d, struct err *e)
{
	char temporary[PATH_MAX + sizeof(NEW_SUFFIX)];
	struct stat was;
	int fd, ret = -1;

	snprintf(temporary, sizeof(temporary), "%s" NEW_SUFFIX, path);
	fd = known_hosts_open_locked(temporary, O_CREAT | O_NOFOLLOW, d, e);
	if (fd < 0)
		return -1;
	if (fstat(old, &was) || ftruncate(fd, 0) || write_all(fd, text) ||
	    fchmod(fd, was.st_mode & 07777)) {
		known_hosts_cannot_write(temporary, e);
		goto out;
	}
	/* Only root may, and only to root does it matter. */
	if (fchown(fd, was.st_uid, was.st_gid))
		errno = 0;
	if (text->len ? rename(temporary, path) : unlink(temporary) || unlink(path)) {
		known_hosts_cannot_write(path, e);
		goto out;
	}
	ret = 0;
out:
	if (ret)
		unlink(temporary);
	close(fd);
	return ret;
}

enum file { FILE_THERE, FILE_MISSING, FILE_UNUSABLE };

/* A link stays one: what it leads to is replaced. Sets the error for
 * FILE_UNUSABLE only. */
static enum file real_path(const char *path, char *out, struct err *e)
{
	if (realpath(path, out))
		return FILE_THERE;
	if (errno == ENOENT || errno == ENOTDIR)
		return FILE_MISSING;
	known_hosts_cannot_write(path, e);
	return FILE_UNUSABLE;
}

static int forget(const struct known_hosts *k, const char *path, unsigned int *lines,
		  const struct deadline *d, struct err *e)
{
	struct buf old = BUF_INIT(KNOWN_HOSTS_MAX_FILE);
	struct buf text = BUF_INIT(KNOWN_HOSTS_MAX_FILE);
	struct filter f = { .k = k, .out = &text, .lines = lines };
	int fd = known_hosts_open_locked(path, 0, d, e), ret = -1;
	struct stat gone;

	/* Another one may have just taken the last line out. */
	if (fd < 0 && stat(path, &gone) && errno == ENOENT)
		return 0;
	if (fd < 0)
		return -1;
	if (known_hosts_read_text(path, fd, &old, e))
		goto out;
	filter(&f, &old);
	ret = *lines ? replace(path, fd, &text, d, e) : 0;
out:
	buf_free(&text);
	buf_free(&old);
	close(fd);
	return ret;
}

static int forget_in(const struct known_hosts *k, unsigned int *lines,
		     const struct deadline *d, struct err *e)
{
	char path[PATH_MAX];

	switch (real_path(k->path, path, e)) {
	case FILE_THERE:
		return forget(k, path, lines, d, e);
	case FILE_MISSING:
		return 0;
	case FILE_UNUSABLE:
		break;
	}
	return -1;
}

int known_hosts_forget(const char *path, const char *host, uint16_t port,
		       unsigned int *lines, const struct deadline *d, struct err *e)
{
	struct known_hosts k = { 0 };
	int ret = known_hosts_name_entry(&k, path, host, port, e);

	*lines = 0;
	if (!ret)
		ret = forget_in(&k, lines, d, e);
	known_hosts_release(&k);
	return ret;
}
