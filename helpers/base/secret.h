/*
 * secret - memory that is wiped before it is given back, and a process that
 * leaves no copy of it behind.
 *
 * Join tokens, keys and passphrases pass through jansson, libcurl, libssh2 and
 * OpenSSL; all of them are given these allocators, so that a freed copy is a
 * wiped one. Every block carries its size in front of it, since neither POSIX
 * nor the libraries tell it.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

/* Overwrites `n` bytes at `p`; the compiler may not leave it out. */
void secret_wipe(void *p, size_t n);

/* malloc, calloc, realloc, strdup and free with wiping; secret_free(NULL) is
 * a no-op. What one of them gave only secret_realloc and secret_free may take
 * back. NULL when there is no memory. */
void *secret_malloc(size_t n);
void *secret_calloc(size_t count, size_t n);
void *secret_realloc(void *p, size_t n);
char *secret_strdup(const char *s);
void secret_free(void *p);

/* How many bytes were asked for when one of them gave `p`. */
size_t secret_size(const void *p);

/* The same for those that do not survive a NULL (jansson forgets bytes of a
 * string, libcrypto follows a null pointer): without memory the process ends
 * with "out of memory" as its last line and the exit code of ERR_LOCAL. */
void *secret_must_malloc(size_t n);
void *secret_must_realloc(void *p, size_t n);

/* Takes a variable out of the environment, and its bytes as well: /proc/PID/environ shows
 * the memory that the process was started with, not what unsetenv leaves of it. */
void secret_forget_variable(const char *name);

/* Prepares the process before anything secret is read: descriptors 0 to 2 are
 * open (one that was closed fails when it is read or written, stderr excepted:
 * that swallows), SIGPIPE is ignored, the umask is 077, no core dumps, and, where the
 * system can, no tracing by others and no swapping out of what is touched. */
void secret_process(void);

/* Wipes what functions that have returned left behind in registers and on this
 * thread's stack. Last thing in main. */
void secret_wipe_stack(void);

#endif
