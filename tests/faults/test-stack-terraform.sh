#!/usr/bin/env bash
# test-stack-terraform.sh - modules/swarm and modules/stack in one root: a swarm with a stack from one apply, changed,
# changed by hand, with another secret, a bad version, interrupted, and gone with the swarm.
set -euo pipefail

CLUSTER=fltstt
SUBNET=10.208.42
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

# A manager and two workers, with a stack on them
begin_stacked() {
	DIR=$TREE/terraform/stacked
	mkdir -p "$DIR"
	cp -R "$ROOT/modules" "$ROOT/scripts" "$TREE/"
	ln -s "$BIN" "$TREE/bin"
	[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
	export TF_IN_AUTOMATION=1 TF_INPUT=0
	cat >"$DIR/main.tf" <<-EOF
		terraform {
		  required_version = ">= 1.9"
		}

		variable "tag" {
		  type    = string
		  default = "1"
		}

		variable "contents_version" {
		  type    = number
		  default = 1
		}

		module "swarm" {
		  source  = "../../modules/swarm"
		  cluster = "$CLUSTER"
		  nodes = {
		    "$(name 1)" = { role = "manager", machine = "1", ssh_host = "$(addr 1)", private_address = "$(addr 1)" }
		    "$(name 2)" = { role = "worker", machine = "2", ssh_host = "$(addr 2)", private_address = "$(addr 2)" }
		    "$(name 3)" = { role = "worker", machine = "3", ssh_host = "$(addr 3)", private_address = "$(addr 3)" }
		  }
		  ssh = { private_key = "$WORK/key", known_hosts = "$WORK/known_hosts", host_key_policy = "accept-new" }
		}

		module "web" {
		  source           = "../../modules/stack"
		  name             = "web"
		  swarm            = module.swarm.managers
		  after            = module.swarm.nodes
		  compose_file     = "\${path.module}/web.yml"
		  environment      = { TAG = var.tag }
		  config_files     = { site = "\${path.module}/site.conf" }
		  secret_env       = { password = "DB_PASSWORD" }
		  contents_version = var.contents_version
		  resolve_image    = "never"
		  monitor          = "1s"
		  max_failures     = 2
		  on_failure       = "rollback"
		  detect_drift     = true
		}
	EOF
	"$ROOT/scripts/providers" init "$DIR" "$TF" >"$WORK/out" 2>"$WORK/err" || failed "terraform init"
}

# compose COMMAND
compose() {
	cat >"$DIR/web.yml" <<-EOF
		version: "3.8"
		services:
		  api:
		    image: lab/busybox
		    command: $1
		    environment: { TAG: "\${TAG}" }
		    configs: [site]
		    secrets: [password]
		    deploy: { replicas: 3, restart_policy: { delay: 200ms } }
	EOF
}

SLEEP="sh -c 'trap \"exit 0\" TERM; while :; do sleep 0.2; done'"
export DB_PASSWORD=hunter2-secret

services() { on 1 docker service ls --format '{{.Name}} {{.Replicas}}' | paste -sd ,; }
in_task() {
	local n
	for n in $(seq "$HOSTS"); do [ -z "$(on "$n" docker ps -q -f name=^web_api)" ] || break; done
	on "$n" sh -c "docker ps -q -f name=^web_api | head -n 1 | xargs -I C docker exec C $1"
}
plan_is_empty() { tf plan -detailed-exitcode; expect "$1: nothing is left to do" 0; }
apply() { tf apply -auto-approve "$@"; }
no_secret() { if grep -rqsF hunter2 "$DIR" "$WORK/out" "$WORK/err"; then failed "$1"; else passed "$1"; fi; }

# interrupted: an apply that gets SIGINT, as from Ctrl-C, with all that it has started, once it
# says TEXT
interrupted() {
	local group
	setsid "$TF" -chdir="$DIR" apply -no-color -auto-approve "${@:2}" >"$WORK/out" 2>"$WORK/err" </dev/null &
	group=$!
	within 60 grep -qF "$1" "$WORK/out" || true
	kill -INT -- "-$group" 2>/dev/null || true
	CODE=0
	wait "$group" || CODE=$?
}

test_stack() {
	compose "$SLEEP"
	printf one >"$DIR/site.conf"
	apply
	expect "a swarm with a stack: from one apply" 0 'Apply complete!'
	no_secret "a swarm with a stack: no secret in the state or the output"
	equal "a swarm with a stack: whole" 'web_api 3/3' "$(services)"
	equal "a swarm with a stack: its secret" hunter2-secret "$(in_task 'cat /run/secrets/password')"
	plan_is_empty "a swarm with a stack"

	printf two >"$DIR/site.conf"
	apply -var tag=2
	expect "a change: applied" 0 'Apply complete!'
	equal "a change: the config is another one" two "$(in_task 'cat /site')"
	equal "a change: and the variable" 2 "$(in_task env | sed -n 's|^TAG=||p')"
	tf plan -detailed-exitcode -var tag=2
	expect "a change: nothing is left to do" 0

	on 1 docker service scale --detach web_api=1 >/dev/null
	tf plan -detailed-exitcode -var tag=2
	expect "changed by hand: noticed by a plan" 2
	apply -var tag=2
	expect "changed by hand: put back" 0 'Apply complete!'
	equal "changed by hand: whole again" 'web_api 3/3' "$(services)"
	DB_PASSWORD=hunter2-other
	apply -var tag=2
	expect "another secret: noticed and applied" 0 'Apply complete!'
	equal "another secret: it is there" hunter2-other "$(in_task 'cat /run/secrets/password')"
	no_secret "another secret: none in the state or the output"
	unset DB_PASSWORD
	tf plan -detailed-exitcode -var tag=2
	expect "a plan without the secret: nothing to do" 0
	export DB_PASSWORD=hunter2-other

	compose "sh -c 'echo no database here; exit 3'"
	apply -var tag=2
	expect "a bad version: the apply fails with its last words" 1 'no database here'
	expect "a bad version: and says that the one before is back" 1 'is back, and whole'
	equal "a bad version: the one before is whole" 'web_api 3/3' "$(services)"
	compose "$SLEEP"
	apply -var tag=2
	expect "mended: applied" 0 'Apply complete!'

	local step
	for step in 'new secret' 'deploying version' 'running, '; do
		DB_PASSWORD=hunter2-${step%% *}
		interrupted "$step" -var tag=2 -var "contents_version=$((RANDOM + 2))"
		apply -var tag=2 -var contents_version=1
		expect "Ctrl-C at \"$step\": the next apply ends well" 0 'Apply complete!'
		equal "Ctrl-C at \"$step\": whole" 'web_api 3/3' "$(services)"
		equal "Ctrl-C at \"$step\": with that secret" "hunter2-${step%% *}" "$(in_task 'cat /run/secrets/password')"
	done

	unset DB_PASSWORD
	tf destroy -auto-approve
	expect "destroyed, without the secret at hand" 0 'Destroy complete!'
	equal "destroyed: the stack went first" 'module.web.terraform_data.remove' \
		"$(grep -oE '^module\.(web|swarm)\.terraform_data\.(remove|drain)(\[0\])?: Destruction complete' "$WORK/out" | head -n 1 | cut -d : -f 1)"
	check "destroyed: no host is in a swarm" none_in_swarm
}

none_in_swarm() { local n; for n in $(seq "$HOSTS"); do in_no_swarm "$n" || return 1; done; }

lab_begin "$HOSTS"
images $(seq "$HOSTS")
begin_stacked
play test_stack
finish_tests
