# lib.sh - what the tests of faults share: swarms made and taken apart quickly, things
# that go on side by side, and hosts that fail in several ways.
#
# Sourced by tests/faults/test-*.sh, which set CLUSTER and SUBNET before. ROUNDS says how
# often what is a matter of luck is repeated: 3 in `make check`, so that each kind of round
# comes once, and 100 in `make soak`.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../integration/lib.sh"

ROUNDS=${ROUNDS:-3}
declare -A LAUNCHED

# The first three hosts are the managers that everybody is told of.
MANAGERS="$(addr 1),$(addr 2),$(addr 3)"

# ---- the executables ----

# join N ROLE [OPTION...], leave N [OPTION...], init N [OPTION...], drain_swarm [OPTION...]
join() {
	local n=$1 role=$2
	shift 2
	helper join-node "$n" --role "$role" --managers "$MANAGERS" --advertise-addr "$(addr "$n")" "$@"
}

leave() {
	local n=$1
	shift
	helper drain-and-remove "$n" --managers "$MANAGERS" --advertise-addr "$(addr "$n")" "$@"
}

init() {
	local n=$1
	shift
	helper init-swarm "$n" --advertise-addr "$(addr "$n")" "$@"
}

# ask EXECUTABLE [OPTION...]: one that is not about a host of its own but asks a manager,
# the first of them as its host.
ask() {
	local program=$1 first=${MANAGERS%%,*} rest
	rest=${MANAGERS#"$first"}
	shift
	run "$program" --host "$first" ${rest:+--managers "${rest#,}"} --private-key "$WORK/key" \
		--host-key-policy accept-new "$@"
}

drain_swarm() { ask drain-swarm "$@"; }

# destroy FILE HOSTS [OPTION...]: the whole swarm of the first HOSTS hosts is to go, with that
# teardown file. Run by this shell itself: it is the process that the leaves of the same
# destroy know it by.
destroy() {
	local file=$1 all
	all=$(seq "$2" | while read -r n; do addr "$n"; done | paste -sd ,)
	CODE=0
	"$BIN/drain-swarm" --host "$(addr 1)" --managers "$(addr 2),$(addr 3)" --private-key "$WORK/key" \
		--nodes "$all" --host-key-policy accept-new --known-hosts "$WORK/known_hosts" \
		--teardown-file "$file" "${@:3}" >"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
}

# expect_said NAME TEXT: what ran last has said that on stderr.
expect_said() { if said "$2"; then passed "$1"; else failed "$1"; fi; }

# ---- side by side ----

# launch TAG FUNCTION ARGUMENT...: runs one of the functions above in the background,
# with $WORK/TAG for its output.
launch() {
	local tag=$1
	shift
	rm -rf "${WORK:?}/$tag"
	mkdir "$WORK/$tag"
	ln -s ../key "$WORK/$tag/key"
	beside "$tag" "$@" &
	LAUNCHED[$tag]=$!
}

beside() {
	local WORK=$WORK/$1
	shift
	"$@"
	echo "$CODE" >"$WORK/code"
}

# finish TAG: waits for it and shows its exit code and output as if it had just run.
finish() {
	wait "${LAUNCHED[$1]}"
	CODE=$(cat "$WORK/$1/code")
	cp "$WORK/$1/out" "$WORK/$1/err" "$WORK"
}

# The process of the executable that TAG runs: subshell, timeout, executable.
process_of() { pgrep -P "$(pgrep -P "${LAUNCHED[$1]}")"; }

# said_by TAG TEXT: whether it has said that by now.
said_by() { grep -qsF -- "$2" "$WORK/$1/err"; }

# ---- swarms ----

# new_swarm ROLE...: a swarm of the hosts 1, 2, ... in these roles, made by docker alone,
# so that what is tested is only what comes after. "-" leaves a host out.
new_swarm() {
	local n=1 role
	local -A tokens
	scatter
	on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
	for role in "${@:2}"; do
		n=$((n + 1))
		[ "$role" != - ] || continue
		[ -n "${tokens[$role]-}" ] || tokens[$role]=$(on 1 docker swarm join-token -q "$role")
		on "$n" docker swarm join --token "${tokens[$role]}" --advertise-addr "$(addr "$n")" "$(addr 1):2377" >/dev/null
	done
	within 60 all_ready 1
}

all_ready() { ! nodes "$1" | grep -v ' ready$' && managers_reachable "$1"; }
managers_reachable() { ! on "$1" docker node ls --format '{{.ManagerStatus}}' | grep -i unreachable; }

# Every host leaves whatever it is in, all at once: the last managers of a swarm that is
# left one by one wait for each other.
scatter() {
	local n leaving=()
	for n in $(seq "$HOSTS"); do
		on_and_alone "$n" &
		leaving+=($!)
	done
	for n in "${leaving[@]}"; do wait "$n"; done
}

# An engine that has just started may refuse. One of a manager may hang over it (20.10, after
# a long log): its machine is switched off and on.
on_and_alone() {
	is_on "$1" || lab_up "$1"
	within 30 has_left "$1" || reboot_and_leave "$1" ||
		failed "$(name "$1") leaves the swarm of the test before"
}

reboot_and_leave() {
	echo "# $(name "$1") does not leave by docker alone: $(on "$1" timeout 20 docker swarm leave --force 2>&1 | tail -n 1)"
	"$LAB" kill "$CLUSTER" "$(name "$1")"
	"$LAB" boot "$CLUSTER" "$(name "$1")"
	within 60 has_left "$1"
}

has_left() {
	in_no_swarm "$1" || { on "$1" timeout 20 docker swarm leave --force >/dev/null 2>&1 && in_no_swarm "$1"; }
}

is_on() { "$LAB" list "$CLUSTER" | grep "$(name "$1")	on	" >/dev/null; }

# listed LINE: "hostname role availability state" in the eyes of manager $ASK (1).
listed() { nodes "${ASK:-1}" | grep -x "$1" >/dev/null; }

# only NAME...: exactly these hosts are in the list of manager $ASK.
only() { [ "$(nodes "${ASK:-1}" | cut -d ' ' -f 1 | paste -sd ' ')" = "$*" ]; }

not_listed() { ! on "${ASK:-1}" docker node ls --format '{{.Hostname}}' | grep -x "$(name "$1")" >/dev/null; }
state_of() { on "$1" docker info --format '{{.Swarm.LocalNodeState}}'; }
in_no_swarm() { [ "$(state_of "$1")" = inactive ]; }

# restored FILE: the state of host 1 becomes that of the archive, on a disk that had none, by tar
# alone. The address is the same.
restored() {
	on 1 service docker stop
	on 1 rm -rf /var/lib/docker/swarm
	on 1 tar -C /var/lib/docker -xzf - swarm <"$1"
	on 1 service docker start
	within 30 all_ready 1
}

# took_at_most SECONDS: since BEGAN.
took_at_most() { [ $((SECONDS - BEGAN)) -le "$1" ] || { echo "it took $((SECONDS - BEGAN)) s" && false; }; }

# ---- work ----

# images N...: the image that services run from.
images() {
	local n
	for n in "$@"; do "$LAB" image "$CLUSTER" "$(name "$n")" >/dev/null & done
	wait
}

# service NAME OPTION... -- COMMAND...: made by manager 1, which waits until it runs.
service() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	on 1 docker service create -q --detach=false --no-resolve-image --name "$name" "${options[@]}" \
		lab/busybox "$@" >/dev/null
}

no_services() { on 1 sh -c 'docker service ls -q | xargs -r docker service rm' >/dev/null; }

# ---- faults ----

# freeze N PROGRAM, thaw N PROGRAM: dockerd, or sshd with every connection it serves.
freeze() { on "$1" pkill -STOP -x "$2"; }
thaw() { on "$1" pkill -CONT -x "$2"; }
