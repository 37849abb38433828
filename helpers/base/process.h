/*
 * process - which process started this one, identified for all time by the boot
 * of the machine, the PID and the start time.
 *
 * For what holds only while a certain process lives, such as the run of
 * terraform whose destroy wrote a file. Linux tells it in /proc; elsewhere no
 * ancestor is ever found.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_NAME_MAX 128 /* bytes of a name, its NUL included */

/* Names the parent of this process. Returns -1 without a message where that
 * cannot be told. */
int process_parent(char *name, size_t size);

/* Names a process that lives. Returns -1 without a message where that cannot be told. */
int process_name(uint32_t pid, char *name, size_t size);

/* Names this process itself, its PID namespace included. Returns -1 without a message
 * where that cannot be told. */
int process_self(char *name, size_t size);

/* Whether `name`, of process_self, was a process of this machine and PID namespace,
 * and is there no more; false where that cannot be told. */
bool process_has_ended(const char *name);

/* Whether `name` is one of this process's ancestors, and so lives. */
bool process_is_ancestor(const char *name);

#endif
