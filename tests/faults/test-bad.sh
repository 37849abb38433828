#!/usr/bin/env bash
# test-bad.sh - terraform/hosts with one bad machine of four, at creation and at growth, manager
# and worker: a script that fails there, or a machine that never answers. The others are a swarm,
# join and are changed; the apply says which one is bad; once it is mended a plain apply makes it
# whole; and a destroy ends well with what is half made.
set -euo pipefail

CLUSTER=fltbad
SUBNET=10.208.19
HOSTS=5
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

# entry N ROLE [MORE]: host N in the cluster's file
entry() { echo "$(name "$1"): { address: $(addr "$1"), role: $2${3+, $3} }, "; }

# tf_on COMMAND ENTRIES [OPTION...]: with these hosts in the cluster's file
tf_on() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF2
		ssh: { private_key: $WORK/key }
		swarm: { timeouts: { prepare: 15s } }
		hosts: { $2 }
	EOF2
	tf "$1" "${@:3}"
}

apply() { tf_on apply "$1" -auto-approve; }

# What prepares the machines here
write_script() {
	cat >"$TREE/scripts/install-docker.sh" <<-'EOF2'
		[ ! -e /bad ] || { echo "the disk of this machine is full" >&2 && exit 1; }
		echo prepared >>/prepared
	EOF2
}

spoil() { on "$1" touch /bad; }
mend() { on "$1" rm /bad; }
prepared() { on "$1" sh -c 'wc -l </prepared'; }

list() { nodes "$1" | sed 's/ ready$//; s/ active$//' | paste -sd ,; }

# members NAME ASK N-ROLE...: the swarm as manager ASK sees it
members() {
	local name=$1 ask=$2 wanted=
	shift 2
	for node; do wanted="$wanted${wanted:+,}$(name "${node%-*}") ${node#*-}"; done
	equal "$name" "$wanted" "$(list "$ask")"
}

plan_is_empty() {
	tf_on plan "$2" -detailed-exitcode
	expect "$1: the next plan is empty" 0
}

in_none() {
	local n
	for n; do in_no_swarm "$n" || return 1; done
}

no_state() { [ "$(jq '.resources | length' "$DIR/terraform.tfstate.d/$CLUSTER/terraform.tfstate")" = 0 ]; }

gone() {
	tf_on destroy "$2" -auto-approve
	expect "$1: destroy" 0 "Destroy complete!"
	check "$1: destroy: nothing is in the state" no_state
}

M1=$(entry 1 manager) M2=$(entry 2 manager) M3=$(entry 3 manager) W4=$(entry 4 worker) W5=$(entry 5 worker)

# mutant modules/swarm/init.sh: $ready $open => $bad
#   fails creation, the first manager: the others are a swarm
test_creation_manager() {
	local all=$M1$M2$M3$W4 before
	spoil 1
	apply "$all"
	expect "creation, the first manager" 1 "$(name 1) is not ready, and waits for the next apply: prepare-node: $(name 1) ($(addr 1)): script"
	members "creation, the first manager: the others are a swarm" 2 2-manager 3-manager 4-worker
	before=$(prepared 4)
	mend 1
	apply "$all"
	expect "creation, the first manager: mended" 0
	members "creation, the first manager: mended: all are one swarm" 2 1-manager 2-manager 3-manager 4-worker
	equal "creation, the first manager: mended: no other one was prepared again" "$before" "$(prepared 4)"
	plan_is_empty "creation, the first manager" "$all"
	gone "creation, the first manager" "$all"
	check "creation, the first manager: destroy: all have left" in_none 1 2 3 4
}

test_creation_worker() {
	local all=$M1$M2$M3$W4
	spoil 4
	apply "$all"
	expect "creation, a worker" 1 "$(name 4) is not ready"
	members "creation, a worker: the others are a swarm" 1 1-manager 2-manager 3-manager
	gone "creation, a worker, still bad" "$all"
	check "creation, a worker, still bad: all have left" in_none 1 2 3 4
	mend 4
}

# It never answers, at creation, and is not there either when all goes.
test_creation_silent() {
	local all=$M1$M2$M3$W4
	"$LAB" kill "$CLUSTER" "$(name 2)"
	apply "$all"
	expect "creation, a silent manager" 1 "$(name 2) is not ready"
	members "creation, a silent manager: the others are a swarm" 1 1-manager 3-manager 4-worker
	gone "creation, a silent manager, still silent" "$all"
	check "creation, a silent manager, still silent: all have left" in_none 1 3 4
	"$LAB" boot "$CLUSTER" "$(name 2)"
}

