/* SPDX-License-Identifier: MIT */
/* Identifies the process that started this one, and its ancestors. */
#include "base/process.h"

#include "base/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAT_PARENT 1 /* fields of /proc/PID/stat after the program's name */
#define STAT_START 19 /* in ticks since the boot */
#define GENERATIONS 64

/* The file's first line. */
static int read_line(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, out, size - 1);
	close(fd);
	if (n <= 0)
		return -1;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

/* The `n`th word of `text`, cut off behind it. */
static char *word(char *text, int n)
{
	while (n-- && text)
		if ((text = strchr(text, ' ')))
			text++;
	if (text)
		text[strcspn(text, " ")] = '\0';
	return text;
}

/* Names the process and says whose child it is. */
static int look_at(uint32_t pid, char *name, size_t size, uint32_t *parent)
{
	char path[64], boot[64], stat[2048], copy[2048];
	const char *start, *of;
	char *fields;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if (read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)) ||
	    read_line(path, stat, sizeof(stat)))
		return -1;
	/* the program's name, in brackets, may hold anything */
	fields = strrchr(stat, ')');
	if (!fields || fields[1] != ' ')
		return -1;
	fields += 2;
	memcpy(copy, fields, strlen(fields) + 1);
	start = word(fields, STAT_START);
	of = word(copy, STAT_PARENT);
	if (!start || !of || text_to_u32(of, 0, UINT32_MAX, parent))
		return -1;
	snprintf(name, size, "%s %u %s", boot, pid, start);
	return 0;
}

/* PIDs of containers on one machine say nothing of each other. */
static int look_with_space(uint32_t pid, char *name, size_t size)
{
	char space[64];
	uint32_t parent;
	ssize_t n = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);
	size_t used;

	if (n <= 0 || look_at(pid, name, size, &parent))
		return -1;
	space[n] = '\0';
	used = strlen(name);
	snprintf(name + used, size - used, " %s", space);
	return 0;
}

int process_self(char *name, size_t size)
{
	return look_with_space((uint32_t)getpid(), name, size);
}

bool process_has_ended(const char *name)
{
	char own[PROCESS_NAME_MAX], now[PROCESS_NAME_MAX], copy[PROCESS_NAME_MAX];
	const char *space = strrchr(name, ' '), *own_space;
	char *number;
	uint32_t pid;

	if (!space || process_self(own, sizeof(own)))
		return false;
	own_space = strrchr(own, ' ');
	snprintf(copy, sizeof(copy), "%s", name);
	number = word(copy, 1);
	if (strncmp(name, own, strcspn(own, " ") + 1) || strcmp(space, own_space) ||
	    !number || text_to_u32(number, 1, UINT32_MAX, &pid))
		return false;
	return look_with_space(pid, now, sizeof(now)) || strcmp(now, name);
}

int process_name(uint32_t pid, char *name, size_t size)
{
	uint32_t parent;

	return look_at(pid, name, size, &parent);
}

int process_parent(char *name, size_t size)
{
	return process_name((uint32_t)getppid(), name, size);
}

bool process_is_ancestor(const char *name)
{
	uint32_t pid = (uint32_t)getppid(), parent;
	char ancestor[PROCESS_NAME_MAX];

	for (int i = 0; pid && i < GENERATIONS; i++, pid = parent) {
		if (look_at(pid, ancestor, sizeof(ancestor), &parent))
			return false;
		if (!strcmp(ancestor, name))
			return true;
	}
	return false;
}
