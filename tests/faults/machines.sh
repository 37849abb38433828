# machines.sh - what the tests share that replace machines of terraform/lab with scripts/roll.
# Sourced after lib.sh and terraform.sh; ALL are the nodes.
# shellcheck shell=bash

# The engine of a host is to it what an image is to a cloud's machine; these are the same
# programs under other names. A host has the image of the services before it joins, and one
# whose name is in $WORK/broken does not come.
begin_machines() {
	begin_root lab
	mkdir -p "$WORK"/engines/{a,b,c,d,e,f,g}/usr "$WORK/broken"
	mv "$TREE/scripts/lab" "$TREE/scripts/lab-itself"
	cat >"$TREE/scripts/lab" <<-EOF
		#!/bin/sh
		[ "\$1" != up ] || [ ! -e "$WORK/broken/\$3" ] || { echo "lab: \$3 did not come up" >&2; exit 1; }
		"$TREE/scripts/lab-itself" "\$@" || exit
		[ "\$1" != up ] || "$TREE/scripts/lab-itself" image "\$2" "\$3" >/dev/null
	EOF
	chmod +x "$TREE/scripts/lab"
}

# cluster MANAGERS WORKERS ENGINE: what the cluster's file says.
cluster() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: $1 }, worker: { count: $2 } }
		lab: { subnet: $SUBNET.0/24, engine: $WORK/engines/$3 }
	EOF
}

# roll [OPTION...]: its exit code in CODE, what it says in $WORK/err.
roll() {
	CODE=0
	TF=$TF timeout 900 "$TREE/scripts/roll" "$DIR" "$@" >"$WORK/out" 2>"$WORK/err" || CODE=$?
}

# start_roll [OPTION...]: the same beside the test, in a process group as a terminal gives it one.
start_roll() {
	TF=$TF setsid "$TREE/scripts/roll" "$DIR" "$@" >"$WORK/rolling" 2>&1 &
	ROLLING=$!
}

# ended_roll: its exit code in CODE.
ended_roll() {
	CODE=0
	wait "$ROLLING" || CODE=$?
	: >"$WORK/out"
	cp "$WORK/rolling" "$WORK/err"
}

# A manager that answers
asked() {
	local host
	for host in "${ALL[@]}"; do
		if at "$host" timeout 5 docker node ls >/dev/null 2>&1; then echo "$host" && return; fi
	done
	return 1
}

swarm() { at "$(asked)" "$@"; }

# node_ids: of every node, sorted.
node_ids() { swarm docker node ls -q | sort; }

id_of() { swarm docker node ls --format '{{.Hostname}} {{.ID}}' | sed -n "s/^$CLUSTER-$1 //p"; }

# identity: the swarm's ID and its tokens.
identity() {
	swarm sh -c 'docker info --format "{{.Swarm.Cluster.ID}}" && docker swarm join-token -q manager && docker swarm join-token -q worker' | paste -sd ' '
}

# list: "hostname role availability state" of every node.
list() {
	swarm sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sed "s/^$CLUSTER-//" | sort | paste -sd ,
}

outdated() { TF_WORKSPACE=$CLUSTER "$TF" -chdir="$DIR" output -json outdated | jq -r 'keys | join(" ")' | sed "s/$CLUSTER-//g"; }

# What the plan says is outdated, now
planned() {
	tf plan "-out=$WORK/plan"
	TF_WORKSPACE=$CLUSTER "$TF" -chdir="$DIR" show -json "$WORK/plan" | jq -r '.planned_values.outputs.outdated.value | keys | join(" ")' | sed "s/$CLUSTER-//g"
}

# nothing_to_do NAME: the plan would change nothing, outputs included.
nothing_to_do() {
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

# web REPLICAS SECONDS: a service on workers whose tasks need that long to stop, and answer
# meanwhile, at a port of their node's.
web() {
	swarm docker swarm update --task-history-limit 100 >/dev/null
	swarm docker service create -q --detach=false --no-resolve-image --name web --replicas "$1" --constraint node.role==worker \
		--publish mode=host,target=8000 --stop-grace-period 60s --restart-delay 100ms lab/busybox \
		sh -c "trap 'sleep $2; exit 0' TERM; mkdir /tmp/w; echo ok >/tmp/w/index.html; httpd -f -p 8000 -h /tmp/w & while :; do sleep 0.2; done" >/dev/null
}

is_whole() { [ "$(swarm docker service ls --format '{{.Replicas}}')" = "$1/$1" ]; }

# Tasks that are no longer wanted, and how they ended: each by itself. There were $1 or more.
ended_well() {
	swarm sh -c 'docker service ps -q --no-trunc web | xargs docker inspect --format \
		"{{.DesiredState}} {{.Status.State}} {{with .Status.ContainerStatus}}{{.ExitCode}}{{end}}"' >"$WORK/tasks"
	grep '^shutdown ' "$WORK/tasks" | sort | uniq -c | tee "$WORK/stopped"
	! grep -vE ' shutdown (shutdown|complete) 0$' "$WORK/stopped" && [ "$(grep -c '^shutdown ' "$WORK/tasks")" -ge "$1" ]
}
