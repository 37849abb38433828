/* SPDX-License-Identifier: MIT */
/* What the main function of every executable does around its one call. */
#include "cli/internal.h"

#include "base/buf.h"
#include "base/js.h"
#include "base/log.h"
#include "base/secret.h"
#include "sshkey/crypto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HELP_MAX_BYTES (256 * 1024)

static void write_version(const struct helper *h, struct buf *out)
{
	buf_addf(out, "%s (terraform-swarm-helpers) %s\n", h->name, VERSION);
}

/* The options that print something about the program and do nothing else. */
static const struct {
	const char *option;
	void (*write)(const struct helper *h, struct buf *out);
} pages[] = {
	{ "--help", helper_help_text },
	{ "--help=text", helper_help_text },
	{ "--help=json", helper_help_json },
	{ "--version", write_version },
};

static int print(const struct helper *h, size_t page, struct err *e)
{
	struct buf text = BUF_INIT(HELP_MAX_BYTES);
	const char *p;
	size_t left;
	ssize_t n = 0;

	pages[page].write(h, &text);
	for (p = text.data, left = text.len; left; left -= (size_t)n, p += n) {
		n = write(STDOUT_FILENO, p, left);
		if (n < 0)
			break;
	}
	buf_free(&text);
	if (n <= 0)
		return err_set(e, ERR_LOCAL, "stdout: cannot be written (%s)",
			       strerror(errno));
	return 0;
}

/* The page that the command line asks for, -1 for none. */
static int asked_page(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		for (size_t p = 0; p < sizeof(pages) / sizeof(pages[0]); p++)
			if (!strcmp(argv[i], pages[p].option))
				return (int)p;
	return -1;
}

/* "name (host)", or the one of them that is known; NULL when none is. */
static const char *full_node(const struct query *q)
{
	static char node[512];
	const char *name = query_text(q, "name"), *host = query_text(q, "host");

	if (!name || !host)
		return name ? name : host;
	snprintf(node, sizeof(node), "%s (%s)", name, host);
	return node;
}

/* Lower layers begin a message with the host that it is about; when that is
 * this one, the line's own beginning says so already. */
static const char *after_node(const char *msg, const char *node)
{
	size_t n = node ? strlen(node) : 0;

	if (n && !strncmp(msg, node, n) && !strncmp(msg + n, ": ", 2))
		return msg + n + 2;
	return msg;
}

static int report(const struct helper *h, const struct query *q, struct err *e)
{
	const char *msg = e->msg, *node;
	int code;

	if (helper_signal_name()) {
		err_wrap(e, "interrupted by %s", helper_signal_name());
		err_as(e, ERR_DEADLINE);
	}
	code = err_exit(e->kind);

	if (q) {
		node = full_node(q);
		msg = after_node(msg, node);
		if (msg == e->msg)
			msg = after_node(msg, query_text(q, "name"));
		if (msg == e->msg)
			msg = after_node(msg, query_text(q, "host"));
		log_begin(h->name, node);
	}
	log_error(msg);
	return code ? code : 1;
}

static struct deadline make_deadline(const struct helper *h, const struct query *q,
				     int stop_fd)
{
	int64_t ms = query_ms(q, "timeout");
	struct deadline d;

	if (h->extra_ms && !query_given(q, "timeout"))
		ms += h->extra_ms(q);
	d = deadline_in(ms);
	d.stop_fd = stop_fd;
	return d;
}

/* Whoever interrupted this run goes by its exit code, and must not take what was
 * left out because of that for done. */
static int operate(const struct helper *h, const struct query *q, struct result *r,
		   const struct deadline *d, struct err *e)
{
	int ret = h->run(q, r, d, e);

	if (!ret && deadline_stopped(d))
		ret = err_set(e, ERR_DEADLINE,
			      "its work may be done; run it "
			      "again to see");
	return ret;
}

static int run(const struct helper *h, const struct query *q, int stop_fd, struct err *e)
{
	struct result *r = result_new();
	struct deadline d = make_deadline(h, q, stop_fd);
	int ret = -1;

	if (!r)
		err_no_memory(e);
	else if (!operate(h, q, r, &d, e))
		ret = h->kind == HELPER_TOOL ? 0 : result_print(r, stop_fd, e);
	result_free(r);
	return ret;
}

/* Cuts the command off and hands it over; returns how many words are left. */
static int take_command(const struct helper *h, int argc, char **argv)
{
	for (int i = 1; h->command && i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (argv[i + 1])
			*h->command = argv + i + 1;
		return i;
	}
	return argc;
}

/* Terraform hands its query in through the environment, and is the parent itself or
 * that of a script. */
static void watch_terraform(const struct helper *h, int argc, char **argv)
{
	for (int i = 1; h->ends_with_parent && i < argc; i++)
		if (!strncmp(argv[i], "--query-env", strlen("--query-env"))) {
			helper_signal_parent();
			return;
		}
}

int helper_main(const struct helper *h, int argc, char **argv)
{
	struct query_spec spec = helper_spec(h);
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;
	const char *name;
	int page, code = 0;

	secret_process();
	js_setup();
	log_begin(h->name, NULL);
	if (crypto_setup(&e))
		return report(h, NULL, &e);
	argc = take_command(h, argc, argv);
	spec.no_stdin = h->command && *h->command;
	page = asked_page(argc, argv);
	if (page >= 0)
		return print(h, (size_t)page, &e) ? report(h, NULL, &e) : 0;
	spec.stop_fd = helper_signals(&e);
	if (spec.stop_fd < 0)
		return report(h, NULL, &e);
	watch_terraform(h, argc, argv);
	if (query_read(&q, &spec, argc, argv, &e)) {
		code = report(h, NULL, &e);
		goto out;
	}
	name = query_text(q, "name");
	log_begin(h->name, name ? name : query_text(q, "host"));
	if (run(h, q, spec.stop_fd, &e))
		code = report(h, q, &e);
out:
	query_free(q);
	secret_wipe_stack();
	return code;
}
