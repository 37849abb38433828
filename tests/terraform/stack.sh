#!/usr/bin/env bash
# What deploys a stack, what deploys it again, and what takes it away: modules/stack with executables that
# only log.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

begin() {
	copy_tree
	CLUSTER=$TREE/tests/terraform/stack
	LOGS=$TREE/logs
	mkdir "$LOGS" "$TREE/swarm" "$TREE/keys"
	stub_helpers "$TREE/bin"
	export STUB_LOG=$LOGS/log STUB_SWARM=$TREE/swarm STUB_KEYS=$TREE/keys TF_VAR_helpers=$TREE/bin
	printf 'services: {}\n' >"$CLUSTER/web.yml"
	printf 'one' >"$CLUSTER/site.conf"
	"$ROOT/scripts/providers" init "$CLUSTER" "$TF" 2>"$LOGS/init" || { cat "$LOGS/init"; exit 1; }
}

# stacks ENTRY...: an apply of these
stacks() {
	local IFS=,
	# shellcheck disable=SC2034 # empty_plan and destroy read it
	NODES="stacks={$*}"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" "${EXTRA[@]}" >"$LOGS/out" 2>&1
}

# does NAME RAN ENTRY...: an apply that runs just that, with nothing left to do
does() {
	local name=$1 wanted=$2
	shift 2
	succeeds "$name" stacks "$@"
	equal "$name: what runs" "$wanted" "$(ran)"
	plan_is_empty "$name"
}

in_no_state() { ! grep -qF "$1" "$CLUSTER/terraform.tfstate"; }

# mutant modules/stack/main.tf module.deploy: var.contents_version => 1
#   fails another secret: deployed again
# mutant modules/stack/main.tf terraform_data.remove: triggers_replace = 1
#   fails another name: the old one goes, the new one comes
test_changes() {
	does "a stack" 'deploy-stack web' 'web={}'
	equal "a stack: what is asked" '"2m 20m rollback 5 5s always {\"password\":\"DB_PASSWORD\"} {\"registry.example.com\":\"REGISTRY_PASSWORD\"}"' \
		"$(asked deploy-stack web | jq '[.rollback_timeout, .timeout, .on_failure, .max_failures, .monitor, .resolve_image, .secret_env, .registry_passwords] | join(" ")')"
	equal "a stack: of whom" '192.0.2.11 root@192.0.2.12:22' "$(asked deploy-stack web | jq -r '[.host, .managers] | join(" ")')"
	does "the same again" '' 'web={}'
	does "another tag" 'deploy-stack web' 'web={tag="2"}'
	printf 'two' >"$CLUSTER/site.conf"
	does "another config" 'deploy-stack web' 'web={tag="2"}'
	printf 'services: { a: {} }\n' >"$CLUSTER/web.yml"
	does "another compose file" 'deploy-stack web' 'web={tag="2"}'
	does "another secret: deployed again" 'deploy-stack web' 'web={tag="2",contents_version=2}'
	does "another password of a registry" 'deploy-stack web' 'web={tag="2",contents_version=2,password_version=2}'
	does "how long alone" '' 'web={tag="2",contents_version=2,password_version=2,monitor="9s"}'
	does "a second stack" 'deploy-stack api' 'web={tag="2",contents_version=2,password_version=2,monitor="9s"}' 'api={}'
	does "one less" 'remove-stack web' 'api={}'
	equal "one less: what is asked" '3m no-swarm' "$(asked remove-stack web | jq -r '[.timeout, .on_no_manager] | join(" ")')"

	export STUB_FAIL='deploy-stack api'
	refused "a deploy that fails" stacks 'api={tag="3"}'
	unset STUB_FAIL
	does "a deploy that failed: the next apply deploys again" 'deploy-stack api' 'api={tag="3"}'

	export STUB_FAIL='remove-stack api'
	refused "a removal that fails" destroy
	unset STUB_FAIL
	succeeds "a removal that failed: the next destroy" destroy
	equal "a removal that failed: it removes it" 'remove-stack api' "$(ran)"
	equal "all is gone" 0 "$(jq '.resources | length' "$CLUSTER/terraform.tfstate")"
}

# mutant modules/stack/drift.tf local.drifted: "as-deployed" => "nothing"
#   fails drift: nothing drifted, nothing is done
test_drift() {
	EXTRA=(-var detect_drift=true)
	succeeds "drift: a stack" stacks 'web={}'
	equal "drift: a stack: deployed" 'deploy-stack web' "$(ran | tr , '\n' | grep -v describe)"
	does "drift: nothing drifted, nothing is done" 'describe-stack web' 'web={}'
	export STUB_STACK=changed
	refused "drift: a plan has something to do" empty_plan
	succeeds "drift: put back" stacks 'web={}'
	equal "drift: put back: deployed" 'deploy-stack web' "$(ran | tr , '\n' | grep -v describe)"
	unset STUB_STACK
	plan_is_empty "drift: put back"
	export STUB_REACHABLE=false STUB_STACK=unknown
	plan_is_empty "drift: nobody answers"
	succeeds "drift: nobody answers: a destroy" destroy
	unset STUB_REACHABLE STUB_STACK
}

begin
play test_changes test_drift
finish_tests
