/* SPDX-License-Identifier: MIT */
/* The script that runs `docker stack deploy` on a manager. */
#include "docker/stack_script.h"

/*
 * What docker prints goes into a file first: the pipe to a connection that is lost would
 * otherwise end docker in the middle of its work. For the same reason a signal that a lost
 * connection brings ends nothing; LEFT bounds it. A user who may open the socket needs no
 * sudo, and one who has sudo for docker alone gets by with that.
 *
 * The folder is named after the shell's PID, so that a later run sees whether it was left
 * behind.
 */
// clang-format off: the shell's own indentation
const char docker_stack_script[] =
"umask 077\n"
"trap '' PIPE HUP INT TERM\n"
"PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/snap/bin\n"
"mark=deploy-stack:$NONCE folder=\n"
"end() {\n"
"	[ -z \"$folder\" ] || rm -rf \"$folder\"\n"
"	printf '\\n%s %d\\n' \"$mark\" \"$1\"\n"
"	exit \"$1\"\n"
"}\n"
"fail() {\n"
"	echo \"$1\"\n"
"	end 1\n"
"}\n"
"echo \"$mark begin\"\n"
"for base in /run /dev/shm /tmp; do\n"
"	[ ! -d $base ] || [ ! -w $base ] || break\n"
"done\n"
/* ---- others ---- */
"# goes_on FOLDER: removes it where the run that made it has ended\n"
"goes_on() {\n"
"	[ -d \"$1\" ] && [ -O \"$1\" ] || return 1\n"
"	pid=${1#\"$base\"/deploy-stack.}\n"
"	! grep -qs deploy-stack \"/proc/${pid%%.*}/cmdline\" || return 0\n"
"	rm -rf \"$1\"\n"
"	return 1\n"
"}\n"
"others() {\n"
"	for other in \"$base\"/deploy-stack.*; do\n"
"		! goes_on \"$other\" || return 0\n"
"	done\n"
"	return 1\n"
"}\n"
"waited=0\n"
"while others; do\n"
"	echo \"another run of deploy-stack is under way here; waiting for it ($waited s)\"\n"
"	[ $waited -lt \"$LEFT\" ] || fail \"another run of deploy-stack does not end there\"\n"
"	waited=$((waited + 1))\n"
"	sleep 1\n"
"done\n"
/* ---- the files ---- */
"command -v docker >/dev/null ||\n"
"	fail 'there is no docker command there; install docker-ce-cli, or docker.io of Debian and Ubuntu'\n"
"folder=$(mktemp -d \"$base/deploy-stack.$$.XXXXXX\") || { folder= && fail \"no folder can be made in $base\"; }\n"
"printf %s \"$COMPOSE\" >\"$folder/compose.yml\" && printf %s \"$NAMES\" >\"$folder/names.yml\" &&\n"
"	printf %s \"$LOGINS\" >\"$folder/config.json\" || fail \"$folder cannot be written to\"\n"
/* ---- docker ---- */
"sudo=\n"
"[ -w \"$SOCKET\" ] || sudo=\"sudo -n${VARIABLES:+ --preserve-env=$VARIABLES}\"\n"
"limit=\n"
"! command -v timeout >/dev/null || limit=\"timeout -s KILL $LEFT\"\n"
"set -- --prune --with-registry-auth --resolve-image \"$RESOLVE\" -c \"$folder/compose.yml\" -c \"$folder/names.yml\"\n"
"! docker stack deploy --help 2>/dev/null | grep -q -- --detach || set -- --detach=true \"$@\"\n"
"[ -z \"$LOGINS\" ] || config=$folder\n"
"unset COMPOSE NAMES LOGINS\n"
"$limit $sudo docker ${config:+--config \"$config\"} -H \"unix://$SOCKET\" stack deploy \"$@\" \"$STACK\" \\\n"
"	>\"$folder/out\" 2>&1 </dev/null\n"
"code=$?\n"
"[ $code != 137 ] || [ -z \"$limit\" ] || echo 'it did not end in time' >>\"$folder/out\"\n"
"cat \"$folder/out\"\n"
"end $code\n";
// clang-format on
