#!/usr/bin/env bash
# test-teams.sh - docs/teams.md: machines in a lab, a state in S3, and those who share nothing
# else: operators with a checkout and a home folder each, a root of somebody's own, CI, and
# remote runs in a bare root. Each row of the page's table is led through its columns.
set -euo pipefail

if [ "${1-}" = --fetch ]; then exec "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/python-tools" moto; fi

# A mount namespace of its own, for the bare root
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

CLUSTER=office
SUBNET=10.30.0
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../integration/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

PAGE=$ROOT/docs/teams.md
URL=http://127.0.0.1:4599
PYTHON=$("$ROOT/scripts/python-tools" moto)/python
NAMES=('' office-manager-1 office-worker-1 office-worker-2)
ADDRESSES=('' 11 21 22)
export AWS_ENDPOINT_URL=$URL AWS_ENDPOINT_URL_STS=$URL AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent \
	AWS_ACCESS_KEY_ID=operator AWS_SECRET_ACCESS_KEY=operator CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 PYTHONDONTWRITEBYTECODE=1
unset SSH_AUTH_SOCK AWS_CA_BUNDLE AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_SESSION_TOKEN

# Those of the page in place of the lab's usual ones
name() { echo "${NAMES[$1]}"; }
addr() { echo "$SUBNET.${ADDRESSES[$1]}"; }

# ---- the backend ----

ask() { AWS_DEFAULT_REGION=eu-west-1 "$PYTHON" "$ROOT/tests/aws/ask" "$@"; }
answers() { curl -s -o /dev/null --max-time 2 "$URL/moto-api/"; }

# Nothing that is mounted stays in the way of its removal.
end() {
	kill "$S3" 2>/dev/null || true
	awk -v below="$WORK/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | while read -r point; do umount -l "$point"; done || true
	clean_up
}

start_s3() {
	MOTO_EC2_LOAD_DEFAULT_AMIS=false "$PYTHON" "$ROOT/tests/aws/fake" "${URL##*:}" >"$WORK/moto.log" 2>&1 &
	S3=$!
	within 60 answers || { failed "the S3 server starts" "$WORK/moto.log"; exit 1; }
	ask s3 create_bucket '{"Bucket": "example-terraform-states", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}' >/dev/null
}

objects() { ask s3 list_objects_v2 '{"Bucket": "example-terraform-states"}' | jq -r '.Contents[]?.Key' | sort; }
locked() { objects | grep -x 'env:/office/swarm.tfstate.tflock' >/dev/null; }

# ---- who runs Terraform, and on which disk ----

# fenced KIND N: the Nth block of the page that is fenced as KIND
fenced() {
	awk -v fence='```'"$1" -v n="$2" '/^```/ { inside = !inside && $0 == fence && ++count == n; next } inside' "$PAGE"
}

# somebody NAME [CHECKOUT]: from here on one with a checkout and a home folder of their own
somebody() {
	TREE=${2-$WORK/$1/checkout}
	DIR=$TREE/terraform/hosts
	export HOME=$WORK/$1/home
	mkdir -p "$HOME"
	readme_checkout "$TREE"
	fenced hcl 1 >"$DIR/backend.tf"
	page_cluster
}

# page_cluster [MORE]: what the page's cluster is from now on, with one worker more (grown), or
# another machine in the place of a worker (other)
DESCRIBE=page_cluster
page_cluster() {
	fenced yaml 1 >"$DIR/clusters/$CLUSTER.yaml"
	case ${1-} in
	grown) sed -i "/office-worker-1/a\\  office-worker-2: { address: $SUBNET.22 }" "$DIR/clusters/$CLUSTER.yaml" ;;
	other) sed -i "s/address: $SUBNET.21 /address: $SUBNET.21, machine: b /" "$DIR/clusters/$CLUSTER.yaml" ;;
	esac
}

# How the one whose turn it is runs Terraform
RUN=by_hand
by_hand() { (cd "$DIR" && timeout 600 "$TF" "$@"); }

# Each time a job's disk is empty, and what it may at the bucket it has by its token.
by_job() {
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
		emptied
		cd "$DIR" && "$TF" init -input=false >/dev/null && timeout 600 "$TF" "$@"
	)
}

emptied() {
	rm -rf "$DIR"/.terraform
	find "$DIR/.swarm" -type f ! -name .gitignore -delete
}

