/* SPDX-License-Identifier: MIT */
/*
 * shim - makes one call out of many fail, as if memory, descriptors or the
 * other side had given out at just that moment.
 *
 * As a library (LD_PRELOAD) it reaches every call of the process; with
 * -DFAULT_WRAP and the linker's --wrap only those of our own objects, which
 * sanitizers can watch. FAULT_NTH is the number of the call to fail, counted
 * from main on, 0 for none; FAULT_KIND is "memory" or "system"; the file
 * FAULT_REPORT gets the number of calls, and the name of the one that failed.
 * Writing to stderr never fails: there would be nothing to look at.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { MEMORY, SYSTEM };

static struct {
	atomic_bool armed;
	enum kind kind;
	long nth;
	atomic_long calls;
	const char *_Atomic failed;
	const char *report;
} plan;

/* Whether this call is the one. */
static bool now(enum kind kind, const char *name, int error)
{
	if (!atomic_load(&plan.armed) || kind != plan.kind)
		return false;
	if (atomic_fetch_add(&plan.calls, 1) + 1 != plan.nth)
		return false;
	atomic_store(&plan.failed, name);
	errno = error;
	return true;
}

static void disarm(void)
{
	char text[128];
	const char *failed = atomic_load(&plan.failed);
	int fd, n;

	if (!atomic_exchange(&plan.armed, false) || !plan.report)
		return;
	n = snprintf(text, sizeof(text), "%ld %s\n", atomic_load(&plan.calls),
		     failed ? failed : "none");
	fd = open(plan.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		abort();
	close(fd);
}

static void arm(void)
{
	const char *nth = getenv("FAULT_NTH"), *kind = getenv("FAULT_KIND");

	plan.report = getenv("FAULT_REPORT");
	plan.nth = nth ? strtol(nth, NULL, 10) : 0;
	plan.kind = kind && *kind == 's' ? SYSTEM : MEMORY;
	atomic_store(&plan.armed, true);
}

/* REAL(name) is the function that is stood in for, FAKE(name) what we call
 * ours. */
#ifdef FAULT_WRAP
#define FAKE(name) __wrap_##name
#define REAL(type, name, ...) \
	extern type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__);
#define CALL(name) __real_##name
#define MALLOC __real_malloc
#define CALLOC __real_calloc

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

int __wrap_main(int argc, char **argv)
{
	int code;

	arm();
	code = __real_main(argc, argv);
	disarm();
	return code;
}
#else
int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size);

#define FAKE(name) name
#define REAL(type, name, ...)
#define CALL(name) ((__typeof__(&name))real(#name))
#define MALLOC __libc_malloc
#define CALLOC __libc_calloc

/* dlsym itself may allocate. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

void *realloc(void *p, size_t n)
{
	return now(MEMORY, "realloc", ENOMEM) ? NULL : __libc_realloc(p, n);
}

/* What poll is called when it is compiled with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t size)
{
	(void)size;
	return poll(fds, n, ms);
}

static int (*real_main)(int argc, char **argv, char **env);

static int armed_main(int argc, char **argv, char **env)
{
	int code;

	arm();
	code = real_main(argc, argv, env);
	disarm();
	return code;
}

typedef int start_fn(int (*main_fn)(int, char **, char **), int argc, char **argv,
		     void (*init)(void), void (*fini)(void), void (*ld_fini)(void),
		     void *stack_end);
start_fn __libc_start_main;

/* Counting begins with main: before it there is nobody to report to. */
int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*ld_fini)(void),
		      void *stack_end)
{
	start_fn *start = (start_fn *)real("__libc_start_main");

	real_main = main_fn;
	return start(armed_main, argc, argv, init, fini, ld_fini, stack_end);
}
#endif

void *FAKE(malloc)(size_t n)
{
	return now(MEMORY, "malloc", ENOMEM) ? NULL : MALLOC(n);
}

void *FAKE(calloc)(size_t count, size_t n)
{
	return now(MEMORY, "calloc", ENOMEM) ? NULL : CALLOC(count, n);
}

