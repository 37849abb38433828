#!/usr/bin/env bash
# test-restore-from.sh - terraform/lab whose machines are all lost, with their disks: the next cluster
# begins with an archive of the first, is the same swarm with the same tokens and services, and a
# cluster that lives takes no notice of any archive. And docs/backup.md word for word where it has
# Terraform: output backup, and the drill.
set -euo pipefail

CLUSTER=fltfrom
SUBNET=10.208.17
SUBNET_2=10.208.61
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

M=$CLUSTER-manager-1

# ---- the cluster ----

# cluster MANAGERS SWARM: what the cluster's file says; its network is $LAN.
LAN=$SUBNET
cluster() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: $1 }, worker: { count: 1 } }
		swarm: { $2 }
		lab: { subnet: $LAN.0/24 }
	EOF
}

BACKUP="backup: { to: $WORK/archives, encrypt_to: $WORK/to-whom.crt }"
# from ARCHIVE [MORE]
from() { echo "restore_from: { from: $1, decrypt_with: $WORK/to-whom.key${2+, $2} }"; }

apply() { tf apply -auto-approve; }
nothing_to_do() {
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

# backup NAME: the command of the output, in the root's folder; $ARCHIVE, and $NODE that it is of
backup() {
	rm -rf "$WORK/archives"
	mkdir "$WORK/archives"
	# shellcheck disable=SC2016 # as the page has it
	check "$1: the command of output backup, word for word" readme_run "$ROOT/docs/backup.md" '$(terraform output -raw backup)' "$DIR" ''
	grep '^{' "$WORK/said" >"$WORK/out" || return 0
	ARCHIVE=$(result file) NODE=$(result node_id)
}

# All machines and their disks, behind Terraform's back
lose_all() {
	local host
	for host in $("$LAB" list "$CLUSTER" | cut -f 2); do "$LAB" down "$CLUSTER" "$host"; done
}

# lost NAME: Terraform gives up what is gone.
lost() {
	lose_all
	tf destroy -auto-approve
	expect "$1: a destroy of machines that are gone" 0 "Destroy complete!"
}

identity() {
	at "$M" sh -c 'docker info --format "{{.Swarm.Cluster.ID}}" && docker swarm join-token -q manager && docker swarm join-token -q worker' | paste -sd ' '
}
configs() { at "$M" docker config ls --format '{{.Name}}' | sort | paste -sd ' '; }
config() { echo "$1" | at "$M" docker config create "$1" - >"$WORK/said"; }
list() {
	at "$M" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sed "s/^$CLUSTER-//" | sort | paste -sd ,
}
start_work() {
	at "$M" docker service create -q --detach --no-resolve-image --name web --replicas 2 --constraint node.role==worker \
		--restart-delay 200ms lab/busybox sleep 1000 >"$WORK/said"
}
is_whole() { [ "$(at "$M" docker service ls --format '{{.Name}} {{.Replicas}}')" = 'web 2/2' ]; }
has_image() { "$LAB" image "$CLUSTER" "$CLUSTER-worker-1" >/dev/null; }

# ---- tests ----

# mutant modules/swarm/main.tf module.init: local.restores => false
#   fails all machines lost: the same swarm and tokens
# mutant modules/swarm/restore.tf local.restore_query: var.restore_from.decrypt_with => null
#   fails all machines lost: put back
test_sole() {
	local was
	cluster 1 "$BACKUP"
	apply
	expect "a cluster: made" 0 "Apply complete!"
	was=$(identity)
	start_work
	config kept
	backup "a cluster"
	config younger
	cluster 1 "$(from "$ARCHIVE")"
	tf plan
	expect "an archive beside a cluster that lives: nothing but an output would change" 0 "Changes to Outputs"
	apply
	expect "an archive beside a cluster that lives: applied" 0 "0 added, 0 changed, 0 destroyed"
	equal "an archive beside a cluster that lives: it is as it was" "$was kept younger" "$(identity) $(configs)"

	lost "all machines lost"
	apply
	expect "all machines lost: put back" 0 "Apply complete!"
	equal "all machines lost: the same swarm and tokens" "$was" "$(identity)"
	equal "all machines lost: what it had then" kept "$(configs)"
	equal "all machines lost: all nodes are there, and no other" 'manager-1 manager active ready,worker-1 worker active ready' "$(list)"
	has_image
	check "all machines lost: the service runs on the new worker" within 60 is_whole
	nothing_to_do "all machines lost"
	cluster 1 "$(from "$WORK/archives/gone.tar.gz")"
	nothing_to_do "all machines lost, an archive that is not there"
	tf destroy -auto-approve
	expect "destroyed" 0 "Destroy complete!"
}

# As new machines of a cloud have other addresses
# mutant modules/swarm/restore.tf local.restore_query: var.nodes[local.restored].private_address => null
#   fails other addresses: put back
test_moved() {
	local was
	cluster 1 "$BACKUP"
	apply
	expect "other addresses: made" 0 "Apply complete!"
	was=$(identity)
	start_work
	config kept
	backup "other addresses"
	lost "other addresses"
	LAN=$SUBNET_2
	cluster 1 "$(from "$ARCHIVE")"
	apply
	expect "other addresses: the manager of the archive may live on" 1 "gone"
	cluster 1 "$(from "$ARCHIVE" "gone: [$M]")"
	apply
	expect "other addresses: put back" 0 "Apply complete!"
	equal "other addresses: the same swarm and tokens" "$was" "$(identity)"
	equal "other addresses: what it had then" kept "$(configs)"
	equal "other addresses: all nodes are there, and the lost worker as Down" \
		'manager-1 manager active ready,worker-1 worker active down,worker-1 worker active ready' "$(list)"
	check "other addresses: the manager tells its new one" is_at "$LAN"
	has_image
	check "other addresses: the service runs on the new worker" within 60 is_whole
	nothing_to_do "other addresses"
	tf destroy -auto-approve
	expect "other addresses: destroyed" 0 "Destroy complete!"
	LAN=$SUBNET
}

# is_at SUBNET: where the manager says that it is
is_at() { at "$M" docker node inspect --format '{{.ManagerStatus.Addr}}' self | grep "^$1"; }

# node_named ID: the name of that node here
node_named() { at "$M" docker node inspect --format '{{.Description.Hostname}}' "$1"; }

# mutant modules/swarm/restore.tf local.restored: var.restore_from.manager => local.first
#   fails three managers lost: put back
test_three() {
	local was of
	cluster 3 "$BACKUP"
	apply
	expect "three managers: made" 0 "Apply complete!"
	was=$(identity)
	config kept
	backup "three managers"
	of=$(node_named "$NODE")
	lost "three managers lost"
	cluster 3 "$(from "$ARCHIVE" "manager: $of")"
	apply
	expect "three managers lost: put back" 0 "Apply complete!"
	equal "three managers lost: the same swarm and tokens" "$was" "$(identity)"
	equal "three managers lost: what it had then" kept "$(configs)"
	equal "three managers lost: all nodes are there, and no other" \
		"$(printf '%s active ready\n' manager-{1,2,3}' manager' 'worker-1 worker' | paste -sd ,)" "$(list)"
	nothing_to_do "three managers lost"
	tf apply -auto-approve "-replace=terraform_data.host[\"$of\"]"
	expect "three managers, the one of the archive replaced: applied" 0 "Apply complete!"
	equal "three managers, the one of the archive replaced: it is the same swarm" "$was" "$(identity)"
	tf destroy -auto-approve
	expect "three managers: destroyed" 0 "Destroy complete!"
}

test_drill() {
	unset TF_WORKSPACE
	check "the drill, word for word" readme_run "$ROOT/docs/backup.md" 'terraform workspace new drill' "$DIR" ''
	check "the drill: the config is there again" grep -E '^[a-z0-9]{25} +kept ' <(tail -n 2 "$WORK/said")
	check "the drill: and ends" drill_ends
}

drill_ends() { (cd "$DIR" && TF_WORKSPACE=drill "$TF" destroy -auto-approve -no-color); }

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/to-whom.key" -out "$WORK/to-whom.crt" -subj /CN=backup -days 2 2>"$WORK/openssl"
begin_root lab
play test_sole test_moved test_three test_drill
finish_tests
