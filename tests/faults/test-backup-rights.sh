#!/usr/bin/env bash
# test-backup-rights.sh - the policies of modules/aws for archives in S3, as a server judges them that
# knows actions, resources and conditions: what backup-swarm asks of S3 is allowed below the prefix, nothing
# is elsewhere, and without the right to delete a bucket with versions loses nothing.
set -euo pipefail

if [ "${1-}" = --fetch ]; then exec "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/providers" versitygw; fi

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-rights.XXXXXX)
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

SERVER=$("$ROOT/scripts/providers" versitygw)
ENDPOINT=http://127.0.0.1:4610
S3=

end() {
	[ -z "$S3" ] || kill "$S3" 2>/dev/null || true
	wait
	rm -rf --one-file-system "$WORK"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

answers() { curl -s -o /dev/null --max-time 2 "$ENDPOINT/"; }
has_maker() { "$SERVER" admin --access OWNER --secret secret --endpoint-url "$ENDPOINT" --region eu-west-1 create-user -a MAKER -s secret -r user; }

begin() {
	mkdir -p "$WORK/objects/backups" "$WORK/iam" "$WORK/versions"
	echo first >"$WORK/first"
	echo second >"$WORK/second"
	ROOT_ACCESS_KEY=OWNER ROOT_SECRET_KEY=secret "$SERVER" --port "${ENDPOINT#http://}" --region eu-west-1 --iam-dir "$WORK/iam" \
		posix --versioning-dir "$WORK/versions" "$WORK/objects" >"$WORK/s3.log" 2>&1 &
	S3=$!
	within 30 answers || failed "the S3 server answers" "$WORK/s3.log"
	check "a user without any right" has_maker
}

# s3 WHO METHOD PATH [FILE]: a signed request
s3() {
	curl -sS --fail-with-body --max-time 20 --aws-sigv4 aws:amz:eu-west-1:s3 --user "$1:secret" -X "$2" \
		-H "x-amz-content-sha256: $(sha256sum <"${4-/dev/null}" | cut -d ' ' -f 1)" --data-binary "@${4-/dev/null}" "$ENDPOINT/$3"
}

may() { check "$1" s3 MAKER "${@:2}"; }
may_not() { check "$1" is_denied "${@:2}"; }
is_denied() { ! s3 MAKER "$@" >"$WORK/answer" 2>&1 && grep -F AccessDenied "$WORK/answer"; }

# policy FILE: MAKER has these rights, and no others.
policy() {
	jq '.Statement[] |= . + {Principal: "MAKER"}' "$ROOT/modules/aws/$1" | sed 's/BUCKET/backups/; s/PREFIX/dev/' >"$WORK/policy"
	s3 OWNER PUT 'backups?policy=' "$WORK/policy"
}

# What both policies have in common
makes_archives() {
	may "$1: an archive is put" PUT backups/dev/archive "$WORK/first"
	may "$1: and read back" GET backups/dev/archive
	may "$1: those below the prefix are listed" GET 'backups?list-type=2&prefix=dev%2F'
	may_not "$1: not those of another prefix" GET 'backups?list-type=2&prefix=other%2F'
	may_not "$1: not all of the bucket" GET 'backups?list-type=2'
	may_not "$1: nothing is put elsewhere" PUT backups/other/archive "$WORK/first"
	may_not "$1: nor read" GET backups/other-one
	may_not "$1: nor is the policy another one" PUT 'backups?policy=' "$WORK/policy"
}

# mutant modules/aws/backup-policy.json -: "PREFIX/*" => "*"
#   fails with keep: not those of another prefix
test_keep() {
	check "with keep: the policy is one" policy backup-policy.json
	makes_archives "with keep"
	may "with keep: an archive is removed" DELETE backups/dev/archive
	s3 OWNER PUT backups/other/archive "$WORK/first"
	may_not "with keep: not that of another" DELETE backups/other/archive
}

versioned() {
	echo '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' >"$WORK/versioning"
	s3 OWNER PUT 'backups?versioning=' "$WORK/versioning"
}

versions() { s3 OWNER GET 'backups?versions=' | grep -oE '<VersionId>[^<]+</VersionId>' | sed 's/<[^>]*>//g'; }
# Those of other archives are not found there.
has_first() { for version in $(versions); do s3 OWNER GET "backups/dev/archive?versionId=$version" || true; done | grep -x first; }

test_no_delete() {
	check "without delete: a bucket that keeps versions" versioned
	check "without delete: the policy is one" policy backup-policy-no-delete.json
	makes_archives "without delete"
	may_not "without delete: no archive is removed" DELETE backups/dev/archive
	for version in $(versions); do
		may_not "without delete: nor a version of it" DELETE "backups/dev/archive?versionId=$version"
	done
	may "without delete: another is put in its place" PUT backups/dev/archive "$WORK/second"
	check "without delete: what was there is an older version" has_first
	may_not "without delete: versions are not turned off" PUT 'backups?versioning=' "$WORK/versioning"
}

begin
play test_keep test_no_delete
finish_tests
