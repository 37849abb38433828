#!/usr/bin/env bash
# test-machines-cut.sh - scripts/roll on terraform/lab where it does not go well: a machine that
# does not come, Ctrl-C once and twice, SIGKILL; and a few nodes of many, a dry run, a sole manager.
set -euo pipefail

CLUSTER=fltcut
SUBNET=10.208.19
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"
# shellcheck source-path=SCRIPTDIR source=machines.sh
. "$ROOT/tests/faults/machines.sh"

ALL=("$CLUSTER"-manager-{1,2,3} "$CLUSTER"-worker-{1,2,3})
WHOLE='manager-1 manager active ready,worker-1 worker active ready,worker-2 worker active ready'

# says TEXT: what roll has said by now.
says() { grep -qF -- "$1" "$WORK/rolling"; }

drained() { swarm docker node ls --format '{{.Hostname}} {{.Availability}}' | grep -x "$CLUSTER-$1 Drain" >/dev/null; }

# whole NAME: the cluster is as it is to be.
whole() {
	equal "$1: all nodes are there" "$WHOLE" "$(list)"
	equal "$1: the swarm is the same" "$WAS" "$(identity)"
	check "$1: the service is whole" within 60 is_whole 4
	check "$1: no task was killed" ended_well 0
	nothing_to_do "$1"
}

# services: "name mode running desired" of each, as describe-swarm tells it.
services() {
	local query
	query=$(TF_WORKSPACE=$CLUSTER "$TF" -chdir="$DIR" output -json roll | jq -c '.query + {services: "true"}')
	(cd "$DIR" && SWARM_QUERY=$query "$BIN/describe-swarm" --query-env SWARM_QUERY) |
		jq -r '. as $all | .services | split(",")[] | [$all[. + ".name", . + ".mode", . + ".running", . + ".desired"]] | join(" ")' | sort | paste -sd ,
}

# mutant helpers/describe-swarm.c describe_services: s->running => s->desired
#   fails a cluster: describe-swarm tells of its services
test_begin() {
	cluster 1 2 a
	tf apply -auto-approve
	expect "a cluster: made" 0 "Apply complete!"
	WAS=$(identity)
	web 4 2
	swarm docker service create -q --detach --no-resolve-image --name nowhere --constraint node.labels.disk==ssd lab/busybox true >/dev/null
	swarm docker service create -q --detach=false --no-resolve-image --name all --mode global lab/busybox sleep 1000 >/dev/null
	equal "a cluster: describe-swarm tells of its services" 'all global 3 3,nowhere replicated 0 1,web replicated 4 4' "$(services)"
	swarm docker service rm nowhere all >/dev/null
}

test_dry_run() {
	local ids
	cluster 1 2 b
	ids=$(node_ids)
	roll --dry-run
	expect "a dry run: the order" 0 "3 outdated; in this order: $CLUSTER-manager-1; $CLUSTER-worker-1; $CLUSTER-worker-2"
	equal "a dry run: nothing has changed" "$ids" "$(node_ids)"
	equal "a dry run: nothing else is planned" 'manager-1 worker-1 worker-2' "$(planned)"
}

# mutant scripts/roll -: names is None => True
#   fails a machine that does not come: the next run goes on
test_broken() {
	local other
	other=$(id_of worker-2)
	touch "$WORK/broken/$CLUSTER-worker-1"
	roll --only "$CLUSTER-worker-1,$CLUSTER-worker-2"
	expect "a machine that does not come: it stops there" 1 "stopped at $CLUSTER-worker-1: terraform apply ended with code 1"
	equal "a machine that does not come: the other one is as it was" "$other" "$(id_of worker-2)"
	check "a machine that does not come: the service is whole" within 60 is_whole 4
	rm "$WORK/broken/$CLUSTER-worker-1"
	roll --only "$CLUSTER-worker-1"
	expect "a machine that does not come: the next run goes on" 0 "$CLUSTER-worker-1: an earlier run has left it half-way"
	equal "a machine that does not come: the other one is outdated still" 'manager-1 worker-2' "$(planned)"
}

# mutant scripts/roll -: or name in self.given.only => or True
#   fails one of them: it alone is another one
test_only() {
	local other manager
	other=$(id_of worker-1) manager=$(id_of manager-1)
	roll --only "$CLUSTER-worker-2"
	expect "one of them: done" 0 "none of $CLUSTER-worker-2 is outdated; 1 replaced"
	equal "one of them: it alone is another one" "$other $manager" "$(id_of worker-1) $(id_of manager-1)"
	equal "one of them: the others are outdated still" 'manager-1' "$(planned)"
}

# Both workers at once would be too many for what is looked at here.
BOTH="$CLUSTER-worker-1,$CLUSTER-worker-2"

# mutant scripts/roll.d/terraform.py -: self.count > 0 => False
#   fails interrupted once: it ends after the batch
test_interrupted() {
	local other
	cluster 1 2 c
	other=$(id_of worker-2)
	start_roll --only "$BOTH"
	check "interrupted once: a node is drained" within 60 drained worker-1
	kill -INT -- "-$ROLLING"
	ended_roll
	expect "interrupted once: it ends after the batch" 130 "interrupted; 1 of 2 are done"
	equal "interrupted once: the first is done, the other one is as it was" "$other manager-1 worker-2" "$(id_of worker-2) $(planned)"

	start_roll --only "$BOTH"
	check "interrupted twice: a node is drained" within 60 drained worker-2
	kill -INT -- "-$ROLLING"
	sleep 0.2
	kill -INT -- "-$ROLLING"
	ended_roll
	expect "interrupted twice: at once" 130 "stopping at once; terraform is interrupted"
	equal "interrupted twice: no other node was touched" 'manager-1 worker-2' "$(planned)"
	roll --only "$BOTH"
	expect "interrupted twice: the next run goes on" 0 "is outdated; 1 replaced"
	whole "interrupted twice"
}

# mutant scripts/roll.d/terraform.py -: start_new_session=True, env => start_new_session=False, env
#   fails killed: terraform ends what it does, and the next run goes on
test_killed() {
	cluster 1 2 d
	start_roll --only "$BOTH"
	check "killed: a node is drained" within 60 drained worker-1
	kill -KILL -- "-$ROLLING"
	ended_roll
	roll --only "$BOTH"
	expect "killed: terraform ends what it does, and the next run goes on" 0 "1 outdated; in this order: $CLUSTER-worker-2"
	whole "killed"
}

# mutant scripts/roll.d/order.py -: len(managers) == 1 => False
#   fails a sole manager: moved, beside two others
test_sole_manager() {
	local was
	cluster 1 2 e
	was=$(id_of manager-1)
	roll --surge 1
	expect "a sole manager: moved, beside two others" 0 "adding 2 to group manager for the time of the roll"
	sed 's/^/# /' "$WORK/err"
	cp "$WORK/err" "$WORK/roll"
	check "a sole manager: it is another machine" test "$was" != "$(id_of manager-1)"
	check "a surge: a worker comes before another one goes" grep -F "adding 1 to group worker for the time of the roll" "$WORK/roll"
	whole "a sole manager"
	tf destroy -auto-approve
	expect "destroyed" 0 "Destroy complete!"
}

begin_machines
play test_begin test_dry_run test_broken test_only test_interrupted test_killed test_sole_manager
finish_tests
