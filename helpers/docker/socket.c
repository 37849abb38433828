/* SPDX-License-Identifier: MIT */
/* Says what is wrong with a Docker socket. */
#include "docker/socket.h"

#include "base/err.h"

int docker_socket_missing(const char *socket, struct err *e)
{
	return err_set(e, ERR_BUSY,
		       "Docker is not installed or not running (no "
		       "socket at %s)",
		       socket);
}

int docker_socket_dead(const char *socket, struct err *e)
{
	return err_set(e, ERR_BUSY,
		       "Docker is not running (nothing listens on "
		       "%s); start its daemon",
		       socket);
}

int docker_socket_denied(const char *user, const char *socket, const char *sudo_error,
			 struct err *e)
{
	if (!sudo_error)
		return err_set(e, ERR_NO_ENGINE,
			       "user %s may not open %s: add it to "
			       "group docker, or allow it sudo without a password",
			       user, socket);
	return err_set(e, ERR_NO_ENGINE,
		       "user %s may not open %s, and sudo does not "
		       "help (%s): add it to group docker, or allow it sudo without "
		       "a password for docker at least",
		       user, socket, sudo_error);
}
