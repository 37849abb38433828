/* SPDX-License-Identifier: MIT */
/* Turns SIGINT, SIGTERM and SIGHUP, and the end of the parent, into a readable descriptor. */
#include "cli/internal.h"

#include "base/log.h"
#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct {
	int number;
	const char *name;
} handled[] = {
	{ SIGINT, "SIGINT" },
	{ SIGTERM, "SIGTERM" },
	{ SIGHUP, "SIGHUP" },
};

/* How soon the end of the parent is noticed: no event of every system tells of it. */
#define PARENT_MS 1000

static int wake[2] = { -1, -1 };
static volatile sig_atomic_t came;

/* Only what signal-safety(7) allows. Nobody empties the pipe: whoever polls
 * it later must see it too. */
static void on_signal(int number)
{
	int saved = errno;

	if (came)
		_exit(128 + number);
	came = number;
	if (write(wake[1], "", 1) < 0)
		_exit(128 + number);
	errno = saved;
}

const char *helper_signal_name(void)
{
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (handled[i].number == came)
			return handled[i].name;
	return NULL;
}

static void handle(int number)
{
	struct sigaction now, set = { .sa_handler = on_signal };

	/* nohup, and a shell's background jobs, ignore some on purpose. */
	if (sigaction(number, NULL, &now) || now.sa_handler == SIG_IGN)
		return;
	sigfillset(&set.sa_mask);
	sigaction(number, &set, NULL);
}

int helper_signals(struct err *e)
{
	if (pipe_open(wake) || fcntl(wake[1], F_SETFL, O_NONBLOCK))
		return err_set(e, ERR_LOCAL, "no pipe for interrupts: %s",
			       strerror(errno));
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		handle(handled[i].number);
	return wake[0];
}

static void *watch(void *arg)
{
	pid_t *parent = arg;
	struct pollfd stopped = { .fd = wake[0], .events = POLLIN };

	while (getppid() == *parent)
		if (poll(&stopped, 1, PARENT_MS) > 0)
			return NULL;
	log_note("what started this has ended; stopping");
	kill(getpid(), SIGTERM);
	return NULL;
}

void helper_signal_parent(void)
{
	static pid_t parent;
	pthread_t thread;

	parent = getppid();
	if (pthread_create(&thread, NULL, watch, &parent))
		log_note("no thread can watch what started this; it goes on without");
	else
		pthread_detach(thread);
}
