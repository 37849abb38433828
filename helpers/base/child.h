/*
 * child - starts a program of this machine whose whole family can be ended.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts words[0], looked for on PATH, with descriptor `in` as its stdin and `out` as its
 * stdout, and as its stderr as well if `both`; `in` -1 is /dev/null. It leads a process group
 * of its own, and SIGPIPE ends it. The caller waits for *pid and closes the descriptors.
 * Returns 0 or an error number.
 */
int child_start(pid_t *pid, char *const words[], int in, int out, bool both);

#endif
