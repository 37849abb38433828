/*
 * log - what a person sees on stderr while the work goes on.
 *
 * One process works on one node, so program and node are set once. Every line
 * reads "<program>: <node>: <text>"; threads may log at the same time.
 * Nothing secret is ever passed to it.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* Sets the beginning of every line; both borrowed for the process's life.
 * `node` may be NULL until the query has been read. */
void log_begin(const char *program, const char *node);

/* What this thread's lines name in place of the node, where several nodes are worked
 * on side by side; NULL: the node again. Borrowed until the next call. */
void log_about(const char *node);

/* Something that happened once and is worth a line of its own. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something that is going on; at most one such line a second is shown, and a
 * line that only repeats the last one waits five seconds. */
void log_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something that a person should look at although the work goes on. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Passes one line of a remote program's output on, `n` bytes without the line
 * end; what could drive a terminal becomes '?'. */
void log_remote(const char *line, int n);

/* The one last line of a failed run: "<program>: <node>: <msg>". */
void log_error(const char *msg);

#endif
