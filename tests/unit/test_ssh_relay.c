/* SPDX-License-Identifier: MIT */
/* The bytes between a local socket and a channel, which is a made-up one here: it gives and
 * takes as much as a test lets it. */
/* mutant helpers/ssh/relay.c broken: condition ssh_is_lost => true
 * mutant helpers/ssh/relay.c read_channel: term in.len => false
 * mutant helpers/ssh/relay.c read_socket: term out.len => false
 * mutant helpers/ssh/relay.c shut_socket: condition !t->out.shut => false
 * mutant helpers/ssh/relay.c ssh_relay_end: term answered => false
 * mutant helpers/ssh/relay.c ssh_relay_free: SSH_RELAY_WINDOW => 0 */

#include "ssh/internal.h"
#include "ssh/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/fd.h"

#define MARKER "\001begin\n"
#define PATIENT (1u << 20)

/* The far end. */
static struct {
	struct ssh ssh;
	struct ssh_channel channel;
	struct buf sent; /* what it has to say */
	size_t at;       /* and how much of it it has said */
	bool sent_eof;   /* and whether that is all */
	size_t most;     /* bytes that it says or takes at a time */
	size_t room;     /* bytes that it takes in all */
	struct buf got;
	bool got_eof;
	bool broken; /* its calls fail */
	bool loses;  /* and that is the connection's end */
	unsigned int reads;
	uint32_t window; /* what it was widened to last */
	bool freed, dropped;
	const char *error; /* on stderr */
} far;

static struct ssh_relay *relay;
static int client; /* the other end of its socket */
static size_t room;

bool ssh_channel_has_input(const struct ssh_channel *c)
{
	(void)c;
	return far.broken || far.at < far.sent.len || far.sent_eof || far.error;
}

bool ssh_channel_has_room(const struct ssh_channel *c)
{
	(void)c;
	return far.broken || far.room;
}

ssize_t ssh_channel_widen(struct ssh_channel *c, uint32_t window)
{
	(void)c;
	far.window = window;
	return 0;
}

static ssize_t breaks(void)
{
	far.ssh.lost = far.loses;
	return SSH_CHANNEL_CLOSED;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

ssize_t ssh_channel_read(struct ssh_channel *c, enum ssh_stream stream, void *bytes,
			 size_t n)
{
	(void)c;
	far.reads++;
	if (far.broken)
		return breaks();
	if (stream == SSH_STDERR && far.error) {
		n = least(n, strlen(far.error));
		memcpy(bytes, far.error, n);
		far.error = NULL;
		return (ssize_t)n;
	}
	if (stream == SSH_STDERR || far.at == far.sent.len)
		return far.sent_eof && far.at == far.sent.len ? 0 : SSH_CHANNEL_AGAIN;
	n = least(least(n, far.most), far.sent.len - far.at);
	memcpy(bytes, far.sent.data + far.at, n);
	far.at += n;
	return (ssize_t)n;
}

ssize_t ssh_channel_write(struct ssh_channel *c, const void *bytes, size_t n)
{
	(void)c;
	if (far.broken)
		return breaks();
	n = least(least(n, far.most), far.room);
	if (!n)
		return SSH_CHANNEL_AGAIN;
	far.room -= n;
	assert_int_equal(buf_add(&far.got, bytes, n), 0);
	return (ssize_t)n;
}

ssize_t ssh_channel_send_eof(struct ssh_channel *c)
{
	(void)c;
	assert_false(far.got_eof);
	far.got_eof = true;
	return 0;
}

int ssh_channel_free(struct ssh_channel *c)
{
	(void)c;
	far.freed = true;
	return 0;
}

void ssh_channel_drop(struct ssh_channel *c)
{
	far.dropped |= c != NULL;
}

static int begin_with(const char *marker)
{
	int fds[2];

	memset(&far, 0, sizeof(far));
	far.sent = far.got = BUF_INIT(16u << 20);
	far.most = far.room = SIZE_MAX;
	far.channel.ssh = &far.ssh;
	room = 4u << 20;
	assert_int_equal(fd_pair(fds), 0);
	client = fds[0];
	relay = ssh_relay_new(fds[1], &room);
	assert_non_null(relay);
	relay->ready |= POLLIN;
	ssh_relay_connect(relay, &far.channel, marker);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	return begin_with(NULL);
}

static int end(void **state)
{
	(void)state;
	ssh_relay_free(relay);
	fd_close(&client);
	buf_free(&far.sent);
	buf_free(&far.got);
	return 0;
}

/* What a loop does around it, until nothing moves any more. */
static void turn(void)
{
	for (unsigned int idle = 0, all = 0; idle < 2; all++) {
		int events = ssh_relay_events(relay);
		struct pollfd p = { .fd = relay->fd, .events = (short)events };

		assert_true(all < PATIENT);
		if (events >= 0 && poll(&p, 1, 0) > 0) {
			relay->ready |= p.revents;
			if (p.revents & (POLLHUP | POLLERR))
				relay->ready |= POLLIN | POLLOUT;
		}
		idle = ssh_relay_step(relay) ? 0 : idle + 1;
	}
}

/* Reads `n` bytes, which are there and those that are expected: i % 251. */
static size_t counted(size_t at, size_t n)
{
	unsigned char bytes[4096];
	size_t all = 0, wrong = 0;
	ssize_t got;

	while (all < n && (got = read(client, bytes, least(n - all, sizeof(bytes)))) > 0)
		for (ssize_t i = 0; i < got; i++)
			wrong += bytes[i] != (at + all++) % 251;
	assert_int_equal(wrong, 0);
	return all;
}

static char *pattern(size_t n)
{
	char *bytes = malloc(n);

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i % 251);
	return bytes;
}

