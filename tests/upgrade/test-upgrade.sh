#!/usr/bin/env bash
# test-upgrade.sh - a swarm that the last release made, with its modules and executables, on
# machines that run work, is taken over by today's as CHANGELOG.md says: the same swarm, tokens and
# nodes, and nothing that runs is touched. Then it grows, shrinks and goes.
#
# Until the first release has a tag, the last one is 0.1.0 at its last commit.
set -euo pipefail

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../e2e/lib.sh"
# shellcheck source=tests/lib/releases.sh
. "$ROOT/tests/lib/releases.sh"

C=office
NET=10.206.60
DIR=$TREE/terraform/hosts
LAB=$ROOT/scripts/lab
M=$C-manager-1 W1=$C-worker-1 W2=$C-worker-2 NEW=$C-worker-3
RELEASE=$(last_release)
HOSTS=("$M" "$C-manager-2" "$C-manager-3" "$W1" "$W2" "$NEW")

have_machines() {
	local i
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	"$LAB" network-up "$C" "$NET.0/24"
	for i in "${!HOSTS[@]}"; do
		"$LAB" up "$C" "${HOSTS[i]}" "$NET.$((11 + i))/24" --authorized-keys "$WORK/key.pub" || return 1
	done
}

# What stays when the checkout is brought to another version, as git leaves it there
MINE=(terraform.tfstate.d .swarm .terraform "clusters/$C.yaml" terraform.tfvars)

# ---- the release ----

# The checkout of somebody who has that release, with its executables
have_release() {
	unpack_release "$RELEASE" "$TREE"
	make -s -C "$TREE" -j "$(nproc)" all
	"$ROOT/scripts/providers" init "$DIR" "$TF"
}

mine() { TF_WORKSPACE=$C "$TF" -chdir="$DIR" "$1" -no-color "${@:2}"; }

# What 0.1.0 read; every later release reads the file below.
old_variables() {
	cat <<-END
		hosts = {
		  "$M"          = { address = "$NET.11", role = "manager" }
		  "$C-manager-2" = { address = "$NET.12", role = "manager" }
		  "$C-manager-3" = { address = "$NET.13", role = "manager" }
		  "$W1" = { address = "$NET.14", labels = { disk = "ssd" } }
		  "$W2" = { address = "$NET.15", availability = "drain" }
		}
		ssh           = { private_key = "$WORK/key" }
		docker        = { source = "none", labels = { rack = "7" } }
		swarm         = { task_history = 3 }
		drain_timeout = "2m"
	END
}

# The same, as CHANGELOG.md has it moved
todays_file() {
	cat <<-END
		hosts:
		  $M: { address: $NET.11, role: manager }
		  $C-manager-2: { address: $NET.12, role: manager }
		  $C-manager-3: { address: $NET.13, role: manager }
		  $W1: { address: $NET.14, labels: { disk: ssd } }
		  $W2: { address: $NET.15, availability: drain }
		ssh: { private_key: $WORK/key }
		docker: { source: none, labels: { rack: "7" } }
		swarm: { task_history: 3, drain_timeout: 2m }
	END
}

write_settings() {
	if [ "$RELEASE" = "$FIRST_RELEASE" ]; then
		old_variables >"$DIR/terraform.tfvars"
	else
		todays_file >"$DIR/clusters/$C.yaml"
	fi
}

# Work that would show when its node, or its engine, is touched
runs_work() {
	give_images "$C" && on "$M" docker service create --detach --no-resolve-image --name work --replicas 4 lab/busybox sh -c 'trap "exit 0" TERM; while :; do sleep 1 & wait; done' &&
		within 60 replicas_are "$C" work 4
}

# All that is to be as it was: the swarm, its tokens and nodes, engines, containers.
seen() {
	local host role
	for role in manager worker; do on "$M" docker swarm join-token -q "$role"; done
	# shellcheck disable=SC2016 # for the host's shell
	on "$M" sh -c 'docker info --format "{{.Swarm.Cluster.ID}}"
		docker node ls -q | sort | xargs docker node inspect --format "{{.ID}} {{.Description.Hostname}} {{json .Spec}} {{.CreatedAt}}"'
	for host in "${HOSTS[@]}"; do
		printf '%s %s %s\n' "$host" "$(on "$host" cat /run/docker.pid)" "$(on "$host" docker ps --no-trunc -q | sort | xargs)"
	done
}

