#!/usr/bin/env bash
# test-page.sh - the commands of docs/store.md as they stand there, by somebody whose home folder holds a
# key and the host keys, against moto at the names of Amazon's own services.
set -euo pipefail

if [ "${1-}" = --fetch ]; then
	TOP=$(dirname -- "${BASH_SOURCE[0]}")/../..
	exec "$TOP/scripts/python-tools" moto awscli >/dev/null
fi
# A mount namespace of its own, for a home folder and an /etc/hosts of its own: ssh goes by
# the user's entry in /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

CLUSTER=dev
# That of the page
SUBNET=10.0.1
# shellcheck source-path=SCRIPTDIR source=../faults/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../faults/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

PAGE=$ROOT/docs/store.md
MINE=$WORK/mine
NAMES=(dynamodb.eu-west-1.amazonaws.com ssm.eu-west-1.amazonaws.com)
HOSTS=4
MOTO=

end() {
	[ -z "$MOTO" ] || kill "$MOTO" 2>/dev/null || true
	umount /etc/hosts 2>/dev/null || true
	clean_up
}

machines_begin() {
	local n
	lab_begin "$HOSTS"
	install -d -m 700 "$HOME/.ssh"
	cp "$WORK/key" "$HOME/.ssh/id_ed25519"
	for n in $(seq "$HOSTS"); do ssh -o StrictHostKeyChecking=accept-new "root@$(addr "$n")" true </dev/null || return 1; done
	new_swarm manager manager manager
	on 4 sh -c 'cat >/usr/local/bin/join-node && chmod 755 /usr/local/bin/join-node' <"$BIN/join-node"
	printf "$SUBNET.1 %s\n" "${NAMES[@]}" | on 4 sh -c 'cat >>/etc/hosts'
}

answers() { curl -s -o /dev/null --max-time 2 --cacert "$WORK/tls.crt" "https://${NAMES[0]}/"; }

# At the names that Amazon's have, for this test alone
aws_begin() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$WORK/tls.crt" -subj "/CN=${NAMES[0]}" \
		-addext "subjectAltName=$(printf 'DNS:%s,' "${NAMES[@]}" | sed 's/,$//')" -days 2 2>"$WORK/openssl"
	{ cat /etc/hosts && printf '127.0.0.1 %s\n' "${NAMES[@]}"; } >"$WORK/hosts"
	mount --bind "$WORK/hosts" /etc/hosts
	"$PYTHON/python" "$ROOT/tests/store/fake" 0.0.0.0 443 -c "$WORK/tls.crt" -k "$WORK/tls.key" >"$WORK/moto.log" 2>&1 &
	MOTO=$!
	within 60 answers
}

# typed BEGINNING: the page's block that begins so; what it prints of its own is the result.
typed() {
	readme_run "$PAGE" "$1" "$MINE" '' || return 1
	grep -E '^\{"(outcome|cluster_id|manager)"' "$WORK/said" >"$WORK/result"
}

of_result() { jq -er ".$1" <(head -n "${2:-1}" "$WORK/result" | tail -n 1); }
token() { on 1 docker swarm join-token -q worker; }

# What is typed on host 4
typed_there() {
	on 4 sh -c 'cat >/etc/tls.crt' <"$WORK/tls.crt"
	readme_block "$PAGE" "$1" | on 4 env AWS_ACCESS_KEY_ID=AKTEST "AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY" AWS_CA_BUNDLE=/etc/tls.crt \
		AWS_EC2_METADATA_DISABLED=true bash -eo pipefail -s
}

is_worker() { nodes 1 | grep -x "$(name 4) worker active ready"; }

test_page() {
	check "a table, word for word" typed 'aws dynamodb create-table'
	equal "a table: what the page says of it" "written $(on 1 docker info --format '{{.Swarm.Cluster.ID}}') $(addr 1):2377,$(addr 2):2377,$(addr 3):2377" \
		"$(of_result outcome) $(of_result cluster_id) $(of_result managers)"
	check "a machine that joins itself, word for word" typed_there 'join-node --host unix:'
	check "a machine that joins itself: it is in" within 10 is_worker
	check "what is stored, word for word" typed 'fetch-tokens --store'
	equal "what is stored: what the page says of it" "$(token) true" "$(of_result worker) $(of_result reachable)"
	check "parameters, word for word" typed 'store-tokens --host 10.0.1.11 --store ssm:'
	equal "parameters: written" written "$(of_result outcome)"
	equal "parameters: what the page says that they hold" "$(token)" "$(of_result token 2)"
	check "removed, word for word" typed 'store-tokens --host 10.0.1.11 --store dynamodb:'
	equal "removed: it is" removed "$(of_result outcome)"
}

main() {
	PYTHON=$("$ROOT/scripts/python-tools" moto)
	PATH=$BIN:$("$ROOT/scripts/python-tools" awscli):$PATH
	readme_home
	unset "${!AWS_@}"
	trap end EXIT
	export PATH AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=a-secret-key-of-the-test AWS_CA_BUNDLE=$WORK/tls.crt AWS_EC2_METADATA_DISABLED=true PYTHONDONTWRITEBYTECODE=1
	mkdir "$MINE"
	check "machines at the addresses of the page" machines_begin
	check "a fake of AWS answers" aws_begin
	play test_page
	finish_tests
}

main
