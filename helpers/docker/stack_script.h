/*
 * stack_script - the script that runs `docker stack deploy` on a manager.
 */
#ifndef DOCKER_STACK_SCRIPT_H
#define DOCKER_STACK_SCRIPT_H

/* POSIX shell, run by the login's user. Before it stand assignments of STACK, SOCKET, NONCE,
 * LEFT (seconds), RESOLVE, COMPOSE, NAMES, LOGINS (may be empty), and the exported variables
 * of the compose file, whose names, comma-separated, are VARIABLES. Its last line is
 * "deploy-stack:NONCE CODE"; one such line with "begin" as its code comes first. */
extern const char docker_stack_script[];

#endif
