/* SPDX-License-Identifier: MIT */
/* Turns SIGINT, SIGTERM and SIGHUP into a readable descriptor. */
#include "cli/helper_internal.h"

#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
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
