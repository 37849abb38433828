#!/usr/bin/env bash
# test-roll.sh - a script that restarts the engine of every node of a living swarm: in which
# order the nodes go, that nothing is killed and the quorum stays, what is refused, and that
# a roll which fails or is cut off is ended by the next one.
set -euo pipefail

CLUSTER=fltroll
SUBNET=10.208.16
HOSTS=5
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 1 2 3 4 5
SCRIPT=$WORK/upgrade.sh
ROLL=0

# ---- the script ----

# What a host does beside it is in /var/lib/roll: `hold` makes it wait once the work is gone,
# `fail` fail there, `stay` leave the engine stopped. What it saw is in a file of that roll.
cat >"$SCRIPT" <<'END'
#!/bin/sh
set -eu
exec >/dev/null
cd /var/lib/roll
echo "asked $NODE_DRAINED" >>"$WANTED"
[ "$(cat now 2>&1)" != "$WANTED" ] || exit 0
[ "$NODE_DRAINED" = yes ] || exit 75
echo "begin $(date +%s%N) $(docker ps -q | wc -l)" >>"$WANTED"
! docker node inspect self --format '{{.ManagerStatus.Leader}}' >leads 2>&1 || echo "leads $(cat leads)" >>"$WANTED"
! docker node ls --format '{{.ManagerStatus}}' >managers 2>&1 || echo "up $(grep -cE 'Leader|Reachable' managers)" >>"$WANTED"
while [ -e hold ]; do sleep 0.2; done
if [ -e fail ]; then echo "no room on the disk" >&2; exit 9; fi
if [ -e stay ]; then service docker stop; exit 0; fi
service docker restart
echo "$WANTED" >now
echo "end $(date +%s%N)" >>"$WANTED"
END

# roll [OPTION...]: to the version $ROLL; one that was there before is done already.
roll() {
	ask roll-swarm --nodes "${ONLY:-$NODES}" --script "$SCRIPT" \
		--environment "$(jq -nc --arg to "$ROLL" '{WANTED: $to}')" "$@"
	cp "$WORK/out" "$WORK/result"
}

# next_version: so that every node has something to do again.
next_version() { ROLL=$((ROLL + 1)); }

# set_on N FILE, unset_on N FILE
set_on() { on "$1" touch "/var/lib/roll/$2"; }
unset_on() { on "$1" rm -f "/var/lib/roll/$2"; }

# seen N WORD: what the script of this roll has written there behind that word.
seen() { on "$1" sh -c "sed -n 's/^$2 *//p' /var/lib/roll/$ROLL 2>/dev/null" || true; }
# times_asked: how often that was on each host.
times_asked() {
	local n
	for n in 1 2 3 4 5; do seen "$n" asked | wc -l; done | paste -sd ' '
}
begun() { [ -n "$(seen "$1" begin)" ]; }

# ---- the swarm ----

# Tasks that need two seconds to stop, and end with 0 when they get them.
WAITS='trap "sleep 2; exit 0" TERM; while :; do sleep 0.2; done'

fresh() {
	local n
	MANAGERS="$(addr 1),$(addr 2),$(addr 3)"
	NODES="$MANAGERS,$(addr 4),$(addr 5)"
	new_swarm "$@"
	next_version
	for n in 1 2 3 4 5; do on "$n" sh -c 'rm -rf /var/lib/roll && mkdir /var/lib/roll'; done
}

work() {
	on 1 docker swarm update --task-history-limit 100 >/dev/null
	service web --replicas 6 --stop-grace-period 60s --restart-delay 100ms -- sh -c "$WAITS"
	service everywhere --mode global --stop-grace-period 60s --restart-delay 100ms -- sh -c "$WAITS"
}

cluster_id() { on 1 docker info --format '{{.Swarm.Cluster.ID}}'; }
leader() { on 1 docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n "s/^$CLUSTER-\(.*\) Leader$/\1/p"; }
# records: availabilities that a roll has kept on the swarm.
records() { on 1 docker info --format '{{json .Swarm.Cluster.Spec.Labels}}' | grep -o 'before-roll[^"]*' || true; }
label() { on 1 docker info --format '{{index .Swarm.Cluster.Spec.Labels "terraform-swarm-helpers.'"$1"'"}}'; }

