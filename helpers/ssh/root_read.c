/* SPDX-License-Identifier: MIT */
/* Reads a file of a host as root. */
#include "ssh/root_read.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/sink.h"
#include "base/timing.h"
#include "ssh/channel.h"
#include "ssh/internal.h"
#include "sshkey/crypto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define NONCE_BYTES 16
/* What a login shell may print before the first byte. */
#define MAX_BEFORE 65536

/* The file comes behind a line that nothing else on the host knows. */
#define COMMAND_FORMAT \
	"sh -c 'if [ \"$(id -u)\" = 0 ]; then s=; else s=\"sudo -n\"; fi; " \
	"exec $s sh -c \"echo %s && exec cat %s\"'"

struct reading {
	struct ssh *ssh;
	struct ssh_channel *channel;
	const char *path;
	char begin[2 * NONCE_BYTES + 2];
	struct buf before; /* what has come before the file */
	bool begun;
	bool refused; /* by the sink */
	uint64_t left;
	struct sink sink;
	char stderr_head[200];
	char chunk[CHUNK_BYTES];
};

static int too_few(const struct reading *r, struct err *e)
{
	size_t n = strcspn(r->stderr_head, "\r\n");

	return err_set(e, ERR_REFUSED,
		       "%s cannot be read there as root (%.*s); user %s has to be root "
		       "or to have sudo without a password",
		       r->path, n ? (int)n : 12, n ? r->stderr_head : "it ends early",
		       ssh_user(r->ssh));
}

static int pass_on(struct reading *r, const char *bytes, size_t n, struct err *e)
{
	if (n > r->left)
		n = (size_t)r->left;
	r->left -= n;
	r->refused = n && r->sink.take(r->sink.ctx, bytes, n, e);
	return r->refused ? -1 : 0;
}

/* Looks for the line behind which the file begins. */
static int look_for_begin(struct reading *r, size_t n, struct err *e)
{
	size_t len = strlen(r->begin), at = 0;

	if (buf_add(&r->before, r->chunk, n))
		return too_few(r, e);
	while (at + len <= r->before.len &&
	       memcmp(r->before.data + at, r->begin, len) != 0)
		at++;
	if (at + len > r->before.len)
		return 0;
	r->begun = true;
	return pass_on(r, r->before.data + at + len, r->before.len - at - len, e);
}

static void keep_stderr(struct reading *r, size_t n)
{
	size_t used = strlen(r->stderr_head), room = sizeof(r->stderr_head) - 1 - used;

	memcpy(r->stderr_head + used, r->chunk, n < room ? n : room);
	r->stderr_head[used + (n < room ? n : room)] = '\0';
}

enum progress {
	READ_MORE,
	READ_ENDED, /* all is there, or nothing more comes */
	READ_FAILED
};

static enum progress take_bytes(struct reading *r, size_t n, struct err *e)
{
	if (r->begun ? pass_on(r, r->chunk, n, e) : look_for_begin(r, n, e))
		return READ_FAILED;
	return r->begun && !r->left ? READ_ENDED : READ_MORE;
}

/* A call for one stream also takes in packets of the other, which no poll would report. */
static enum progress read_some(struct reading *r, const struct deadline *d, struct err *e)
{
	uint64_t before = r->ssh->received;
	ssize_t err = ssh_channel_read(r->channel, SSH_STDERR, r->chunk, CHUNK_BYTES);
	ssize_t n;

	if (err > 0)
		keep_stderr(r, (size_t)err);
	n = ssh_channel_read(r->channel, SSH_STDOUT, r->chunk, CHUNK_BYTES);
	if (!n || !err)
		return READ_ENDED;
	if (n > 0)
		return take_bytes(r, (size_t)n, e);
	if (ssh_is_lost(r->ssh)) {
		ssh_channel_failed(r->channel, "reading a file", e);
		return READ_FAILED;
	}
	/* A program that never pauses must not keep us from the deadline. */
	if (((err <= 0 && r->ssh->received == before) || deadline_left_ms(d) == 0) &&
	    ssh_channel_wait(r->channel, d, e))
		return READ_FAILED;
	return READ_MORE;
}

static int read_all(struct reading *r, const struct deadline *d, struct err *e)
{
	enum progress progress;
	struct err ignored;
	int code = 0;

	do
		progress = read_some(r, d, e);
	while (progress == READ_MORE);
	if (progress == READ_FAILED && !r->refused) {
		/* Nothing else can follow a conversation broken off. */
		r->ssh->lost = true;
		ssh_channel_free(r->channel);
		return -1;
	}
	if (ssh_channel_close(r->channel, &code, d, r->refused ? &ignored : e))
		return -1;
	if (r->refused)
		return -1;
	return r->begun && !r->left ? 0 : too_few(r, e);
}

/* Of this machine. What is read is a regular file, which keeps nobody waiting. */
static int read_here(const char *path, uint64_t bytes, const struct sink *sink,
		     struct err *e)
{
	char *chunk = secret_calloc(1, CHUNK_BYTES);
	struct stat st;
	int fd = file_open(path, &st), ret = 0;
	ssize_t n = 0;

	if (!chunk || fd < 0)
		ret = !chunk ? err_no_memory(e)
			     : err_set(e, ERR_LOCAL, "%s cannot be read: %s", path,
				       file_why(errno));
	while (!ret && bytes && (n = read(fd, chunk, CHUNK_BYTES)) > 0) {
		if ((uint64_t)n > bytes)
			n = (ssize_t)bytes;
		bytes -= (uint64_t)n;
		ret = sink->take(sink->ctx, chunk, (size_t)n, e);
	}
	if (!ret && bytes)
		ret = err_set(e, ERR_LOCAL, "%s cannot be read: %s", path,
			      n < 0 ? strerror(errno) : "it ends early");
	if (fd >= 0)
		close(fd);
	secret_free(chunk);
	return ret;
}

int ssh_root_read(struct ssh *s, const char *path, uint64_t bytes,
		  const struct sink *sink, const struct deadline *d, struct err *e)
{
	struct reading *r = secret_calloc(1, sizeof(*r));
	char nonce[2 * NONCE_BYTES + 1], command[512];
	int ret = -1;

	if (!s || !r) {
		secret_free(r);
		return s ? err_no_memory(e) : read_here(path, bytes, sink, e);
	}
	r->ssh = s;
	r->path = path;
	r->left = bytes;
	r->sink = *sink;
	r->before = BUF_INIT(MAX_BEFORE + CHUNK_BYTES);
	if (crypto_random_name(nonce, NONCE_BYTES, e))
		goto out;
	snprintf(r->begin, sizeof(r->begin), "%s\n", nonce);
	snprintf(command, sizeof(command), COMMAND_FORMAT, nonce, path);
	if (ssh_channel_exec(&r->channel, s, command, TIMING_SSH_SESSION_MS, d, e) ==
	    SSH_CHANNEL_OPENED)
		ret = read_all(r, d, e);
out:
	buf_free(&r->before);
	secret_free(r);
	return ret;
}
