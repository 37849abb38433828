/* SPDX-License-Identifier: MIT */
/*
 * channel - what libssh2 alone moves over one channel, with no host key checked and nobody
 * who reads it: `channel HOST PORT PUBLIC-KEY PRIVATE-KEY SOCKET down|up MIB`. Prints the
 * microseconds that it took, once logged in.
 */
#include <libssh2.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* As the executables ask for it first. */
#define CIPHER "aes256-ctr"
#define MAC "hmac-sha2-256"

static char block[1 << 20];

static int reach(const char *host, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&in, sizeof(in)))
		return -1;
	return fd;
}

static LIBSSH2_SESSION *log_in(int fd, char **argv)
{
	LIBSSH2_SESSION *s = libssh2_session_init();

	libssh2_session_method_pref(s, LIBSSH2_METHOD_CRYPT_CS, CIPHER);
	libssh2_session_method_pref(s, LIBSSH2_METHOD_CRYPT_SC, CIPHER);
	libssh2_session_method_pref(s, LIBSSH2_METHOD_MAC_CS, MAC);
	libssh2_session_method_pref(s, LIBSSH2_METHOD_MAC_SC, MAC);
	if (libssh2_session_handshake(s, fd) ||
	    libssh2_userauth_publickey_fromfile(s, "root", argv[3], argv[4], NULL))
		return NULL;
	return s;
}

static LIBSSH2_CHANNEL *open_socket(LIBSSH2_SESSION *s, const char *path)
{
	size_t n = strlen(path);
	char payload[300] = { 0 };

	if (n > 200)
		return NULL;
	payload[3] = (char)n;
	memcpy(payload + 4, path, n);
	return libssh2_channel_open_ex(s, "direct-streamlocal@openssh.com", 30,
				       LIBSSH2_CHANNEL_WINDOW_DEFAULT,
				       LIBSSH2_CHANNEL_PACKET_DEFAULT, payload,
				       (unsigned int)n + 12);
}

static int down(LIBSSH2_CHANNEL *c, long mib)
{
	long long left = (long long)mib << 20;
	ssize_t n;

	libssh2_channel_write(c, block,
			      (size_t)snprintf(block, sizeof(block),
					       "GET /down/%ld HTTP/1.1\r\n\r\n", mib));
	for (; left > 0; left -= n)
		if ((n = libssh2_channel_read(c, block, 65536)) <= 0)
			return -1;
	return 0;
}

static int up(LIBSSH2_CHANNEL *c, long mib)
{
	long long all = (long long)mib << 20, at = 0;
	ssize_t n;

	libssh2_channel_write(
		c, block,
		(size_t)snprintf(block, sizeof(block),
				 "POST /take HTTP/1.1\r\nContent-Length: %lld\r\n\r\n",
				 all));
	for (; at < all; at += n) {
		size_t from = (size_t)at % sizeof(block);

		if ((n = libssh2_channel_write(c, block + from, sizeof(block) - from)) <
		    0)
			return -1;
	}
	return libssh2_channel_read(c, block, sizeof(block)) > 0 ? 0 : -1;
}

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	LIBSSH2_CHANNEL *c = NULL;
	LIBSSH2_SESSION *s;
	long long begun;
	int fd;

	if (argc != 8 || libssh2_init(0) || (fd = reach(argv[1], argv[2])) < 0)
		return 1;
	s = log_in(fd, argv);
	if (s)
		c = open_socket(s, argv[5]);
	if (!c)
		return 1;
	begun = microseconds();
	if ((*argv[6] == 'd' ? down : up)(c, atol(argv[7])))
		return 1;
	printf("%lld\n", microseconds() - begun);
	return 0;
}
