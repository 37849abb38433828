#include "swarm/going.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool swarm_going_file_exists(const char *path)
{
	struct stat st;

	return path && !stat(path, &st);
}

/* Its folder is that of a known_hosts file, which is made on demand as well. */
static void make_folder(const char *path)
{
	struct buf folder = BUF_INIT(8192);
	char *slash;

	if (!buf_adds(&folder, path) && (slash = strrchr(folder.data, '/'))) {
		*slash = '\0';
		mkdir(folder.data, 0700);
	}
	buf_free(&folder);
}

int swarm_going_file_make(const char *path, struct err *e)
{
	int fd;

	make_folder(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_LOCAL, "going_file %s cannot be made: %s",
			       path, strerror(errno));
	close(fd);
	return 0;
}

void swarm_going_file_remove(const char *path)
{
	if (path && !unlink(path))
		log_note("took away %s, which a destroy that was interrupted left "
			 "behind", path);
}
