/*
 * destination - where a stream leads to on a host.
 */
#ifndef SSH_DESTINATION_H
#define SSH_DESTINATION_H

#include <stdint.h>

/* Borrowed, all of it. */
struct ssh_destination {
	const char *path;    /* a unix socket; NULL: what `command` reads and writes */
	const char *command; /* for the user's login shell */
	const char *marker;  /* what comes before it in the output is dropped, up to
				and including this; its first character occurs in it
				only once */
	const char *name;    /* of what is there, for messages: "the server" */
	int64_t lasts_ms; /* that a channel to it at least lasts which carries nothing */
};

#endif
