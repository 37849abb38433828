/* SPDX-License-Identifier: MIT */
/* Records the key of a host seen for the first time. */
#include "base/base64.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/timing.h"
#include "hostkey/known_hosts.h"
#include "hostkey/line.h"
#include "hostkey/internal.h"
#include "sshkey/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_KEY 16384 /* bytes */

static int cannot_write(const struct known_hosts *k, struct err *e)
{
	return known_hosts_cannot_write(k->path, e);
}

/* Makes the folders above the file that are missing. */
static int make_folders(const struct known_hosts *k, struct err *e)
{
	struct buf path = BUF_INIT(8192);
	int ret = 0;

	if (buf_adds(&path, k->path)) {
		errno = ENAMETOOLONG;
		return cannot_write(k, e);
	}
	for (char *c = path.data; *c && (c = strchr(c + 1, '/')) && !ret;) {
		*c = '\0';
		if (mkdir(path.data, 0700) && errno != EEXIST && errno != EISDIR)
			ret = cannot_write(k, e);
		*c = '/';
	}
	buf_free(&path);
	return ret;
}

static int append(const struct known_hosts *k, int fd, const struct buf *whole,
		  const unsigned char *key, size_t n, struct err *e)
{
	struct ssh_wire w = { key, n }, type;
	struct buf line = BUF_INIT(65536);
	bool torn = whole->len && whole->data[whole->len - 1] != '\n';
	ssize_t done;
	int ret = -1;

	if (ssh_wire_string(&w, &type) || type.n > 64)
		return err_set(e, ERR_HOST_KEY,
			       "the host shows something that is "
			       "no host key");
	buf_addf(&line, "%s%s %.*s ", torn ? "\n" : "", k->name, (int)type.n,
		 (const char *)type.p);
	base64_encode(&line, key, n);
	if (buf_adds(&line, "\n")) {
		errno = ENOMEM;
		return cannot_write(k, e);
	}
	/* One write, so that nobody reads half a line; taken back when the disk
	 * had room for a part only. */
	done = write(fd, line.data, line.len);
	if (done >= 0 && (size_t)done == line.len)
		ret = 0;
	if (done >= 0 && ret) {
		errno = ftruncate(fd, (off_t)whole->len) ? errno : ENOSPC;
		cannot_write(k, e);
	} else if (ret) {
		cannot_write(k, e);
	}
	buf_free(&line);
	return ret;
}

/* Characters that would make the recorded name mean other hosts, another
 * field or a comment. */
static bool can_stand_in_file(const char *host)
{
	return *host && !host[strcspn(host, " \t\r\n,*?!|#@[]")];
}

int known_hosts_record(const struct known_hosts *k, const unsigned char *key, size_t n,
		       const struct deadline *d, struct err *e)
{
	struct known_hosts now = *k;
	struct buf whole = BUF_INIT(KNOWN_HOSTS_MAX_FILE);
	enum known_hosts_verdict verdict;
	struct deadline until = deadline_within(d, TIMING_LOCK_WAIT_MS);
	struct err why;
	int fd, ret = -1;

	if (!k->path || !can_stand_in_file(k->host))
		return err_set(e, ERR_USAGE,
			       "cannot record the key of %s: the name "
			       "cannot stand in a known hosts file",
			       k->host);
	if (make_folders(k, e))
		return -1;
	fd = known_hosts_open_locked(k->path, O_CREAT | O_APPEND, &until, e);
	if (fd < 0)
		return -1;
	now.keys = NULL;
	now.count = 0;
	if (known_hosts_read_file(&now, fd, &whole, e))
		goto out;
	verdict = known_hosts_check(&now, key, n, &why);
	if (verdict == KNOWN_HOSTS_NEW)
		ret = append(k, fd, &whole, key, n, e);
	else if (verdict == KNOWN_HOSTS_OK)
		ret = 0;
	else
		*e = why;
out:
	known_hosts_clear(&now);
	buf_free(&whole);
	close(fd);
	return ret;
}

static int add(const struct known_hosts *k, const char *key, const struct deadline *d,
	       struct err *e)
{
	struct buf blob = BUF_INIT(LONGEST_KEY);
	struct known_hosts_line line;
	int ret;

	known_hosts_line_pinned(&line, key, strlen(key));
	if (!line.key.p || known_hosts_line_key(&line, &blob))
		ret = err_set(e, ERR_LOCAL, "cannot record what is no host key");
	else
		ret = known_hosts_record(k, (const unsigned char *)blob.data, blob.len, d,
					 e);
	buf_free(&blob);
	return ret;
}

int known_hosts_add(const char *path, const char *host, uint16_t port, const char *key,
		    const struct deadline *d, struct err *e)
{
	struct known_hosts k = { 0 };
	int ret = known_hosts_name_entry(&k, path, host, port, e);

	if (!ret)
		ret = add(&k, key, d, e);
	known_hosts_release(&k);
	return ret;
}
