/* SPDX-License-Identifier: MIT */
/* The agent client against agents that answer oddly, late or not at all, and
 * against a real ssh-agent. */
#include "sshkey/agent.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64];
static char path[96];
static pid_t agent_pid;

/* Answers every request with the next of `replies` (the last one as a NULL
 * buffer: nothing more is answered), `piece` bytes at a time. */
struct script {
	const struct buf *replies;
	size_t count;
	size_t piece; /* 0: all at once */
	bool hang;    /* keep the connection open at the end */
};

static void read_request(int fd)
{
	unsigned char head[4], byte;
	struct ssh_wire w = { head, 4 };
	uint32_t n;

	for (size_t i = 0; i < 4; i++)
		if (read(fd, head + i, 1) != 1)
			_exit(1);
	ssh_wire_u32(&w, &n);
	while (n--)
		if (read(fd, &byte, 1) != 1)
			_exit(1);
}

static void answer(int fd, const struct buf *b, size_t piece)
{
	for (size_t done = 0; done < b->len;) {
		size_t n = piece && b->len - done > piece ? piece : b->len - done;

		if (write(fd, b->data + done, n) != (ssize_t)n)
			_exit(1);
		done += n;
	}
}

static void serve(int listener, const struct script *s)
{
	int fd = accept(listener, NULL, NULL);

	for (size_t i = 0; i < s->count; i++) {
		read_request(fd);
		answer(fd, &s->replies[i], s->piece);
	}
	if (s->hang)
		pause();
	_exit(0);
}

static void start_fake(const struct script *s)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, sizeof(path), "%s/agent", dir);
	unlink(path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	agent_pid = fork();
	assert_true(agent_pid >= 0);
	if (!agent_pid) {
		/* Nobody is left behind if the test is killed. */
		alarm(60);
		serve(fd, s);
	}
	close(fd);
}

static void stop_fake(void)
{
	kill(agent_pid, SIGKILL);
	waitpid(agent_pid, NULL, 0);
}

/* Builders of replies; each frames itself. */
static void frame(struct buf *out, const struct buf *body)
{
	*out = BUF_INIT(1 << 20);
	ssh_wire_put_string(out, body->data, body->len);
}

static void put_key(struct buf *b, const char *type, const char *comment)
{
	struct buf key = BUF_INIT(256);

	ssh_wire_put_string(&key, type, strlen(type));
	ssh_wire_put_string(&key, "public half", 11);
	ssh_wire_put_string(b, key.data, key.len);
	ssh_wire_put_string(b, comment, strlen(comment));
	buf_free(&key);
}

static void identities(struct buf *out, uint32_t says, uint32_t gives, const char *type)
{
	struct buf body = BUF_INIT(1 << 20);

	buf_add(&body, "\x0c", 1);
	ssh_wire_put_u32(&body, says);
	for (uint32_t i = 0; i < gives; i++)
		put_key(&body, type, "me@\033home");
	frame(out, &body);
	buf_free(&body);
}

static void raw(struct buf *out, const char *bytes, size_t n)
{
	*out = BUF_INIT(1024);
	buf_add(out, bytes, n);
}

static void signature(struct buf *out, const char *algorithm)
{
	struct buf body = BUF_INIT(1024), both = BUF_INIT(1024);

	ssh_wire_put_string(&both, algorithm, strlen(algorithm));
	ssh_wire_put_string(&both, "signed", 6);
	buf_add(&body, "\x0e", 1);
	ssh_wire_put_string(&body, both.data, both.len);
	frame(out, &body);
	buf_free(&both);
	buf_free(&body);
}