# In the bare root, each plan and each apply in one as it is when it is new
by_remote_run() {
	case $1 in
	apply) in_container plan -no-color -out=/plan && in_container apply -no-color /plan ;;
	destroy) in_container plan -no-color -destroy -out=/plan && in_container apply -no-color /plan ;;
	*) in_container "$@" ;;
	esac
}

in_container() {
	emptied
	(
		program=$(command -v chroot)
		mapfile -t names < <(compgen -e | grep -v '^AWS_\|^SWARM_KEY$\|^TF_\|^CHECKPOINT')
		unset "${names[@]}"
		export PATH=/bin
		"$program" "$BOX" terraform -chdir=/checkout/terraform/hosts init -input=false -no-color >/dev/null &&
			timeout 600 "$program" "$BOX" terraform -chdir=/checkout/terraform/hosts "$@"
	)
}

# A root with Terraform, the executables and what they are linked with, and a shell
make_container() {
	local file provider_files=$XDG_CACHE_HOME/terraform-swarm-helpers
	BOX=$WORK/remote/root
	mkdir -p "$BOX/bin" "$BOX/dev" "$BOX/tmp" "$BOX$provider_files"
	cp "$(command -v busybox)" "$BOX/bin/sh"
	for file in cat mkdir rm; do ln -s sh "$BOX/bin/$file"; done
	: >"$BOX/bin/terraform"
	mount --bind "$(command -v "$TF")" "$BOX/bin/terraform"
	mount --bind /dev "$BOX/dev"
	mount --bind "$provider_files" "$BOX$provider_files"
	ldd "$ROOT"/bin/* | awk '$2 == "=>" { print $3 } $1 ~ "^/" && NF == 2 { print $1 }' | sed 's/:$//' | sort -u |
		while read -r file; do [ ! -f "$file" ] || [[ $file == "$ROOT"/* ]] || install -D "$file" "$BOX$file"; done
	somebody remote "$BOX/checkout"
	rm -rf "$BOX/checkout/build" "$BOX/checkout/helpers"
}

# tf COMMAND [OPTION...]: its exit code in CODE, its output in $WORK/out and $WORK/err
tf() {
	CODE=0
	"$RUN" "$1" -no-color "${@:2}" >"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
}

# ---- the columns ----

list() { nodes 1 | cut -d ' ' -f 1,2 | tr ' ' = | paste -sd ' '; }
id_of() { on 1 docker node inspect --format '{{.ID}}' "$(name "$1")"; }

TWO='office-manager-1=manager office-worker-1=worker'

# cell ROW COLUMN WANTED GOT: one of the table's, shown if what ran last has succeeded as well
SHOWN=()
cell() {
	if [ "$CODE" = 0 ] && [ "$3" = "$4" ]; then
		passed "$1: $2"
		SHOWN+=("$1: $2")
	else
		failed "$1: $2: exit code $CODE, wanted \"$3\", got \"$4\""
	fi
}

# made_by_page ROW: the page's own commands were the apply
made_by_page() {
	CODE=0
	cell "$1" apply "$TWO" "$(list)"
}

# What answers at the manager's address lets everybody in, but has another key; and back
impostor() {
	on "$1" sh -c 'mkdir /etc/ssh/kept && mv /etc/ssh/ssh_host_* /etc/ssh/kept &&
		ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key && pkill -HUP -o -x sshd'
}
the_right_one() { on "$1" sh -c 'rm /etc/ssh/ssh_host_* && mv /etc/ssh/kept/* /etc/ssh && rmdir /etc/ssh/kept && pkill -HUP -o -x sshd'; }

# refused COMMAND...: because of that
refused() {
	if "$RUN" "$1" -no-color "${@:2}" </dev/null >"$WORK/said" 2>&1; then return 1; fi
	sed 's/^[│╷╵]//' "$WORK/said" | tr -s '\n ' ' ' | grep -F 'host key changed: pinned SHA256:' >/dev/null || { cat "$WORK/said" && return 1; }
}
both_refused() { refused plan && refused destroy -auto-approve; }

column_apply() {
	tf apply -auto-approve
	cell "$1" apply "$TWO" "$(list)"
}

column_plan() {
	tf plan -detailed-exitcode
	cell "$1" plan "$TWO" "$(list)"
}

column_scale() {
	"$DESCRIBE" grown
	tf apply -auto-approve
	cell "$1" scale "$TWO office-worker-2=worker" "$(list)"
}

# The worker more leaves along with that.
column_replace() {
	local before
	before=$(id_of 2) || true
	"$DESCRIBE" other
	tf apply -auto-approve
	cell "$1" replace "$TWO, another" "$(list), $([ "$(id_of 2)" = "$before" ] || echo another)"
}

column_impostor() {
	impostor 1
	CODE=0
	both_refused >"$WORK/out" 2>"$WORK/err" || CODE=$?
	the_right_one 1
	cell "$1" "impostor refused" "$TWO" "$(list)"
}

column_destroy() {
	tf destroy -auto-approve
	cell "$1" destroy 'inactive inactive inactive' "$(for n in 1 2 3; do on "$n" docker info --format '{{.Swarm.LocalNodeState}}'; done | paste -sd ' ')"
}

# columns ROW COLUMN...
columns() {
	local column
	for column in "${@:2}"; do "column_$column" "$1"; done
}

# ---- the rows ----

# page_block BEGINNING [HOOK]: those commands of the page, in the checkout of whose turn it is
page_block() { readme_run "$PAGE" "$1" "$TREE" yes "${2-:}"; }

# Who makes the cluster
# shellcheck disable=SC2016 # the page's words
test_laptop() {
	somebody first
	install -D -m 600 "$WORK/key" "$HOME/.ssh/id_ed25519"
	check "the first operator, word for word" page_block 'export SWARM_KEY="$(cat'
	made_by_page laptop
	equal "the state is in S3 and nowhere else" 'env:/office/swarm.tfstate ' "$(objects) $(find "$DIR" -path '*terraform.tfstate.d*')"
	check "nothing in it is the operator's own" state_is_anybodys
	columns laptop plan scale replace impostor
}

state_is_anybodys() {
	by_hand state pull >"$WORK/pulled" && jq -e '.resources | length > 0' "$WORK/pulled" &&
		! grep -F -e "$WORK" -e "$HOME" -e "$ROOT" -e 'PRIVATE KEY' "$WORK/pulled"
}

# An apply that waits for a yes holds the lock.
test_lock() {
	local holder
	page_cluster
	mkfifo "$WORK/answer"
	(cd "$DIR" && exec "$TF" apply -no-color <"$WORK/answer" >"$WORK/held" 2>&1) &
	holder=$!
	exec 8>"$WORK/answer"
	check "an apply holds the lock" within 60 locked
	tf plan
	cp "$WORK/err" "$WORK/words"
	check "meanwhile nobody else's goes on, which is said" grep -F "Error acquiring the state lock" "$WORK/words"
	check "and who is at it" grep -E 'Who: +[^ ]' "$WORK/words"
	echo no >&8
	exec 8>&-
	wait "$holder" || true
	check "then the lock is gone" refuses locked
}

# Takes over what the first one has made.
# mutant modules/swarm/host_keys.tf local.trust_asked: returns local.first_use
#   with test_laptop
#   fails second operator: nobody was trusted for that
test_second_operator() {
	somebody second
	page_cluster other
	check "a second operator, word for word" page_block 'export SWARM_KEY=...' "export SWARM_KEY=\"\$(cat '$WORK/key')\""
	cp "$WORK/said" "$WORK/words"
	check "second operator: the page's plan is empty" grep -F 'No changes.' "$WORK/words"
	columns "second operator" plan
	check "second operator: nobody was trusted for that" [ ! -s "$DIR/.swarm/$CLUSTER.known_hosts" ]
	page_cluster
	columns "second operator" apply scale replace impostor destroy
}

test_laptop_again() {
	somebody again
	check "laptop: init" "$TREE/scripts/providers" init "$DIR" "$TF"
	check "laptop: the workspace" by_hand workspace select "$CLUSTER"
	check "laptop: the cluster once more" by_hand apply -no-color -auto-approve
	columns laptop destroy
}

page_job() {
	(
		unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
		page_block 'export AWS_ROLE_ARN=...' "export SWARM_KEY=\"\$(cat '$WORK/key')\"; $(export -p | grep 'AWS_[RW]' | paste -sd ';')"
	)
}

test_ci() {
	somebody ci
	echo a-token >"$WORK/token"
	export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/swarm AWS_WEB_IDENTITY_TOKEN_FILE=$WORK/token
	check "CI, word for word" page_job
	made_by_page CI
	export TF_WORKSPACE=$CLUSTER
	RUN=by_job
	columns CI plan scale replace impostor destroy
	unset AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE TF_WORKSPACE
	RUN=by_hand
}

test_remote_run() {
	make_container
	export TF_WORKSPACE=$CLUSTER
	RUN=by_remote_run
	columns "remote run" apply plan scale replace impostor destroy
	unset TF_WORKSPACE
	RUN=by_hand
}

# ---- a root of one's own ----

own_root() {
	TREE=$WORK/own/checkout
	DIR=$WORK/own/root
	export HOME=$WORK/own/home
	mkdir -p "$HOME" "$DIR/.swarm"
	readme_checkout "$TREE"
	fenced hcl 1 | sed 's/swarm.tfstate/own.tfstate/' >"$DIR/backend.tf"
	cat >"$DIR/main.tf" <<-EOF
		module "swarm" {
		  source  = "../checkout/modules/swarm"
		  cluster = "office"
		  nodes   = { for name, node in jsondecode(file("nodes.json")) : name => merge(node, { private_address = node.ssh_host }) }
		  ssh = {
		    private_key     = "$WORK/key"
		    known_hosts     = ".swarm/office.known_hosts"
		    host_key_policy = "accept-new"
		    bastion_host    = "$SUBNET.22"
		  }
		  detect_drift = true
		}

		output "ssh_config" {
		  value = module.swarm.ssh_config
		}
	EOF
}

# In place of page_cluster
own_cluster() {
	jq -n --arg at "$SUBNET" --arg what "${1-}" '
		{"office-manager-1": {role: "manager", machine: "a", ssh_host: "\($at).11"},
		 "office-worker-1": {role: "worker", machine: (if $what == "other" then "b" else "a" end), ssh_host: "\($at).21"}}
		+ if $what == "grown" then {"office-worker-2": {role: "worker", machine: "a", ssh_host: "\($at).22"}} else {} end' >"$DIR/nodes.json"
}

# mutant modules/swarm/ssh_config.tf local.config_pinned: returns {}
#   fails ssh_config: an impostor of the bastion is refused
test_own_root() {
	own_root
	DESCRIBE=own_cluster
	"$DESCRIBE"
	check "a root of one's own: init" "$TREE/scripts/providers" init "$DIR" "$TF"
	columns "own root" apply plan
	ssh_by_name
	columns "own root" scale replace impostor destroy
}

by_name() { (cd "$DIR" && "$1" -o BatchMode=yes -F ".swarm/$CLUSTER.ssh_config" "${@:2}") </dev/null; }

# Every node by its name, through the bastion, from a disk that has seen none of them
ssh_by_name() {
	rm -f "$DIR/.swarm/$CLUSTER.known_hosts"
	check "ssh_config: word for word" readme_run "$PAGE" 'terraform output -raw ssh_config' "$DIR" ''
	cp "$WORK/said" "$WORK/words"
	check "ssh_config: ssh, through the bastion" grep -x office-worker-1 "$WORK/words"
	equal "ssh_config: scp" office-worker-1 "$(cat "$DIR/.swarm/hostname")"
	equal "ssh_config: a manager" office-manager-1 "$(by_name ssh office-manager-1 hostname 2>"$WORK/words")"
	equal "ssh_config: the bastion itself" office-worker-2 "$(by_name ssh office-bastion hostname 2>"$WORK/words")"
	rm -f "$DIR/.swarm/$CLUSTER.known_hosts"
	impostor 3
	check "ssh_config: an impostor of the bastion is refused" refuses by_name ssh office-worker-1 true
	the_right_one 3
	impostor 2
	check "ssh_config: an impostor behind the bastion is refused" refuses by_name ssh office-worker-1 true
	the_right_one 2
	check "ssh_config: and the right one is not" by_name ssh office-worker-1 true
}

# ---- the page ----

# The cells that the page says yes in
claimed() {
	awk -F ' *[|] *' '/^\| \| plan/ { for (i = 3; i < NF; i++) column[i] = $i; next }
		3 in column && /^\| [A-Za-z]/ { for (i = 3; i < NF; i++) if ($i == "yes") print $2 ": " column[i] }' "$PAGE" | sort
}

test_table() { equal "the table says what was shown" "$(claimed)" "$(printf '%s\n' "${SHOWN[@]}" | sort)"; }

TF=${TF:-terraform}
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
eval "$("$ROOT/scripts/providers" env)"
lab_begin 3
SWARM_KEY=$(cat "$WORK/key")
export SWARM_KEY
S3=
trap end EXIT
start_s3
play test_laptop test_lock test_second_operator test_laptop_again test_ci test_remote_run test_own_root test_table
finish_tests
