/* SPDX-License-Identifier: MIT */
/* What a known hosts file means, row by row. */
/* mutant helpers/hostkey/host_key.c is_ecdsa: condition kind->point => !ssh_wire_string(w, &curve) && !ssh_wire_string(w, &point) */

#include "known_hosts_file.h"
#include "base/base64.h"

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
	{ "unknown names the key", "", NULL, "h.ex", 22, 'E', NEW, SOUND_110,
	  "ED25519 SHA256:" },
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
	{ "part of a name", "h.example %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110,
	  NULL },
	{ "longer than the name", "h.ex %E\n", NULL, "h.example", 22, 'E', NEW, SOUND_110,
	  NULL },
	{ "star", "*.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "star in the middle", "a*c*e %E\n", NULL, "abcde", 22, 'E', OK, ED, NULL },
	{ "star goes back", "*ab %E\n", NULL, "aabab", 22, 'E', OK, ED, NULL },
	{ "star of nothing", "h*.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "star elsewhere", "*.org %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "many stars", "*a*a*a*a*a*a*a*a*a*b %E\n", NULL,
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "question mark", "10.0.0.? %E\n", NULL, "10.0.0.7", 22, 'E', OK, ED, NULL },
	{ "question mark is one", "10.0.0.? %E\n", NULL, "10.0.0.17", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "negated", "*.ex,!h.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "negated first", "!h.ex,*.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110,
	  NULL },
	{ "negated another", "*.ex,!g.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "only negated", "!g.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "port", "[h.ex]:2222 %E\n", NULL, "h.ex", 2222, 'E', OK, ED, NULL },
	{ "port, capitals", "[H.EX]:2222 %E\n", NULL, "h.ex", 2222, 'E', OK, ED, NULL },
	{ "plain is port 22 only", "h.ex %E\n", NULL, "h.ex", 2222, 'E', NEW, SOUND_110,
	  NULL },
	{ "port is not port 22", "[h.ex]:2222 %E\n", NULL, "h.ex", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "port beside plain", "h.ex %E\n[h.ex]:2222 %F\n", NULL, "h.ex", 2222, 'E',
	  CHANGED, ED, "line 2" },
	{ "IPv4", "10.0.0.1 %E\n", NULL, "10.0.0.1", 22, 'E', OK, ED, NULL },
	{ "IPv6", "fd00::1 %E\n", NULL, "fd00::1", 22, 'E', OK, ED, NULL },
	{ "IPv6, spelled otherwise", "fd00::1 %E\n", NULL, "FD00:0:0::01", 22, 'E', OK,
	  ED, NULL },
	{ "IPv6, spelled otherwise in the file", "fd00:0::1 %E\n", NULL, "fd00:0::1", 22,
	  'E', NEW, SOUND_110, "has no key for fd00::1," },
	{ "IPv6 in capitals", "FD00::A %E\n", NULL, "fd00::a", 22, 'E', OK, ED, NULL },
	{ "IPv6 with port", "[fd00::1]:2222 %E\n", NULL, "fd00::1", 2222, 'E', OK, ED,
	  NULL },
	{ "revoked", "@revoked * %E\n", NULL, "h.ex", 22, 'E', REVOKED, SOUND_110,
	  "line 1 of " },
	{ "revoked and listed", "h.ex %E\n@revoked h.ex %E\n", NULL, "h.ex", 22, 'E',
	  REVOKED, ED, "@revoked" },
	{ "another one revoked", "h.ex %E\n@revoked h.ex %F\n", NULL, "h.ex", 22, 'E', OK,
	  ED, NULL },
	{ "revoked is not known", "@revoked h.ex %E\n", NULL, "h.ex", 22, 'F', NEW,
	  SOUND_110, NULL },
	{ "authority is passed over", "@cert-authority *.ex %E\n", NULL, "h.ex", 22, 'E',
	  NEW, SOUND_110, NULL },
	{ "unknown marker elsewhere", "@other g.ex %E\n", NULL, "h.ex", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "unreadable revoked elsewhere", "@revoked g.ex " ED " ???\n@revoked g.ex\n",
	  NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "revoked type that no server here can show", "@revoked * %D\n@revoked * %U\n",
	  NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "longer form of a revoked key", "@revoked * %E\n", NULL, "h.ex", 22, 'T',
	  CHANGED, SOUND_110, "not written in the usual form" },
	{ "compressed form of a revoked key", "@revoked * %C\n", NULL, "h.ex", 22, 'P',
	  CHANGED, SOUND_110, "not written in the usual form" },
	{ "zeros in a revoked key", "@revoked * %R\n", NULL, "h.ex", 22, 'Z', CHANGED,
	  SOUND_110, "not written in the usual form" },
	{ "longer form that is listed", "h.ex %T\n", NULL, "h.ex", 22, 'T', CHANGED,
	  SOUND_110, "not written in the usual form" },
	{ "longer form by its fingerprint", "", "%t", "h.ex", 22, 'T', CHANGED, SOUND_110,
	  "not written in the usual form" },
	{ "marker is no host", "@revoked h.ex %E\n", NULL, "@revoked", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "CRLF", "g.ex %F\r\nh.ex %E\r\n", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "no final newline", "h.ex %E", NULL, "h.ex", 22, 'E', OK, ED, NULL },
	{ "comment after the key", "h.ex %E root@h\n", NULL, "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "tabs and leading space", " \th.ex\t%E\n", NULL, "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "commented out", "#h.ex %E\n", NULL, "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "bad lines before", "h.ex\nh.ex " ED "\nh.ex " ED " ???\nh.ex %E\n", NULL,
	  "h.ex", 22, 'E', OK, ED, NULL },
	{ "type and key differ", "h.ex " EC " AAAAC3NzaC1lZDI1NTE5AAAAAA==\n", NULL,
	  "h.ex", 22, 'E', NEW, SOUND_110, NULL },
	{ "overlong line before", "%b %F\nh.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "overlong pattern behind", "h.ex,%b %E\n", NULL, "h.ex", 22, 'E', NEW,
	  SOUND_110, NULL },
	{ "overlong line that matches", "h.ex %E %b\n", NULL, "h.ex", 22, 'F', CHANGED,
	  ED, NULL },
	{ "overlong revoked line", "h.ex %E\n@revoked h.ex %E %b\n", NULL, "h.ex", 22,
	  'E', REVOKED, ED, NULL },
	{ "broken hash", "|1|abc %E\n|1||| %E\n|2|a|b %E\n|1| %E\n", NULL, "h.ex", 22,
	  'E', NEW, SOUND_110, NULL },
	{ "several keys, second", "h.ex %E\nh.ex %C\n", NULL, "h.ex", 22, 'C', OK,
	  ED "," EC, NULL },
	{ "two keys of one type", "h.ex %E\nh.ex %F\n", NULL, "h.ex", 22, 'F', OK, ED,
	  NULL },
	{ "another type", "h.ex %E\n", NULL, "h.ex", 22, 'C', CHANGED, ED,
	  "of another type" },
	{ "ecdsa only", "h.ex %C\n", NULL, "h.ex", 22, 'C', OK, EC, NULL },
	{ "RSA only", "h.ex %R\n", NULL, "h.ex", 22, 'R', OK, NULL, "from version 1.11" },
	{ "DSA only", "h.ex %D\n", NULL, "h.ex", 22, 'E', CHANGED, NULL, "another type" },
	{ "unknown type only", "h.ex %U\n", NULL, "h.ex", 22, 'E', CHANGED, NULL,
	  "another type" },
	{ "unknown type beside", "h.ex %U\nh.ex %E\n", NULL, "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "pin without hosts", "", "%E", "h.ex", 2222, 'E', OK, ED, NULL },
	{ "pin with a comment", "", "%E root@h\n", "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin with hosts", "", "h.ex,g.ex %E c", "h.ex", 22, 'E', OK, ED, NULL },
	{ "pin replaces the file", "h.ex %E\n", "%F", "h.ex", 22, 'E', CHANGED, ED,
	  "correct line 1 of host_key" },
	{ "pin of another host", "h.ex %E\n", "g.ex %F\n", "h.ex", 22, 'E', OK, ED,
	  NULL },
	{ "pin of another host, unknown", "", "g.ex %F\n", "h.ex", 22, 'E', NEW,
	  SOUND_110, "nor has host_key" },
	{ "pins, comments, blanks", "", "# mine\n\r\n h.ex %F\r\n%E\r\n", "h.ex", 22, 'E',
	  OK, ED, NULL },
	{ "fingerprint", "", "%e", "h.ex", 22, 'E', OK, SOUND_110, NULL },
	{ "fingerprint with hosts", "", "h.ex %e", "h.ex", 22, 'E', OK, SOUND_110, NULL },
	{ "fingerprint of another host", "h.ex %F\n", "g.ex %e", "h.ex", 22, 'F', OK, ED,
	  NULL },
	{ "fingerprint differs", "h.ex %E\n", "%c", "h.ex", 22, 'E', CHANGED, SOUND_110,
	  "pin the fingerprint of its ED25519 key" },
	{ "fingerprint beside a key", "", "%e\n%C", "h.ex", 22, 'C', OK, SOUND_110,
	  NULL },
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
					  r->host, r->port, &e),
			 0);
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

