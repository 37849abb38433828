# lib.sh - what the tests on Scaleway share: a fake of its API, and an emulator bridge that boots a lab host
# for every server. Sourced by tests/scaleway/test-*.sh, which tests/run runs.
# shellcheck shell=bash

LAB_NAME=scw
PUBLIC=203.0.113.0/24 # where the fake takes public addresses from
# The address that network-up gives whoever runs terraform
export OPERATOR=203.0.113.1/32
FAKE=http://127.0.0.1:4599
# shellcheck source-path=SCRIPTDIR source=../cloud/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../cloud/lib.sh"

# Keys of the fake's one user; nobody's.
export PUBLIC SCW_API_URL=$FAKE SCW_CONFIG_PATH=/nonexistent \
	SCW_ACCESS_KEY=SCWXXXXXXXXXXXXXXXXX SCW_SECRET_KEY=11111111-2222-4333-8444-555555555555 \
	SCW_DEFAULT_PROJECT_ID=11111111-1111-4111-8111-111111111111 \
	SCW_DEFAULT_ORGANIZATION_ID=11111111-1111-4111-8111-111111111111
unset SCW_PROFILE SCW_DEFAULT_REGION SCW_DEFAULT_ZONE

# ask METHOD PATH [JSON]: the fake's answer
ask() {
	local data=()
	[ -z "${3-}" ] || data=(--data "$3" -H 'Content-Type: application/json')
	curl -sS --fail --max-time 10 -X "$1" -H "X-Auth-Token: $SCW_SECRET_KEY" "${data[@]}" "$FAKE$2"
}

# What the fake holds, through a filter of jq
state() { ask GET /_fake/state | jq -c "$1"; }

fake_answers() { ask GET /_fake/unknown >/dev/null 2>&1; }

begin() {
	begin_cloud
	ssh-keygen -q -t ed25519 -N '' -C stranger -f "$WORK/stranger"
	python3 "$ROOT/tests/scaleway/fake" 4599 2>"$WORK/fake.log" &
	STARTED+=($!)
	within 60 fake_answers
	start_bridge "$ROOT/tests/scaleway/bridge" "$FAKE" "$LAB_NAME" "$WORK/bridge"
	ask POST /iam/v1alpha1/ssh-keys "$(jq -n --arg key "$(cat "$WORK/key.pub")" \
		'{name: "test", public_key: $key, project_id: env.SCW_DEFAULT_PROJECT_ID}')" >/dev/null
}

# Ends with the calls that the fake does not know, and with the sum of the checks.
finish() {
	equal "the fake knew every call" '[]' "$(ask GET /_fake/unknown | jq -c .)"
	finish_cloud
}

# nothing_left NAME: neither at Scaleway, but for the test's own key, nor in the lab
nothing_left() {
	equal "$1: nothing is left at Scaleway" '[]' "$(state 'keys - ["key"]')"
	check "$1: no host has power" within 60 no_power
}

# leaves_first NAME: in the last destroy, every node had left before its way there went
leaves_first() {
	went_after "$1: rules, addresses and networks went after every leave" \
		'terraform_data\.leave\[' 'scaleway_(vpc|instance_(ip|security|placement))[a-z_]*\.'
}
