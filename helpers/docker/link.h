/*
 * link - the engine of one host for the Docker clients of this machine: the
 * connection that an engine was asked over, as streams of theirs.
 *
 * A client whose stream has to end before any byte of a reply came gets one that
 * says why, as an error of the engine is. Otherwise see ssh/relays.h, whose calls
 * these are.
 */
#ifndef DOCKER_LINK_H
#define DOCKER_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct docker_engine;
struct docker_link;
struct err;
struct pollfd;

/* Entries of docker_link_poll, and sockets of a link, at most. */
#define DOCKER_LINK_POLL 1024
#define DOCKER_LINK_STREAMS 512

/* Takes over `g`, which has answered once and is no local one, also when it
 * fails. The strings of its target stay borrowed. Errors: ERR_LOCAL, ERR_USAGE. */
int docker_link_new(struct docker_link **out, struct docker_engine *g, struct err *e);

/* The label of its target; borrowed. */
const char *docker_link_label(const struct docker_link *l);

void docker_link_add(struct docker_link *l, int fd);
size_t docker_link_count(const struct docker_link *l);
size_t docker_link_poll(struct docker_link *l, struct pollfd *out);
void docker_link_polled(struct docker_link *l, const struct pollfd *in);
int docker_link_serve(struct docker_link *l);
bool docker_link_failed(const struct docker_link *l, struct err *e);
bool docker_link_lost(const struct docker_link *l);
int64_t docker_link_silent_ms(const struct docker_link *l);
void docker_link_give_up(struct docker_link *l, const char *why);
int docker_link_take_back(struct docker_link *l);
size_t docker_link_end(struct docker_link *l, const char *why);

/* Ends all streams, closes the connection. NULL is fine. */
void docker_link_free(struct docker_link *l);

/* Tells a client that has no link why, and closes its socket. */
void docker_link_refuse(int fd, const char *why);

#endif
