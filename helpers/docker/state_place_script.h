/*
 * state_place_script - what state_place runs on a host as root.
 */
#ifndef DOCKER_STATE_PLACE_SCRIPT_H
#define DOCKER_STATE_PLACE_SCRIPT_H

/* Root's alone, and on a disk: the state may be larger than /run. */
#define STATE_PLACE_FOLDER "/var/lib/restore-swarm"
#define STATE_PLACE_FILE "state.tar.gz"

/* The last line of `look` begins so; then the words that hold. */
#define STATE_PLACE_FOUND "found"
#define STATE_PLACE_PLACED "placed"
#define STATE_PLACE_REMAINS "remains"
#define STATE_PLACE_ADDRESS "address"

/* POSIX shell. ROOT, SOCKET, SUM, CA_SUM, ADDR and DO (look, place, forget) are set in front
 * of it. */
extern const char docker_state_place_script[];

#endif