static const struct {
	const char *name;
	const char *bytes; /* the reply as it is, or NULL: `gives` keys */
	size_t n;
	uint32_t says, gives;
	const char *type;
	size_t piece;
	int count; /* keys understood, -1 for an error */
	bool usable;
} lists[] = {
	{ "no keys", NULL, 0, 0, 0, "", 0, 0, false },
	{ "one key", NULL, 0, 1, 1, "ssh-ed25519", 0, 1, true },
	{ "byte by byte", NULL, 0, 2, 2, "ssh-rsa", 1, 2, true },
	{ "certificate", NULL, 0, 1, 1, "ssh-ed25519-cert-v01@openssh.com", 0, 1, false },
	{ "security key", NULL, 0, 1, 1, "sk-ssh-ed25519@openssh.com", 0, 1, false },
	{ "a hundred keys", NULL, 0, 100, 100, "ssh-ed25519", 0, SSH_AGENT_MAX_KEYS,
	  true },
	{ "fewer than it says", NULL, 0, 3, 1, "ssh-ed25519", 0, -1, false },
	{ "four thousand million", NULL, 0, UINT32_MAX, 1, "ssh-ed25519", 0, -1, false },
	{ "failure", "\0\0\0\1\5", 5, 0, 0, NULL, 0, -1, false },
	{ "empty message", "\0\0\0\0", 4, 0, 0, NULL, 0, -1, false },
	{ "too large", "\0\4\0\1\x0c", 5, 0, 0, NULL, 0, -1, false },
	{ "huge", "\xff\xff\xff\xff\x0c", 5, 0, 0, NULL, 0, -1, false },
	{ "half a length", "\0\0", 2, 0, 0, NULL, 0, -1, false },
	{ "half a message", "\0\0\0\5\x0c\0\0", 7, 0, 0, NULL, 0, -1, false },
	{ "no count", "\0\0\0\1\x0c", 5, 0, 0, NULL, 0, -1, false },
	{ "closed", "", 0, 0, 0, NULL, 0, -1, false },
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct deadline d = deadline_in(10000);
		struct script s = { .count = 1, .piece = lists[i].piece };
		struct ssh_agent *a = NULL;
		struct err e = { 0 };
		struct buf reply;
		int ret;

		print_message("  %s\n", lists[i].name);
		if (lists[i].bytes)
			raw(&reply, lists[i].bytes, lists[i].n);
		else
			identities(&reply, lists[i].says, lists[i].gives, lists[i].type);
		s.replies = &reply;
		start_fake(&s);
		ret = ssh_agent_open(&a, path, &d, &e);
		stop_fake();
		buf_free(&reply);
		if (lists[i].count < 0) {
			assert_int_equal(ret, -1);
			assert_int_equal(e.kind, ERR_LOCAL);
			assert_non_null(strstr(e.msg, "SSH_AUTH_SOCK"));
			continue;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(ssh_agent_count(a), lists[i].count);
		if (lists[i].count) {
			assert_int_equal(ssh_agent_key(a, 0)->usable, lists[i].usable);
			assert_string_equal(ssh_agent_key(a, 0)->comment, "me@?home");
		}
		ssh_agent_close(a);
	}
}

static struct ssh_to_sign to_sign(const char *algorithm, const char *data)
{
	return (struct ssh_to_sign){
		.algorithm = { (const unsigned char *)algorithm, strlen(algorithm) },
		.data = { (const unsigned char *)data, strlen(data) },
	};
}

static void test_signatures(void **state)
{
	static const struct {
		const char *name, *algorithm, *by; /* by: NULL for raw bytes */
		const char *bytes;
		size_t n;
		enum err_kind kind;
	} cases[] = {
		{ "as asked", "rsa-sha2-512", "rsa-sha2-512", NULL, 0, ERR_NONE },
		{ "SHA-1 instead", "rsa-sha2-512", "ssh-rsa", NULL, 0, ERR_REFUSED },
		{ "another one", "ssh-ed25519", "ssh-ed25519x", NULL, 0, ERR_REFUSED },
		{ "refused", "ssh-ed25519", NULL, "\0\0\0\1\5", 5, ERR_REFUSED },
		{ "nothing in it", "ssh-ed25519", NULL, "\0\0\0\1\x0e", 5, ERR_LOCAL },
		{ "no signature in it", "ssh-ed25519", NULL,
		  "\0\0\0\x0d\x0e\0\0\0\x08\0\0\0\4name", 17, ERR_LOCAL },
		{ "closed", "ssh-ed25519", NULL, "", 0, ERR_LOCAL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ssh_to_sign what = to_sign(cases[i].algorithm, "x");
		struct deadline d = deadline_in(10000);
		struct buf replies[2], made = BUF_INIT(1024);
		struct script s = { .replies = replies, .count = 2 };
		struct ssh_agent *a = NULL;
		struct err e = { 0 };
		int ret;

		print_message("  %s\n", cases[i].name);
		identities(&replies[0], 1, 1, "ssh-rsa");
		if (cases[i].by)
			signature(&replies[1], cases[i].by);
		else
			raw(&replies[1], cases[i].bytes, cases[i].n);
		start_fake(&s);
		assert_int_equal(ssh_agent_open(&a, path, &d, &e), 0);
		ret = ssh_agent_sign(a, 0, &what, &made, &d, &e);
		assert_int_equal(ret, cases[i].kind == ERR_NONE ? 0 : -1);
		assert_int_equal(e.kind, cases[i].kind);
		if (!ret)
			assert_string_equal(buf_str(&made), "signed");
		ssh_agent_close(a);
		stop_fake();
		buf_free(&made);
		buf_free(&replies[0]);
		buf_free(&replies[1]);
	}
}

/* Hanging before the list, in the middle of it, and before a signature. */
static void test_hanging(void **state)
{
	static const struct {
		const char *name;
		size_t replies;
		size_t cut; /* bytes held back of the last one */
		bool stop;  /* by the stop descriptor instead of the time */
	} cases[] = {
		{ "no answer", 0, 0, false },
		{ "half an answer", 1, 3, false },
		{ "no signature", 1, 0, false },
		{ "interrupted", 0, 0, true },
	};
	struct ssh_to_sign what = to_sign("ssh-rsa", "x");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct deadline d = deadline_in(cases[i].stop ? 20000 : 300);
		int64_t began = deadline_now_ms();
		struct buf reply, made = BUF_INIT(1024);
		struct script s = { &reply, cases[i].replies, 0, true };
		struct ssh_agent *a = NULL;
		struct err e = { 0 };
		int stop[2], ret;

		print_message("  %s\n", cases[i].name);
		identities(&reply, 1, 1, "ssh-rsa");
		reply.len -= cases[i].cut;
		assert_int_equal(pipe(stop), 0);
		if (cases[i].stop) {
			d.stop_fd = stop[0];
			assert_int_equal(write(stop[1], "x", 1), 1);
		}
		start_fake(&s);
		ret = ssh_agent_open(&a, path, &d, &e);
		if (!ret)
			ret = ssh_agent_sign(a, 0, &what, &made, &d, &e);
		assert_int_equal(ret, -1);
		assert_int_equal(e.kind, ERR_DEADLINE);
		assert_true(deadline_now_ms() - began < 5000);
		ssh_agent_close(a);
		stop_fake();
		close(stop[0]);
		close(stop[1]);
		buf_free(&reply);
	}
}

