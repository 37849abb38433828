#!/usr/bin/env bash
# test-drift.sh - terraform/lab with detect_drift: what was changed by hand is noticed and
# put back, as are nodes that left, and the plan after that is empty; managers are
# replaced, the first one too; and a swarm of which no manager is left can be planned and
# destroyed.
set -euo pipefail

CLUSTER=fltdrift
SUBNET=10.208.6
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

M1=$CLUSTER-manager-1 M2=$CLUSTER-manager-2 W1=$CLUSTER-worker-1

# ---- terraform ----

VARS=(-var detect_drift=true -var "subnet=$SUBNET.0/24" -var manager_count=3 -var worker_count=1)

apply() { tf apply -auto-approve "${VARS[@]}" "$@"; }

empty_plan() {
	tf plan -detailed-exitcode "${VARS[@]}"
	expect "$1: the next plan is empty" 0
}

replaced() { grep -E '^  # .* must be replaced' "$WORK/out" | sed 's/^  # //; s/ must be replaced//' | paste -sd ' '; }

# joins NAME NODE: what ran last replaces that node's join and no other.
joins() {
	if [ "$(replaced | tr ' ' '\n' | grep -F '.join.terraform_data.run[')" = "module.swarm.module.join.terraform_data.run[\"$2\"]" ]; then
		passed "$1: that node's join is replaced, and no other"
	else
		failed "$1: that node's join is replaced, and no other"
	fi
}

# only_joins NAME NODE...: what ran last replaces the joins of these, and nothing else.
only_joins() {
	local name=$1 wanted
	shift
	wanted=$(printf ' module.swarm.module.join.terraform_data.confirm["%s"]' "$@" && printf ' module.swarm.module.join.terraform_data.run["%s"]' "$@")
	if [ " $(replaced)" = "$wanted" ]; then
		passed "$name: what is replaced is the join of $*"
	else
		failed "$name: what is replaced is the join of $*"
	fi
}

# put_back NAME NODE LINE: one apply runs that node's join and no other, and the list has
# the line LINE again.
put_back() {
	apply
	expect "$1: apply" 0
	only_joins "$1" "$2"
	check "$1: it is as before" has "$3"
	empty_plan "$1"
}

# ---- the swarm ----

list() {
	at "$ASK" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"'
}
count_down() { [ "$(list | grep -c ' down$')" = "$1" ]; }

