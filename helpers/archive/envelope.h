/*
 * envelope - an archive that is encrypted (CMS, as archive/writer.h writes it), opened in
 * memory: what comes out is given on only once its end has shown that nothing was changed.
 */
#ifndef ARCHIVE_ENVELOPE_H
#define ARCHIVE_ENVELOPE_H

#include <stdbool.h>

struct buf;
struct err;

/* Whether these bytes begin as an envelope does. */
bool archive_envelope_is(const struct buf *bytes);

/* Opens `in` with the private key (PEM, without a passphrase) in the file `key`, and
 * appends what is in it to `out`. Errors: ERR_USAGE for what is no such key; ERR_REFUSED
 * for an envelope that is damaged or somebody else's. */
int archive_envelope_open(const struct buf *in, const char *key, struct buf *out,
			  struct err *e);

#endif