# order: the numbers of the hosts in the order in which the last roll took them.
order() { jq -r '.ids as $ids | . as $all | $ids | split(",")[] | $all[. + ".hostname"]' "$WORK/result" | sed "s/^$CLUSTER-//" | paste -sd ' '; }

# availability: of the hosts 1 to 5.
availability() { nodes 1 | awk '{ print $3 }' | paste -sd ' '; }
all_back() { [ "$(nodes 1 | awk '{ print $4 }' | sort -u)" = ready ]; }

# No task that has stopped was killed: "shutdown" by its own exit code 0, and there were some.
ended_well() {
	on 1 sh -c 'docker service ls -q | xargs docker service ps -q --no-trunc | xargs docker inspect --format \
		"{{.DesiredState}} {{.Status.State}} {{with .Status.ContainerStatus}}{{.ExitCode}}{{end}} {{.ID}}"' >"$WORK/tasks"
	cat "$WORK/tasks"
	grep '^shutdown ' "$WORK/tasks" >"$WORK/stopped" && ! grep -vE '^shutdown (shutdown|complete) 0 ' "$WORK/stopped"
}

whole() { [ "$(on 1 docker service ls --format '{{.Name}} {{.Replicas}}' | sort | paste -sd ' ')" = "everywhere $1 web 6/6" ]; }

# one_at_a_time: each has ended before the next one begins. Hosts share a clock.
one_at_a_time() {
	local n
	for n in 1 2 3 4 5; do echo "$(seen "$n" begin | tail -n 1 | cut -d ' ' -f 1) $(seen "$n" end)"; done | sort -n |
		awk '{ print } NF != 2 || $1 < last { bad = 1 } { last = $2 } END { exit bad || NR != 5 }'
}

# ---- a write to the swarm every 200 ms ----

# Through whichever manager takes it, as one of them is away now and then.
keep_writing() {
	local n=0
	while [ ! -e "$WORK/enough" ]; do
		n=$((n + 1))
		within 60 taken "$n" >/dev/null 2>&1 || echo "write $n was not taken"
		sleep 0.2
	done
	echo "$n writes"
}

taken() {
	local m
	TRY=$((${TRY:-0} + 1))
	for m in 1 2 3; do
		if on "$m" timeout 20 sh -c "echo x | docker config create write-$1-$TRY-$m -"; then return; fi
	done
	return 1
}

start_writing() {
	rm -f "$WORK/enough"
	keep_writing >"$WORK/writes" &
	WRITING=$!
}

written() {
	touch "$WORK/enough"
	wait "$WRITING"
	cat "$WORK/writes"
	grep -xE '[1-9][0-9]* writes' "$WORK/writes" >/dev/null && [ "$(wc -l <"$WORK/writes")" = 1 ]
}

# ---- all goes well ----

# The second manager is drained and the second worker paused, as their owner wants them.
# mutant helpers/swarm/roll.c rank: LEADER => UNFINISHED_WORKER
#   fails a roll: managers first, the leader last of them
# mutant helpers/swarm/roll_leader.c swarm_roll_hand_over: term leader => false
#   fails a roll: the leader has handed over before its engine restarts
# mutant helpers/swarm/roll_node.c drain: swarm_drain_wait() => 0
#   fails a roll: no work is left where the engine restarts
test_roll() {
	fresh manager manager manager worker worker
	on 1 docker node update --availability drain "$(name 2)" >/dev/null
	on 1 docker node update --availability pause "$(name 5)" >/dev/null
	work
	local id leads n
	id=$(cluster_id)
	leads=$(leader)
	start_writing
	roll
	expect_done "a roll: done" cluster_id "$id" drained 5
	check "a roll: writes were taken throughout" written
	equal "a roll: managers first, the leader last of them" \
		"$(printf '%s\n' 1 2 3 | grep -vx "$leads" | paste -sd ' ') $leads 4 5" "$(order)"
	check "a roll: one at a time" one_at_a_time
	equal "a roll: no work is left where the engine restarts" '0 0 0 0 0' \
		"$(for n in 1 2 3 4 5; do seen "$n" begin | cut -d ' ' -f 2; done | paste -sd ' ')"
	equal "a roll: the leader has handed over before its engine restarts" 'false' "$(seen "$leads" leads)"
	equal "a roll: no manager goes while another one is away" '3 3 3' "$(for n in 1 2 3; do seen "$n" up; done | paste -sd ' ')"
	check "a roll: no task was killed" ended_well
	equal "a roll: availabilities are as they were" 'active drain active active pause' "$(availability)"
	check "a roll: services are whole" within 60 whole 3/3
	equal "a roll: the swarm is the same" "$id" "$(cluster_id)"
	equal "a roll: the leases are given back" '' "$(label rolling)$(label becoming-manager)$(label handing-over)$(records)"

	# Each is right by now.
	roll
	expect_done "a roll of what is right: done" drained 0
	equal "a roll of what is right: each is asked once" '3 3 3 3 3' "$(times_asked)"
	equal "a roll of what is right: availabilities are as they were" 'active drain active active pause' "$(availability)"
}

