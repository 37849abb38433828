/* What a known hosts file means, row by row, and what is written to it. */
#include "net/known_hosts.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "net/ssh_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#define ED "ssh-ed25519"
#define EC "ecdsa-sha2-nistp256"
#define RSA "ssh-rsa"
#define SOUND_110 \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"
#define SOUND_111 SOUND_110 ",rsa-sha2-512,rsa-sha2-256"

static char dir[64];
static char file[96];

/* A key that has its type's name and is otherwise told apart by `seed`. */
static void make_key(struct buf *b, const char *type, char seed)
{
	char body[32];

	memset(body, seed, sizeof(body));
	*b = BUF_INIT(4096);
	ssh_wire_put_string(b, type, strlen(type));
	assert_int_equal(ssh_wire_put_string(b, body, sizeof(body)), 0);
}

static const struct {
	char letter;
	const char *type;
	char seed;
} keys[] = {
	{ 'E', ED, 1 }, { 'F', ED, 2 }, { 'C', EC, 3 }, { 'R', RSA, 4 },
	{ 'D', "ssh-dss", 5 }, { 'U', "ssh-future@example.org", 6 },
};

static void key_of(struct buf *b, char letter)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].letter == letter) {
			make_key(b, keys[i].type, keys[i].seed);
			return;
		}
	fail_msg("no key %c", letter);
}

/* Writes a row's text: "%E" is the type and base64 of key E, "%e" its
 * fingerprint, "%b" 20000 characters of nothing. */
