/* SPDX-License-Identifier: MIT */
/*
 * floor - what fetch-tokens does over the wire and nothing else:
 *
 *   floor ADDRESS PORT USER KEY
 *
 * TCP, libssh2's handshake, the key, a channel to the Docker socket, one
 * request, its reply to stdout. No host key is checked, no deadline kept, no
 * JSON read, no libcurl: the least that libssh2 costs, in time and in memory.
 * With -DWITH_CURL libcurl is started and not used: what it costs to have it.
 */
#include <arpa/inet.h>
#ifdef WITH_CURL
#include <curl/curl.h>
#endif
#include <errno.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_PATH "/var/run/docker.sock"
#define REQUEST \
	"GET /v1.41/swarm HTTP/1.1\r\nHost: docker\r\n" \
	"Connection: close\r\n\r\n"

static LIBSSH2_RECV_FUNC(receive)
{
	ssize_t n = recv(socket, buffer, length, flags);
	int error = errno;

	(void)abstract;
	setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &(int){ 1 }, sizeof(int));
	return n < 0 ? -error : n;
}

static int reach(const char *address, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &at.sin_addr);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	return fd;
}

/* The path and two reserved fields (OpenSSH's PROTOCOL, section 2.4). */
static LIBSSH2_CHANNEL *open_socket(LIBSSH2_SESSION *s)
{
	char payload[4 + sizeof(SOCKET_PATH) - 1 + 8] = { 0 };

	payload[3] = sizeof(SOCKET_PATH) - 1;
	memcpy(payload + 4, SOCKET_PATH, sizeof(SOCKET_PATH) - 1);
	return libssh2_channel_open_ex(s, "direct-streamlocal@openssh.com", 30,
				       LIBSSH2_CHANNEL_WINDOW_DEFAULT,
				       LIBSSH2_CHANNEL_PACKET_DEFAULT, payload,
				       sizeof(payload));
}

static int copy_reply(LIBSSH2_CHANNEL *c)
{
	char reply[4096];
	ssize_t n, all = 0;

	if (libssh2_channel_write(c, REQUEST, strlen(REQUEST)) < 0)
		return -1;
	while ((n = libssh2_channel_read(c, reply, sizeof(reply))) > 0)
		all += write(STDOUT_FILENO, reply, (size_t)n);
	return n < 0 || !all ? -1 : 0;
}

int main(int argc, char **argv)
{
	LIBSSH2_SESSION *s;
	LIBSSH2_CHANNEL *c = NULL;
	int fd;

#ifdef WITH_CURL
	if (curl_global_init(CURL_GLOBAL_ALL))
		return 1;
#endif
	if (argc != 5 || libssh2_init(0) || (fd = reach(argv[1], argv[2])) < 0)
		return 1;
	s = libssh2_session_init();
	libssh2_session_callback_set(s, LIBSSH2_CALLBACK_RECV, (void *)receive);
	if (!libssh2_session_handshake(s, fd) &&
	    !libssh2_userauth_publickey_fromfile(s, argv[3], NULL, argv[4], NULL))
		c = open_socket(s);
	return c && !copy_reply(c) ? 0 : 1;
}