drained() { [ "$(nodes 1 | grep -c ' worker drain ')" = "$1" ]; }

# mutant helpers/swarm/roll.c side_by_side: term n < most => false
#   fails half of the workers: both are drained at once
test_side_by_side() {
	fresh manager worker worker worker worker
	set_on 2 hold
	set_on 3 hold
	set_on 4 hold
	set_on 5 hold
	ONLY="$(addr 2),$(addr 3),$(addr 4),$(addr 5)" launch workers roll --max-unavailable 50%
	check "half of the workers: both are drained at once" within 60 drained 2
	check "half of the workers: both run the script" within 60 eval 'begun 2 && begun 3'
	check "half of the workers: the others wait" eval 'refuses begun 4 && refuses begun 5'
	for n in 2 3 4 5; do unset_on "$n" hold; done
	finish workers
	expect_done "half of the workers: done" drained 4
	equal "half of the workers: the manager was not asked" '0 2 2 2 2' "$(times_asked)"
}

# mutant helpers/swarm/roll_begin.c check_managers: condition r->managers == 1 && r->params->sole_manager => true
#   fails a sole manager: refused
test_sole_manager() {
	fresh manager worker
	local id
	NODES="$(addr 1),$(addr 2)" MANAGERS=$(addr 1)
	id=$(cluster_id)
	roll
	expect_error "a sole manager: refused" 1 "nothing was begun" "is the only manager" "allow_sole_manager"
	equal "a sole manager: nothing is asked" '0 0 0 0 0' "$(times_asked)"
	roll --allow-sole-manager true --drain always
	expect_done "a sole manager: allowed" drained 2 cluster_id "$id"
	equal "a sole manager: drained before it is asked" 'yes yes' "$(for n in 1 2; do seen "$n" asked; done | paste -sd ' ')"
	equal "a sole manager: availabilities are as they were" 'active active' "$(availability)"
}

# ---- refused before it begins ----

third_down() { listed "$(name 3) worker active down"; }
lacks() { [ "$(on 1 docker service ls --format '{{.Replicas}}' --filter name=big)" = 0/1 ]; }

# mutant helpers/swarm/roll_begin.c check_states: condition n->availability != DOCKER_DRAINED => false
#   fails a node that is Down: refused
# mutant helpers/swarm/roll_begin.c match_one: condition DOCKER_INACTIVE => false
#   fails a host that is in no swarm: refused
# mutant helpers/swarm/roll.c roll_all: swarm_roll_count() => 0
#   fails a service that lacks tasks: refused
test_refused() {
	fresh manager worker worker
	MANAGERS=$(addr 1)
	NODES="$(addr 2),$(addr 3)"

	on 3 service docker stop >/dev/null
	within 60 third_down
	roll --timeout 60s
	expect_error "a node that is Down: refused" 1 "nothing was begun" "node $(name 3)" "is down"
	on 3 service docker start >/dev/null
	within 60 all_back

	NODES="$(addr 2),$(addr 4)" roll --timeout 60s
	expect_error "a host that is in no swarm: refused" 1 "nothing was begun" "$(addr 4) is no node of the swarm" "join-node"

	service big --detach=true --reserve-memory 4000g -- sleep 1d || true
	check "a service that lacks tasks: it does" within 60 lacks
	roll --timeout 100s
	expect_error "a service that lacks tasks: refused" 1 "nothing was begun" "service big runs 0 of 1 tasks" "on_missing_tasks"
	equal "whatever is refused: no script has run" '0 0 0 0 0' "$(times_asked)"
	roll --on-missing-tasks proceed
	expect_done "a service that lacks tasks: told to proceed" drained 2
	expect_said "a service that lacks tasks: it is warned of" "going on as on_missing_tasks says"
	no_services

	"$LAB" kill "$CLUSTER" "$(name 3)"
	roll --timeout 100s
	expect_error "a host that does not answer: refused" 4 "nothing was begun" "$(addr 3)"
}