static void expand(struct buf *out, const char *text)
{
	for (; *text; text++) {
		struct buf key;
		char print[64];

		if (*text != '%') {
			buf_add(out, text, 1);
			continue;
		}
		text++;
		if (*text == 'b') {
			for (int i = 0; i < 20000; i++)
				buf_adds(out, "x");
			continue;
		}
		key_of(&key, (char)(*text & ~0x20));
		known_hosts_fingerprint((unsigned char *)key.data, key.len, print);
		if (*text & 0x20) {
			buf_adds(out, print);
		} else {
			struct ssh_wire w = { (unsigned char *)key.data, key.len }, t;

			assert_int_equal(ssh_wire_string(&w, &t), 0);
			buf_add(out, t.p, t.n);
			buf_adds(out, " ");
			ssh_wire_to_base64(out, (unsigned char *)key.data, key.len);
		}
		buf_free(&key);
	}
}

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static char *read_file(void)
{
	static char text[65536];
	FILE *f = fopen(file, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

struct row {
	const char *name;
	const char *content; /* of the file */
	const char *pinned;
	const char *host;
	uint16_t port;
	char offered;
	enum known_hosts_verdict verdict;
	const char *algorithms; /* with libssh2 1.10; NULL for an error */
	const char *says;       /* a part of the message */
};

#define OK KNOWN_HOSTS_OK
#define NEW KNOWN_HOSTS_NEW
#define CHANGED KNOWN_HOSTS_CHANGED
#define REVOKED KNOWN_HOSTS_REVOKED

static const struct row rows[] = {
	{ "plain name", "h.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "another host", "g.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110,
	  "host_key_policy=accept-new" },
	{ "unknown names the key", "", NULL, "h.ex", 22, 'E', NEW, SOUND_110, "ED25519 SHA256:" },
	{ "unknown on a port", "", NULL, "h.ex", 2222, 'E', NEW, SOUND_110,
	  "ssh-keyscan -p 2222 h.ex >>" },
	{ "host in capitals", "h.ex %E\n", NULL, "H.Ex", 22, 'E', OK, ED, NULL },
	{ "file in capitals", "H.EX %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "changed", "# c\n\nh.ex %E\n", NULL, "h.ex", 22, 'F', CHANGED, ED,
	  "remove line 3 of " },
	{ "changed, several keys", "h.ex %E\nx %E\nh.ex %C\n*.ex %R\n", NULL, "h.ex", 22,
	  'F', CHANGED, ED "," EC, "remove lines 1, 3 and 4 of " },
	{ "changed names both", "h.ex %E\n", NULL, "h.ex", 22, 'F', CHANGED, ED,
	  "host key changed: known SHA256:" },
	{ "list, first", "h.ex,10.0.0.1 %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "list, last", "a,b,h.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "list with empty items", ",,h.ex, %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "part of a name", "h.example %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "longer than the name", "h.ex %E\n", NULL, "h.example", 22, 'E', NEW, SOUND_110, NULL },
	{ "star", "*.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "star in the middle", "a*c*e %E\n", NULL, "abcde", 22, 'E', OK, ED, NULL },
	{ "star goes back", "*ab %E\n", NULL, "aabab", 22, 'E', OK, ED, NULL },
	{ "star of nothing", "h*.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "star elsewhere", "*.org %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "many stars", "*a*a*a*a*a*a*a*a*a*b %E\n", NULL,
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "question mark", "10.0.0.? %E\n", NULL, "10.0.0.7", 22, 'E', OK, ED, NULL },
	{ "question mark is one", "10.0.0.? %E\n", NULL, "10.0.0.17", 22, 'E', NEW, SOUND_110, NULL },
	{ "negated", "*.ex,!h.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "negated first", "!h.ex,*.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "negated another", "*.ex,!g.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "only negated", "!g.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "port", "[h.ex]:2222 %E\n", NULL, "h.ex", 2222, 'E', OK, ED, NULL },
	{ "port, capitals", "[H.EX]:2222 %E\n", NULL, "h.ex", 2222, 'E', OK, ED, NULL },
	{ "plain is port 22 only", "h.ex %E\n", NULL, "h.ex", 2222, 'E', NEW, SOUND_110, NULL },
	{ "port is not port 22", "[h.ex]:2222 %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "port beside plain", "h.ex %E\n[h.ex]:2222 %F\n", NULL, "h.ex", 2222, 'E', CHANGED,
	  ED, "line 2" },
	{ "IPv4", "10.0.0.1 %E\n", NULL, "10.0.0.1", 22, 'E', OK, ED, NULL },
	{ "IPv6", "fd00::1 %E\n", NULL, "fd00::1", 22, 'E', OK, ED, NULL },
	{ "IPv6 in capitals", "FD00::A %E\n", NULL, "fd00::a", 22, 'E', OK, ED, NULL },
	{ "IPv6 with port", "[fd00::1]:2222 %E\n", NULL, "fd00::1", 2222, 'E', OK, ED, NULL },
	{ "revoked", "@revoked * %E\n", NULL, "h.ex", 22, 'E', REVOKED, SOUND_110, "line 1 of " },
	{ "revoked and listed", "h.ex %E\n@revoked h.ex %E\n", NULL, "h.ex", 22, 'E', REVOKED,
	  ED, "@revoked" },
	{ "another one revoked", "h.ex %E\n@revoked h.ex %F\n", NULL, "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "revoked is not known", "@revoked h.ex %E\n", NULL, "h.ex", 22, 'F', NEW, SOUND_110,
	  NULL },
	{ "authority is passed over", "@cert-authority *.ex %E\n", NULL, "h.ex", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "unknown marker", "@other h.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "marker is no host", "@revoked h.ex %E\n", NULL, "@revoked", 22, 'E', NEW, SOUND_110,
	  NULL },
	{ "CRLF", "g.ex %F\r\nh.ex %E\r\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "no final newline", "h.ex %E", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "comment after the key", "h.ex %E root@h\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "tabs and leading space", " \th.ex\t%E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "commented out", "#h.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "bad lines before", "h.ex\n@revoked\nh.ex " ED "\nh.ex " ED " ???\nh.ex %E\n", NULL,
	  "h.ex", 22, 'E', OK, ED, NULL },
	{ "type and key differ", "h.ex " EC " AAAAC3NzaC1lZDI1NTE5AAAAAA==\n", NULL, "h.ex", 22,
	  'E', NEW, SOUND_110, NULL },
	{ "overlong line before", "%b %F\nh.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "overlong line that matches", "h.ex,%b %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110,
	  NULL },
	{ "broken hash", "|1|abc %E\n|1||| %E\n|2|a|b %E\n|1| %E\n", NULL, "h.ex", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "several keys, second", "h.ex %E\nh.ex %C\n", NULL, "h.ex", 22, 'C', OK, ED "," EC,
	  NULL },
	{ "two keys of one type", "h.ex %E\nh.ex %F\n", NULL, "h.ex", 22, 'F', OK, ED, NULL },
	{ "another type", "h.ex %E\n", NULL, "h.ex", 22, 'C', CHANGED, ED, "of another type" },
	{ "ecdsa only", "h.ex %C\n", NULL, "h.ex", 22, 'C', OK, EC, NULL },
	{ "RSA only", "h.ex %R\n", NULL, "h.ex", 22, 'R', OK, NULL, "from version 1.11" },
	{ "DSA only", "h.ex %D\n", NULL, "h.ex", 22, 'E', CHANGED, NULL, "another type" },
	{ "unknown type only", "h.ex %U\n", NULL, "h.ex", 22, 'E', CHANGED, NULL, "another type" },
	{ "unknown type beside", "h.ex %U\nh.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin without hosts", "", "%E", "h.ex", 2222, 'E', OK, ED, NULL },
	{ "pin with a comment", "", "%E root@h\n", "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin with hosts", "", "h.ex,g.ex %E c", "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin replaces the file", "h.ex %E\n", "%F", "h.ex", 22, 'E', CHANGED, ED,
	  "correct line 1 of host_key" },
	{ "pin of another host", "h.ex %E\n", "g.ex %F\n", "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin of another host, unknown", "", "g.ex %F\n", "h.ex", 22, 'E', NEW, SOUND_110,
	  "nor has host_key" },
	{ "pins, comments, blanks", "", "# mine\n\r\n h.ex %F\r\n%E\r\n", "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "fingerprint", "", "%e", "h.ex", 22, 'E', OK, SOUND_110, NULL },
	{ "fingerprint with hosts", "", "h.ex %e", "h.ex", 22, 'E', OK, SOUND_110, NULL },
	{ "fingerprint of another host", "h.ex %F\n", "g.ex %e", "h.ex", 22, 'F', OK, ED, NULL },
	{ "fingerprint differs", "h.ex %E\n", "%c", "h.ex", 22, 'E', CHANGED, SOUND_110,
	  "pin the fingerprint of its ED25519 key" },
	{ "fingerprint beside a key", "", "%e\n%C", "h.ex", 22, 'C', OK, SOUND_110, NULL },
	{ "RSA pin", "", "%R", "h.ex", 22, 'R', OK, NULL, "from version 1.11" },
};

static void run_row(const struct row *r)
{
	struct buf content = BUF_INIT(1 << 20), pinned = BUF_INIT(1 << 20), key;
	struct known_hosts *k = NULL;
	struct err e = { 0 }, why = { 0 };
	const char *algorithms;

	expand(&content, r->content);
	expand(&pinned, r->pinned ? r->pinned : "");
	write_file(buf_str(&content), content.len);
	key_of(&key, r->offered);
	assert_int_equal(known_hosts_load(&k, file, r->pinned ? buf_str(&pinned) : NULL,
					  r->host, r->port, &e), 0);
	assert_int_equal(known_hosts_check(k, (unsigned char *)key.data, key.len, &e),
			 r->verdict);
	assert_int_equal(e.kind, r->verdict == OK ? ERR_NONE : ERR_HOST_KEY);
	algorithms = known_hosts_algorithms(k, false, &why);
	if (r->algorithms)
		assert_string_equal(algorithms, r->algorithms);
	else
		assert_null(algorithms);
	if (r->says && !strstr(e.msg, r->says) && !strstr(why.msg, r->says))
		fail_msg("\"%s\" is not in \"%s\" nor \"%s\"", r->says, e.msg, why.msg);
	known_hosts_free(k);
	buf_free(&key);
	buf_free(&pinned);
	buf_free(&content);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s\n", rows[i].name);
		run_row(&rows[i]);
	}
}

static void test_algorithms_with_rsa(void **state)
{
	static const struct {
		const char *name, *content, *algorithms;
	} cases[] = {
		{ "unknown host", "", SOUND_111 },
		{ "RSA only", "h.ex %R\n", "rsa-sha2-512,rsa-sha2-256" },
		{ "RSA and ed25519", "h.ex %R\nh.ex %E\n", ED ",rsa-sha2-512,rsa-sha2-256" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf content = BUF_INIT(65536);
		struct known_hosts *k = NULL;
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		expand(&content, cases[i].content);
		write_file(buf_str(&content), content.len);
		assert_int_equal(known_hosts_load(&k, file, NULL, "h.ex", 22, &e), 0);
		assert_string_equal(known_hosts_algorithms(k, true, &e),
				    cases[i].algorithms);
		known_hosts_free(k);
		buf_free(&content);
	}
}

static void test_bad_pins(void **state)
{
	static const struct {
		const char *name, *pinned, *says;
	} cases[] = {
		{ "a word", "hello", "line 1" },
		{ "second line", "%E\nh.ex " ED "\n", "line 2" },
		{ "bad base64", ED " AAA", "line 1" },
		{ "another host's line", "g.ex " ED " !!!", "line 1" },
		{ "short fingerprint", "SHA256:abc", "line 1" },
		{ "md5", "MD5:11:22", "line 1" },
		{ "type differs", EC " AAAAC3NzaC1lZDI1NTE5AAAAAA==", "line 1" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf pinned = BUF_INIT(65536);
		struct known_hosts *k = NULL;
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		expand(&pinned, cases[i].pinned);
		assert_int_equal(known_hosts_load(&k, file, buf_str(&pinned), "h.ex", 22,
						  &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.msg, cases[i].says));
		assert_null(k);
		buf_free(&pinned);
	}
}

static void test_files(void **state)
{
	struct known_hosts *k = NULL;
	struct err e = { 0 };
	char path[160];

	(void)state;
	snprintf(path, sizeof(path), "%s/missing/known_hosts", dir);
	assert_int_equal(known_hosts_load(&k, path, NULL, "h", 22, &e), 0);
	known_hosts_free(k);
	assert_int_equal(known_hosts_load(&k, "/dev/null", NULL, "h", 22, &e), 0);
	known_hosts_free(k);
	assert_int_equal(known_hosts_load(&k, dir, NULL, "h", 22, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, dir));
}

/* ssh-keygen as the other opinion on hashed names and fingerprints. */
static void test_agrees_with_ssh_keygen(void **state)
{
	struct known_hosts *k = NULL;
	struct err e = { 0 };
	char command[512], line[512], print[64], *text;
	struct buf key = BUF_INIT(4096), content = BUF_INIT(4096);
	FILE *p;

	(void)state;
	snprintf(command, sizeof(command), "ssh-keygen -q -t ed25519 -N '' -f %s/k", dir);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "cut -d' ' -f2 %s/k.pub", dir);
	p = popen(command, "r");
	assert_non_null(fgets(line, sizeof(line), p));
	pclose(p);
	assert_int_equal(ssh_wire_base64(&key, line, strlen(line)), 0);
	buf_addf(&content, "h.ex,[h.ex]:2222 ssh-ed25519 %s", line);
	write_file(buf_str(&content), content.len);
	snprintf(command, sizeof(command), "ssh-keygen -q -H -f %s >/dev/null 2>&1", file);
	assert_int_equal(system(command), 0);
	text = read_file();
	assert_int_equal(strncmp(text, "|1|", 3), 0);
	for (int i = 0; i < 3; i++) {
		static const uint16_t ports[] = { 22, 2222, 2223 };

		assert_int_equal(known_hosts_load(&k, file, NULL, "H.ex", ports[i], &e), 0);
		assert_int_equal(known_hosts_check(k, (unsigned char *)key.data, key.len, &e),
				 i < 2 ? OK : NEW);
		known_hosts_free(k);
	}
	snprintf(command, sizeof(command), "ssh-keygen -lf %s/k.pub", dir);
	p = popen(command, "r");
	assert_non_null(fgets(line, sizeof(line), p));
	pclose(p);
	known_hosts_fingerprint((unsigned char *)key.data, key.len, print);
	assert_non_null(strstr(line, print));
	buf_free(&key);
	buf_free(&content);
}

static int record(const char *path, const char *host, uint16_t port, char letter,
		  struct err *e)
{
	struct deadline d = deadline_in(10000);
	struct known_hosts *k = NULL;
	struct buf key;
	int ret;

	key_of(&key, letter);
	assert_int_equal(known_hosts_load(&k, path, NULL, host, port, e), 0);
	ret = known_hosts_record(k, (unsigned char *)key.data, key.len, &d, e);
	known_hosts_free(k);
	buf_free(&key);
	return ret;
}

static void expect_file(const char *text)
{
	struct buf want = BUF_INIT(65536);

	expand(&want, text);
	assert_string_equal(read_file(), buf_str(&want));
	buf_free(&want);
}

static void test_record(void **state)
{
	static const struct {
		const char *name, *before, *host;
		uint16_t port;
		char key;
		int ret;
		const char *after;
	} cases[] = {
		{ "empty file", "", "h.ex", 22, 'E', 0, "h.ex %E\n" },
		{ "after others", "g.ex %F\n", "h.ex", 22, 'E', 0, "g.ex %F\nh.ex %E\n" },
		{ "no final newline", "g.ex %F", "h.ex", 22, 'E', 0, "g.ex %F\nh.ex %E\n" },
		{ "port", "", "h.ex", 2222, 'E', 0, "[h.ex]:2222 %E\n" },
		{ "IPv6", "", "fd00::1", 22, 'E', 0, "fd00::1 %E\n" },
		{ "IPv6 with port", "", "FD00::1", 222, 'E', 0, "[fd00::1]:222 %E\n" },
		{ "not doubled", "h.ex %E\n", "h.ex", 22, 'E', 0, "h.ex %E\n" },
		{ "another key meanwhile", "h.ex %F\n", "h.ex", 22, 'E', -1, "h.ex %F\n" },
		{ "revoked meanwhile", "@revoked * %E\n", "h.ex", 22, 'E', -1, "@revoked * %E\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf before = BUF_INIT(65536);
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		expand(&before, cases[i].before);
		write_file(buf_str(&before), before.len);
		assert_int_equal(record(file, cases[i].host, cases[i].port, cases[i].key, &e),
				 cases[i].ret);
		assert_int_equal(e.kind, cases[i].ret ? ERR_HOST_KEY : ERR_NONE);
		expect_file(cases[i].after);
		buf_free(&before);
	}
}

static void test_record_makes_file_and_folder(void **state)
{
	struct err e = { 0 };
	struct stat st;
	char path[160], folder[128];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/a/b", dir);
	snprintf(path, sizeof(path), "%s/known_hosts", folder);
	assert_int_equal(record(path, "h.ex", 22, 'E', &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_record_refuses_odd_names(void **state)
{
	static const char *const names[] = { "", "a b", "*", "h,g", "!h", "|1|a|b", "#h", "@h",
					     "h\n*" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err e = { 0 };

		write_file("", 0);
		assert_int_equal(record(file, names[i], 22, 'E', &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		expect_file("");
	}
}

static void test_record_waits_for_the_lock(void **state)
{
	struct deadline d = deadline_in(150);
	struct known_hosts *k = NULL;
	struct err e = { 0 };
	struct buf key;
	int64_t began = deadline_now_ms();
	int fd;

	(void)state;
	write_file("", 0);
	fd = open(file, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	key_of(&key, 'E');
	assert_int_equal(known_hosts_load(&k, file, NULL, "h.ex", 22, &e), 0);
	assert_int_equal(known_hosts_record(k, (unsigned char *)key.data, key.len, &d, &e), -1);
	assert_non_null(strstr(e.msg, "locked"));
	assert_true(deadline_now_ms() - began >= 140 && deadline_now_ms() - began < 3000);
	close(fd);
	d = deadline_in(5000);
	e = (struct err){ 0 };
	assert_int_equal(known_hosts_record(k, (unsigned char *)key.data, key.len, &d, &e), 0);
	expect_file("h.ex %E\n");
	known_hosts_free(k);
	buf_free(&key);
}

/* Eight processes, two hosts, each recorded four times at the same instant. */
static void test_record_in_parallel(void **state)
{
	int go[2];
	char c;

	(void)state;
	write_file("", 0);
	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < 8; i++) {
		struct err e = { 0 };
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid)
			continue;
		close(go[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(9);
		_exit(record(file, i % 2 ? "g.ex" : "h.ex", 22, 'E', &e) ? 1 : 0);
	}
	close(go[0]);
	close(go[1]);
	for (int i = 0; i < 8; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	if (!strncmp(read_file(), "g", 1))
		expect_file("g.ex %E\nh.ex %E\n");
	else
		expect_file("h.ex %E\ng.ex %E\n");
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_known_hosts.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/known_hosts", dir);
	log_begin("test_known_hosts", NULL);
	return 0;
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
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_algorithms_with_rsa),
		cmocka_unit_test(test_bad_pins),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_agrees_with_ssh_keygen),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_makes_file_and_folder),
		cmocka_unit_test(test_record_refuses_odd_names),
		cmocka_unit_test(test_record_waits_for_the_lock),
		cmocka_unit_test(test_record_in_parallel),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