# ---- today's ----

# What `git checkout` of today's and `make` do to that checkout
become_today() {
	local keep=$WORK/kept part
	mkdir -p "$keep"
	for part in "${MINE[@]}"; do [ ! -e "$DIR/$part" ] || { mkdir -p "$keep/$(dirname "$part")" && mv "$DIR/$part" "$keep/$part"; }; done
	rm -rf "$TREE"
	mkdir "$TREE"
	cp -R "$ROOT/modules" "$ROOT/scripts" "$TREE/"
	(cd "$ROOT" && git ls-files -z --cached --others --exclude-standard terraform | xargs -0 cp -a --parents -t "$TREE")
	cp -R "$ROOT/bin" "$TREE/bin"
	cp -R "$keep/." "$DIR/"
	"$ROOT/scripts/providers" init "$DIR" "$TF"
}

move_settings() {
	rm -f "$DIR/terraform.tfvars"
	todays_file >"$DIR/clusters/$C.yaml"
}

planned() {
	mine plan -out "$WORK/plan.bin" && mine show -json "$WORK/plan.bin" >"$WORK/plan.json"
}

# What the plan takes away or replaces, but the notes of joins: CHANGELOG.md says that each is done
# once more and changes nothing.
taken_away() {
	jq -r '.resource_changes[] | select(.mode == "managed") | select(.change.actions | index("delete")) | .address' "$WORK/plan.json" |
		grep -vE '^module\.swarm\.module\.join\.terraform_data\.(run|confirm)\[' | sort | paste -sd, -
}

in_state() { TF_WORKSPACE=$C "$TF" -chdir="$DIR" state list; }

test_release() {
	check "the release is here, with its executables" have_release
	check "a workspace" mine_workspace
	write_settings
	check "the release: 3 managers and 2 workers" mine apply -auto-approve
	equal "the release: they are a swarm" "$C-manager-1 manager,$C-manager-2 manager,$C-manager-3 manager,$W1 worker,$W2 Ready Drain worker" "$(nodes "$C")"
	check "the release: work runs" runs_work
	BEFORE=$(seen)
}

mine_workspace() { "$TF" -chdir="$DIR" workspace new "$C"; }

test_upgrade() {
	check "today's version in the same folder" become_today
	move_settings
	check "upgrade: a plan" planned
	equal "upgrade: nothing is destroyed or replaced but notes of joins" '' "$(taken_away)"
	check "upgrade: an apply of it" mine apply "$WORK/plan.bin"
	equal "upgrade: the same swarm, tokens, nodes, engines and containers" "$BEFORE" "$(seen)"
	check "upgrade: the next plan is empty" mine plan -detailed-exitcode
}

test_life() {
	sed -i "s/^  $W2: .*/&\n  $NEW: { address: $NET.16 }/" "$DIR/clusters/$C.yaml"
	check "then: a worker more" mine apply -auto-approve
	check "then: it is in the swarm" grep -qF "$NEW worker" <(nodes "$C")
	sed -i "/^  $W2: /d" "$DIR/clusters/$C.yaml"
	check "then: a node of the release leaves" mine apply -auto-approve
	equal "then: it is in no swarm" inactive "$(on "$W2" docker info --format '{{.Swarm.LocalNodeState}}')"
	check "then: the next plan is empty" mine plan -detailed-exitcode
	check "then: work runs" replicas_are "$C" work 4
}

test_end() {
	local host
	check "destroy" mine destroy -auto-approve
	for host in "${HOSTS[@]}"; do
		equal "destroy: $host is in no swarm" inactive "$(on "$host" docker info --format '{{.Swarm.LocalNodeState}}')"
	done
	equal "destroy: no state is left" '' "$(in_state)"
}

# The tests build on one another; a state that nobody made says nothing.
main() {
	if ! has_release "$RELEASE"; then
		echo "skip upgrade - the history of this checkout does not reach the last release, $RELEASE; git fetch --unshallow --tags"
		return
	fi
	check "machines" have_machines
	play test_release test_upgrade test_life test_end
	finish_tests
}

eval "$("$ROOT/scripts/providers" env)"
main
