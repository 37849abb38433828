#!/usr/bin/env bash
# Host keys in the state: fetch-host-key beside an sshd of its own, and what modules/swarm does
# with what it says, with executables that only log.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

PORT=2291
SSHD=

# ---- the executable ----

# sshd_with KEY...: answers on 127.0.0.1 with these host keys, and lets the test's key in.
sshd_with() {
	local key
	stop_sshd
	{
		printf '%s\n' "Port $PORT" 'ListenAddress 127.0.0.1' 'PidFile none' 'UsePAM no' 'StrictModes no' \
			"AuthorizedKeysFile $TREE/user.pub"
		for key; do echo "HostKey $TREE/$key"; done
		python3 "$ROOT/tests/lib/sshd.py"
	} >"$TREE/sshd_config"
	mkdir -p /run/sshd
	/usr/sbin/sshd -D -f "$TREE/sshd_config" 2>"$TREE/sshd.log" </dev/null &
	SSHD=$!
}

stop_sshd() {
	[ -n "$SSHD" ] || return 0
	kill "$SSHD" 2>/dev/null || true
	wait "$SSHD" 2>/dev/null || true
	SSHD=
}

# fetch OPTION...: its exit code in CODE. The file of known hosts is $FILE (known), the user $AS.
fetch() {
	CODE=0
	"$ROOT/bin/fetch-host-key" --host 127.0.0.1 --port "$PORT" --known-hosts "$TREE/${FILE-known}" --private-key "$TREE/${AS-user}" \
		--timeout "${TIME-20s}" "$@" >"$TREE/out" 2>"$TREE/err" </dev/null || CODE=$?
}

public() { cut -d ' ' -f 1,2 "$TREE/$1.pub"; }

# fetched NAME KEY: it has answered that this is the key.
fetched() { equal "fetch-host-key: $1" "0 $(public "$2")" "$CODE $(jq -r .host_key "$TREE/out")"; }

# not_fetched NAME CODE TEXT
not_fetched() {
	if [ "$CODE" = "$2" ] && [ ! -s "$TREE/out" ] && grep -qF -- "$3" "$TREE/err"; then
		passed "fetch-host-key: $1"
	else
		failed "fetch-host-key: $1 (exit code $CODE)" "$TREE/err"
	fi
}

# recorded NAME LINE...: what the file holds, as "host key" a line
recorded() {
	local name=$1
	shift
	equal "fetch-host-key: $name" "$(printf '%s\n' "$@")" "$(cat "$TREE/by-hand")"
}

# A key that was pinned goes into the file under the lock of all who write it, and the file has no
# say in who the host is.
record_by_hand() {
	local other
	other="[127.0.0.1]:$PORT $(public stranger)"
	FILE=by-hand fetch --host-key "$(public first)"
	check "fetch-host-key: a pinned key alone is not recorded" refuses test -e "$TREE/by-hand"
	FILE=by-hand fetch --host-key "$(public first)" --record yes
	fetched "a pinned key that is to be recorded" first
	FILE=by-hand fetch --host-key "$(public first)" --record yes
	recorded "a pinned key is recorded, once" "[127.0.0.1]:$PORT $(public first)"
	printf '%s' "$other" >"$TREE/by-hand"
	FILE=by-hand fetch --host-key "$(public first)" --record yes
	fetched "a pinned key, and another one in the file" first
	check "fetch-host-key: a pinned key, and another one in the file: it warns" grep -qF 'warning: host key changed: known' "$TREE/err"
	recorded "a pinned key, and another one in the file: that stays" "$other"
	printf 'elsewhere %s' "$(public first)" >"$TREE/by-hand"
	flock "$TREE/by-hand" "$ROOT/bin/fetch-host-key" --host 127.0.0.1 --port "$PORT" --known-hosts "$TREE/by-hand" --private-key "$TREE/user" \
		--host-key "$(public first)" --record yes >"$TREE/out" 2>"$TREE/err" </dev/null
	check "fetch-host-key: beside another one that writes: it warns" grep -qF 'has kept the file locked' "$TREE/err"
	recorded "beside another one that writes: nothing is written" "elsewhere $(public first)"
	FILE=by-hand fetch --host-key "$(public first)" --record yes
	recorded "a file without a last line end" "elsewhere $(public first)" "[127.0.0.1]:$PORT $(public first)"
}

