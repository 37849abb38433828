#!/usr/bin/env bash
# test-host-keys.sh - host_key_source = "console": instances that publish their host keys, read by
# the AWS CLI with one right more than policy.json has.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsh
M=$C-manager-1
PATH=$("$ROOT/scripts/python-tools" awscli):$PATH

write_file() {
	cluster "{groups: {worker: {count: $1}}, docker: {source: \"distribution\"}, ssh: {private_key: \"$WORK/key\"},
		aws: {ssh_cidrs: [\"$OPERATOR\"], public_key: \"$(cat "$WORK/key.pub")\", image: {id: \"$IMAGE\", user: \"root\"}, zone_count: 1, host_key_source: \"console\"}}"
}

# give_right: what docs/aws.md has for it
give_right() {
	aws iam put_user_policy "$(grep -B2 -A3 '"Action": "ec2:GetConsoleOutput"' "$ROOT/docs/aws.md" |
		jq '{UserName: "terraform", PolicyName: "console", PolicyDocument: ({Version: "2012-10-17", Statement: [.]} | tojson)}')" >/dev/null
}

kept_keys() {
	tf show -json | jq -r '.. | objects | select(.type? == "terraform_data" and .name? == "this" and (.address // "" | contains(".host_keys."))) |
		select(.values.output != "") | "\(.index) \(.values.output)"' | sort
}
own_keys() { for node; do echo "$node $(on "$node" cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"; done; }

# mutant modules/aws/outputs.tf output.nodes: host_key_command => null
#   fails without the right to look
test_console() {
	write_file 1
	fails apply "without the right to look" "EC2 does not show its console (ec2:GetConsoleOutput)" --
	give_right
	OPTIONS=()
	apply "with it"
	equal "all nodes are ready" "$M=manager=ready $C-worker-1=worker=ready" "$(names_of "$M")"
	equal "what they have published is in the state" "$(own_keys "$M" "$C-worker-1")" "$(kept_keys)"
	empty_plan "the next plan is empty"
}

test_forged() {
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/stranger"
	cut -d' ' -f1,2 "$WORK/stranger.pub" >"$WORK/bridge/forge"
	write_file 2
	fails apply "another host key than the one that was published" "$C-worker-2" "the host key that it shows is not the one that it has published" --
	rm "$WORK/bridge/forge"
	OPTIONS=()
	apply "a new instance in its place" -replace "module.aws.aws_instance.node[\"$C-worker-2\"]"
	OPTIONS=()
	destroy "destroy"
	nothing_left "destroy"
}

begin
init terraform/aws
workspace $C
play test_console test_forged
finish_cloud