# seen_down NODE...: waits until a manager sees as many nodes as these as Down.
seen_down() { within 60 count_down $#; }

has() { list | grep -x "$1" >/dev/null; }
ids() { at "$ASK" docker node ls --format '{{.Hostname}} {{.ID}}' | sort; }
ids_are_right() {
	tf output -json node_ids
	check "$1: node_ids are the swarm's" [ "$(jq -r 'to_entries[] | "\(.key) \(.value)"' "$WORK/out" | sort)" = "$(ids)" ]
}

# ---- tests ----

# mutant terraform/lab/main.tf module.offsets: settings = {}
#   fails another offset: refused
test_birth() {
	ASK=$M1
	apply
	expect "birth" 0
	empty_plan "birth"
	check "birth: no path of this machine is in the state" [ -z "$(grep -F -e "$WORK" -e "${HOME:?}/" "$DIR/terraform.tfstate.d/$CLUSTER/terraform.tfstate")" ]
	ids_are_right "birth"
	tf plan "${VARS[@]}" -var subnet=10.208.60.0/24
	expect "another subnet: refused" 1 "The lab $CLUSTER was made with subnet = \"$SUBNET.0/24\""
	echo 'lab: { groups: { manager: { offset: 40 } } }' >"$WORK/offset.yaml"
	tf plan "${VARS[@]}" -var "cluster_file=$WORK/offset.yaml"
	expect "another offset: refused" 1 "was made with lab.groups.manager.offset = 10"
	echo 'groups: { batch: { count: 1 } }' >"$WORK/offset.yaml"
	tf plan "${VARS[@]}" -var "cluster_file=$WORK/offset.yaml"
	expect "another group: no other host is replaced" 0 " 0 to destroy."
}

test_put_back() {
	at "$ASK" docker node update --availability drain "$W1" >/dev/null
	put_back "availability" "$W1" "$W1 worker active ready"
	at "$ASK" docker node update --label-add disk=ssd "$W1" >/dev/null
	put_back "label" "$W1" "$W1 worker active ready"
	check "label: it is gone" [ "$(at "$ASK" docker node inspect --format '{{json .Spec.Labels}}' "$W1")" = '{}' ]
	at "$ASK" docker node demote "$M2" >/dev/null
	put_back "role" "$M2" "$M2 manager active ready"
	at "$ASK" docker node rm --force "$W1" >/dev/null
	put_back "removed" "$W1" "$W1 worker active ready"
	ids_are_right "removed"
}

# What they were is Down in the list when terraform looks.
test_left() {
	at "$W1" docker swarm leave >/dev/null
	at "$M2" docker swarm leave --force >/dev/null
	seen_down "$W1" "$M2"
	apply
	expect "left: apply" 0
	only_joins "left" "$M2" "$W1"
	check "left: the worker is as before" has "$W1 worker active ready"
	check "left: the manager is as before" has "$M2 manager active ready"
	check "left: there is no stale node" [ "$(list | wc -l)" = 4 ]
	empty_plan "left"
	ids_are_right "left"
}

test_powered_off() {
	local id
	id=$(ids | grep "^$W1 ")
	"$LAB" kill "$CLUSTER" "$W1"
	seen_down "$W1"
	echo 'swarm: { timeouts: { join: 5s } }' >"$TREE/terraform/lab/clusters/$CLUSTER.yaml"
	apply
	rm "$TREE/terraform/lab/clusters/$CLUSTER.yaml"
	expect "powered off: apply" 1
	only_joins "powered off" "$W1"
	if grep -q "join-node: $W1" "$WORK/err"; then
		passed "powered off: the error names it"
	else
		failed "powered off: the error names it"
	fi
	check "powered off: it stays in the list" has "$W1 worker active down"
	"$LAB" boot "$CLUSTER" "$W1" >/dev/null
	apply
	expect "powered on: apply" 0
	check "powered on: it is as before" has "$W1 worker active ready"
	empty_plan "powered on"
	check "powered on: it is the same node" [ "$(ids | grep "^$W1 ")" = "$id" ]
}

key_in_state() {
	"$TF" -chdir="$DIR" show -json | jq -r --arg name "$1" '.. | objects
		| select((.address? // "" | contains(".host_keys.module.first.terraform_data.this[")) and .index == $name) | .values.output'
}

# The host behind it is a new one, with its own keys.
test_replaced() {
	local before
	before=$(at "$M2" docker info --format '{{.Swarm.Cluster.ID}}')
	apply "-replace=terraform_data.host[\"$M1\"]"
	expect "first manager replaced" 0
	joins "first manager replaced" "$M1"
	check "first manager replaced: the swarm is the same" [ "$(at "$M1" docker info --format '{{.Swarm.Cluster.ID}}')" = "$before" ]
	check "first manager replaced: its new key is in the state" [ "$(key_in_state "$M1")" = "$(at "$M1" cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)" ]
	check "first manager replaced: it is a manager" has "$M1 manager active ready"
	check "first manager replaced: there is no stale node" [ "$(list | wc -l)" = 4 ]
	empty_plan "first manager replaced"
	apply "-replace=terraform_data.host[\"$M2\"]"
	expect "another manager replaced" 0
	joins "another manager replaced" "$M2"
	check "another manager replaced: it is a manager" has "$M2 manager active ready"
	check "another manager replaced: there is no stale node" [ "$(list | wc -l)" = 4 ]
	ids_are_right "another manager replaced"
}

# mutant helpers/describe-swarm.c run: condition target_may_be_empty => false
#   with test_birth
#   fails no manager left: plan
test_no_manager_left() {
	local n
	for n in 1 2 3; do "$LAB" kill "$CLUSTER" "$CLUSTER-manager-$n"; done
	tf plan "${VARS[@]}"
	expect "no manager left: plan" 0
	tf destroy -auto-approve "${VARS[@]}"
	expect "no manager left: destroy" 0
	if grep -q 'taken for gone, unverified' "$WORK/out"; then
		passed "no manager left: it warns of what was not verified"
	else
		failed "no manager left: it warns of what was not verified"
	fi
}

test_gone() {
	tf show -json
	check "destroyed: the state is empty" [ "$(jq '.values // {} | length' "$WORK/out")" = 0 ]
	check "destroyed: no host is left" [ -z "$("$LAB" list)" ]
	check "destroyed: nothing is left of the workspace" [ "$(ls -A "$DIR/.swarm")" = .gitignore ]
}

begin_root lab
play test_birth test_put_back test_left test_powered_off test_replaced test_no_manager_left \
	test_gone
finish_tests
