/* SPDX-License-Identifier: MIT */
/* The script that puts a manager's swarm state in its place. */
#include "docker/state_place_script.h"

#include "docker/state_shell.h"

/*
 * $stage is beside the state, so that both renames are of one file system. What is killed
 * between them leaves an engine without a swarm, and the next run begins anew; behind them
 * the engine has the state. $dir/placed tells a later run whose state it is, as an engine
 * that is locked, or has no leader, does not; a swarm that was joined since has another CA.
 */
// clang-format off: the shell's own indentation
const char docker_state_place_script[] =
"umask 077\n"
"dir=" STATE_PLACE_FOLDER "\n"
"unit=restore-swarm-place.service\n"
"swarm=$ROOT/swarm\n"
"stage=$swarm.restore\n"
STATE_SHELL_BASICS("place")
"sum() {\n"
"	set -- $(sha256sum 2>/dev/null <\"$1\")\n"
"	echo \"$1\"\n"
"}\n"
"\n"
/* ---- look ---- */
/* A host without ip(8) is taken at its word. */
"has_addr() {\n"
"	! command -v ip >/dev/null || ip -o addr show | grep -qF \" $ADDR/\"\n"
"}\n"
"look() {\n"
"	said=" STATE_PLACE_FOUND "\n"
"	certificates=$swarm/certificates\n"
"	if [ \"$(cat $dir/placed 2>/dev/null)\" = \"$SUM\" ] && [ -e \"$certificates/swarm-root-ca.crt\" ] &&\n"
"		[ \"$(sum \"$certificates/swarm-root-ca.crt\")\" = \"$CA_SUM\" ]; then\n"
"		said=\"$said " STATE_PLACE_PLACED "\"\n"
"	fi\n"
"	[ ! -e \"$certificates/swarm-node.crt\" ] && [ ! -d \"$swarm/raft\" ] || said=\"$said " STATE_PLACE_REMAINS "\"\n"
"	! has_addr || said=\"$said " STATE_PLACE_ADDRESS "\"\n"
"	echo \"$said\"\n"
"}\n"
"\n"
/* ---- what goes on by itself ---- */
"write_run() {\n"
"	cat >$dir/run <<'END'\n"
"dir=" STATE_PLACE_FOLDER "\n"
STATE_SHELL_CONTROL
STATE_SHELL_RESULT
"put() {\n"
"	rm -rf \"$stage/before\"\n"
"	{ [ ! -e \"$swarm\" ] || mv \"$swarm\" \"$stage/before\"; } && mv \"$stage/swarm\" \"$swarm\" && sync\n"
"}\n"
"place() {\n"
"	echo $$ >$dir/place.pid\n"
"	stage=$swarm.restore why='' times=1\n"
"	if ! control stop; then\n"
"		why='Docker cannot be stopped there' times=3\n"
"	elif ! put; then\n"
"		why='the state cannot be renamed there'\n"
"	fi\n"
"	control start\n"
"	up $times || why='Docker does not start there'\n"
"	end_job \"${why:-ok}\"\n"
"}\n"
STATE_SHELL_GUARD("place")
"END\n"
"}\n"
"\n"
/* ---- place ---- */
STATE_SHELL_GUARDED("place")
"unpack() {\n"
"	[ \"$(sum $dir/" STATE_PLACE_FILE ")\" = \"$SUM\" ] || fail \"the archive has not arrived whole in $dir\"\n"
"	rm -rf \"$stage\" && mkdir \"$stage\" || fail \"$stage cannot be made\"\n"
"	tar -C \"$stage\" -xzf $dir/" STATE_PLACE_FILE " swarm 2>$dir/log || fail \"the archive cannot be unpacked in $stage: $(tail -n 1 $dir/log)\"\n"
"	sync\n"
"}\n"
"place() {\n"
"	find_way || fail \"what runs Docker there is neither docker.service of systemd nor a service docker; nothing was changed\"\n"
"	unpack\n"
"	write_run\n"
"	rm -f $dir/result\n"
"	echo \"$swarm\" >$dir/swarm\n"
"	echo \"$SOCKET\" >$dir/socket\n"
"	echo \"$way\" >$dir/way\n"
"	echo \"$units\" >$dir/units\n"
"	echo \"$SUM\" >$dir/placed\n"
"	sync\n"
"	guarded\n"
"	[ -e $dir/result ] || fail \"it was cut off there; Docker runs again\"\n"
"	[ \"$(cat $dir/result)\" = ok ] || fail \"$(cat $dir/result): $(tail -n 1 $dir/log)\"\n"
"	echo \"the state is in its place\"\n"
"}\n"
"forget() { rm -rf $dir \"$stage\"; }\n"
"\"$DO\"\n";
// clang-format on
