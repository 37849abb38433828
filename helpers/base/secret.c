/* SPDX-License-Identifier: MIT */
/* Memory for secrets: wiped when freed, never in a core dump. */
#include "base/secret.h"

#include "base/err.h"
#include "base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* A sanitizer's runtime must be able to trace its own process. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Keeps what follows it aligned for any type. */
union head {
	size_t size;
	max_align_t align;
};

void secret_wipe(void *p, size_t n)
{
	/* Byte by byte this was a sixth of all that fetch-tokens computes. */
	if (n)
		memset(p, 0, n);
	/* Somebody may look: so it must not be left out. */
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

size_t secret_size(const void *p)
{
	return ((const union head *)p)[-1].size;
}

void *secret_malloc(size_t n)
{
	union head *h;

	if (n > SIZE_MAX - sizeof(*h) || !(h = malloc(sizeof(*h) + n)))
		return NULL;
	h->size = n;
	return h + 1;
}

void *secret_calloc(size_t count, size_t n)
{
	void *p;

	if (n && count > SIZE_MAX / n)
		return NULL;
	p = secret_malloc(count * n);
	if (p)
		memset(p, 0, count * n);
	return p;
}

void *secret_realloc(void *p, size_t n)
{
	void *bigger = secret_malloc(n);

	if (!bigger || !p)
		return bigger;
	memcpy(bigger, p, secret_size(p) < n ? secret_size(p) : n);
	secret_free(p);
	return bigger;
}

char *secret_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = secret_malloc(n);

	if (copy)
		memcpy(copy, s, n);
	return copy;
}

static void *must(void *p)
{
	if (p)
		return p;
	log_error("out of memory");
	_exit(err_exit(ERR_LOCAL));
}

void *secret_must_malloc(size_t n)
{
	return must(secret_malloc(n));
}

void *secret_must_realloc(void *p, size_t n)
{
	return must(secret_realloc(p, n));
}

void secret_free(void *p)
{
	if (!p)
		return;
	secret_wipe(p, secret_size(p));
	free((union head *)p - 1);
}

#define DEAD_STACK (256 * 1024)
#define LONGEST_COPY 4096

/* The C library copies with vector registers, the longer the more of them, and
 * leaves there what it copied last; the dynamic linker later saves them all to
 * the stack. Copying harmless bytes the same way replaces it. */
void secret_wipe_stack(void)
{
	void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	unsigned char dead[DEAD_STACK];

	secret_wipe(dead, sizeof(dead));
	for (size_t n = 1; n <= LONGEST_COPY; n++)
		copy(dead, dead + LONGEST_COPY, n);
}

/* A file opened later must not become stdout by accident. What stands in for a
 * closed stdin or stdout cannot be read or written: a result that went nowhere
 * must not pass for one that was delivered. */
static void open_standard_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDWR };

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", modes[fd]);
}

/* Only without a limit on locked memory: under one, a later allocation of any
 * library would fail instead of merely not being locked. */
#ifndef SANITIZED
static void lock_memory(void)
{
#ifdef MCL_ONFAULT
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (!setrlimit(RLIMIT_MEMLOCK, &all))
		mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
#endif
}
#endif

static void forbid_tracing(void)
{
#if defined(__linux__) && !defined(SANITIZED)
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void secret_forget_variable(const char *name)
{
	char *value = getenv(name);

	if (value)
		secret_wipe(value, strlen(value));
	unsetenv(name);
}

void secret_process(void)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	struct rlimit none = { 0, 0 };

	open_standard_descriptors();
	sigaction(SIGPIPE, &ignored, NULL);
	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	forbid_tracing();
#ifndef SANITIZED
	lock_memory();
#endif
}
