/*
 * destination - where a stream leads to on a host.
 */
#ifndef SSH_DESTINATION_H
#define SSH_DESTINATION_H

/* Borrowed, all of it. */
struct ssh_destination {
	const char *path;    /* a unix socket; NULL: what `command` reads and writes */
	const char *command; /* for the user's login shell */
	const char *marker;  /* what comes before it in the output is dropped, up to
				and including this; its first character occurs in it
				only once */
};

#endif
