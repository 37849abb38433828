/* SPDX-License-Identifier: MIT */
/* The page's server: where it listens, who may ask, and what for. */
#include "watch/page_internal.h"

#include "base/pipe.h"
#include "base/secret.h"
#include "base/text.h"

#include "page_files.inc"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 64
#define SILENT_S 60 /* seconds after which a connection that asks nothing is closed */
#define BACKLOG 16
#define ANSWER_MAX (1u << 20)

static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
	"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* ---- what may be asked ---- */

static const struct {
	const char *path, *type, *text;
} files[] = {
	{ "", "text/html; charset=utf-8", page_index_html },
	{ "page.css", "text/css; charset=utf-8", page_page_css },
	{ "page.js", "text/javascript; charset=utf-8", page_page_js },
};

static const struct {
	const char *path, *argument;
	void (*ask)(struct watch_page *p, const char *what, struct buf *out);
} asks[] = {
	{ "log", "task", watch_page_ask_log },
	{ "usage", "node", watch_page_ask_usage },
};

/* One request. */
struct request {
	struct watch_page *page;
	struct MHD_Connection *connection;
	const char *path; /* behind the token */
};

static struct MHD_Response *plain(const char *text)
{
	return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned code, const char *type,
			      struct MHD_Response *r)
{
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Content-Security-Policy", policy);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Cross-Origin-Resource-Policy", "same-origin");
	ret = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return ret;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned code, const char *text)
{
	return answer(c, code, "text/plain; charset=utf-8", plain(text));
}

static enum MHD_Result answer_ask(const struct request *q, size_t which)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	const char *what = MHD_lookup_connection_value(q->connection,
						       MHD_GET_ARGUMENT_KIND,
						       asks[which].argument);
	struct MHD_Response *r;

	asks[which].ask(q->page, what ? what : "", &out);
	r = MHD_create_response_from_buffer(out.len, (void *)(uintptr_t)buf_str(&out),
					    MHD_RESPMEM_MUST_COPY);
	buf_free(&out);
	return answer(q->connection, MHD_HTTP_OK, "application/json", r);
}

static enum MHD_Result answer_path(const struct request *q)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(q->path, files[i].path))
			return answer(q->connection, MHD_HTTP_OK, files[i].type,
				      plain(files[i].text));
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (!strcmp(q->path, asks[i].path))
			return answer_ask(q, i);
	if (!strcmp(q->path, "events"))
		return answer(q->connection, MHD_HTTP_OK, "text/event-stream",
			      watch_page_events(q->page));
	return refuse(q->connection, MHD_HTTP_NOT_FOUND, "there is no such page\n");
}

/* ---- who may ask ---- */

static bool names_us(const struct watch_page *p, const char *host)
{
	return host && (!strcmp(host, p->hosts[0]) || !strcmp(host, p->hosts[1]));
}

/* How long it takes says nothing of where the first difference is. */
static bool same_token(const char *a, const char *b, size_t n)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < n; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs;
}

/* "/TOKEN/..." and what is behind it; NULL for another token. */
static const char *behind_token(const struct watch_page *p, const char *url)
{
	size_t n = sizeof(p->token) - 1;

	if (strlen(url) < n + 2 || url[0] != '/' || url[n + 1] != '/' ||
	    !same_token(url + 1, p->token, n))
		return NULL;
	return url + n + 2;
}

