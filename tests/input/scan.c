/* SPDX-License-Identifier: MIT */
/*
 * scan - looks through all memory of a process at its end for what should not
 * be there any more (LD_PRELOAD).
 *
 * SCAN_FOR holds what to look for as hexadecimal digits of bytes that are the
 * complement of the real ones, several with commas between them, so that the
 * list is not found itself. The file SCAN_REPORT gets a line for each find,
 * where and what stands around it, and a last line with the number of bytes
 * looked at and the process's own protection: whether it can be dumped, and the
 * limit on core files.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST_NEEDLES 16
#define MOST_BYTES 256

static struct {
	unsigned char bytes[MOST_NEEDLES][MOST_BYTES]; /* complemented */
	size_t length[MOST_NEEDLES];
	size_t count;
	size_t scanned;
	FILE *report;
} scan;

static void read_needles(const char *text)
{
	for (; *text && scan.count < MOST_NEEDLES; scan.count++) {
		size_t n = 0;
		unsigned int byte;

		while (n < MOST_BYTES && sscanf(text, "%2x", &byte) == 1) {
			scan.bytes[scan.count][n++] = (unsigned char)byte;
			text += 2;
		}
		scan.length[scan.count] = n;
		text += *text == ',';
	}
}

static int is_at(const unsigned char *p, size_t needle)
{
	for (size_t i = 0; i < scan.length[needle]; i++)
		if (p[i] != (unsigned char)~scan.bytes[needle][i])
			return 0;
	return 1;
}

__attribute__((no_sanitize("address"))) static void
search(const unsigned char *from, const unsigned char *to, const char *name)
{
	for (size_t i = 0; i < scan.count; i++) {
		unsigned char first = (unsigned char)~scan.bytes[i][0];
		const unsigned char *p = from, *end = to - scan.length[i];

		while (p < end && (p = memchr(p, first, (size_t)(end - p)))) {
			if (is_at(p, i))
				fprintf(scan.report, "found %zu at %p in %s\n", i,
					(const void *)p, name);
			p++;
		}
	}
	scan.scanned += (size_t)(to - from);
}

/* What can be read and written: nothing else can hold a secret. */
static void search_all(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	if (!maps)
		return;
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char mode[8], name[256] = "";

		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255[^\n]", &from, &to, mode,
			   name) >= 3 &&
		    mode[0] == 'r' && mode[1] == 'w')
			search((unsigned char *)from, (unsigned char *)to,
			       *name ? name : "anonymous");
	}
	fclose(maps);
}

static void look(void)
{
	const char *path = getenv("SCAN_REPORT"), *needles = getenv("SCAN_FOR");
	struct rlimit core;

	scan.report = path ? fopen(path, "we") : NULL;
	if (!scan.report || !needles)
		abort();
	read_needles(needles);
	search_all();
	getrlimit(RLIMIT_CORE, &core);
	fprintf(scan.report, "scanned %zu dumpable %d core %lld\n", scan.scanned,
		prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), (long long)core.rlim_cur);
	fclose(scan.report);
}

static int (*real_main)(int argc, char **argv, char **env);

static int scanned_main(int argc, char **argv, char **env)
{
	int code = real_main(argc, argv, env);

	look();
	return code;
}

typedef int start_fn(int (*main_fn)(int, char **, char **), int argc, char **argv,
		     void (*init)(void), void (*fini)(void), void (*ld_fini)(void),
		     void *stack_end);
start_fn __libc_start_main;

int __libc_start_main(int (*main_fn)(int, char **, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*ld_fini)(void),
		      void *stack_end)
{
	start_fn *start = (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main_fn;
	return start(scanned_main, argc, argv, init, fini, ld_fini, stack_end);
}
