/* SPDX-License-Identifier: MIT */
/*
 * timed - runs a program and writes one line about it to a descriptor:
 *
 *   timed FD PROGRAM [ARG...]
 *   -> "<wall us> <user+system us> <peak resident KiB> <exit code>"
 *
 * A small static process, since a child's peak counts from what its parent was
 * before exec (Linux keeps the larger of the two), and a Python is larger than
 * what is measured here. CPU is that of the program and of the children it
 * has waited for; the peak is that of the largest of them.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static void report(int fd, int64_t wall, const struct rusage *used, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	dprintf(fd, "%lld %lld %ld %d\n", (long long)wall,
		(long long)(us(used->ru_utime) + us(used->ru_stime)), used->ru_maxrss,
		code);
}

int main(int argc, char **argv)
{
	struct rusage used;
	int64_t start;
	pid_t child;
	int status;

	if (argc < 3)
		return 2;
	start = now_us();
	child = fork();
	if (child < 0)
		return 2;
	if (!child) {
		close(atoi(argv[1]));
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (wait4(child, &status, 0, &used) != child)
		return 2;
	report(atoi(argv[1]), now_us() - start, &used, status);
	return 0;
}
