/*
 * result - the one flat JSON object of strings that an executable answers
 * with. Collected while the work goes on, written to stdout at its end or
 * never. Owned by helper_main; the values are copied and wiped.
 */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

struct err;
struct result;

/* An empty one; NULL when there is no memory. */
struct result *result_new(void);

/* Sets a key to a copy of `value` (NULL counts as ""), with U+FFFD for what is
 * not UTF-8. A failure (a value of over 4 MiB) is kept and reported by
 * result_print. */
void result_set(struct result *r, const char *key, const char *value);
void result_setf(struct result *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes the object and a newline to stdout, waiting for its reader until
 * `stop_fd` (-1 for none) can be read; what a terminal would not show
 * (utf8_is_shown) is written as \uXXXX. Errors: ERR_LOCAL. */
int result_print(const struct result *r, int stop_fd, struct err *e);

/* Wipes. NULL is fine. */
void result_free(struct result *r);

#endif