/* The parameters are libmicrohttpd's (MHD_AccessHandlerCallback). */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version,
				  const char *body, size_t *body_len, void **own)
{
	struct request q = { .page = ctx, .connection = c };

	(void)version;
	(void)body;
	(void)body_len;
	(void)own;
	if (!names_us(ctx, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host")))
		return refuse(c, MHD_HTTP_FORBIDDEN,
			      "open the address as it was printed\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET))
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered\n");
	q.path = behind_token(ctx, url);
	if (!q.path)
		return refuse(c, MHD_HTTP_NOT_FOUND, "there is no such page\n");
	return answer_path(&q);
}

/* ---- where it listens ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Splits "HOST:PORT". */
static int read_address(const char *at, union address *a, struct err *e)
{
	const char *colon = strrchr(at, ':');
	char host[64] = "";
	uint32_t port = 0;

	memset(a, 0, sizeof(*a));
	if (colon && (size_t)(colon - at) < sizeof(host))
		memcpy(host, at, (size_t)(colon - at));
	if (!*host || text_to_u32(colon + 1, 0, 65535, &port))
		return err_set(e, ERR_USAGE,
			       "listen: expected an address and a port, such as "
			       "127.0.0.1:0, got \"%.60s\"",
			       at);
	if (!strcmp(host, "[::1]")) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_addr = in6addr_loopback;
		a->v6.sin6_port = htons((uint16_t)port);
		return 0;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1",
		      &a->v4.sin_addr) == 1 &&
	    ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET)
		return 0;
	return err_set(e, ERR_USAGE,
		       "listen: %s is no loopback address, and the page is not encrypted; "
		       "listen at 127.0.0.1:0, and lead another machine there with ssh -L",
		       host);
}

static int listen_at(struct watch_page *p, union address *a, const char *at,
		     struct err *e)
{
	bool v6 = a->any.sa_family == AF_INET6;
	socklen_t n = v6 ? sizeof(a->v6) : sizeof(a->v4);
	char host[INET6_ADDRSTRLEN];
	unsigned port;
	int on = 1;

	p->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd >= 0)
		setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (p->fd < 0 || bind(p->fd, &a->any, n) || listen(p->fd, BACKLOG) ||
	    getsockname(p->fd, &a->any, &n))
		return err_set(e, ERR_LOCAL, "listen: %.60s: %s", at, strerror(errno));
	port = ntohs(v6 ? a->v6.sin6_port : a->v4.sin_port);
	inet_ntop(a->any.sa_family, v6 ? (void *)&a->v6.sin6_addr : &a->v4.sin_addr, host,
		  sizeof(host));
	snprintf(p->hosts[0], sizeof(p->hosts[0]), v6 ? "[%s]:%u" : "%s:%u", host, port);
	snprintf(p->hosts[1], sizeof(p->hosts[1]), "localhost:%u", port);
	snprintf(p->url, sizeof(p->url), "http://%s/%s/", p->hosts[0], p->token);
	return 0;
}

static int make_token(struct watch_page *p, struct err *e)
{
	unsigned char random[WATCH_PAGE_TOKEN];

	if (getentropy(random, sizeof(random)))
		return err_set(e, ERR_LOCAL, "no random bytes to be had");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(p->token + 2 * i, 3, "%02x", random[i]);
	return 0;
}

int watch_page_open(struct watch_page **out, const char *at, struct err *e)
{
	struct watch_page *p = secret_calloc(1, sizeof(*p));
	union address a;

	if (!p)
		return err_no_memory(e);
	p->fd = p->stop[0] = p->stop[1] = -1;
	watch_page_journal_begin(&p->journal);
	if (read_address(at, &a, e) || make_token(p, e) || listen_at(p, &a, at, e)) {
		watch_page_free(p);
		return -1;
	}
	if (pipe_open(p->stop)) {
		watch_page_free(p);
		return err_set(e, ERR_LOCAL, "no pipe can be opened");
	}
	*out = p;
	return 0;
}

int watch_page_start(struct watch_page *p, struct watch_feed *feed,
		     const struct swarm_hosts *managers, struct err *e)
{
	p->feed = feed;
	p->managers = managers;
	p->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
					     MHD_USE_INTERNAL_POLLING_THREAD,
				     0, NULL, NULL, on_request, p,
				     MHD_OPTION_LISTEN_SOCKET, p->fd,
				     MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
				     MHD_OPTION_END);
	if (!p->daemon)
		return err_set(e, ERR_LOCAL, "the page's server cannot be started");
	p->fd = -1; /* the daemon closes it */
	return 0;
}

const char *watch_page_url(const struct watch_page *p)
{
	return p->url;
}

void watch_page_end(struct watch_page *p)
{
	watch_page_journal_end(&p->journal);
	if (p->stop[1] >= 0)
		close(p->stop[1]);
	p->stop[1] = -1;
	if (p->daemon)
		MHD_stop_daemon(p->daemon);
	p->daemon = NULL;
}

void watch_page_free(struct watch_page *p)
{
	if (!p)
		return;
	watch_page_end(p);
	if (p->fd >= 0)
		close(p->fd);
	pipe_close(p->stop);
	watch_page_journal_free(&p->journal);
	secret_free(p);
}