# mutant helpers/swarm/roll_lease.c was_cut_off: condition strcmp => false
#   fails another roll: refused
test_another() {
	fresh manager worker
	MANAGERS=$(addr 1)
	set_on 2 hold
	ONLY=$(addr 2) launch first roll
	check "another roll: the first is at work" within 60 begun 2
	ONLY=$(addr 2) roll --timeout 100s
	expect_error "another roll: refused" 1 "another roll or backup of this swarm is under way" "started on $(hostname)"
	unset_on 2 hold
	finish first
	expect_done "another roll: the first is done" drained 1
	equal "another roll: availabilities are as they were" 'active active' "$(availability)"
}

# ---- one that fails ----

wanted() { jq -nc --args '[$ARGS.positional[] | {(.): "active"}] | add' "$(addr 1)" "$(addr 2)" "$(addr 3)" "$(addr 4)" "$(addr 5)"; }

# mutant helpers/swarm/roll.c one_batch: first_failure() => 0
#   fails a script that fails: it says where
# mutant helpers/swarm/roll_begin.c fill: n->unfinished = false
#   fails a script that fails: the next roll begins there
# mutant helpers/swarm/roll.c roll_all: condition !order[i]->unfinished => true
#   fails an engine that does not come back: the next roll brings it back
test_failure() {
	fresh manager manager manager worker worker
	work
	set_on 4 fail
	roll --availability "$(wanted)"
	expect_error "a script that fails: it says where" 1 "$(name 4) ($(addr 4)): " "failed with exit code 9: no room on the disk" \
		"it stays drained" "3 of 5 nodes are done"
	equal "a script that fails: it stays drained" 'active active active drain active' "$(availability)"
	equal "a script that fails: no other one is asked" '2 2 2 2 0' "$(times_asked)"
	unset_on 4 fail
	roll --availability "$(wanted)"
	expect_done "a script that fails: the next roll is done" drained 2
	equal "a script that fails: the next roll begins there" 4 "$(order | cut -d ' ' -f 1)"
	equal "a script that fails: then it is active" 'active active active active active' "$(availability)"
	check "a script that fails: services are whole" within 60 whole 5/5
	check "a script that fails: no task was killed" ended_well

	# A task that can run nowhere else is missing while the node is drained.
	service pinned --constraint "node.hostname==$(name 5)" --stop-grace-period 60s -- sh -c "$WAITS"
	next_version
	set_on 5 stay
	ONLY="$(addr 4),$(addr 5)" roll --availability "$(jq -nc --arg a "$(addr 5)" '{($a): "active"}')" --node-timeout 45s --drain-timeout 30s
	expect_error "an engine that does not come back: it says where" 3 "$(name 5) ($(addr 5)): " "it stays drained"
	unset_on 5 stay
	ONLY="$(addr 4),$(addr 5)" roll --availability "$(jq -nc --arg a "$(addr 5)" '{($a): "active"}')"
	expect_done "an engine that does not come back: the next roll brings it back" drained 1
	equal "an engine that does not come back: it is rolled first" '5 4' "$(order)"
	equal "an engine that does not come back: then it is active" 'active active active active active' "$(availability)"
}

# ---- one that is cut off ----

# cut_off NAME SIGNAL EVENT...: ends the roll as soon as that has happened.
cut_off() {
	local name=$1 signal=$2
	shift 2
	launch cut roll
	until "$@" || ! kill -0 "${LAUNCHED[cut]}" 2>/dev/null; do sleep 0.1; done
	kill "-$signal" "$(process_of cut)" 2>/dev/null || true
	finish cut
	if [ "$CODE" != 0 ]; then passed "$name: that came in time"; else failed "$name: that came in time"; fi
}

