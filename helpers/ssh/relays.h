/*
 * relays - many local sockets over one connection: each gets a channel of its own to
 * the same destination on the host.
 *
 * Nothing here waits: the caller polls what ssh_relays_poll lists and calls
 * ssh_relays_serve. One channel more is kept open that carries nothing: whoever
 * reads it reads what the server sends of its own accord, and its end tells that the
 * destination has gone. It borrows the connection and is freed before it.
 */
#ifndef SSH_RELAYS_H
#define SSH_RELAYS_H

#include "ssh/ssh.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct pollfd;
struct ssh_destination;
struct ssh_relays;

#define SSH_RELAYS_MAX 512

/* Writes the reply that a client gets in place of one from the destination, in the
 * protocol of the streams. Returns its bytes, at most `size`; 0 for none. */
typedef size_t ssh_relays_reply_fn(const char *why, char *out, size_t size);

/* Borrows `s` and `to`. Errors: ERR_LOCAL. */
int ssh_relays_new(struct ssh_relays **out, struct ssh *s,
		   const struct ssh_destination *to, ssh_relays_reply_fn *reply,
		   struct err *e);

/* Takes over a connected socket. Its channel is opened once something comes on it. */
void ssh_relays_add(struct ssh_relays *m, int fd);

/* How many sockets it has. */
size_t ssh_relays_count(const struct ssh_relays *m);

/* Writes what to poll, at most SSH_RELAYS_MAX + SSH_MAX_POLL + 1 entries. */
size_t ssh_relays_poll(struct ssh_relays *m, struct pollfd *out);

/* Takes in what poll has said of these entries. */
void ssh_relays_polled(struct ssh_relays *m, const struct pollfd *in);

/* Moves what can be moved without waiting. Returns for how many milliseconds to poll
 * at most; -1 for as long as it takes, 0 when there is more to move. */
int ssh_relays_serve(struct ssh_relays *m);

/* Whether nothing new can be opened any more: the connection is lost, or the
 * destination has gone. Sets the error then: ERR_UNREACHABLE, ERR_BUSY. */
bool ssh_relays_failed(const struct ssh_relays *m, struct err *e);

/* Whether the connection is lost. */
bool ssh_relays_lost(const struct ssh_relays *m);

/* For how many milliseconds, beyond what the way there takes, the server has been asked
 * for a channel and has sent nothing at all since; 0 when it has. */
int64_t ssh_relays_silent_ms(const struct ssh_relays *m);

/* Gives the connection up as lost, for this reason. */
void ssh_relays_give_up(struct ssh_relays *m, const char *why);

/* Hands a socket back of which nothing has been read yet: -1 when there is none. */
int ssh_relays_take_back(struct ssh_relays *m);

/* Of a connection that is lost ends every stream; a client that has had no byte of a
 * reply is told why. Returns how many there were. They still have to be served. */
size_t ssh_relays_end(struct ssh_relays *m, const char *why);

/* Closes all. NULL is fine. */
void ssh_relays_free(struct ssh_relays *m);

#endif
