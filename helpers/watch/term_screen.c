/* SPDX-License-Identifier: MIT */
/* The terminal: taken over and given back whatever ends the process, colours, and text that
 * keeps its columns. */
#include "watch/term_internal.h"

#include "base/pipe.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define RESTORE_MAX 256 /* bytes of what a terminal is sent at the end */

static struct {
	SCREEN *screen;
	struct termios before;
	char restore[RESTORE_MAX]; /* for a handler, which may not call ncurses */
	size_t restore_len;
	int saved_err; /* stderr as it was */
	int err[2];
	bool colours, utf8;
} here = { .saved_err = -1, .err = { -1, -1 } };

/* A fault, or a signal that nothing takes: only what signal-safety(7) allows. */
static void on_fault(int number)
{
	ssize_t ignored = write(STDOUT_FILENO, here.restore, here.restore_len);

	(void)ignored;
	tcsetattr(STDIN_FILENO, TCSANOW, &here.before);
	raise(number);
}

static void add_restore(const char *capability)
{
	const char *text = tigetstr(capability);
	size_t n = text && text != (const char *)-1 ? strlen(text) : 0;

	if (here.restore_len + n > RESTORE_MAX)
		return;
	memcpy(here.restore + here.restore_len, n ? text : "", n);
	here.restore_len += n;
}

static void watch_faults(void)
{
	static const int faults[] = { SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL,
				      SIGFPE,  SIGALRM, SIGUSR1, SIGUSR2 };
	struct sigaction set = { .sa_handler = on_fault,
				 .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	here.restore_len = 0;
	add_restore("sgr0");
	add_restore("cnorm");
	add_restore("rmkx");
	add_restore("rmcup");
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaction(faults[i], &set, NULL);
}

/* NO_COLOR: https://no-color.org, any value but an empty one */
static void begin_colours(void)
{
	const char *none = getenv("NO_COLOR");

	here.colours = !(none && *none) && has_colors();
	if (!here.colours)
		return;
	start_color();
	use_default_colors();
	init_pair(1 + WATCH_GOOD, COLOR_GREEN, -1);
	init_pair(1 + WATCH_MOVING, COLOR_YELLOW, -1);
	init_pair(1 + WATCH_BAD, COLOR_RED, -1);
}

int watch_term_screen_mood(enum watch_mood m)
{
	if (m == WATCH_ENDED)
		return (int)A_DIM;
	if (here.colours)
		return (int)COLOR_PAIR(1 + (int)m);
	return m == WATCH_BAD ? (int)A_BOLD : (int)A_NORMAL;
}

/* What any part of the program says would tear the picture. */
static int take_stderr(struct err *e)
{
	if (pipe_open(here.err) || fcntl(here.err[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(here.err[1], F_SETFL, O_NONBLOCK))
		return err_set(e, ERR_LOCAL, "no pipe can be opened");
	here.saved_err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(here.err[1], STDERR_FILENO);
	return 0;
}

static void give_stderr_back(void)
{
	if (here.saved_err >= 0) {
		dup2(here.saved_err, STDERR_FILENO);
		close(here.saved_err);
	}
	here.saved_err = -1;
	pipe_close(here.err);
}

int watch_term_screen_open(int *err_fd, struct err *e)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &here.before))
		return err_set(e, ERR_USAGE,
			       "stdin and stdout have to be a terminal; use --json for "
			       "scripts, or --listen 127.0.0.1:0 for a page");
	setlocale(LC_CTYPE, "");
	here.utf8 = MB_CUR_MAX > 1;
	here.screen = newterm(NULL, stdout, stdin);
	if (!here.screen)
		return err_set(e, ERR_USAGE,
			       "TERM is \"%.40s\", a kind of terminal that is not known "
			       "here; set another one, such as xterm",
			       term ? term : "");
	watch_faults();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25); /* milliseconds of a key's bytes, which come together */
	curs_set(0);
	begin_colours();
	if (take_stderr(e)) {
		watch_term_screen_close();
		return -1;
	}
	*err_fd = here.err[0];
	return 0;
}

void watch_term_screen_close(void)
{
	if (!here.screen)
		return;
	curs_set(1);
	endwin();
	delscreen(here.screen);
	here.screen = NULL;
	give_stderr_back();
}

/* The columns of a character, and what is shown for one that the terminal has not. */
static int shown(uint32_t *code)
{
	int width;

	if (*code > 0x7e && !here.utf8)
		*code = '?';
	width = wcwidth((wchar_t)*code);
	if (width >= 0)
		return width;
	*code = '?';
	return 1;
}

void watch_term_screen_put(int y, int x, int width, const char *text)
{
	size_t left = strlen(text), n;
	uint32_t code;

	move(y, x);
	while (left && (n = utf8_char(text, left, &code))) {
		int columns = shown(&code);
		wchar_t one[2] = { (wchar_t)code, L'\0' };

		if (columns > width)
			break;
		addnwstr(one, 1);
		width -= columns;
		text += n;
		left -= n;
	}
	while (width-- > 0)
		addch(' ');
}
