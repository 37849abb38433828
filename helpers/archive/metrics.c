/* SPDX-License-Identifier: MIT */
/* Tells node-exporter of the newest archive. */
#include "archive/metrics.h"

#include "base/buf.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT 4096

static int failed(const char *folder, const char *what, int error, struct err *e)
{
	return err_set(e, ERR_LOCAL, "metrics_dir: %s in %s: %s", what, folder,
		       strerror(error));
}

int archive_metrics_check(const char *folder, struct err *e)
{
	if (!faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS))
		return 0;
	return failed(folder, "no file can be made", errno, e);
}

static void add(struct buf *b, const struct archive_metrics *m, const char *name,
		const char *help, const struct archive_stamp *moment)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s gauge\n%s{cluster_id=\"%s\"} %" PRId64 "\n",
		 name, help, name, name, m->cluster_id, archive_stamp_seconds(moment));
}

/* Not with O_EXCL: what a run that was killed has left is written over. */
static int write_part(int dir, const char *part, const struct buf *text)
{
	/* Not waiting for the other end if it is a FIFO. */
	int fd = openat(dir, part,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW |
				O_NONBLOCK,
			0644);
	int error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text->data, text->len) != (ssize_t)text->len)
		error = errno ? errno : ENOSPC;
	if (!error && (fchmod(fd, 0644) || fsync(fd)))
		error = errno;
	if (close(fd) && !error)
		error = errno;
	return error;
}

/* The collector takes what ends in .prom alone. */
static int write_file(const char *folder, const char *name, const struct buf *text,
		      struct err *e)
{
	char part[96];
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (dir < 0)
		return failed(folder, "nothing can be written", errno, e);
	snprintf(part, sizeof(part), ".%s.part", name);
	errno = 0;
	error = write_part(dir, part, text);
	if (!error && renameat(dir, part, dir, name))
		error = errno;
	if (error)
		unlinkat(dir, part, 0);
	close(dir);
	return error ? failed(folder, "no file can be written", error, e) : 0;
}

int archive_metrics_write(const char *folder, const struct archive_metrics *m,
			  struct err *e)
{
	struct buf text = BUF_INIT(MAX_TEXT);
	char name[64];
	int ret;

	add(&text, m, "swarm_backup_last_success_timestamp_seconds",
	    "When the newest archive of the swarm's state was made.", m->made);
	add(&text, m, "swarm_backup_usable_until_timestamp_seconds",
	    "Until when that archive can be restored.", m->until);
	snprintf(name, sizeof(name), "swarm_backup_%s.prom", m->cluster_id);
	ret = text.failed ? err_no_memory(e) : write_file(folder, name, &text, e);
	buf_free(&text);
	return ret;
}
