/* SPDX-License-Identifier: MIT */
/* What a teardown leaves behind for the leaves that come after it. */
#include "swarm/teardown_file.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/js.h"
#include "base/log.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1u << 20)
#define UNHEARD "unheard_by"
#define DRAINED "drained"
#define DRAINED_BY "drained_by"

/* The object that is there, NULL without one. Owned. */
static json_t *read_object(const char *path)
{
	struct buf text = BUF_INIT(FILE_MAX);
	json_t *said = NULL;
	struct stat st;
	struct err why;
	int fd = file_open(path, &st);

	if (fd >= 0) {
		file_read(fd, &text);
		close(fd);
	}
	if (text.len)
		said = js_read(buf_str(&text), text.len, path, &why);
	buf_free(&text);
	if (json_is_object(said))
		return said;
	json_decref(said);
	return NULL;
}

/* What is there; an empty object where that is nothing of ours. Owned. */
static json_t *read_file(const char *path)
{
	json_t *said = read_object(path);

	return said ? said : json_object();
}

/* Something else has that path: a device, a link, somebody's file. What 0.1.0 left
 * there is an empty file. */
static bool is_foreign(const char *path)
{
	struct stat st;
	json_t *said;
	bool ours;

	if (lstat(path, &st))
		return false;
	if (!S_ISREG(st.st_mode))
		return true;
	said = read_object(path);
	ours = !st.st_size || js_at(said, UNHEARD) || js_at(said, DRAINED);
	json_decref(said);
	return !ours;
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

static int write_all(const char *path, const struct buf *text)
{
	/* Not waiting for the other end if it is a FIFO. */
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		      0600);
	const char *p = buf_str(text);
	size_t left = text->len;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	for (; left; left -= (size_t)n, p += n) {
		n = write(fd, p, left);
		if (n < 0)
			break;
	}
	if (close(fd) || n < 0)
		return -1;
	return 0;
}

/* Written beside it and moved there, so that it is whole at every instant. */
static int write_file(const char *path, const json_t *said, struct err *e)
{
	struct buf text = BUF_INIT(FILE_MAX), beside = BUF_INIT(8192);
	int ret = -1;

	if (is_foreign(path))
		return err_set(e, ERR_LOCAL,
			       "teardown_file %s: something else is there; "
			       "name another path",
			       path);
	make_folder(path);
	if (js_write(said, &text) || buf_addf(&beside, "%s.new", path))
		err_set(e, ERR_LOCAL, "teardown_file %s: too long", path);
	else if (write_all(buf_str(&beside), &text) || rename(buf_str(&beside), path))
		err_set(e, ERR_LOCAL, "teardown_file %s cannot be written: %s", path,
			strerror(errno));
	else
		ret = 0;
	buf_free(&text);
	buf_free(&beside);
	return ret;
}

/* As a host is known here: where SSH goes. */
static void key_of(const struct docker_target *host, char *key, size_t size)
{
	snprintf(key, size, "%s %u", host->login.host, host->login.port);
}

enum swarm_word swarm_teardown_file_about(const char *path,
					  const struct docker_target *host)
{
	enum swarm_word word = SWARM_WORD_NONE;
	char key[300];
	json_t *said;

	if (!path)
		return word;
	said = read_file(path);
	key_of(host, key, sizeof(key));
	if (json_object_get(js_at(said, DRAINED), key) &&
	    process_is_ancestor(js_text(said, DRAINED_BY)))
		word = SWARM_WORD_DRAINED;
	else if (process_is_ancestor(js_text(said, UNHEARD)))
		word = SWARM_WORD_UNHEARD;
	json_decref(said);
	return word;
}

int swarm_teardown_file_unheard(const char *path, struct err *e)
{
	char owner[PROCESS_NAME_MAX];
	json_t *said;
	int ret;

	if (!path || process_parent(owner, sizeof(owner)))
		return 0;
	said = read_file(path);
	json_object_set_new(said, UNHEARD, json_string(owner));
	ret = write_file(path, said, e);
	json_decref(said);
	return ret;
}

int swarm_teardown_file_drained(const char *path, const char *cluster,
				const struct docker_target *const *hosts, size_t count,
				struct err *e)
{
	char key[300], owner[PROCESS_NAME_MAX];
	json_t *said, *drained;
	int ret;

	if (!path || !count || process_parent(owner, sizeof(owner)))
		return 0;
	said = read_file(path);
	drained = js_at(said, DRAINED);
	if (!json_is_object(drained) || !process_is_ancestor(js_text(said, DRAINED_BY))) {
		drained = json_object();
		json_object_set_new(said, DRAINED, drained);
	}
	json_object_set_new(said, DRAINED_BY, json_string(owner));
	for (size_t i = 0; i < count; i++) {
		key_of(hosts[i], key, sizeof(key));
		json_object_set_new(drained, key, json_string(cluster));
	}
	ret = write_file(path, said, e);
	json_decref(said);
	return ret;
}

void swarm_teardown_file_remove(const char *path)
{
	if (!path)
		return;
	if (is_foreign(path))
		log_warn("teardown_file %s: something else is there; left as it is",
			 path);
	else if (!unlink(path))
		log_note("took away %s, which a destroy left behind", path);
}
