/*
 * lead - has a worker that knows only managers which are gone find the one that is there: what
 * its engine sends to their addresses goes to that one's, until it knows it.
 *
 * A rule of iptables (or ip6tables) on the worker, for connections that it makes itself, in
 * the chain OUTPUT of nat. A process there keeps it, and takes it away when it is told to,
 * once the worker's engine lists the manager, or after two minutes, so that nobody has to
 * live for that. Nothing of the engine is restarted.
 */
#ifndef DOCKER_LEAD_H
#define DOCKER_LEAD_H

#include "docker/engine.h"

struct deadline;
struct err;

/* Begins it. `from` are the managers that are gone, as RemoteManagers has them
 * ("ip:port,ip:port"), `to` the one that is there, "ip:port"; all of one family. What an
 * earlier run has left is taken away first. Errors: ERR_REFUSED where there is no iptables or it takes no such rule;
 * ERR_USAGE through a socket; those of ssh_root_shell. */
int docker_lead_begin(struct docker_engine *g, const char *from, const char *to,
		      const struct deadline *d, struct err *e);

/* Ends it, and returns once the rule is gone; there may be none. Errors: as above. */
int docker_lead_end(struct docker_engine *g, const struct deadline *d, struct err *e);

#endif
