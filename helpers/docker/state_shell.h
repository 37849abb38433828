/*
 * state_shell - what the scripts have in common that stop the Docker of a host for a moment:
 * pieces of POSIX shell, and how such a script is run there.
 *
 * A script sets `dir`, a folder of its own, `unit`, the name of its transient unit, and
 * `swarm`, and writes $dir/run, which begins with STATE_SHELL_CONTROL and ends with
 * STATE_SHELL_GUARD. JOB is the word for what it does, and the name of the function in
 * $dir/run that does it: it writes $dir/JOB.pid first, and calls end_job last.
 */
#ifndef DOCKER_STATE_SHELL_H
#define DOCKER_STATE_SHELL_H

#include "docker/engine.h"

struct buf;
struct deadline;
struct err;
struct ssh_root_script;

// clang-format off: the shell's own indentation

/* fail, and a wait for what an earlier run has left going on there. */
#define STATE_SHELL_BASICS(JOB) \
	"fail() {\n" \
	"	echo \"$1\"\n" \
	"	exit \"${2-1}\"\n" \
	"}\n" \
	"is_run() { [ -n \"$1\" ] && grep -qs \"$dir/run\" \"/proc/$1/cmdline\"; }\n" \
	"has_systemd() { [ -d /run/systemd/system ]; }\n" \
	"busy() {\n" \
	"	is_run \"$(cat $dir/" JOB ".pid 2>/dev/null)\" || is_run \"$(cat $dir/guard.pid 2>/dev/null)\" ||\n" \
	"		{ has_systemd && systemctl show -p ActiveState $unit | grep -qE '=(active|activating|deactivating)'; }\n" \
	"}\n" \
	"waited=0\n" \
	"while busy; do\n" \
	"	echo \"an earlier " JOB " is ending there\"\n" \
	"	[ $waited -lt 300 ] || fail \"an earlier " JOB " does not end there\"\n" \
	"	waited=$((waited + 1))\n" \
	"	sleep 1\n" \
	"done\n"

/* Of $dir/run: stops and starts Docker, as `way` says. */
#define STATE_SHELL_CONTROL \
	"swarm=$(cat $dir/swarm) socket=$(cat $dir/socket) way=$(cat $dir/way) units=$(cat $dir/units)\n" \
	"now() {\n" \
	"	read -r up _ </proc/uptime\n" \
	"	echo \"${up%.*}${up#*.}\"\n" \
	"}\n" \
	"control() {\n" \
	"	case $way in\n" \
	"	systemd)\n" \
	"		[ \"$1\" = stop ] || systemctl reset-failed $units\n" \
	"		systemctl \"$1\" $units\n" \
	"		;;\n" \
	"	openrc) rc-service docker \"$1\" ;;\n" \
	"	service) service docker \"$1\" ;;\n" \
	"	esac\n" \
	"}\n" \
	"answers() {\n" \
	"	if command -v docker >/dev/null; then\n" \
	"		timeout 20 docker -H \"unix://$socket\" version >/dev/null 2>&1\n" \
	"	else\n" \
	"		[ -S \"$socket\" ]\n" \
	"	fi\n" \
	"}\n" \
	"# up N: starts the engine until it has answered N times in a row. One that is still ending\n" \
	"# answers, too, and to start it then is nothing.\n" \
	"up() {\n" \
	"	tries=0 good=0\n" \
	"	while [ $good -lt \"$1\" ] && [ $tries -lt 120 ]; do\n" \
	"		if answers; then good=$((good + 1)); else good=0 && control start; fi\n" \
	"		tries=$((tries + 1))\n" \
	"		[ $good -ge \"$1\" ] || sleep 0.5\n" \
	"	done\n" \
	"	[ $good -ge \"$1\" ]\n" \
	"}\n"

/* Of $dir/run: how the job has ended. */
#define STATE_SHELL_RESULT \
	"end_job() {\n" \
	"	echo \"$1\" >$dir/result.new\n" \
	"	mv $dir/result.new $dir/result\n" \
	"}\n"

/* Of $dir/run: where no systemd is, starts the engine once the job has ended, however. */
#define STATE_SHELL_GUARD(JOB) \
	"alive() { [ -e \"/proc/$1/stat\" ] && read -r _ _ state _ <\"/proc/$1/stat\" && [ \"$state\" != Z ]; }\n" \
	"guard() {\n" \
	"	echo $$ >$dir/guard.pid\n" \
	"	setsid sh $dir/run " JOB " &\n" \
	"	ticks=0\n" \
	"	while alive $! && [ $ticks -lt 600 ]; do\n" \
	"		sleep 0.2\n" \
	"		ticks=$((ticks + 1))\n" \
	"	done\n" \
	"	kill -9 -- -$! 2>/dev/null\n" \
	"	[ -e $dir/result ] || up 3\n" \
	"}\n" \
	"\"$1\"\n"

/* find_way, and guarded, which runs the job so that Docker runs afterwards. */
#define STATE_SHELL_GUARDED(JOB) \
	"find_way() {\n" \
	"	units=''\n" \
	"	if has_systemd; then\n" \
	"		systemctl --quiet is-active docker.service || return 1\n" \
	"		way=systemd units=docker.service\n" \
	"		! systemctl --quiet is-active docker.socket || units=\"docker.socket $units\"\n" \
	"	elif command -v rc-service >/dev/null && rc-service docker status >/dev/null 2>&1; then\n" \
	"		way=openrc\n" \
	"	elif command -v service >/dev/null && service docker status >/dev/null 2>&1; then\n" \
	"		way=service\n" \
	"	else\n" \
	"		return 1\n" \
	"	fi\n" \
	"	has_systemd || command -v setsid >/dev/null\n" \
	"}\n" \
	"guarded() {\n" \
	"	if has_systemd; then\n" \
	"		systemd-run --quiet --wait --collect --unit=$unit --property=RuntimeMaxSec=120 \\\n" \
	"			--property=StandardOutput=null --property=StandardError=file:$dir/log \\\n" \
	"			--property=ExecStopPost=\"-$(command -v systemctl) reset-failed $units\" \\\n" \
	"			--property=ExecStopPost=\"$(command -v systemctl) start $units\" /bin/sh $dir/run " JOB "\n" \
	"	else\n" \
	"		setsid sh $dir/run guard </dev/null >/dev/null 2>$dir/log &\n" \
	"		wait $!\n" \
	"	fi\n" \
	"	while busy; do sleep 0.1; done\n" \
	"}\n"
// clang-format on

/* Runs the script as root on the engine's host; `last` as of ssh_root_shell. Errors:
 * ERR_USAGE through a socket; those of ssh_root_shell. */
int docker_state_shell(struct docker_engine *g, const struct ssh_root_script *script,
		       char *last, const struct deadline *d, struct err *e);

/* Appends NAME='value' and a newline. */
void docker_state_shell_set(struct buf *b, const char *name, const char *value);

#endif