REAL(void, _exit, int code)
void FAKE(_exit)(int code)
{
	disarm();
	CALL(_exit)(code);
	abort();
}

#define FAIL_AT(type, name, error, parameters, arguments) \
	type FAKE(name) parameters \
	{ \
		if (now(SYSTEM, #name, error)) \
			return -1; \
		return CALL(name) arguments; \
	}

REAL(ssize_t, read, int fd, void *to, size_t n)
FAIL_AT(ssize_t, read, EIO, (int fd, void *to, size_t n), (fd, to, n))
REAL(ssize_t, recv, int fd, void *to, size_t n, int flags)
FAIL_AT(ssize_t, recv, ECONNRESET, (int fd, void *to, size_t n, int flags),
	(fd, to, n, flags))
REAL(ssize_t, send, int fd, const void *from, size_t n, int flags)
FAIL_AT(ssize_t, send, EPIPE, (int fd, const void *from, size_t n, int flags),
	(fd, from, n, flags))
REAL(int, socket, int domain, int type, int protocol)
FAIL_AT(int, socket, EMFILE, (int domain, int type, int protocol),
	(domain, type, protocol))
REAL(int, socketpair, int domain, int type, int protocol, int fds[2])
FAIL_AT(int, socketpair, EMFILE, (int domain, int type, int protocol, int fds[2]),
	(domain, type, protocol, fds))
REAL(int, pipe, int fds[2])
FAIL_AT(int, pipe, EMFILE, (int fds[2]), (fds))
REAL(int, connect, int fd, const struct sockaddr *to, socklen_t n)
FAIL_AT(int, connect, ECONNREFUSED, (int fd, const struct sockaddr *to, socklen_t n),
	(fd, to, n))
REAL(int, bind, int fd, const struct sockaddr *to, socklen_t n)
FAIL_AT(int, bind, EADDRINUSE, (int fd, const struct sockaddr *to, socklen_t n),
	(fd, to, n))
REAL(int, listen, int fd, int backlog)
FAIL_AT(int, listen, EADDRINUSE, (int fd, int backlog), (fd, backlog))
REAL(int, accept, int fd, struct sockaddr *from, socklen_t *n)
FAIL_AT(int, accept, EMFILE, (int fd, struct sockaddr *from, socklen_t *n), (fd, from, n))
REAL(int, mkdir, const char *path, mode_t mode)
FAIL_AT(int, mkdir, EACCES, (const char *path, mode_t mode), (path, mode))
REAL(int, fstat, int fd, struct stat *st)
FAIL_AT(int, fstat, EIO, (int fd, struct stat *st), (fd, st))
REAL(int, getentropy, void *to, size_t n)
FAIL_AT(int, getentropy, EIO, (void *to, size_t n), (to, n))
REAL(int, poll, struct pollfd *fds, nfds_t n, int ms)
FAIL_AT(int, poll, ENOMEM, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))

REAL(ssize_t, write, int fd, const void *from, size_t n)
ssize_t FAKE(write)(int fd, const void *from, size_t n)
{
	if (fd != STDERR_FILENO && now(SYSTEM, "write", ENOSPC))
		return -1;
	return CALL(write)(fd, from, n);
}

REAL(int, open, const char *path, int flags, ...)
int FAKE(open)(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return now(SYSTEM, "open", EMFILE) ? -1 : CALL(open)(path, flags, mode);
}

REAL(int, fcntl, int fd, int command, ...)
int FAKE(fcntl)(int fd, int command, ...)
{
	va_list ap;
	long value;

	va_start(ap, command);
	value = va_arg(ap, long);
	va_end(ap);
	return now(SYSTEM, "fcntl", EIO) ? -1 : CALL(fcntl)(fd, command, value);
}

REAL(int, pthread_create, pthread_t *thread, const pthread_attr_t *how,
     void *(*run)(void *), void *arg)
int FAKE(pthread_create)(pthread_t *thread, const pthread_attr_t *how,
			 void *(*run)(void *), void *arg)
{
	if (now(SYSTEM, "pthread_create", EAGAIN))
		return EAGAIN;
	return CALL(pthread_create)(thread, how, run, arg);
}
