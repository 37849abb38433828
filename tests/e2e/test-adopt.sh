#!/usr/bin/env bash
# test-adopt.sh - docs/adopt.md word for word: a swarm that somebody made by hand is described,
# taken over by terraform/hosts without a change, and then grown, one of its nodes replaced
# and one removed.
set -euo pipefail

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

C=office
NET=10.206.40
DIR=$TREE/terraform/hosts
LAB=$ROOT/scripts/lab
FILE=$DIR/clusters/$C.yaml
M=$C-manager-1 W1=$C-worker-1 W2=$C-worker-2 NEW=$C-worker-3

have_machines() {
	local address
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	"$LAB" network-up "$C" "$NET.0/24"
	for address in manager-1/11 worker-1/21 worker-2/22 worker-3/23; do
		"$LAB" up "$C" "$C-${address%/*}" "$NET.${address#*/}/24" --authorized-keys "$WORK/key.pub" || return 1
	done
}

# A worker with a label that works, another one that somebody has drained
made_by_hand() {
	local token host
	on "$M" docker swarm init --advertise-addr "$NET.11"
	token=$(on "$M" docker swarm join-token -q worker)
	on "$W1" docker swarm join --token "$token" --advertise-addr "$NET.21" "$NET.11:2377"
	on "$W2" docker swarm join --token "$token" --advertise-addr "$NET.22" "$NET.11:2377"
	on "$M" docker node update --label-add disk=ssd "$W1"
	on "$M" docker node update --availability drain "$W2"
	for host in "$M" "$W1" "$W2" "$NEW"; do "$LAB" image "$C" "$host" || return 1; done
	on "$M" docker service create -q --detach=false --no-resolve-image --name work --replicas 2 --constraint node.labels.disk==ssd \
		--init lab/busybox sh -c 'while :; do sleep 1; done'
}

# All that a change of a node, or of its work, would show in
seen() {
	# shellcheck disable=SC2016
	on "$M" sh -c 'docker node ls -q | sort | xargs docker node inspect --format "{{.ID}} {{json .Spec}} {{.CreatedAt}}"
		docker service ps --no-trunc --format "{{.ID}} {{.Node}} {{.DesiredState}}" work | sort'
	on "$W1" docker ps --no-trunc -q | sort
}

spec() { on "$M" docker node inspect --format '{{.Spec.Role}} {{.Spec.Availability}} {{json .Spec.Labels}}' "$1"; }

mine() { TF_WORKSPACE=$C "$TF" -chdir="$DIR" "$1" -no-color "${@:2}"; }

# applies NAME: an apply, and the plan after it is empty
applies() {
	check "$1" mine apply -auto-approve
	check "$1: the next plan is empty" mine plan -detailed-exitcode
}

# write JQ: the file, changed by that
write() { jq "$1" "$FILE" >"$FILE.new" && mv "$FILE.new" "$FILE"; }

# mutant modules/swarm/locals.tf local.join_query: condition node.availability => false
#   fails taken over: nothing has changed
# mutant terraform/hosts/main.tf local.labels_said: labels != null => true
#   fails taken over: nothing has changed
test_adopt() {
	local before
	before=$(seen)
	check "taken over, word for word" readme_run "$ROOT/docs/adopt.md" 'export MANAGER' "$DIR" yes \
		"export MANAGER=$NET.11 KEY=$WORK/key"
	equal "taken over: nothing has changed" "$before" "$(seen)"
	check "taken over: the next plan is empty" mine plan -detailed-exitcode
	equal "taken over: all that are there" "$M $W1 $W2" "$(mine output -json nodes | jq -r 'keys | join(" ")')"
	write '.swarm.detect_drift = true'
	applies "looked at by every plan"
	equal "looked at by every plan: nothing has changed" "$before" "$(seen)"
}

test_grow() {
	write ".hosts[\"$NEW\"] = {address: \"$NET.23\", labels: {disk: \"hdd\"}}"
	applies "grown"
	equal "grown: as it is to be" 'worker active {"disk":"hdd"}' "$(spec "$NEW")"
	equal "grown: the others are as they were" 'worker active {"disk":"ssd"},worker drain {}' "$(spec "$W1"),$(spec "$W2")"
}

test_replace() {
	local before
	before=$(node_id "$W1")
	write ".hosts[\"$W1\"].labels = {disk: \"ssd\"}"
	applies "its labels are written down"
	equal "its labels are written down: it is the same node" "$before" "$(node_id "$W1")"
	write ".hosts[\"$W1\"].machine = \"2\""
	applies "replaced"
	equal "replaced: with the labels of the file" 'worker active {"disk":"ssd"}' "$(spec "$W1")"
	check "replaced: it is another node" [ "$(node_id "$W1")" != "$before" ]
	check "replaced: its work is back" within 60 replicas_are "$C" work 2
}

test_labels_taken_off() {
	write ".hosts[\"$NEW\"].labels = {}"
	applies "no label at all"
	equal "no label at all: they are taken off" 'worker active {}' "$(spec "$NEW")"
}

test_remove() {
	write "del(.hosts[\"$W2\"])"
	applies "removed"
	equal "removed: it is in no swarm" inactive "$(on "$W2" docker info --format '{{.Swarm.LocalNodeState}}')"
	equal "removed: the others stay" "$M manager,$W1 worker,$NEW worker" "$(nodes "$C")"
	check "removed: work goes on" replicas_are "$C" work 2
}

main() {
	copy_tree
	ln -s "$ROOT/bin" "$TREE/bin"
	"$ROOT/scripts/providers" init "$DIR" "$TF" >"$WORK/init" 2>&1 || { cat "$WORK/init" && exit 1; }
	eval "$("$ROOT/scripts/providers" env)"
	check "machines" have_machines
	check "a swarm that was made by hand" made_by_hand
	play test_adopt test_grow test_replace test_labels_taken_off test_remove
	finish_tests
}

main
