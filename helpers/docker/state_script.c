/* SPDX-License-Identifier: MIT */
/* The script that copies a manager's swarm state. */
#include "docker/state_script.h"

#include "docker/state_shell.h"

/*
 * It writes itself a second script, since that one has to go on when the shell which runs
 * the first, and the connection behind it, are gone.
 *
 *   run copy   stops the engine, copies, starts the engine, and writes `result`
 *   run guard  where no systemd is: starts the engine once `run copy` has ended, however,
 *              or has taken too long
 *
 * Whatever is killed, one of the two is left, and starts the engine until it answers. The
 * guard ends all that `run copy` has started before it does: a stop that is still under way
 * would otherwise end the engine that has just been started. docker.service may be started
 * three times a minute (StartLimitBurst); reset-failed forgets how often it was.
 */
// clang-format off: the shell's own indentation
const char docker_state_script[] =
"umask 077\n"
"dir=" DOCKER_STATE_FOLDER "\n"
"unit=backup-swarm-copy.service\n"
"swarm=$ROOT/swarm\n"
STATE_SHELL_BASICS("copy")
"[ -d \"$swarm/raft\" ] || fail \"there is no state of a manager in $swarm\"\n"
"rm -rf $dir && mkdir -p $dir/state || fail \"$dir cannot be made\"\n"
"\n"
/* ---- what both scripts need ---- */
"cat >$dir/lib <<'END'\n"
"dir=" DOCKER_STATE_FOLDER "\n"
"# take FROM TO: zeros as holes, where cp can\n"
"take() {\n"
"	cp -a --sparse=always \"$1\" \"$2\" 2>/dev/null || { rm -rf \"$2/${1##*/}\" && cp -a \"$1\" \"$2\"; }\n"
"}\n"
"END\n"
". $dir/lib\n"
"\n"
/* ---- what goes on by itself ---- */
"cat >$dir/run <<'END'\n"
". " DOCKER_STATE_FOLDER "/lib\n"
STATE_SHELL_CONTROL
STATE_SHELL_RESULT
"copy() {\n"
"	echo $$ >$dir/copy.pid\n"
"	begun=$(now)\n"
"	why='' times=1\n"
"	if ! control stop; then\n"
"		why='Docker cannot be stopped there' times=3\n"
"	elif ! take \"$swarm\" $dir/state; then\n"
"		why='the state cannot be copied there'\n"
"	fi\n"
"	control start\n"
"	up $times || why='Docker does not start there'\n"
"	if [ -n \"$why\" ]; then end_job \"$why\"; else end_job \"ok $(($(now) - begun))0\"; fi\n"
"}\n"
STATE_SHELL_GUARD("copy")
"END\n"
"\n"
/* ---- stopped ---- */
STATE_SHELL_GUARDED("copy")
"stopped() {\n"
"	find_way || fail \"what runs Docker there is neither docker.service of systemd nor a service docker; copy it running\"\n"
"	echo \"$swarm\" >$dir/swarm\n"
"	echo \"$SOCKET\" >$dir/socket\n"
"	echo \"$way\" >$dir/way\n"
"	echo \"$units\" >$dir/units\n"
"	guarded\n"
"	word='' ms=''\n"
"	[ ! -e $dir/result ] || read -r word ms <$dir/result\n"
"	[ \"$word\" != ok ] || return 0\n"
"	[ -e $dir/result ] || fail \"the copy was cut off; Docker runs again\"\n"
"	fail \"$(cat $dir/result): $(tail -n 1 $dir/log)\"\n"
"}\n"
"\n"
/* ---- running ---- */
/* A snapshot is told of in the log once it is written, so that a log which is copied later
 * knows all of them. The tasks of the node itself are of no use elsewhere, and in a database
 * that cannot be copied while it is written to. */
"running() {\n"
"	ms=0\n"
"	mkdir $dir/state/swarm $dir/state/swarm/raft\n"
"	for part in certificates docker-state.json state.json raft/snap-* raft/wal-*; do\n"
"		set -- \"$swarm\"/$part\n"
"		for from; do\n"
"			[ ! -e \"$from\" ] || take \"$from\" \"$dir/state/swarm/$(dirname \"$part\")\" 2>$dir/log ||\n"
"				fail \"$(tail -n 1 $dir/log)\" 75\n"
"		done\n"
"	done\n"
"	[ \"$(cat \"$swarm/certificates/swarm-node.key\")\" = \"$(cat $dir/state/swarm/certificates/swarm-node.key)\" ] ||\n"
"		fail \"the node's key changed while it was copied\" 75\n"
"}\n"
"\n"
/* ---- packed ---- */
/* A .tmp is a file of zeros that the log keeps ready for later. */
"pack() {\n"
"	rm -f $dir/state/swarm/raft/wal-*/*.tmp\n"
"	{ tar -C $dir/state -cf - swarm || : >$dir/broken; } | gzip -n >$dir/state.tar.gz &&\n"
"		[ ! -e $dir/broken ] || fail \"the copy cannot be packed there\"\n"
"	rm -rf $dir/state\n"
"	set -- $(sha256sum <$dir/state.tar.gz)\n"
"	echo \"copied $(($(wc -c <$dir/state.tar.gz))) bytes, stopped for $ms ms, SHA-256 $1\"\n"
"}\n"
"case $COPY in\n"
"stopped) stopped ;;\n"
"running) running ;;\n"
"esac\n"
"pack\n";
// clang-format on