test_growth_manager() {
	local all=$M1$M2$M3$W4$W5 before
	apply "$M1"
	expect "growth, a manager: a swarm" 0
	spoil 3
	apply "$all"
	expect "growth, a manager" 1 "$(name 3) is not ready"
	members "growth, a manager: the others have joined" 1 1-manager 2-manager 4-worker 5-worker
	before=$(prepared 5)
	mend 3
	apply "$all"
	expect "growth, a manager: mended" 0
	members "growth, a manager: mended: it has joined" 1 1-manager 2-manager 3-manager 4-worker 5-worker
	equal "growth, a manager: mended: no other one was prepared again" "$before" "$(prepared 5)"
	plan_is_empty "growth, a manager" "$all"
	apply "$M1"
	expect "growth, a manager: back" 0
}

# mutant modules/swarm/host_keys.tf module.host_keys: tolerant = false
#   with test_growth_manager
#   fails growth, a silent worker: the others have joined
test_growth_worker() {
	local labelled all=$M1$M2$M3$W4$W5
	labelled=$M1$M2$M3$(entry 4 worker 'labels: { disk: ssd }')$W5
	"$LAB" kill "$CLUSTER" "$(name 5)"
	apply "$all"
	expect "growth, a silent worker" 1 "$(name 5) is not ready, and waits for the next apply: fetch-host-key: $(name 5)"
	members "growth, a silent worker: the others have joined" 1 1-manager 2-manager 3-manager 4-worker
	apply "$labelled"
	expect "growth, a silent worker: a label of another one" 1 "$(name 5) is not ready"
	equal "growth, a silent worker: a label of another one is set" 'map[disk:ssd]' "$(on 1 docker node inspect "$(name 4)" --format '{{.Spec.Labels}}')"
	apply "$M1$M2$M3$W4"
	expect "growth, a silent worker: given up" 0
	plan_is_empty "growth, a silent worker: given up" "$M1$M2$M3$W4"
	apply "$all"
	expect "growth, a silent worker: wanted again" 1 "$(name 5) is not ready"
	"$LAB" boot "$CLUSTER" "$(name 5)"
	apply "$all"
	expect "growth, a silent worker: it is back" 0
	members "growth, a silent worker: it is back: it has joined" 1 1-manager 2-manager 3-manager 4-worker 5-worker
	check "growth, a silent worker: it is back: its key is in the state" grep -qF "$(on 5 cut -d ' ' -f 2 /etc/ssh/ssh_host_ed25519_key.pub)" "$DIR/terraform.tfstate.d/$CLUSTER/terraform.tfstate"
	plan_is_empty "growth, a silent worker" "$all"
	gone "growth, a silent worker" "$all"
	check "growth, a silent worker: destroy: all have left" in_none 1 2 3 4 5
}

# Of the executables that Terraform has started, and of those behind its scripts
goes_on() { pgrep -f -- '--query-env' >"$WORK/going"; }

# cut_off SIGNAL: Terraform, while it waits for a machine that is silent
cut_off() {
	local all=$M1$M2$M3$W4
	"$LAB" kill "$CLUSTER" "$(name 2)"
	apply "$all" &
	within 60 goes_on
	sleep 3
	pkill "-$1" -x terraform
	wait "$!" || true
	check "cut off by SIG$1: nothing goes on" within 20 refuses goes_on
	"$LAB" boot "$CLUSTER" "$(name 2)"
	apply "$all"
	expect "cut off by SIG$1: the next apply" 0
	plan_is_empty "cut off by SIG$1" "$all"
	gone "cut off by SIG$1" "$all"
}

# mutant helpers/cli/helper_signal.c is_left: process_is_ancestor() => true
#   fails cut off by SIGKILL: nothing goes on
# mutant modules/swarm/tried.sh: export SWARM_STARTED_BY => export SWARM_UNUSED
#   fails cut off by SIGKILL: nothing goes on
test_cut_off() {
	cut_off INT
	cut_off KILL
}

# The only machine, on which Docker could not be installed, is replaced: the leave waits for half a
# minute, is cut off in it, and ends in the next apply.
test_no_docker() {
	local signal
	"$LAB" up "$CLUSTER" "$(name 6)" "$(addr 6)/24" --authorized-keys "$WORK/key.pub" --no-docker
	spoil 6
	apply "$(entry 6 manager)"
	expect "no Docker" 1 "$(name 6) is not ready"
	for signal in INT KILL; do
		apply "$(entry 6 manager 'machine: b')" &
		within 60 pgrep -x drain-and-remov
		sleep 3
		pkill "-$signal" -x terraform
		wait "$!" || true
		# A leave whose terraform was killed goes on to its own end, which is the right one.
		check "no Docker: replaced, cut off by SIG$signal: the leave ends" within 45 refuses goes_on
	done
	apply "$(entry 6 manager 'machine: b')"
	expect "no Docker: replaced" 1 "neither Docker nor any state of a swarm is there"
	gone "no Docker" "$(entry 6 manager 'machine: b')"
}

lab_begin "$HOSTS"
begin_root hosts
write_script
play test_cut_off test_creation_manager test_creation_worker test_creation_silent test_growth_manager test_growth_worker \
	test_no_docker
finish_tests
