#!/usr/bin/env bash
# test-docker-tunnel.sh - the docker client of this machine at the managers of a swarm,
# through docker-tunnel: what of it streams, big images, many streams, and a manager that
# goes.
set -euo pipefail

CLUSTER=hst-tunnel
SUBNET=10.209.12
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

IMAGE=tunnel:1
MIB=${MIB:-256} # of the big image
export DOCKER_CONFIG=$WORK/docker
unset DOCKER_HOST DOCKER_CONTEXT

# docker_as COMMAND...: its output in $WORK/docker.out, its exit code in CODE.
docker_as() {
	CODE=0
	timeout 120 "$BIN/docker-tunnel" --host "$(addr 1)" --private-key "$WORK/key" \
		--known-hosts "$WORK/known_hosts" --host-key-policy accept-new -- docker "$@" \
		>"$WORK/docker.out" 2>"$WORK/docker.err" </dev/null || CODE=$?
}

# serve [OPTION...]: a tunnel to all managers in the background, whose socket is then
# DOCKER_HOST.
serve() {
	rm -f "$WORK/tunnel.out"
	"$BIN/docker-tunnel" --host "$(addr 1)" --managers "$(addr 2),$(addr 3)" --private-key "$WORK/key" \
		--known-hosts "$WORK/known_hosts" --host-key-policy accept-new "$@" \
		>"$WORK/tunnel.out" 2>"$WORK/tunnel.err" </dev/null &
	TUNNEL=$!
	within 30 test -s "$WORK/tunnel.out"
	DOCKER_HOST=$(jq -r .docker_host "$WORK/tunnel.out")
	export DOCKER_HOST
}

in_use() { docker info --format '{{.Name}}'; }

serve_no_more() {
	unset DOCKER_HOST
	kill -TERM "$TUNNEL"
	wait "$TUNNEL"
}

three_managers() {
	local token
	on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
	token=$(on 1 docker swarm join-token -q manager)
	on 2 docker swarm join --token "$token" "$(addr 1):2377" >/dev/null
	on 3 docker swarm join --token "$token" "$(addr 1):2377" >/dev/null
}

test_command() {
	docker_as node ls --format '{{.Hostname}}'
	equal "docker node ls" "0 $(name 1) $(name 2) $(name 3)" "$CODE $(sort "$WORK/docker.out" | paste -sd ' ')"
	docker_as run --rm "$IMAGE" sh -c 'exit 7'
	equal "the command's exit code" 7 "$CODE"
}

test_streams() {
	serve
	docker run -d --name talks "$IMAGE" sh -c 'i=0; while :; do echo line $i; i=$((i + 1)); sleep 0.2; done' >"$WORK/out"
	check "logs -f" sh -c "timeout 20 docker logs -f talks | sed '/line 5/q' | grep -qx 'line 0'"
	check "exec -it on a terminal" sh -c \
		"script -qec 'docker exec -it talks sh -c \"tty; stty size\"' /dev/null </dev/null | grep -q /dev/pts/"
	check "attach" sh -c "timeout 20 docker attach --no-stdin talks | sed 1q | grep -q '^line '"
	check "bytes in, and the end of input" sh -c \
		"echo hello | timeout 30 docker run -i --rm $IMAGE sh -c 'cat; echo ended' | tr '\n' ' ' | grep -qx 'hello ended '"
	timeout 30 docker events --filter event=create --format '{{.Actor.Attributes.name}}' >"$WORK/events" &
	sleep 1
	docker create --name seen "$IMAGE" true >"$WORK/out"
	check "events" within 60 grep -qx seen "$WORK/events"
	check "build" sh -c "printf 'FROM $IMAGE\nRUN echo built > /made\n' | DOCKER_BUILDKIT=0 docker build -q -t built - && docker run --rm built cat /made | grep -qx built"
	docker rm -f talks seen >"$WORK/out" 2>&1
	serve_no_more
}

# The same at the end, of bytes that nothing can shorten.
test_big_image() {
	local before after
	on 1 sh -c "head -c ${MIB}M /dev/urandom >/root/big && tar -C /root -c big | docker import - big:1 >/dev/null"
	before=$(on 1 docker image inspect -f '{{.Id}} {{json .RootFS.Layers}}' big:1)
	docker_as save -o "$WORK/big.tar" big:1
	equal "save of $MIB MiB" 0 "$CODE"
	on 1 docker rmi big:1 >/dev/null
	docker_as load -i "$WORK/big.tar"
	after=$(on 1 docker image inspect -f '{{.Id}} {{json .RootFS.Layers}}' big:1)
	equal "load of it: the same image" "$before" "$after"
}

test_many_streams() {
	serve
	cat >"$WORK/many.py" <<-'END'
		import socket, sys, time
		opened = []
		for _ in range(100):
		    one = socket.socket(socket.AF_UNIX)
		    one.connect(sys.argv[1])
		    one.sendall(b"GET /events HTTP/1.1\r\nHost: docker\r\n\r\n")
		    opened.append(one)
		for one in opened:
		    assert one.recv(12) == b"HTTP/1.1 200"
		print(open(f"/proc/{sys.argv[2]}/status").read().split("VmHWM:")[1].split()[0])
	END
	check "100 streams" sh -c "python3 '$WORK/many.py' '${DOCKER_HOST#unix://}' $TUNNEL >'$WORK/kib'"
	check "100 streams: $(cat "$WORK/kib") KiB at most, of 32 MiB" test "$(cat "$WORK/kib")" -lt 32768
	serve_no_more
}

# A machine that loses its power: what streams ends, what is new is answered by the next.
test_manager_lost() {
	local logs first
	serve --context "$CLUSTER"
	first=$(in_use)
	docker rm -f talks >"$WORK/out" 2>&1 || true
	docker run -d --name talks "$IMAGE" sh -c 'while :; do echo line; sleep 0.2; done' >"$WORK/out"
	timeout 60 docker logs -f talks >"$WORK/logs" 2>&1 &
	logs=$!
	within 60 test -s "$WORK/logs"
	"$LAB" kill "$CLUSTER" "$first"
	# An election may have to come first.
	check "the next manager answers" within 30 sh -c "name=\$(env -u DOCKER_HOST timeout 20 docker --context $CLUSTER info \
		--format '{{.Name}}') && [ \"\$name\" != $first ] && echo \"\$name\" | grep -q '^$CLUSTER-'"
	wait "$logs" || true
	check "what was under way is said to have ended" grep -q "stream.* ended" "$WORK/tunnel.err"
	serve_no_more
	check "its context has gone with it" refuses docker context inspect "$CLUSTER"
}

lab_begin 3
three_managers
for n in 1 2 3; do "$LAB" image "$CLUSTER" "$(name "$n")" "$IMAGE"; done
play test_command test_streams test_big_image test_many_streams test_manager_lost
finish_tests
