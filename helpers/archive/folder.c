/* SPDX-License-Identifier: MIT */
/* The archives in a folder: their names, which are of use, which may go. */
#include "archive/folder.h"

#include "base/err.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ENTRIES 100000
#define UNTIL "-until-"
#define PACKED ".tar.gz"
#define ENCRYPTED ".cms"

/* ---- names ---- */

void archive_entry_name(struct archive_entry *a)
{
	snprintf(a->name, sizeof(a->name), "swarm-%s-%s-%s" UNTIL "%s" PACKED "%s",
		 a->cluster_id, a->node_id, a->made.text, a->until.text,
		 a->encrypted ? ENCRYPTED : "");
}

/* Goes on behind `text`; NULL once it does not stand there. */
static const char *skip(const char *p, const char *text)
{
	size_t n = strlen(text);

	return p && !strncmp(p, text, n) ? p + n : NULL;
}

static const char *read_id(const char *p, char *out)
{
	if (!p || strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789") != ARCHIVE_ID_BYTES)
		return NULL;
	memcpy(out, p, ARCHIVE_ID_BYTES);
	out[ARCHIVE_ID_BYTES] = '\0';
	return p + ARCHIVE_ID_BYTES;
}

static const char *read_stamp(const char *p, struct archive_stamp *out)
{
	return p && archive_stamp_read(out, p, strlen(p)) ? p + ARCHIVE_STAMP_BYTES
							  : NULL;
}

bool archive_entry_read(struct archive_entry *a, const char *name)
{
	const char *p = skip(name, "swarm-");

	p = skip(read_id(p, a->cluster_id), "-");
	p = skip(read_id(p, a->node_id), "-");
	p = skip(read_stamp(p, &a->made), UNTIL);
	p = skip(read_stamp(p, &a->until), PACKED);
	if (!p || (*p && strcmp(p, ENCRYPTED) != 0))
		return false;
	a->encrypted = *p != '\0';
	snprintf(a->name, sizeof(a->name), "%s", name);
	return true;
}

/* ---- the list ---- */

static int newest_first(const void *a, const void *b)
{
	const struct archive_entry *x = a, *y = b;
	int order = archive_stamp_compare(&y->made, &x->made);

	return order ? order : strcmp(y->name, x->name);
}

int archive_folder_add(struct archive_folder *f, const char *name, const char *cluster_id,
		       struct err *e)
{
	struct archive_entry a, *list;

	if (!archive_entry_read(&a, name) || strcmp(a.cluster_id, cluster_id) != 0)
		return 0;
	if (f->count == MAX_ENTRIES)
		return err_set(e, ERR_LOCAL, "it has more than %d archives", MAX_ENTRIES);
	list = realloc(f->list, (f->count + 1) * sizeof(*list));
	if (!list)
		return err_no_memory(e);
	f->list = list;
	f->list[f->count++] = a;
	return 0;
}

void archive_folder_sort(struct archive_folder *f)
{
	if (f->count)
		qsort(f->list, f->count, sizeof(*f->list), newest_first);
}

int archive_folder_list(struct archive_folder *out, const char *path,
			const char *cluster_id, struct err *e)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	*out = (struct archive_folder){ 0 };
	if (!dir)
		return err_set(e, ERR_LOCAL,
			       "to: the folder %s cannot be opened: %s; make it first",
			       path, strerror(errno));
	while (!ret && (entry = readdir(dir)) != NULL)
		ret = archive_folder_add(out, entry->d_name, cluster_id, e);
	closedir(dir);
	if (ret) {
		archive_folder_free(out);
		return err_wrap(e, "to: %s", path);
	}
	archive_folder_sort(out);
	return 0;
}

void archive_folder_free(struct archive_folder *f)
{
	free(f->list);
	*f = (struct archive_folder){ 0 };
}

static bool usable(const struct archive_entry *a, const struct archive_stamp *now)
{
	return archive_stamp_compare(&a->until, now) > 0;
}

const struct archive_entry *archive_folder_newest(const struct archive_folder *f,
						  const struct archive_stamp *now)
{
	for (size_t i = 0; i < f->count; i++)
		if (usable(&f->list[i], now))
			return &f->list[i];
	return NULL;
}

/* ---- which may go ---- */

size_t archive_folder_kept(const struct archive_folder *f, uint32_t keep,
			   const struct archive_stamp *now)
{
	uint32_t usable_ones = 0;

	for (size_t i = 0; i < f->count; i++)
		if (usable(&f->list[i], now) && ++usable_ones == keep)
			return i + 1;
	return f->count;
}

int archive_folder_prune(const char *path, const char *cluster_id, uint32_t keep,
			 size_t *removed, struct err *e)
{
	struct archive_stamp now = archive_stamp_now();
	struct archive_folder f;
	char file[4096];
	size_t kept;

	*removed = 0;
	if (archive_folder_list(&f, path, cluster_id, e))
		return -1;
	kept = archive_folder_kept(&f, keep, &now);
	for (size_t i = kept; i < f.count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, f.list[i].name);
		*removed += !unlink(file);
	}
	archive_folder_free(&f);
	return 0;
}

static bool is_part(const char *name)
{
	struct archive_entry a;
	char inner[sizeof(a.name)];
	size_t n = strlen(name);

	if (n < 7 || n - 6 >= sizeof(inner) || *name != '.' ||
	    strcmp(name + n - 5, ".part") != 0)
		return false;
	snprintf(inner, sizeof(inner), "%.*s", (int)(n - 6), name + 1);
	return archive_entry_read(&a, inner);
}

void archive_folder_tidy(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		int fd;

		if (!is_part(entry->d_name))
			continue;
		fd = openat(dirfd(dir), entry->d_name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			unlinkat(dirfd(dir), entry->d_name, 0);
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

/* ---- the sum of one ---- */

static int sum(int fd, EVP_MD_CTX *c)
{
	unsigned char piece[65536];
	ssize_t n;

	if (!c || EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		EVP_DigestUpdate(c, piece, (size_t)n);
	return n ? -1 : 0;
}

int archive_folder_sum(const char *path, const char *name, char sha256[65], struct err *e)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	char file[4096];
	struct stat st;
	int fd, ret;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	fd = file_open(file, &st);
	ret = fd < 0 ? -1 : sum(fd, c);
	if (!ret)
		ret = EVP_DigestFinal_ex(c, out, NULL) == 1 ? 0 : -1;
	for (int i = 0; !ret && i < 32; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", out[i]);
	EVP_MD_CTX_free(c);
	if (fd >= 0)
		close(fd);
	return ret ? err_set(e, ERR_LOCAL, "%s cannot be read: %s", file, file_why(errno))
		   : 0;
}