/* mutant helpers/hostkey/line.c known_hosts_line_means: not = false
 * mutant helpers/hostkey/host_key.c host_key_is_usual: term w.n => true
 * mutant helpers/hostkey/host_key.c is_number: condition p[1] => true
 * mutant helpers/hostkey/check.c known_hosts_check: host_key_is_usual() => n
 * mutant helpers/hostkey/check.c judge: condition .revoked => false */
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
		{ "RSA and ed25519", "h.ex %R\nh.ex %E\n",
		  ED ",rsa-sha2-512,rsa-sha2-256" },
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
		{ "another form", "%T", "line 1" },
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
						  &e),
				 -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.msg, cases[i].says));
		assert_null(k);
		buf_free(&pinned);
	}
}

/* What says that a key is not to be trusted, and cannot be read, fails closed. */
/* mutant helpers/hostkey/known_hosts.c keep: condition KNOWN_HOSTS_MARKER_REVOKED => false */
static void test_unreadable_revocations(void **state)
{
	static const struct {
		const char *name, *content, *says;
	} cases[] = {
		{ "no hosts", "@revoked\n", "line 1 of " },
		{ "no key", "h.ex %E\n@revoked h.ex\n", "line 2 of " },
		{ "no base64", "@revoked * " ED " ???\n", "@revoked" },
		{ "cut base64", "@revoked * " ED " AAAAC3Nz\n", "@revoked" },
		{ "another type", "@revoked * " EC " AAAAC3NzaC1lZDI1NTE5AAAAAA==\n",
		  "@revoked" },
		{ "another form", "@revoked * %T\n", "@revoked" },
		{ "compressed", "@revoked h.ex %P\n", "@revoked" },
		{ "fingerprint", "@revoked h.ex %e\n", "@revoked" },
		{ "overlong key", "@revoked h.ex " ED " %b\n", "@revoked" },
		{ "broken hash", "@revoked |1|abc|def %F\n",
		  "hosts that cannot be read" },
		{ "overlong pattern", "@revoked h.ex,%b %F\n",
		  "hosts that cannot be read" },
		{ "two markers", "@revoked @cert-authority * %F\n",
		  "hosts that cannot be read" },
		{ "mistyped", "@revoke * %F\n", "neither @revoked nor @cert-authority" },
		{ "in capitals", "@REVOKED h.ex %F\n", "neither @revoked" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf content = BUF_INIT(65536);
		struct known_hosts *k = NULL;
		struct err e = { 0 };

		print_message("  %s\n", cases[i].name);
		expand(&content, cases[i].content);
		write_file(buf_str(&content), content.len);
		assert_int_equal(known_hosts_load(&k, file, NULL, "h.ex", 22, &e), -1);
		assert_int_equal(e.kind, ERR_LOCAL);
		if (!strstr(e.msg, cases[i].says))
			fail_msg("\"%s\" is not in \"%s\"", cases[i].says, e.msg);
		assert_null(k);
		buf_free(&content);
	}
}

/* ssh takes some of such lines for whole ones. */
static void test_nul(void **state)
{
	static const char text[] = "g.ex " ED " AAAA\nh.ex\0 " ED " AAAA\n";
	struct known_hosts *k = NULL;
	struct err e = { 0 };

	(void)state;
	write_file(text, sizeof(text) - 1);
	assert_int_equal(known_hosts_load(&k, file, NULL, "h.ex", 22, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "line 2 of "));
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
	assert_int_equal(base64_decode(&key, line, strlen(line)), 0);
	buf_addf(&content, "h.ex,[h.ex]:2222 ssh-ed25519 %s", line);
	write_file(buf_str(&content), content.len);
	snprintf(command, sizeof(command), "ssh-keygen -q -H -f %s >/dev/null 2>&1",
		 file);
	assert_int_equal(system(command), 0);
	text = read_file();
	assert_int_equal(strncmp(text, "|1|", 3), 0);
	for (int i = 0; i < 3; i++) {
		static const uint16_t ports[] = { 22, 2222, 2223 };

		assert_int_equal(known_hosts_load(&k, file, NULL, "H.ex", ports[i], &e),
				 0);
		assert_int_equal(known_hosts_check(k, (unsigned char *)key.data, key.len,
						   &e),
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_algorithms_with_rsa),
		cmocka_unit_test(test_bad_pins),
		cmocka_unit_test(test_unreadable_revocations),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_agrees_with_ssh_keygen),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
