/* SPDX-License-Identifier: MIT */
/* Runs a command on this machine and reads what it prints, line by line. */
#include "ssh/here.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/pipe.h"
#include "base/secret.h"
#include "base/timing.h"
#include "ssh/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES 1024 /* what is longer is cut */
#define CHUNK_BYTES 4096

struct here {
	const struct ssh_command *command;
	pid_t pid;
	int in[2], out[2]; /* its input and output, as pipe_open has them */
	size_t sent;       /* bytes of its input */
	bool enough;       /* the caller wants no more lines */
	bool ended;        /* its output */
	char line[LINE_BYTES];
	size_t len;
	char chunk[CHUNK_BYTES];
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int start(struct here *h, struct err *e)
{
	static char shell[] = "sh", option[] = "-c";
	char *words[] = { shell, option, (char *)(uintptr_t)h->command->line, NULL };
	int error;

	if (pipe_open(h->in) || pipe_open(h->out))
		return err_set(e, ERR_LOCAL, "no pipe: %s", strerror(errno));
	error = child_start(&h->pid, words, h->in[0], h->out[1], true);
	close_one(&h->in[0]);
	close_one(&h->out[1]);
	if (error)
		return err_set(e, ERR_LOCAL, "sh: %s", strerror(error));
	fcntl(h->in[1], F_SETFL, O_NONBLOCK);
	return 0;
}

static void end_line(struct here *h)
{
	const struct ssh_command *c = h->command;

	if (c->on_line && !c->on_line(c->ctx, h->line, h->len))
		h->enough = true;
	h->len = 0;
}

static void read_some(struct here *h)
{
	ssize_t n = read(h->out[0], h->chunk, sizeof(h->chunk));

	if (n < 0 && errno == EINTR)
		return;
	h->ended = n <= 0;
	for (ssize_t i = 0; i < n; i++) {
		if (h->chunk[i] == '\n')
			end_line(h);
		else if (h->len < sizeof(h->line))
			h->line[h->len++] = h->chunk[i];
	}
}

/* A command that has stopped reading gets no more. */
static void write_some(struct here *h)
{
	const struct buf *input = h->command->input;
	size_t left = input ? input->len - h->sent : 0;
	ssize_t n = left ? write(h->in[1], input->data + h->sent, left) : 0;

	if (n > 0)
		h->sent += (size_t)n;
	if (!left || (n < 0 && errno != EINTR && errno != EAGAIN))
		close_one(&h->in[1]);
}

static int converse(struct here *h, const struct deadline *d, struct err *e)
{
	struct deadline until = *d;

	while (!h->ended) {
		struct pollfd p[3] = { { .fd = h->out[0], .events = POLLIN },
				       { .fd = h->in[1], .events = POLLOUT },
				       { .fd = d->stop_fd, .events = POLLIN } };
		int64_t left = deadline_left_ms(&until);

		if (!left)
			return err_set(e, ERR_DEADLINE,
				       "the command did not end in time");
		if (poll(p, 3, (int)(left < 60000 ? left : 60000)) <= 0)
			continue;
		if (p[0].revents)
			read_some(h);
		if (p[1].revents)
			write_some(h);
		if (h->enough)
			until = deadline_within(&until, TIMING_OUTPUT_END_MS);
	}
	if (h->len)
		end_line(h);
	return 0;
}

static int await(const struct here *h, int *exit_code, const struct deadline *d,
		 struct err *e)
{
	int status;

	while (waitpid(h->pid, &status, WNOHANG) != h->pid)
		if (deadline_pause(d, TIMING_CHILD_MS))
			return err_set(e, ERR_DEADLINE,
				       "the command did not end in time");
	*exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int ssh_here_exec(const struct ssh_command *c, int *exit_code, const struct deadline *d,
		  struct err *e)
{
	struct here *h = secret_calloc(1, sizeof(*h));
	struct err ignored;
	int ret;

	if (!h)
		return err_no_memory(e);
	h->command = c;
	h->in[0] = h->in[1] = h->out[0] = h->out[1] = -1;
	ret = start(h, e);
	if (!ret)
		ret = converse(h, d, e);
	if (h->enough) {
		struct deadline soon = deadline_within(d, TIMING_OUTPUT_END_MS);

		await(h, exit_code, &soon, &ignored);
		ret = 0;
	} else if (!ret) {
		ret = await(h, exit_code, d, e);
	}
	pipe_close(h->in);
	pipe_close(h->out);
	secret_free(h);
	return ret;
}
