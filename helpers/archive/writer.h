/*
 * writer - writes an archive file: readable by its owner only, complete or absent, and
 * encrypted as it is written where a certificate is given.
 *
 * It is `.NAME.part` in the same folder, locked, until it is flushed to disk and renamed.
 * Encrypted it is CMS (RFC 5652 and 5083, AuthEnvelopedData, AES-256-GCM), as `openssl cms
 * -decrypt -inform DER` reads it; the bytes go through as they come.
 */
#ifndef ARCHIVE_WRITER_H
#define ARCHIVE_WRITER_H

#include "base/sink.h"

struct archive_recipient;
struct archive_writer;
struct err;

/* Reads the certificate (PEM) of whoever is to open it. Errors: ERR_USAGE for what is none
 * or has a key that CMS cannot encrypt to, naming the file; ERR_LOCAL. The caller frees *out
 * with archive_recipient_free. */
int archive_recipient_read(struct archive_recipient **out, const char *path,
			   struct err *e);
void archive_recipient_free(struct archive_recipient *r);

/* Begins the file `name` in the folder `folder`; `to` may be NULL. Errors, here and below:
 * ERR_LOCAL, naming the file. The caller frees *out with archive_writer_free. */
int archive_writer_open(struct archive_writer **out, const char *folder, const char *name,
			const struct archive_recipient *to, struct err *e);

/* The same in memory, of which it wipes what it gives back; one that is larger than 256 MiB
 * is refused (ERR_REFUSED). */
int archive_writer_open_memory(struct archive_writer **out, const char *name,
			       const struct archive_recipient *to, struct err *e);

/* The bytes of one in memory that is finished, and their SHA-256. Borrowed. */
const char *archive_writer_bytes(const struct archive_writer *w, size_t *n,
				 const unsigned char **sha256);

/* The next bytes; a sink_fn. */
int archive_writer_add(void *writer, const void *bytes, size_t n, struct err *e);

/* Flushes, puts it in its place, and writes the SHA-256 of the file. */
int archive_writer_finish(struct archive_writer *w, char sha256[65], struct err *e);

/* Removes what is not finished. NULL is fine. */
void archive_writer_free(struct archive_writer *w);

#endif
