/* SPDX-License-Identifier: MIT */
/* Turns SIGINT, SIGTERM and SIGHUP, and the end of the parent, into a readable descriptor. */
#include "cli/internal.h"

#include "base/log.h"
#include "base/pipe.h"
#include "base/process.h"
#include "base/text.h"
#include "base/timing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
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

/* What this process ends with: its parent, and the process that started a script above
 * that, "" where there is no such script or it cannot be told. */
static struct {
	pid_t parent;
	char run[PROCESS_NAME_MAX];
	bool run_has_ended;
} started_by;

/* By its number, since a script that is killed leaves its own children behind. */
static void read_run(void)
{
	const char *number = getenv("SWARM_STARTED_BY");
	char parent[PROCESS_NAME_MAX];
	uint32_t pid;

	if (!number || text_to_u32(number, 1, UINT32_MAX, &pid) ||
	    process_parent(parent, sizeof(parent)))
		return;
	started_by.run_has_ended = process_name(pid, started_by.run,
						sizeof(started_by.run)) ||
				   !process_is_ancestor(started_by.run);
}

static bool is_left(void)
{
	return getppid() != started_by.parent || started_by.run_has_ended ||
	       (*started_by.run && !process_is_ancestor(started_by.run));
}

static void *watch(void *arg)
{
	struct pollfd stopped = { .fd = wake[0], .events = POLLIN };

	(void)arg;
	while (!is_left())
		if (poll(&stopped, 1, TIMING_PARENT_MS) > 0)
			return NULL;
	log_note("what started this has ended; stopping");
	kill(getpid(), SIGTERM);
	return NULL;
}

void helper_signal_parent(void)
{
	pthread_t thread;

	started_by.parent = getppid();
	read_run();
	if (pthread_create(&thread, NULL, watch, NULL))
		log_note("no thread can watch what started this; it goes on without");
	else
		pthread_detach(thread);
}
