/* SPDX-License-Identifier: MIT */
/* Opens an archive and judges it. */
#include "archive/reader.h"

#include "archive/envelope.h"
#include "archive/gzip.h"
#include "archive/tar.h"
#include "base/err.h"
#include "base/file.h"
#include "base/js.h"
#include "base/secret.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TEXT (8u << 20)
#define FOLDER "swarm/"
#define SETTINGS FOLDER "docker-state.json"

/* ---- the file ---- */

int archive_reader_file(const char *path, struct buf *out, struct err *e)
{
	struct stat st;
	int fd = file_open(path, &st);
	int ret = fd < 0 || file_read(fd, out) ? -1 : 0;

	if (ret)
		err_set(e, ERR_USAGE, "it cannot be read: %s", file_why(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Appends `raw` to `out`, decrypted. */
static int decrypt(const struct buf *raw, const char *key, struct buf *out, struct err *e)
{
	if (!archive_envelope_is(raw))
		return buf_add(out, raw->data, raw->len) ? err_no_memory(e) : 0;
	if (key)
		return archive_envelope_open(raw, key, out, e);
	return err_set(e, ERR_USAGE,
		       "it is encrypted; give the private key of the certificate that it "
		       "was encrypted to in decrypt_with");
}

/* ---- one file of a tar ---- */

struct keeping {
	const char *name; /* of the file that is kept */
	struct buf *text;
	bool here;
	struct archive_tar tar;
};

static int begin(void *ctx, const char *name, uint64_t size, struct err *e)
{
	struct keeping *k = ctx;

	(void)size;
	(void)e;
	k->here = !strcmp(name, k->name);
	return 0;
}

static int data(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct keeping *k = ctx;

	if (k->here && buf_add(k->text, bytes, n))
		return err_set(e, ERR_REFUSED, "%s is too large", k->name);
	return 0;
}

static int end(void *ctx, struct err *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

static int unpacked(void *ctx, const void *bytes, size_t n, struct err *e)
{
	struct keeping *k = ctx;

	return archive_tar_add(&k->tar, bytes, n, e);
}

/* Keeps the file `name` of the packed tar; nothing where there is none. */
static int keep(const void *packed, size_t n, const char *name, struct buf *text,
		struct err *e)
{
	static const struct archive_tar_reader reader = { begin, data, end };
	struct keeping k = { .name = name, .text = text };
	struct archive_gunzip *z = archive_gunzip_new(unpacked, &k);
	int ret;

	k.tar = (struct archive_tar){ .reader = &reader, .ctx = &k };
	ret = z ? archive_gunzip_add(z, packed, n, e) : err_no_memory(e);
	archive_gunzip_free(z);
	return ret;
}

/* ---- the state ---- */

/* What is unpacked as root goes nowhere else. */
static int check_names(const json_t *files, struct err *e)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)files, name, value)
		if (strncmp(name, FOLDER, sizeof(FOLDER) - 1) != 0 || strstr(name, ".."))
			return err_set(e, ERR_REFUSED,
				       "it has a file outside of its folder swarm: %s",
				       name);
	return 0;
}

static int judge(struct archive_reader *r, struct err *e)
{
	struct archive_state *s = archive_state_new();
	struct buf text = BUF_INIT(MAX_TEXT);
	int ret = -1;

	if (!s)
		return err_no_memory(e);
	if (archive_state_add(s, r->state.data, r->state.len, e) ||
	    archive_state_judge(s, &r->facts, e) || check_names(r->facts.files, e) ||
	    keep(r->state.data, r->state.len, SETTINGS, &text, e))
		goto out;
	r->settings = js_read(buf_str(&text), text.len, SETTINGS, e);
	ret = r->settings ? 0 : -1;
out:
	archive_state_free(s);
	buf_free(&text);
	return ret;
}

/* The manifest is a member of its own in front of the state's. */
static int take_apart(struct archive_reader *r, const struct buf *packed, struct err *e)
{
	struct buf first = BUF_INIT(MAX_TEXT), text = BUF_INIT(MAX_TEXT);
	size_t used;
	int ret = -1;

	if (archive_gunzip_first(buf_str(packed), packed->len, &first, &used, e) ||
	    keep(packed->data, used, ARCHIVE_MANIFEST, &text, e))
		goto out;
	if (!text.len) {
		err_set(e, ERR_REFUSED,
			"its first file is no %s, so that it was not made "
			"by backup-swarm",
			ARCHIVE_MANIFEST);
		goto out;
	}
	buf_add(&r->state, packed->data + used, packed->len - used);
	if (!judge(r, e))
		ret = archive_manifest_read(&text, &r->facts, &r->manifest, &r->whole, e);
out:
	buf_free(&first);
	buf_free(&text);
	return ret;
}

int archive_reader_open(struct archive_reader *out, const struct buf *raw,
			const char *key, struct err *e)
{
	struct buf packed = BUF_INIT(ARCHIVE_READER_MAX);
	int ret;

	*out = (struct archive_reader){ .state = BUF_INIT(ARCHIVE_READER_MAX) };
	ret = decrypt(raw, key, &packed, e) || take_apart(out, &packed, e) ? -1 : 0;
	buf_free(&packed);
	return ret;
}

int archive_reader_part(const struct archive_reader *r, const char *name, struct buf *out,
			struct err *e)
{
	return keep(r->state.data, r->state.len, name, out, e);
}

void archive_reader_wipe(struct archive_reader *r)
{
	json_decref(r->whole);
	json_decref(r->settings);
	archive_state_wipe(&r->facts);
	buf_free(&r->state);
}