# mutant helpers/hostkey/record.c known_hosts_add: add() => 0
#   fails fetch-host-key: a pinned key is recorded, once
# mutant helpers/fetch-host-key.c run: target_read() => target_read(&targets, q, NULL, false, false, e)
#   fails fetch-host-key: of a host that comes up meanwhile
test_executable() {
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/user"
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/stranger"
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/first"
	ssh-keygen -q -t ecdsa -N '' -f "$TREE/second"
	TIME=2s fetch --host-key-policy accept-new
	not_fetched "nobody there yet" 4 "nothing listens there"
	sshd_with first second
	fetch
	not_fetched "a key that nobody knows, strict" 1 "host key unknown"
	AS=stranger TIME=5s fetch --host-key-policy accept-new
	not_fetched "of a host that does not let the user in" 1 "refused user root's key"
	rm -f "$TREE/known"
	fetch --host-key-policy accept-new
	fetched "the key that it was shown" first
	equal "fetch-host-key: it is recorded" "[127.0.0.1]:$PORT $(public first)" "$(cat "$TREE/known")"
	FILE=none fetch --host-key "$(jq -r .host_key "$TREE/out")"
	fetched "what it says can be pinned" first
	fetch --host-key "$(public second)"
	fetched "the key that is known, and no other one of the host" second
	record_by_hand
	sshd_with stranger
	fetch --host-key-policy accept-new
	not_fetched "another host, where one is known" 1 "host key changed"
	stop_sshd
	(sleep 2 && exec /usr/sbin/sshd -D -f "$TREE/sshd_config" 2>"$TREE/sshd.log" </dev/null) &
	SSHD=$!
	FILE=none fetch --host-key-policy accept-new
	fetched "of a host that comes up meanwhile" stranger
	stop_sshd
}

# ---- in the state ----

keys() { tf output -json host_keys | jq -cS .; }

# pinned EXECUTABLE NODE: the hosts whose keys its last query pinned, or of a leave its state,
# and the policy
pinned() { asked "$1" "$2" | jq -r '[(.host_key // "" | split("\n")[] | split(" ")[0])] + [.host_key_policy] | join(" ")'; }
leave_pins() {
	tf show -json | jq -r --arg name "$1" '.. | objects | select(.name? == "leave" and .index? == $name) | .values.input.query
		| [(.host_key | split("\n")[] | split(" ")[0])] + [.host_key_policy] | join(" ")'
}

