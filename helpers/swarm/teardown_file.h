/*
 * teardown_file - what the teardown of a whole swarm tells later leaves, in a
 * file on this machine. JSON, 0600, always written as a whole.
 *
 * It says two kinds of things. "unheard_by": a drain-swarm found nobody whom it
 * could ask, and the whole swarm goes all the same. "drained": hosts that did not
 * answer when a manager saw that no node had a task left, just before the swarm ended.
 * Both hold for the leaves of the very run of terraform that started drain-swarm, and end
 * with that process: in a later run a host may be in a swarm again that somebody else has
 * made of it, from another machine.
 *
 * A file that cannot be read, or is none of ours, says nothing.
 */
#ifndef SWARM_TEARDOWN_FILE_H
#define SWARM_TEARDOWN_FILE_H

#include "swarm/hosts.h"

struct err;

enum swarm_word {
	SWARM_WORD_NONE,
	SWARM_WORD_UNHEARD, /* nobody answered in this very destroy */
	SWARM_WORD_DRAINED, /* its swarm was drained in it, and then taken apart */
};

/* What the file at `path` (may be NULL) says about a host that does not answer. */
enum swarm_word swarm_teardown_file_about(const char *path,
					  const struct docker_target *host);

/* Says that nobody could be asked. Errors: ERR_LOCAL, also where something else has that
 * path. */
int swarm_teardown_file_unheard(const char *path, struct err *e);

/* Says of these hosts, which do not answer, that the swarm `cluster` was drained
 * before it was taken apart. Errors: as above. */
int swarm_teardown_file_drained(const char *path, const char *cluster,
				const struct docker_target *const *hosts, size_t count,
				struct err *e);

/* Takes it away; NULL, and not being there, is success. What is none of ours stays, with a
 * warning. */
void swarm_teardown_file_remove(const char *path);

#endif
