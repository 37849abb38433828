#!/usr/bin/env bash
# test-logins.sh - `docker.registry_auth` in the cluster's file of terraform/lab: root's docker command
# on each node is logged in at a registry that takes nobody else, a service gets its image by that,
# and the password is nowhere but where it may be.
#
#   test-logins.sh --fetch   downloads the registry into the user's cache folder
set -euo pipefail

PACKAGES=${XDG_CACHE_HOME:-${HOME:?}/.cache}/terraform-swarm-helpers/packages/registry
if [ "${1-}" = --fetch ]; then
	# shellcheck source-path=SCRIPTDIR source=../install/host.sh
	. "$(dirname -- "${BASH_SOURCE[0]}")/../install/host.sh"
	refresh_lists docker-registry
	download_packages "$PACKAGES" "registry-$(apt-cache madison docker-registry | awk 'NR == 1 { print $3 }')" docker-registry
	exit
fi

CLUSTER=fltlog
SUBNET=10.208.28
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"
# shellcheck source-path=SCRIPTDIR source=../readme.sh
. "$ROOT/tests/readme.sh"

FIRST=$CLUSTER-manager-1
WORKER=$CLUSTER-worker-1
REGISTRY=$SUBNET.11:5000
IMAGE=$REGISTRY/tools/busybox
FILE=/root/.docker/config.json
# What is looked through, as it comes
SEEN=$WORK/seen

# ---- the registry ----

# Of a scheme that the registry and the machine's libcrypt both know (bcrypt)
hash_of() { perl -e 'chomp(my $p = <STDIN>); print crypt($p, "\$2b\$05\$" . "abcdefghijklmnopqrstuu")' <<<"$1"; }

takes() { printf 'deploy:%s\n' "$(hash_of "$1")" | at "$FIRST" sh -c 'mkdir -p /srv/registry; cat >/srv/registry/users'; }

answers() { at "$FIRST" bash -c "exec 3<>/dev/tcp/127.0.0.1/5000" 2>/dev/null; }

start_registry() {
	dpkg-deb --fsys-tarfile "$PACKAGES"/docker-registry_*.deb | tar -x -C "$WORK" ./usr/bin/docker-registry
	at "$FIRST" sh -c 'cat >/usr/local/bin/docker-registry; chmod +x /usr/local/bin/docker-registry' <"$WORK/usr/bin/docker-registry"
	takes "$1"
	at "$FIRST" sh -c 'cat >/srv/registry/config.yml
		setsid docker-registry serve /srv/registry/config.yml >/srv/registry/log 2>&1 </dev/null &' <<-EOF
		version: 0.1
		storage: { filesystem: { rootdirectory: /srv/registry/data } }
		http: { addr: ":5000" }
		auth: { htpasswd: { realm: lab, path: /srv/registry/users } }
	EOF
	within 60 answers
}

# ---- the cluster ----

# cluster LOGINS: its file, with these.
cluster() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: 1 }, worker: { count: 1 } }
		docker: { daemon: { insecure-registries: ["$REGISTRY"] }, registry_auth: { $1 } }
		swarm: { rolling: { allow_sole_manager: true } }
		lab: { subnet: $SUBNET.0/24 }
	EOF
}

login() { echo "\"$REGISTRY\": { username: deploy, password_env: REGISTRY_PASSWORD, password_version: $1 }"; }

# apply PASSWORD LOGINS: with everything kept that Terraform and the executables say.
apply() {
	cluster "$2"
	REGISTRY_PASSWORD=$1 tf apply -auto-approve
	cat "$WORK/out" "$WORK/err" >>"$SEEN/said"
}

# by_the_page PASSWORD: the same with the commands of docs/docker.md
by_the_page() {
	cluster "$(login 1)"
	printf 'export REGISTRY_PASSWORD=%q\n' "$1" >"$WORK/fill-in"
	readme_run "$ROOT/docs/docker.md" 'export REGISTRY_PASSWORD' "$DIR" yes ". '$WORK/fill-in'"
	cat "$WORK/said" >>"$SEEN/said"
	rm "$WORK/fill-in"
}

engines() { for host in "$FIRST" "$WORKER"; do at "$host" cat /run/docker.pid; done | paste -sd ' '; }
drains() { grep -c ": draining" "$WORK/out" || true; }
mode() { at "$1" stat -c '%a %U' "$FILE"; }
logins() { at "$1" cat "$FILE"; }

push() { at "$FIRST" sh -c "docker tag lab/busybox $1 && docker push -q $1"; }

