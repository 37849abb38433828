#!/usr/bin/env bash
# test-life.sh - clusters on Scaleway from the first apply to the last destroy: made, grown,
# shrunk without killing a task, changed in place, repaired, two beside each other, gone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=scwa-manager-1
BASE="{ssh: {private_key: \"$WORK/key\"},
	docker: {version: \"20.10.24\", source: \"distribution\", metrics_address: \"0.0.0.0:9323\", log_max_size: \"10m\", dns: [\"10.207.1.1\"], storage_driver: \"overlay2\"},
	scaleway: {ssh_cidrs: [\"$OPERATOR\"], ingress_ports: [{port: 80}, {port: 443}], subnet: \"10.207.1.0/24\", member_cidrs: [\"10.207.1.0/24\"],
		groups: {manager: {disk: {size: 20}}, worker: {disk: {docker_size: 30}}}}}"

# counts MANAGERS WORKERS
counts() { printf -- '-var\nmanager_count=%s\n-var\nworker_count=%s\n' "$1" "$2"; }

daemon_json() { on "$1" cat /etc/docker/daemon.json; }

server_of() { state ".server[] | select(.name == \"$1\") | .id"; }

# The rules of the only security group, as PROTOCOL PORT NETWORK
rules() {
	ask GET /_fake/machines | jq -r '.machines[0].rules[] |
		[.protocol, .dest_port_from, .ip_range] | join(" ")' | sort | paste -sd, -
}

test_birth() {
	mapfile -t COUNTS < <(counts 1 2)
	apply "birth: 1 + 2" "${COUNTS[@]}"
	equal "birth: all nodes are ready" \
		"$M=manager=ready scwa-worker-1=worker=ready scwa-worker-2=worker=ready" "$(names_of $M)"
	check "birth: nodes advertise private addresses only" only_private
	equal "birth: SSH from here and published ports from everywhere, nothing else" \
		"TCP 22 $OPERATOR,TCP 443 0.0.0.0/0,TCP 443 ::/0,TCP 80 0.0.0.0/0,TCP 80 ::/0" "$(rules)"
	equal "birth: everything else is dropped" '"drop"' "$(state '.group[0].inbound_default_policy')"
	equal "birth: managers are spread" '"max_availability"' "$(state '.placement[0].policy_type')"
	equal "birth: disks are as asked for" '[10,10,20,30,30]' "$(state '[.volume[].size / 1e9] | sort')"
	equal "birth: Docker's data is on a worker's own disk" 'a file system on /dev/sdb, which had the label -' "$(on_volume scwa-worker-1)"
	equal "birth: the daemon's settings" '"10m" "0.0.0.0:9323" ["10.207.1.1"] "overlay2"' \
		"$(daemon_json scwa-worker-2 | jq -c '."log-opts"."max-size", ."metrics-addr", .dns, ."storage-driver"' | paste -sd' ' -)"
	equal "birth: the outputs tell of private addresses" "$(nodes $M | awk '{ print $1, $4 }')" "$(addresses private)"
	equal "birth: and of public ones" "$(state '[.server[].name] | sort' | jq -r '.[]')" "$(addresses public | cut -d' ' -f1)"
	check "birth: nothing but SSH and published ports is reached from outside" none_reached 2375 2377 9323
	check "birth: no token is in the state" no_token
	equal "birth: every server has published its host keys, and the state has those" "$(published_keys)" "$(kept_keys)"
	test_members
	empty_plan "birth: the next plan is empty"
}

# The Ed25519 key of each server: as the fake's user data has it, and as the state does
published_keys() {
	state '.server[] | [.name, .zone, .id] | join(" ")' | tr -d '"' | while read -r name zone id; do
		echo "$name $(ask GET "/instance/v1/zones/$zone/servers/$id/user_data/swarm-host-keys" | grep ed25519)"
	done | sort
}
kept_keys() {
	tf show -json | jq -r '.. | objects | select(.type? == "terraform_data" and .name? == "this" and (.address // "" | contains("host_keys.module.first"))) |
		"\(.index) \(.values.output)"' | sort
}

only_private() { ! nodes $M | grep -v ' 10\.207\.1\.'; }
no_token() { ! grep -rq SWMTKN "$DIR/terraform.tfstate.d" "$WORK/apply"; }

# addresses private|public: "name address" of every node, as the outputs have it
addresses() { tf output -json "$1_addresses" | jq -r 'to_entries[] | "\(.key) \(.value)"'; }

# What made the file system that a node's Docker is on; nothing where that is the root's.
on_volume() {
	on "$1" sh -c 'mountpoint -q /var/lib/docker && [ -d /var/lib/docker/swarm ] && grep "a file system on" /var/log/swarm-user-data.log'
}

# none_reached PORT...: no node lets these in on its public address
none_reached() {
	local address port jobs=() job reached=0
	for address in $(state '.ip[].address' | tr -d '"'); do
		for port; do
			reaches "$address" "$port" &
			jobs+=($!)
		done
	done
	for job in "${jobs[@]}"; do
		! wait "$job" || reached=1
	done
	return $reached
}

# Somebody else in the private network: the manager, by an address that no member has
test_members() {
	local worker
	worker=$(addresses private | awk '$1 == "scwa-worker-1" { print $2 }')
	on $M ip address add 10.99.0.1/32 dev eth0
	on scwa-worker-1 ip route add 10.99.0.1/32 dev eth0
	check "members: metrics are served to them" on $M curl -sS --max-time 20 -o /dev/null "http://$worker:9323/metrics"
	check "members: a stranger reaches SSH" on $M sh -c "curl -s --http0.9 --interface 10.99.0.1 --max-time 20 http://$worker:22/ | grep -a SSH-2.0"
	check "members: and not the metrics" fails_with 28 on $M curl -sS --interface 10.99.0.1 --max-time 2 -o /dev/null "http://$worker:9323/metrics"
	on $M ip address del 10.99.0.1/32 dev eth0
	on scwa-worker-1 ip route del 10.99.0.1/32 dev eth0
}

# fails_with STATUS COMMAND...
fails_with() {
	local status=0
	"${@:2}" || status=$?
	[ "$status" = "$1" ]
}

test_growth() {
	start_work $M 4 $M scwa-worker-1 scwa-worker-2
	local before
	before=$(state '[.server[].id] | sort')
	mapfile -t COUNTS < <(counts 3 3)
	apply "growth: 3 + 3" "${COUNTS[@]}"
	equal "growth: all nodes are ready" "$M=manager=ready scwa-manager-2=manager=ready scwa-manager-3=manager=ready scwa-worker-1=worker=ready scwa-worker-2=worker=ready scwa-worker-3=worker=ready" "$(names_of $M)"
	equal "growth: the servers that were there are the same" "$before" "$(state "[.server[].id] - ([.server[].id] - $before) | sort")"
	equal "growth: new nodes have the same settings" "$(daemon_json $M)" "$(daemon_json scwa-worker-3)"
	equal "growth: and the same Docker" 20.10.24 "$(on $M docker node ls --format '{{.EngineVersion}}' | cut -d+ -f1 | sort -u)"
	empty_plan "growth: the next plan is empty"
}

test_shrinking() {
	give_image scwa-manager-2 scwa-manager-3 scwa-worker-3
	on $M docker service scale work=9 >/dev/null
	watch_ends scwa-worker-2
	watch_ends scwa-worker-3
	mapfile -t COUNTS < <(counts 3 1)
	apply "shrinking: 3 + 1" "${COUNTS[@]}"
	check "shrinking: tasks of worker 2 ended by themselves" ended_well scwa-worker-2
	check "shrinking: tasks of worker 3 ended by themselves" ended_well scwa-worker-3
	equal "shrinking: the nodes are out of the swarm" "$M=manager=ready scwa-manager-2=manager=ready scwa-manager-3=manager=ready scwa-worker-1=worker=ready" "$(names_of $M)"
	equal "shrinking: servers and disks are gone" '[4,5]' "$(state '[(.server | length), (.volume | length)]')"
	went_after "shrinking: a server and its disk went after its node had left" \
		'terraform_data\.leave\["scwa-worker-3"\]' 'scaleway_(instance_server|block_volume)\.[a-z]*\["scwa-worker-3"\]' "$WORK/apply"
	check "shrinking: the service is whole elsewhere" within 30 whole
}

whole() { [ "$(replicas $M)" = 9/9 ]; }

test_changes() {
	local before
	before=$(state '[.server[].id] | sort')
	cluster "$BASE" '{nodes: {"scwa-manager-3": {role: "worker"}, "scwa-worker-1": {role: "manager"}}}'
	apply "roles swapped" "${COUNTS[@]}"
	equal "roles swapped: in the swarm" "$M=manager=ready scwa-manager-2=manager=ready scwa-manager-3=worker=ready scwa-worker-1=manager=ready" "$(names_of $M)"
	equal "roles swapped: no server was touched" "$before" "$(state '[.server[].id] | sort')"
	BASE+=' * {swarm: {token_delivery: "state"}}'
	cluster "$BASE"
	apply "roles swapped back, and tokens asked for" "${COUNTS[@]}"
	equal "the tokens are outputs now" "$(on $M docker swarm join-token -q worker) $(on $M docker swarm join-token -q manager)" \
		"$(tf output -json tokens | jq -r '"\(.worker) \(.manager)"')"
	cluster "$BASE" '{scaleway: {image: "debian_bookworm", script: "true", groups: {worker: {disk: {docker_size: 60}}}}}'
	check "another image, other user data, larger disks: nothing to do on servers that run" untouched -var docker_version=20.10.25
	cluster "$BASE"
}

# Of the same root, in other zones; only its manager has a public address.
test_second_cluster() {
	local options=("${OPTIONS[@]}")
	workspace scwb
	cluster "{groups: {worker: {count: 1}}, docker: {source: \"distribution\"}, ssh: {private_key: \"$WORK/key\"},
		scaleway: {ssh_cidrs: [\"$OPERATOR\"], zone: \"nl-ams-1\", network: \"private\", groups: {manager: {public_ip: true, zones: [\"nl-ams-2\"]}, worker: {zones: [\"nl-ams-3\"], disk: {docker_size: 30}}}}}"
	apply "beside: a second workspace, whose workers have no public address, in three zones"
	equal "beside: the servers are where their groups are" '["scwb-manager-1=nl-ams-2","scwb-worker-1=nl-ams-3"]' \
		"$(state '[.server[] | select(.name | startswith("scwb")) | "\(.name)=\(.zone)"] | sort')"
	equal "beside: there is a security group in each zone" '["nl-ams-1","nl-ams-2","nl-ams-3"]' \
		"$(state '[.group[] | select(.name == "scwb-nodes") | .zone] | sort')"
	equal "beside: a disk for Docker is where its server is" '["nl-ams-3"]' "$(state '[.volume[] | select(.name == "scwb-worker-1-docker") | .zone]')"
	equal "beside: it is a swarm of its own" "scwb-manager-1=manager=ready scwb-worker-1=worker=ready" "$(names_of scwb-manager-1)"
	equal "beside: only the manager has an address" scwb-manager-1 "$(addresses public | cut -d' ' -f1)"
	# Another server had that address before, and whoever knew that one's MAC has to find out.
	check "beside: it is reached there" within 30 reaches "$(addresses public | cut -d' ' -f2)" 22
	equal "beside: the worker is through the bastion" scwb-worker-1 "$(shell_on scwb-worker-1 hostname)"
	empty_plan "beside: the next plan is empty"
	jq '.scaleway.groups.worker.zones = ["nl-ams-1", "nl-ams-3"]' "$DIR/clusters/scwb.yaml" >"$WORK/other" && mv "$WORK/other" "$DIR/clusters/scwb.yaml"
	check "beside: other zones of a group: nothing to do on servers that run" untouched
	check "beside: but a warning where new ones would be" grep -q 'scwb-worker-1 (zone: nl-ams-3, and nl-ams-1 in new ones)' <(tr -s '\n│ ' ' ' <"$WORK/plan")
	destroy "beside: destroyed"
	leaves_first "beside"
	check "beside: its hosts are gone" within 60 none_of_second
	workspace scwa
	OPTIONS=("${options[@]}")
	check "beside: the first one is as it was" [ "$(names_of $M | wc -w)" = 4 ]
}

# shell_on NODE COMMAND...: by the command that the output ssh has for that
shell_on() {
	local command
	command=$(tf output -json ssh | jq -r --arg name "$1" '.[$name]')
	(cd "$DIR" && bash -c "$command ${*:2}")
}

none_of_second() { [[ $(has_power) != *scwb* ]]; }

# A server that is lost, while another type is asked for
test_repair() {
	local before
	before=$(server_of scwa-worker-1)
	ask DELETE /_fake/servers/scwa-manager-3
	check "repair: a server is lost" within 60 lost
	BASE+=' * {scaleway: {image: "debian_bookworm", groups: {worker: {type: "DEV1-M"}}}}'
	cluster "$BASE"
	apply "repair: the next apply, which asks for workers of another type" "${COUNTS[@]}"
	equal "repair: a server that runs is the same" "$before" "$(server_of scwa-worker-1)"
	check "repair: a warning says what it has" grep -q 'keep what they were made with: .*scwa-worker-1' <<<"$(said)"
	equal "repair: so does the output" 'DEV1-S, and DEV1-M in new ones' "$(tf output -json outdated | jq -r '."scwa-worker-1".type')"
	equal "repair: the one that was lost has the new values" null "$(tf output -json outdated | jq -r '."scwa-manager-3"')"
	equal "repair: the dead node was removed and all are back" "$M=manager=ready scwa-manager-2=manager=ready scwa-manager-3=manager=ready scwa-worker-1=worker=ready" "$(names_of $M)"
	empty_plan "repair: the next plan is empty"
	apply "replace: the worker" "${OPTIONS[@]}" -replace 'module.scaleway.scaleway_instance_server.node["scwa-worker-1"]'
	equal "replace: it has the new type" '"DEV1-M"' "$(state '.server[] | select(.name == "scwa-worker-1") | .commercial_type')"
	equal "replace: its disk was made anew" 'a file system on /dev/sdb, which had the label docker' "$(on_volume scwa-worker-1)"
	equal "replace: it is up to date" null "$(tf output -json outdated | jq -r '."scwa-worker-1"')"
	OPTIONS=("${COUNTS[@]}")
	empty_plan "replace: the next plan is empty"
}

# What a plan may not do to servers that run
# with OBJECT COMMAND...: while the file says this as well
with() {
	cluster "$BASE" "$1"
	"${@:2}"
	cluster "$BASE"
}

test_living() {
	with '{scaleway: {zone: "nl-ams-1"}}' fails plan "living: another zone" \
		'The cluster scwa was made with region = "fr-par", zone = "fr-par-1" and keeps that' -- "${OPTIONS[@]}"
	with '{scaleway: {subnet: "10.208.1.0/24"}}' fails plan "living: another private subnet" 'subnet = "10.208.1.0/24"' -- "${OPTIONS[@]}"
	with '{swarm: {listen_port: 2400}}' fails plan "living: another port" 'The swarm of scwa was made with swarm.listen_port = 2377' -- "${OPTIONS[@]}"
	with '{scaleway: {groups: {worker: {disk: {size: 40, docker_size: null}}}}}' check "living: no disk for Docker any more, and a larger root" untouched
	with '{scaleway: {groups: {manager: {type: "PRO2-S", disk: {docker_size: 50}}}}}' check "living: a disk for Docker, and managers of another type" untouched
	with '{scaleway: {groups: {worker: {disk: {docker_iops: 15000}}}}}' check "living: faster disks" untouched
}

lost() { [[ $(has_power) != *scwa-manager-3* ]]; }

test_destroy() {
	watch_ends $M
	destroy "destroy"
	check "destroy: tasks ended by themselves" ended_well $M
	leaves_first "destroy"
	nothing_left "destroy"
	check "destroy: known_hosts is gone too" [ ! -e "$DIR/.swarm/scwa.known_hosts" ]
}

begin
init terraform/scaleway
workspace scwa
cluster "$BASE"
play test_birth test_growth test_shrinking test_changes test_second_cluster test_repair test_living \
	test_destroy
finish