static void test_no_agent(void **state)
{
	struct deadline d = deadline_in(5000);
	struct ssh_agent *a = NULL;
	struct err e = { 0 };
	char name[200];

	(void)state;
	snprintf(name, sizeof(name), "%s/none", dir);
	assert_int_equal(ssh_agent_open(&a, name, &d, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, name));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ssh_agent_open(&a, name, &d, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
}

static bool verifies(const struct ssh_wire *public, const struct buf *made,
		     const char *data)
{
	struct ssh_wire w = *public, key;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey;
	bool good;

	assert_int_equal(ssh_wire_string(&w, &key), 0);
	assert_int_equal(ssh_wire_string(&w, &key), 0);
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.p, key.n);
	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL),
			 1);
	good = EVP_DigestVerify(ctx, (unsigned char *)made->data, made->len,
				(const unsigned char *)data, strlen(data)) == 1;
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return good;
}

static void test_real_agent(void **state)
{
	static const char *const rsa[] = { "rsa-sha2-256", "rsa-sha2-512" };
	struct ssh_to_sign ed25519 = to_sign("ssh-ed25519", "data");
	struct deadline d = deadline_in(20000);
	struct buf made = BUF_INIT(4096);
	struct ssh_agent *a = NULL;
	struct err e = { 0 };
	char command[512];
	int tries = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/real", dir);
	agent_pid = fork();
	if (!agent_pid) {
		alarm(60);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execlp("ssh-agent", "ssh-agent", "-D", "-a", path, (char *)NULL);
		_exit(1);
	}
	while (access(path, F_OK) && tries++ < 500)
		assert_int_equal(deadline_pause(&d, 10), 0);
	snprintf(command, sizeof(command),
		 "cd %s && ssh-keygen -q -t ed25519 -N '' -f e && "
		 "ssh-keygen -q -t rsa -b 1024 -N '' -f r && SSH_AUTH_SOCK=%s ssh-add -q e r "
		 ">/dev/null 2>&1",
		 dir, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(ssh_agent_open(&a, path, &d, &e), 0);
	assert_int_equal(ssh_agent_count(a), 2);
	assert_int_equal(ssh_agent_sign(a, 0, &ed25519, &made, &d, &e), 0);
	assert_true(verifies(&ssh_agent_key(a, 0)->public, &made, "data"));
	assert_false(verifies(&ssh_agent_key(a, 0)->public, &made, "date"));
	for (size_t i = 0; i < COUNT(rsa); i++) {
		struct ssh_to_sign what = to_sign(rsa[i], "data");

		buf_free(&made);
		assert_int_equal(ssh_agent_sign(a, 1, &what, &made, &d, &e), 0);
		assert_int_equal(made.len, 128);
	}
	ssh_agent_close(a);
	buf_free(&made);
	stop_fake();
}

static int make_dir(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "/tmp/test_ssh_agent.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),      cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_hanging),    cmocka_unit_test(test_no_agent),
		cmocka_unit_test(test_real_agent),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