# service NAME [OPTION...]: one task on the worker, which has no image yet.
service() {
	at "$FIRST" docker service create -q --detach --no-resolve-image --name "$1" --constraint node.role==worker \
		--restart-condition none "${@:2}" "$IMAGE" sleep 1000
}

task_says() { at "$FIRST" docker service ps --no-trunc --format '{{.CurrentState}} {{.Error}}' "$1" | grep -E "$2"; }

# ---- the password ----

watch_processes() {
	"$ROOT/tests/secrets/watch.py" "$SEEN/proc" &
	WATCHER=$!
}

stop_watching() {
	kill "$WATCHER"
	wait "$WATCHER" || true
}

# What is written on both hosts; the file itself may have it.
hosts_now() {
	local host
	for host in "$FIRST" "$WORKER"; do
		at "$host" sh -c 'find /tmp /run /root /etc/docker /var/log/docker.log -xdev -type f ! -path "*/netns/*" ! -path '"$FILE"' -exec cat {} +' >"$SEEN/$host"
	done
}

# search PATH...: the lines that have one of the passwords
search() {
	printf '%s\n' "first	$1" "second	$2" >"$WORK/known"
	"$ROOT/tests/secrets/search.py" "$WORK/known" "${@:3}" >"$WORK/found" 2>"$WORK/searched"
}

# But in the environment of terraform and what it starts here, by the name that the operator gave it.
nowhere_else() { refuses grep -vE $'\tenviron\tREGISTRY_PASSWORD=' "$WORK/found"; }
in_environment() { grep -qE $'\tenviron\tREGISTRY_PASSWORD=' "$WORK/found"; }

# mutant scripts/install-docker.sh login_members: registry _ variable => registry variable _
#   fails a login: root's docker pushes with it
# mutant modules/docker/main.tf local.logins: text password_version => username
#   fails another password: applied to the nodes that run
test_logins() {
	local first second engines
	first="one's \"$(openssl rand -hex 8)\"" second=two-$(openssl rand -hex 8)
	mkdir "$SEEN"
	watch_processes

	cluster "$(login 1)"
	tf apply -auto-approve
	expect "without its password: the apply says which variable" 1 "for DOCKER_PASSWORD_10_208_28_11_5000 is not set"

	check "a login: made, by the page's commands word for word" by_the_page "$first"
	equal "a login: root alone reads it on a manager" '600 root' "$(mode "$FIRST")"
	equal "a login: root alone reads it on a worker" '600 root' "$(mode "$WORKER")"
	tf plan -detailed-exitcode
	expect "a login: without the password a plan has nothing to do" 0
	start_registry "$first"
	"$LAB" image "$CLUSTER" "$FIRST" >/dev/null
	check "a login: root's docker pushes with it" push "$IMAGE"
	service unsent >/dev/null
	check "a login: a task does not get its image by that alone" within 60 task_says unsent 'no basic auth|No such image|denied'
	service sent --with-registry-auth >/dev/null
	check "a login: --with-registry-auth on a manager sends it along" within 60 task_says sent '^Running'

	# A roll begins with services that have their tasks.
	at "$FIRST" docker service rm unsent >/dev/null
	engines=$(engines)
	takes "$second"
	check "another password: the old one is refused" refuses push "$REGISTRY/tools/again"
	apply "$second" "$(login 2)"
	expect "another password: applied to the nodes that run" 0 'terraform_data.run["swarm"]: Creation complete'
	equal "another password: no node was drained" 0 "$(drains)"
	equal "another password: every engine is the same process" "$engines" "$(engines)"
	check "another password: root's docker pushes with it" push "$REGISTRY/tools/again"

	tf plan -out "$SEEN/plan" -replace "module.swarm.module.prepare.terraform_data.run[\"$WORKER\"]"
	tf show -json "$SEEN/plan"
	cp "$WORK/out" "$SEEN/plan.json"
	hosts_now
	stop_watching
	search "$first" "$second" "$SEEN" "$TREE"
	check "the password is in no state, plan, log, list of processes or other file" nowhere_else
	check "which is searched where it may be, too" in_environment

	at "$WORKER" sed -i 's/^{"auths":{/&"mine.example.com":{"auth":"bWU6eA=="},/' "$FILE"
	apply "$second" ""
	expect "no login any more: applied" 0 "Apply complete!"
	equal "no login any more: it is taken out, one that somebody made stays" \
		'{"auths":{"mine.example.com":{"auth":"bWU6eA=="}}}' "$(logins "$WORKER")"
	tf destroy -auto-approve
	expect "destroyed without the password" 0 "Destroy complete!"
}

begin_root lab
play test_logins
finish_tests
