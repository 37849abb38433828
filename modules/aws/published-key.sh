#!/bin/sh
# Prints the public host keys that an instance has published on its console; nothing while there
# are none yet. For host_key_command of modules/swarm:
#
#   published-key.sh REGION ID
#
# Asks EC2 by the AWS CLI, which finds the credentials that the provider finds. Fails where that
# will never do.
set -eu

fail() {
	printf '%s\n' "$1" >&2
	exit 1
}

console() { aws ec2 get-console-output --region "$region" --instance-id "$id" --output text --query Output "$@" 2>"$temporary/why"; }

# What there is now; on a type without Nitro what AWS has taken last, some minutes ago.
read_console() {
	console --latest && return
	grep -q 'UnsupportedOperation' "$temporary/why" && console
}

# Only whole ones, and only the first that were written: nobody's before the machine's own.
keys() { tr -d '\r' | sed -n -e '/<swarm-host-keys end>/q' -e 's/^.*<swarm-host-key \([a-z0-9-]* [A-Za-z0-9+\/=]*\)>.*$/\1/p'; }

region=$1 id=$2
command -v aws >/dev/null ||
	fail 'no aws (AWS CLI) on PATH, with which host_key_source = "console" of modules/aws reads what the instance has published; or use "first-use"'
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
if read_console >"$temporary/console"; then
	grep -q '<swarm-host-keys end>' "$temporary/console" || { echo 'its console does not show them yet' >&2; exit 0; }
	keys <"$temporary/console"
else
	why=$(tr '\n' ' ' <"$temporary/why")
	case $why in
	*UnauthorizedOperation* | *AccessDenied* | *AuthFailure* | *"Unable to locate credentials"* | *ExpiredToken*) fail "EC2 does not show its console (ec2:GetConsoleOutput): $why" ;;
	esac
	printf '%s\n' "$why" >&2
fi
