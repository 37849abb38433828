/* SPDX-License-Identifier: MIT */
/* Starts a program for the person who called this one, and passes signals on. */
#include "cli/command.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

static int events[2] = { -1, -1 };

/* A signal as it goes through the pipe. */
struct event {
	unsigned char number;
	unsigned char sent; /* by a process, not by a terminal */
};

static bool was_sent(const siginfo_t *info)
{
#ifdef __linux__
	return info->si_code <= 0;
#else
	return info->si_pid != 0;
#endif
}

/* Only what signal-safety(7) allows. What does not fit is one of many. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	struct event event = { (unsigned char)number, was_sent(info) };
	int saved = errno;

	(void)context;
	if (write(events[1], &event, sizeof(event)) < 0)
		errno = saved;
	errno = saved;
}

static void watch(int number)
{
	struct sigaction now, set = { .sa_sigaction = on_signal,
				      .sa_flags = SA_SIGINFO | SA_NOCLDSTOP };

	/* nohup, and a shell's background jobs, ignore some on purpose. */
	if (sigaction(number, NULL, &now) ||
	    (number != SIGCHLD && now.sa_handler == SIG_IGN))
		return;
	sigfillset(&set.sa_mask);
	sigaction(number, &set, NULL);
}

int command_watch(struct err *e)
{
	if (pipe_open(events) || fcntl(events[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(events[1], F_SETFL, O_NONBLOCK))
		return err_set(e, ERR_LOCAL, "no pipe for signals: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		watch(watched[i]);
	return events[0];
}

/* Starts it with what it writes going to `out`, unless that is -1. Returns 0 or an
 * error number. */
static int spawn(pid_t *pid, const char *const argv[], int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	}
	/* Ignored, unlike a handler, would stay. */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(pid, argv[0], &files, &attributes,
			     (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void command_start(struct command *c, const char *const argv[], mode_t mask)
{
	mode_t own = umask(mask);
	int error = spawn(&c->pid, argv, -1);
	char text[512];

	umask(own);
	if (!error)
		return;
	c->pid = 0;
	c->over = true;
	c->status = error == ENOENT ? COMMAND_NOT_FOUND : COMMAND_CANNOT_RUN;
	snprintf(text, sizeof(text), "%s: %s", argv[0], strerror(error));
	log_error(text);
}

static void take(struct command *c, const struct event *event)
{
	if (event->number == SIGCHLD)
		return;
	if (!c->pid)
		c->over = true;
	else if (event->sent)
		kill(c->pid, event->number);
}

void command_take(struct command *c)
{
	struct event event;
	int status;

	while (read(events[0], &event, sizeof(event)) == sizeof(event))
		take(c, &event);
	if (!c->pid || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->pid = 0;
	c->over = true;
	c->status = status_of(status);
}

/* 0 at its end, -1 when the time is up. */
static int read_all(int fd, struct buf *out, const struct deadline *d)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char part[4096];
	ssize_t n;

	for (;;) {
		n = read(fd, part, sizeof(part));
		if (!n)
			return 0;
		if (n > 0 && out->len + (size_t)n < out->max)
			buf_add(out, part, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return 0;
		if (!deadline_left_ms(d))
			return -1;
		if (n < 0)
			poll(&p, 1, (int)deadline_left_ms(d));
	}
}

int command_output(const char *const argv[], struct buf *out, int *status,
		   const struct deadline *d, struct err *e)
{
	int fd[2] = { -1, -1 }, error, ended, ret = -1;
	pid_t pid;

	if (pipe_open(fd) || fcntl(fd[0], F_SETFL, O_NONBLOCK)) {
		err_set(e, ERR_LOCAL, "no pipe for %s: %s", argv[0], strerror(errno));
		goto out;
	}
	error = spawn(&pid, argv, fd[1]);
	if (error) {
		err_set(e, ERR_LOCAL, "%s cannot be run: %s", argv[0], strerror(error));
		goto out;
	}
	close(fd[1]);
	fd[1] = -1;
	ret = read_all(fd[0], out, d);
	if (ret) {
		kill(pid, SIGKILL);
		err_set(e, ERR_DEADLINE, "%s did not end in time", argv[0]);
	}
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		;
	*status = status_of(ended);
out:
	pipe_close(fd);
	return ret;
}