static void says(size_t n)
{
	char *bytes = pattern(n);

	assert_int_equal(buf_add(&far.sent, bytes, n), 0);
	free(bytes);
}

static void passes_all_in_pieces(void **state)
{
	size_t all = 1u << 20, got = 0;

	(void)state;
	says(all);
	far.most = 777;
	for (int i = 0; got < all && i < 10000; i++) {
		turn();
		got += counted(got, 5000);
	}
	assert_int_equal(got, all);
}

/* As much as the socket takes, and no more is asked of the channel then. */
static void slow_client_holds_the_channel(void **state)
{
	size_t said, got;
	unsigned int reads;

	(void)state;
	says(8u << 20);
	turn();
	said = far.at;
	assert_true(said < (2u << 20));
	reads = far.reads;
	turn();
	assert_int_equal(far.reads, reads);
	assert_int_equal(far.at, said);
	got = counted(0, 1u << 20);
	turn();
	assert_true(far.at > said);
	got += counted(got, 8u << 20);
	assert_true(got > 0);
}

static size_t fill(const char *bytes, size_t n)
{
	size_t all = 0;
	ssize_t put;

	while (all < n && (put = write(client, bytes + all, n - all)) > 0)
		all += (size_t)put;
	return all;
}

static void full_window_holds_the_client(void **state)
{
	size_t all = 4u << 20, put = 0;
	char *bytes = pattern(all);

	(void)state;
	far.room = 100000;
	for (int i = 0; i < 100; i++) {
		put += fill(bytes + put, all - put);
		turn();
	}
	assert_true(put < 100000 + (1u << 20));
	assert_int_equal(far.got.len, 100000);
	far.room = SIZE_MAX;
	far.most = 12345;
	for (int i = 0; put < all && i < 1000; i++) {
		turn();
		put += fill(bytes + put, all - put);
	}
	turn();
	assert_int_equal(far.got.len, all);
	assert_memory_equal(far.got.data, bytes, all);
	free(bytes);
}

static void client_ends_first(void **state)
{
	(void)state;
	far.room = 2;
	assert_int_equal(write(client, "late", 4), 4);
	shutdown(client, SHUT_WR);
	turn();
	assert_false(far.got_eof);
	far.room = SIZE_MAX;
	turn();
	assert_true(far.got_eof);
	assert_string_equal(buf_str(&far.got), "late");
	says(3);
	turn();
	assert_int_equal(counted(0, 3), 3);
	assert_false(ssh_relay_is_done(relay));
	far.sent_eof = true;
	turn();
	assert_true(ssh_relay_is_done(relay));
	assert_true(far.freed);
}

static void engine_ends_first(void **state)
{
	char byte;

	(void)state;
	says(3);
	far.sent_eof = true;
	turn();
	assert_int_equal(counted(0, 3), 3);
	assert_int_equal(read(client, &byte, 1), 0);
	assert_int_equal(write(client, "more", 4), 4);
	turn();
	assert_string_equal(buf_str(&far.got), "more");
	assert_false(ssh_relay_is_done(relay));
	shutdown(client, SHUT_WR);
	turn();
	assert_true(far.freed);
	assert_true(ssh_relay_is_done(relay));
}

static void client_vanishes(void **state)
{
	(void)state;
	assert_int_equal(write(client, "last", 4), 4);
	fd_close(&client);
	turn();
	assert_string_equal(buf_str(&far.got), "last");
	assert_true(ssh_relay_is_done(relay));
	assert_true(far.freed);
}

