/*
 * api_error - what an engine means when it answers with an error: Docker's text
 * out of the reply, without secrets, and the kind that callers decide by.
 */
#ifndef DOCKER_API_ERROR_H
#define DOCKER_API_ERROR_H

#include "base/err.h"

struct buf;

/* Appends the reason given in the reply's `body` (JSON with a member
 * "message"; a little of the text when it is none; the status when it is
 * empty) to `out`, with join tokens and unlock keys masked. Returns -1 when
 * there is no memory. */
int docker_api_error_text(const struct buf *body, long status, struct buf *out);

/* The kind for a status and Docker's text. The text comes first: swarmkit's
 * errors reach us as 500, 503 or 400 depending on Docker's version. */
enum err_kind docker_api_error_kind(long status, const char *text);

/* Shortens every join token (SWMTKN-) and unlock key (SWMKEY-) in `text` to
 * its prefix and three stars, in place. */
void docker_api_error_mask(char *text);

#endif