# demoted N M: that manager, in the eyes of M.
demoted() { [ "$(on "$2" docker node inspect "$(name "$1")" --format '{{.Spec.Role}}')" = worker ]; }

# goes_on NAME: another run ends as if nothing had been.
goes_on() {
	roll
	expect_done "$1: the next roll is done"
	equal "$1: every node has the new version" "$ROLL $ROLL $ROLL $ROLL $ROLL" \
		"$(for n in 1 2 3 4 5; do on "$n" cat /var/lib/roll/now; done | paste -sd ' ')"
	equal "$1: availabilities are as they were" 'active active active active active' "$(availability)"
	equal "$1: three are managers" 3 "$(on 1 docker node ls -q --filter role=manager | wc -l)"
	equal "$1: the swarm is the same" "$SWARM" "$(cluster_id)"
	equal "$1: the leases are given back" '' "$(label rolling)$(label becoming-manager)$(label handing-over)$(records)"
	check "$1: services are whole" within 60 whole 5/5
	next_version
}

# Nobody says what the availabilities are to be: the roll has recorded what they were.
# mutant helpers/swarm/roll_node.c drain: swarm_roll_record() => 0
#   fails killed at the first drain: availabilities are as they were
# mutant helpers/swarm/roll.c begin: swarm_roll_finish_hand_over() => 0
#   fails killed while leadership is handed over: the next roll is done
test_cut_off() {
	fresh manager manager manager worker worker
	work
	SWARM=$(cluster_id)
	local leads
	cut_off "killed at the first drain" KILL said_by cut draining
	goes_on "killed at the first drain"

	leads=$(leader)
	cut_off "killed while leadership is handed over" KILL demoted "$leads" $((leads % 3 + 1))
	goes_on "killed while leadership is handed over"

	# What runs on the host goes on there, and the next roll waits for it.
	set_on 4 hold
	cut_off "killed under a script" KILL begun 4
	launch next roll
	check "killed under a script: the next roll waits for it" within 120 said_by next "another run of prepare-node is under way here"
	unset_on 4 hold
	finish next
	expect_done "killed under a script: then it goes on"
	goes_on "killed under a script"

	set_on 5 hold
	cut_off "interrupted" TERM begun 5
	expect_error "interrupted: it says so" 3 "interrupted by SIGTERM"
	unset_on 5 hold
	goes_on "interrupted"
	check "cut off: no task was killed" ended_well
}

# What the machine that the script runs on has done is done again; a leader's is away, and the
# roll ends, as its tasks are gone although nobody may say so yet.
# mutant helpers/swarm/roll_begin.c fill: n->unfinished = false
#   fails a node without power: the next roll is done
# mutant helpers/swarm/roll.c roll_all: swarm_roll_wait_others() => 0
#   fails a leader without power: it says who is missing
test_power_off() {
	fresh manager manager manager worker worker
	work
	SWARM=$(cluster_id)
	local leads
	set_on 4 hold
	launch off roll --node-timeout 75s --drain-timeout 30s
	check "a node without power: its script runs" within 200 begun 4
	"$LAB" kill "$CLUSTER" "$(name 4)"
	finish off
	expect_error "a node without power: it says where" 4 "$(name 4) ($(addr 4)): " "it stays drained" "3 of 5 nodes are done"
	"$LAB" boot "$CLUSTER" "$(name 4)"
	unset_on 4 hold
	within 60 all_back
	goes_on "a node without power"

	set_on 4 hold
	launch off roll --node-timeout 100s --drain-timeout 30s
	check "a leader without power: a script runs elsewhere" within 200 begun 4
	leads=$(leader)
	"$LAB" kill "$CLUSTER" "$(name "$leads")"
	unset_on 4 hold
	finish off
	expect_error "a leader without power: it says who is missing" 3 "stopped before $(name 5)" "node $(name "$leads") ("
	"$LAB" boot "$CLUSTER" "$(name "$leads")"
	within 90 all_ready "$leads"
	goes_on "a leader without power"
}

play test_roll test_side_by_side test_sole_manager test_refused test_another test_failure test_cut_off test_power_off
finish_tests