/* Even while there is more for it than it has taken. */
static void client_vanishes_in_the_middle(void **state)
{
	(void)state;
	says(8u << 20);
	turn();
	fd_close(&client);
	turn();
	assert_true(ssh_relay_is_done(relay));
}

static void client_vanishes_after_its_end(void **state)
{
	(void)state;
	shutdown(client, SHUT_WR);
	turn();
	assert_true(far.got_eof);
	assert_false(ssh_relay_is_done(relay));
	fd_close(&client);
	turn();
	assert_true(ssh_relay_is_done(relay));
}

static void channel_breaks(void **state)
{
	char byte;

	(void)state;
	far.broken = true;
	turn();
	assert_true(ssh_relay_is_done(relay));
	assert_int_equal(read(client, &byte, 1), 0);
}

/* The socket of a client stays, for a last word, when the connection is lost. */
static void last_word(void **state)
{
	char text[100];
	ssize_t n;

	(void)state;
	assert_int_equal(write(client, "question", 8), 8);
	turn();
	far.broken = far.loses = true;
	turn();
	assert_true(far.ssh.lost);
	assert_false(ssh_relay_is_done(relay));
	ssh_relay_end(relay, "gone", 4);
	assert_true(far.dropped);
	assert_int_equal(write(client, "more", 4), 4);
	turn();
	n = read(client, text, sizeof(text));
	assert_int_equal(n, 4);
	assert_memory_equal(text, "gone", 4);
	assert_int_equal(read(client, text, sizeof(text)), 0);
	assert_false(ssh_relay_is_done(relay));
	fd_close(&client);
	turn();
	assert_true(ssh_relay_is_done(relay));
}

static void no_last_word_in_a_reply(void **state)
{
	char text[100];

	(void)state;
	says(3);
	turn();
	far.ssh.lost = true;
	ssh_relay_end(relay, "gone", 4);
	assert_int_equal(read(client, text, sizeof(text)), 3);
	assert_int_equal(read(client, text, sizeof(text)), 0);
	assert_true(ssh_relay_is_done(relay));
}

/* As long as all is taken at once; what it has grown by is given back. */
static void window_grows(void **state)
{
	size_t got = 0, all = 6u << 20, before = room;

	(void)state;
	says(all);
	while (got < all) {
		ssh_relay_step(relay);
		got += counted(got, all - got);
	}
	assert_int_equal(far.window, SSH_RELAY_WINDOW_MAX);
	assert_int_equal(room, before - (SSH_RELAY_WINDOW_MAX - SSH_RELAY_WINDOW));
	end(NULL);
	assert_int_equal(room, before);
	begin_with(NULL);
}

static void window_of_a_slow_client(void **state)
{
	(void)state;
	says(1u << 20);
	for (size_t got = 0; got < (1u << 20);) {
		turn();
		got += counted(got, 1000);
	}
	assert_true(far.window < (1u << 20));
	assert_true(room <= 4u << 20);
}

static void window_without_room(void **state)
{
	size_t got = 0, all = 1u << 20;

	(void)state;
	room = SSH_RELAY_WINDOW - 1;
	says(all);
	while (got < all) {
		ssh_relay_step(relay);
		got += counted(got, all - got);
	}
	assert_int_equal(far.window, 0);
	assert_int_equal(room, SSH_RELAY_WINDOW - 1);
}

static void drops_up_to_the_marker(void **state)
{
	char text[100];

	(void)state;
	end(NULL);
	begin_with(MARKER);
	far.most = 1;
	buf_adds(&far.sent, "motd \001beg \001\001begin\n\001begin\nreply");
	turn();
	assert_int_equal(read(client, text, sizeof(text)), 12);
	assert_memory_equal(text, "\001begin\nreply", 12);
}

static void silent_command(void **state)
{
	(void)state;
	end(NULL);
	begin_with(MARKER);
	buf_adds(&far.sent, "motd" MARKER);
	far.error = "permission denied";
	turn();
	assert_false(ssh_relay_is_silent(relay));
	far.sent_eof = true;
	turn();
	assert_true(ssh_relay_is_silent(relay));
	assert_string_equal(relay->tail, "permission denied");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_all_in_pieces),
		TEST(slow_client_holds_the_channel),
		TEST(full_window_holds_the_client),
		TEST(client_ends_first),
		TEST(engine_ends_first),
		TEST(client_vanishes),
		TEST(client_vanishes_in_the_middle),
		TEST(client_vanishes_after_its_end),
		TEST(channel_breaks),
		TEST(last_word),
		TEST(no_last_word_in_a_reply),
		TEST(window_grows),
		TEST(window_of_a_slow_client),
		TEST(window_without_room),
		TEST(drops_up_to_the_marker),
		TEST(silent_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