# mutant modules/swarm/host_keys/reading/main.tf data.external.this: for_each = { for name, new in local.new : name => terraform_data.read[name].id }
#   fails kept: another apply asks the manager alone
# mutant modules/swarm/host_keys.tf local.trust: distinct() => local.managers
#   fails kept: prepare-node pins its host and the manager
test_kept() {
	EXTRA=(-var token_delivery=state -var detect_drift=true)
	succeeds "kept" apply "$M1" "$W1"
	equal "kept: each in the state" '{"m1":"ssh-ed25519 key-of-m1","w1":"ssh-ed25519 key-of-w1"}' "$(keys)"
	equal "kept: the first use is the caller's policy" 'accept-new' "$(pinned fetch-host-key w1)"
	equal "kept: prepare-node pins its host and the manager" 'host-w1 host-m1 strict' "$(pinned prepare-node w1)"
	equal "kept: init-swarm pins its host" 'host-m1 strict' "$(pinned init-swarm m1)"
	equal "kept: join-node pins all nodes" 'host-m1 host-w1 strict' "$(pinned join-node w1)"
	equal "kept: so does the leave" 'host-w1 host-m1 strict' "$(leave_pins w1)"
	plan_is_empty "kept"
	: >"$STUB_LOG"
	echo 'ssh-ed25519 somebody-else' | tee "$STUB_KEYS/m1" >"$STUB_KEYS/w1"
	succeeds "kept: another apply" apply "$M1" "$W1"
	equal "kept: another apply asks the manager alone" 'describe-swarm m1,fetch-tokens m1' "$(ran)"
	equal "kept: by the key that was kept" 'host-m1 strict' "$(pinned describe-swarm m1)"
	equal "kept: so does who reads the tokens" 'host-m1 strict' "$(pinned fetch-tokens m1)"
	rm "$STUB_KEYS"/*
}

# mutant modules/swarm/host_keys.tf local.settled: returns local.managers
#   with test_kept
#   fails growth: no other node is asked, nor joins
test_growth() {
	succeeds "growth" apply "$M1" "$M2" "$M3" "$W1"
	equal "growth: no other node is asked, nor joins" \
		'fetch-host-key m2 x2,fetch-host-key m3 x2,join-node m2,join-node m3,machine-up m2,machine-up m3,prepare-node m2,prepare-node m3' \
		"$(grep -vE '^(describe-swarm|fetch-tokens)' "$STUB_LOG" | sort | uniq -c | counted | paste -sd, -)"
	equal "growth: every leave knows the new managers" 'host-w1 host-m1 host-m2 host-m3 strict' "$(leave_pins w1)"
	plan_is_empty "growth"
}

test_replaced() {
	echo 'ssh-ed25519 second-m1' >"$STUB_KEYS/m1"
	succeeds "replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1"
	equal "replaced: nobody else joins" 'drain-and-remove m1,fetch-host-key m1 x2,init-swarm m1,join-node m1,machine-down m1,machine-up m1,prepare-node m1' \
		"$(grep -vE '^(describe-swarm|fetch-tokens)' "$STUB_LOG" | sort | uniq -c | counted | paste -sd, -)"
	equal "replaced: the new key" 'ssh-ed25519 second-m1' "$(keys | jq -r .m1)"
	check "replaced: the old machine left by the old one" grep -q 'host-m1 ssh-ed25519 key-of-m1' "$LOGS/drain-and-remove.m1.json"
	equal "replaced: whom the plan asks is known" 'host-m2 host-m3 strict' "$(pinned describe-swarm m2)"
	plan_is_empty "replaced"
	echo 'ssh-ed25519 third-m1' >"$STUB_KEYS/m1"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" "${EXTRA[@]}" -replace='module.swarm.module.host_keys.module.first.terraform_data.read["m1"]' >"$LOGS/out" 2>&1
	equal "read again by hand: nothing else runs" 'fetch-host-key m1 x2' "$(grep -vE '^(describe-swarm|fetch-tokens)' "$STUB_LOG" | sort | uniq -c | counted | paste -sd, -)"
	equal "read again by hand: the new key" 'ssh-ed25519 third-m1' "$(keys | jq -r .m1)"
	plan_is_empty "read again by hand"
	rm "$STUB_KEYS/m1"
}

# One machine does not come up: the others do without it.
test_failure() {
	export STUB_FAIL='fetch-host-key w2'
	refused "one that cannot be read" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" 'w1={role="worker",machine="2"}' "$W2"
	unset STUB_FAIL
	equal "one that cannot be read: another one joins" 'drain-and-remove w1,fetch-host-key w1 x2,fetch-host-key w2,join-node w1,machine-down w1,machine-up w1,machine-up w2,prepare-node w1' \
		"$(grep -vE '^(describe-swarm|fetch-tokens)' "$STUB_LOG" | sort | uniq -c | counted | paste -sd, -)"
	succeeds "the same again" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" 'w1={role="worker",machine="2"}' "$W2"
	equal "the same again: each key is there" 'm1 m2 m3 w1 w2' "$(keys | jq -r '[to_entries[] | select(.value | startswith("ssh-ed25519 ")) | .key] | join(" ")')"
	equal "the same again: it joins" 'join-node w2' "$(grep join-node "$STUB_LOG")"
	plan_is_empty "the same again"
	succeeds "kept: destroy" destroy
	equal "kept: destroy: pins all of them" 'host-m1 host-m2 host-m3 host-w1 host-w2 strict' "$(pinned drain-swarm m1)"
	EXTRA=()
}

test_given() {
	EXTRA=(-var 'ssh={host_keys={m1="ssh-ed25519 given-m1\nssh-rsa given-m1-too",w1="ssh-ed25519 given-w1",elsewhere="ssh-ed25519 other"}}')
	succeeds "given" apply "$M1" "$W1"
	equal "given: nothing is read" 'init-swarm m1,join-node m1,join-node w1,machine-up m1,machine-up w1,prepare-node m1,prepare-node w1' "$(ran)"
	equal "given: the state has none" '' "$("$TF" -chdir="$CLUSTER" state list | grep -F host_keys || true)"
	equal "given: they are pinned" 'elsewhere host-w1 host-m1 host-m1 strict' "$(leave_pins w1)"
	EXTRA=(-var 'ssh={host_keys={m1="ssh-ed25519 given-m1"}}')
	succeeds "given for one" apply "$M1" "$W1"
	equal "given for one: the other one is read" 'fetch-host-key w1 x2' "$(ran)"
	plan_is_empty "given for one"
	succeeds "given: destroy" destroy
	EXTRA=(-var 'ssh={known_hosts=null,host_key_policy="strict"}')
	succeeds "without a file of the workspace's own" apply "$M1" "$W1"
	equal "without a file of the workspace's own: the first use is strict" 'strict' "$(pinned fetch-host-key w1)"
	equal "without a file of the workspace's own: pinned all the same" 'host-w1 host-m1 strict' "$(leave_pins w1)"
	plan_is_empty "without a file of the workspace's own"
	succeeds "without a file of the workspace's own: destroy" destroy
	EXTRA=()
}

# ---- published by the machine, on another way than SSH ----

# published WORD TIME COMMAND: published.sh with the real executable; its exit code in CODE
published() {
	CODE=0
	SWARM_QUERY=$(query) "$ROOT/modules/swarm/host_keys/published.sh" "$1" w1 "$2" "[127.0.0.1]:$PORT" "$3" "$ROOT/bin/fetch-host-key" \
		>"$TREE/out" 2>"$TREE/err" < <(query) || CODE=$?
}

query() {
	jq -n --arg port "$PORT" --arg tree "$TREE" '{host: "127.0.0.1", name: "w1", port: $port, private_key: "\($tree)/user",
		known_hosts: "\($tree)/recorded/known", record: "yes", host_key_policy: "strict", host_key: "elsewhere ssh-ed25519 AAAA\n@PUBLISHED@", timeout: "20s"}' |
		jq -c --arg key "$(public second)" '.host_key |= sub("ssh-ed25519 AAAA"; $key)'
}

# not_accepted NAME TEXT: it failed, said that, handed nothing on and recorded nothing.
not_accepted() {
	if [ "$CODE" = 1 ] && [ ! -s "$TREE/out" ] && grep -qF -- "$2" "$TREE/err" && [ ! -e "$TREE/recorded" ]; then
		passed "published: $1"
	else
		failed "published: $1 (exit code $CODE)" "$TREE/err"
	fi
}

test_published() {
	sshd_with first second
	published run 20s "echo '$(public stranger)'"
	not_accepted "another key than the server shows" "the host key that it shows is not the one that it has published"
	published run 20s "echo sorry"
	not_accepted "what is no key" "no list of public host keys"
	published run 20s "echo '$(public first)\\\", \\\"x'"
	not_accepted "a key with something behind it" "no list of public host keys"
	published run 3s "echo 404 >&2"
	not_accepted "nothing" "w1: it has published no host key within 3s, so nobody knows who answers there: 404"
	published run 3s "echo 'it hangs' >&2; sh -c 'sleep 7531; :'"
	not_accepted "by a command that never ends" "w1: it has published no host key within 3s, so nobody knows who answers there: it hangs"
	check "published: by a command that never ends: it is ended" within 20 refuses looks_on
	published run 20s "echo 'no rights' >&2; exit 1"
	not_accepted "nothing that can be read" "w1: its published host key cannot be read: no rights"
	published run 20s "printf 'no \033]0;r\302\233ights' >&2; exit 1"
	not_accepted "a reason that would drive a terminal" "cannot be read: no ?]0;r??ights"
	published key 20s "echo '$(public stranger)'"
	not_accepted "another key, read once more" "is not the one that it has published"
	published key 20s "echo '$(public first)'"
	equal "published: the one that the server shows" "0 $(public first)" "$CODE $(jq -r .host_key "$TREE/out")"
	rm -r "$TREE/recorded"
	published run 20s "test -e $TREE/later && { cat $TREE/first.pub; echo '$(public second) root@w1'; } || touch $TREE/later"
	equal "published: later, and of several types" "0 $(public first)" "$CODE $(jq -r .host_key "$TREE/out")"
	equal "published: it is recorded for those who go there by hand" "[127.0.0.1]:$PORT $(public first)" "$(cat "$TREE/recorded/known")"
	published run 20s "cat $TREE/first.pub"
	equal "published: recorded once" 1 "$(wc -l <"$TREE/recorded/known")"
	stop_sshd
}

# What a command runs that waits for keys
looks_on() { pgrep -f '^sleep 7531|published\.sh' >"$LOGS/going"; }

# published_cut_off SIGNAL: Terraform, while the keys of a machine are waited for by a command that hangs
published_cut_off() {
	EXTRA=(-var "host_key_command=sh -c 'sleep 7531; :'")
	(exec "$TF" -chdir="$CLUSTER" apply -no-color -auto-approve -var "nodes={$M1,$W1}" "${EXTRA[@]}") >"$LOGS/out" 2>&1 &
	check "published: cut off by SIG$1: it had begun" within 120 pgrep -f '^sleep 7531'
	kill "-$1" "$!"
	wait "$!" || true
	check "published: cut off by SIG$1: nothing goes on" within 20 refuses looks_on
	EXTRA=(-var "host_key_command=echo ssh-ed25519 NAME")
	succeeds "published: cut off by SIG$1: the next apply" apply "$M1" "$W1"
	plan_is_empty "published: cut off by SIG$1"
	succeeds "published: cut off by SIG$1: destroy" destroy
	EXTRA=()
}

# mutant modules/swarm/host_keys/published.sh: needed && in_time; do => in_time; do
#   fails published: cut off by SIGINT: nothing goes on
# mutant modules/swarm/host_keys/published.sh: group="timeout $((limit + 2))" => group=''
#   fails published: cut off by SIGINT: nothing goes on
test_published_cut_off() {
	published_cut_off INT
	published_cut_off KILL
}

# mutant modules/swarm/host_keys.tf local.first_query: local.first_published[name] => {}
#   fails published: the first use is strict, and pins what was published
test_published_in_the_state() {
	rm -f "$LOGS"/*.json
	EXTRA=(-var token_delivery=state -var detect_drift=true -var "host_key_command=echo ssh-ed25519 NAME")
	succeeds "published" apply "$M1" "$W1"
	equal "published: the first use is strict, and pins what was published" 'host-w1 ssh-ed25519 w1 strict' \
		"$(asked fetch-host-key w1 | jq -r '"\(.host_key) \(.host_key_policy)"')"
	equal "published: no other query is a first use" '' "$(grep -lE '"host_key_policy":"accept-new"' "$LOGS"/*.json || true)"
	equal "published: what the machine has proved is in the state" 'ssh-ed25519 key-of-w1' "$(keys | jq -r .w1)"
	equal "published: it is to be in the file of known hosts as well" yes "$(asked fetch-host-key w1 | jq -r .record)"
	plan_is_empty "published"
	EXTRA=(-var "host_key_command=echo it has none >&2; exit 1")
	: >"$STUB_LOG"
	succeeds "published: nobody looks again" apply "$M1" "$W1"
	equal "published: nobody looks again: nothing runs" '' "$(ran)"
	refused "published, not by one" apply "$M1" "$W1" "$W2"
	check "published, not by one: it is named, with the reason" grep -q 'w2: its published host key cannot be read: it has none' <(tr -s '\n│ ' ' ' <"$LOGS/out")
	equal "published, not by one: it is not connected to" 'machine-up w2' "$(grep w2 "$STUB_LOG")"
	EXTRA=()
	succeeds "published, not by one: it goes" apply "$M1" "$W1"
	equal "published, not by one: it goes: nobody is asked at its address" '"w2.unverified.invalid" "strict"' "$(asked drain-and-remove w2 | jq -c '.host, .host_key_policy' | paste -sd' ')"
	equal "published, not by one: it goes: the others keep theirs" '"host-w1"' "$(tf show -json | jq -c '.. | objects | select(.name? == "leave" and .index? == "w1") | .values.input.query.host')"
	EXTRA=(-var "host_key_command=echo it has none >&2; exit 1")
	succeeds "published: destroy" destroy
	equal "published: destroy: nobody is a first use" 'strict' "$(asked drain-swarm m1 | jq -r .host_key_policy)"
	EXTRA=()
}

test_bastion() {
	EXTRA=(-var 'ssh={bastion_host="gate",bastion_user="jump",bastion_machines=["1"]}')
	succeeds "a bastion" apply "$M1" "$W1"
	before "a bastion: its key is read before those behind it" '^fetch-host-key test-bastion' '^fetch-host-key [mw]1'
	equal "a bastion: asked directly" '["gate","","jump"]' "$(asked fetch-host-key test-bastion | jq -c '[.host, .bastion_host, .user]')"
	equal "a bastion: pinned on the way to a first use" 'gate accept-new' "$(pinned fetch-host-key w1)"
	equal "a bastion: and ever after" 'gate host-w1 host-m1 strict' "$(leave_pins w1)"
	plan_is_empty "a bastion"
	echo 'ssh-ed25519 second-gate' >"$STUB_KEYS/test-bastion"
	EXTRA=(-var 'ssh={bastion_host="gate",bastion_user="jump",bastion_machines=["2"]}')
	succeeds "another bastion" apply "$M1" "$W1"
	equal "another bastion: only its key is read" 'fetch-host-key test-bastion x2' "$(ran)"
	check "another bastion: the leaves pin it" grep -q 'gate ssh-ed25519 second-gate' <(tf show -json)
	plan_is_empty "another bastion"
	EXTRA=(-var 'ssh={bastion_host="gate",bastion_user="jump",host_keys={gate="ssh-ed25519 given"}}')
	succeeds "a bastion with a key that is given" apply "$M1" "$W1"
	equal "a bastion with a key that is given: nothing is read" '' "$(ran)"
	succeeds "a bastion: destroy" destroy
	EXTRA=()
}

# One that is made along with the nodes: neither its address nor its id is known in the plan.
test_made_bastion() {
	EXTRA=(-var bastion=1)
	succeeds "a bastion that is made" apply "$M1" "$W1"
	equal "a bastion that is made: the leaves pin it" 'gate host-w1 host-m1 strict' "$(leave_pins w1 | sed 's/gate-[^ ]*/gate/')"
	plan_is_empty "a bastion that is made"
	EXTRA=(-var bastion=2 -var detect_drift=true)
	succeeds "a bastion that is made, another one" apply "$M1" "$W1"
	check "a bastion that is made, another one: its key is read" grep -x 'fetch-host-key test-bastion' "$STUB_LOG"
	equal "a bastion that is made, another one: and no node's" '' "$(grep -E '^fetch-host-key [mw]' "$STUB_LOG" || true)"
	plan_is_empty "a bastion that is made, another one"
	succeeds "a bastion that is made: destroy" destroy
	EXTRA=()
}

set_up
trap 'stop_sshd; rm -rf "$WORK"' EXIT
play test_executable test_kept test_growth test_replaced test_failure test_given test_published test_published_cut_off test_published_in_the_state test_bastion test_made_bastion
finish_tests
