/* SPDX-License-Identifier: MIT */
/* Runs the credential_process of a profile, without a shell. */
#include "aws/internal.h"

#include "base/buf.h"
#include "base/child.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/pipe.h"
#include "base/secret.h"
#include "base/timing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 64

/* ---- words ---- */

/* Reads one word at *p into `out`, in place of it or before it: quotes and backslashes
 * as a shell has them, and nothing else of a shell. Returns -1 for an open quote. */
static int read_word(char **p, char *out)
{
	char quote = '\0', *from = *p;

	for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
		if (*from == quote) {
			quote = '\0';
		} else if (!quote && (*from == '"' || *from == '\'')) {
			quote = *from;
		} else {
			if (*from == '\\' && quote != '\'' && from[1])
				from++;
			*out++ = *from;
		}
	}
	if (quote)
		return -1;
	*p = from + (*from != '\0');
	*out = '\0';
	return 0;
}

static int split(char *line, char **words, struct err *e)
{
	size_t n = 0;

	for (line += strspn(line, " \t"); *line; line += strspn(line, " \t")) {
		char *word = line;

		if (n == MAX_WORDS)
			return err_set(e, ERR_USAGE, "it has more than %d words",
				       MAX_WORDS);
		if (read_word(&line, word))
			return err_set(e, ERR_USAGE, "a quote in it does not end");
		words[n++] = word;
	}
	words[n] = NULL;
	return n ? 0 : err_set(e, ERR_USAGE, "it is empty");
}

/* ---- the process ---- */

static int read_some(int fd, struct buf *out, bool *ended, struct err *e)
{
	char piece[4096];
	ssize_t n = read(fd, piece, sizeof(piece));
	int ret = 0;

	*ended = n == 0;
	if (n < 0 && errno != EINTR)
		ret = err_set(e, ERR_LOCAL, "it cannot be read: %s", strerror(errno));
	else if (n > 0 && buf_add(out, piece, (size_t)n))
		ret = err_set(e, ERR_REFUSED, "it says more than keys have bytes");
	secret_wipe(piece, sizeof(piece));
	return ret;
}

static int read_all(int fd, struct buf *out, const struct deadline *d, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			       { .fd = d->stop_fd, .events = POLLIN } };
	bool ended = false;
	int64_t left;

	while (!ended) {
		left = deadline_left_ms(d);
		if (!left)
			return err_set(e, ERR_DEADLINE, "it has not ended in time");
		if (poll(p, 2, (int)left) > 0 && p[0].revents &&
		    read_some(fd, out, &ended, e))
			return -1;
	}
	return 0;
}

/* A program that has closed its output has no more to tell: it is killed if it stays. */
static int await(pid_t pid, bool kill_it)
{
	struct deadline soon = deadline_in(TIMING_CHILD_END_MS);
	int status = 0;
	pid_t done = 0;

	while (!kill_it && !(done = waitpid(pid, &status, WNOHANG)) &&
	       !deadline_pause(&soon, TIMING_CHILD_MS))
		;
	kill(-pid, SIGKILL);
	while (!done && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int run(char *const words[], struct buf *out, const struct deadline *d,
	       struct err *e)
{
	int fd[2], error, ret, status;
	pid_t pid;

	if (pipe_open(fd))
		return err_set(e, ERR_LOCAL, "no pipe: %s", strerror(errno));
	error = child_start(&pid, words, -1, fd[1], false);
	close(fd[1]);
	fd[1] = -1;
	if (error) {
		pipe_close(fd);
		return err_set(e, ERR_USAGE, "%.100s: %s", words[0], strerror(error));
	}
	ret = read_all(fd[0], out, d, e);
	status = await(pid, ret != 0);
	pipe_close(fd);
	if (ret || !status)
		return ret;
	return err_set(e, ERR_REFUSED,
		       "%.100s has failed (%s %d); see what it says above", words[0],
		       WIFEXITED(status) ? "exit code" : "signal",
		       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int aws_process_run(const char *line, struct buf *out, const struct deadline *d,
		    struct err *e)
{
	char *copy = secret_strdup(line), *words[MAX_WORDS + 1];
	int ret = -1;

	if (!copy)
		return err_no_memory(e);
	if (!split(copy, words, e))
		ret = run(words, out, d, e);
	secret_free(copy);
	return ret;
}
