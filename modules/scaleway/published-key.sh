#!/bin/sh
# Prints the public host keys that a server has published in its user data; nothing while there
# are none yet. For host_key_command of modules/swarm:
#
#   published-key.sh ZONE/ID
#
# Asks Scaleway's API with the secret key that the provider uses: SCW_SECRET_KEY, else the one in
# the file of scw (SCW_CONFIG_PATH, SCW_PROFILE). Fails where that will never do.
set -eu

fail() {
	printf '%s\n' "$1" >&2
	exit 1
}

# value KEY: of the profile in the file, else at its top
value() {
	awk -v key="$1:" -v profile="${SCW_PROFILE-}" '
		{ gsub(/["\047\r]/, "") }
		/^[^ #]/ { section = $1; name = "" }
		/^active_profile:/ && profile == "" { profile = $2 }
		/^  [^ #]/ && section == "profiles:" { name = $1 }
		/^[^ #]/ && $1 == key { top = $2 }
		/^    [^ #]/ && name != "" && $1 == key { own[name] = $2 }
		END { print (profile ":" in own) ? own[profile ":"] : top }
	' "$file" 2>/dev/null || true
}

file=${SCW_CONFIG_PATH:-${XDG_CONFIG_HOME:-${HOME-}/.config}/scw/config.yaml}
secret=${SCW_SECRET_KEY:-$(value secret_key)}
api=${SCW_API_URL:-$(value api_url)}
lacks='host_key_source = "user-data" of modules/scaleway reads what the server has published; or use "first-use"'
[ -n "$secret" ] || fail "no secret key of Scaleway in SCW_SECRET_KEY or $file, by which $lacks"
command -v curl >/dev/null || fail "no curl on PATH, with which $lacks"

url="${api:-https://api.scaleway.com}/instance/v1/zones/${1%%/*}/servers/${1#*/}/user_data/swarm-host-keys"
# The secret is no argument, which all on this machine could see.
said=$(printf 'header = "X-Auth-Token: %s"\n' "$secret" |
	curl -sS --max-time 20 --write-out '\n%{http_code}' --config - "$url") || said="$said
000"
status=${said##*
}
case $status in
200) printf '%s\n' "${said%
*}" ;;
401 | 403) fail "Scaleway answers $status to $url: the API key may not read it (permission set InstancesFullAccess)" ;;
404) echo 'the user data of the server has no swarm-host-keys yet; /var/log/swarm-user-data.log there says why' >&2 ;;
*) printf 'Scaleway answers %s\n' "$status" >&2 ;;
esac
