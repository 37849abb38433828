#!/usr/bin/env bash
# test-backup-s3.sh - archives of a swarm's state in a bucket, on a server that verifies signatures
# and checksums: what is put there, which are kept, what is refused, a server that goes away, and
# an archive that is put back from there.
set -euo pipefail

if [ "${1-}" = --fetch ]; then exec "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/providers" versitygw; fi

CLUSTER=flts3
SUBNET=10.208.18
HOSTS=1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

PORT=4600
ENDPOINT=https://127.0.0.1:$PORT
BUCKET=$WORK/objects/backups
CERT=$WORK/tls.crt # launch has a WORK of its own
SECRET=a-secret-key-of-the-test
S3=

# ---- the server ----

answers() { curl -s -o /dev/null --max-time 2 --cacert "$CERT" "$ENDPOINT/"; }

start_s3() {
	ROOT_ACCESS_KEY=AKTEST ROOT_SECRET_KEY=$SECRET "$SERVER" --port "127.0.0.1:$PORT" --region eu-west-1 \
		--cert "$CERT" --key "$WORK/tls.key" posix "$WORK/objects" >>"$WORK/s3.log" 2>&1 &
	S3=$!
}

stop_s3() {
	kill "$S3" 2>/dev/null || true
	wait "$S3" 2>/dev/null || true
}

end() {
	stop_s3
	clean_up
}

# ---- what is asked ----

# backup [OPTION...]: into $TO, in the way $COPY (running), at $AT and in $REGION if they are set
backup() {
	AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=${KEY-$SECRET} AWS_CA_BUNDLE=$CERT \
		ask backup-swarm --to "$TO" --endpoint "${AT-$ENDPOINT}" --region "${REGION-eu-west-1}" --copy "${COPY-running}" "$@"
	cp "$WORK/out" "$WORK/result"
}

fresh() {
	TO=s3://backups/dev/
	rm -rf "$BUCKET" # the folder around it is the server's own
	mkdir "$BUCKET"
	MANAGERS=$(addr 1)
	new_swarm manager
}

of_result() { jq -er ".$1" "$WORK/result"; }
objects() { find "$BUCKET" -type f -printf '%P\n' | sort; }
object_of() { printf '%s\n' "$BUCKET/${1#s3://backups/}"; }
sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
dockerd_of() { on "$1" pgrep -x dockerd; }
id_of() { on "$1" docker info --format '{{.Swarm.NodeID}}'; }
tokens() { for role in manager worker; do on 1 docker swarm join-token -q "$role"; done; }

no_secret_said() { ! grep -F "$SECRET" "$WORK/out" "$WORK/err"; }

# ---- put ----

test_put() {
	fresh
	local file before
	before=$(tokens)
	backup --kms-key aws/s3
	expect_done "put: done" node_id "$(id_of 1)"
	file=$(object_of "$(of_result file)")
	equal "put: it is alone there, under the prefix" "dev/$(basename "$file")" "$(objects)"
	equal "put: the object is the one in the result" "$(of_result sha256)" "$(sum_of "$file")"
	equal "put: the manifest comes first" manifest.json "$(tar -tzf "$file" | head -n 1)"
	check "put: no key of S3 is said" no_secret_said
	check "put: an engine takes it back" restored "$file"
	equal "put: with the same tokens" "$before" "$(tokens)"
	TO=s3://backups backup
	expect_done "put: without a prefix" node_id "$(id_of 1)"
	check "put: its name has none either" test -f "$BUCKET/$(basename "$(of_result file)")"
}

opened() { openssl cms -decrypt -inform DER -in "$1" -inkey "$WORK/tls.key" -out "$WORK/opened" && tar -tzf "$WORK/opened" | grep -x swarm/certificates/swarm-node.key; }

# mutant helpers/swarm/backup_write.c open_writer: archive_writer_open_memory() => archive_writer_open_memory(w, name, NULL, e)
#   fails encrypted: nothing of it can be read
test_encrypted() {
	fresh
	local file
	backup --encrypt-to "$CERT"
	expect_done "encrypted: done"
	file=$(object_of "$(of_result file)")
	equal "encrypted: its name says so" .tar.gz.cms "${file: -11}"
	check "encrypted: nothing of it can be read" refuses tar -tzf "$file"
	check "encrypted: OpenSSL opens it" opened "$file"
}

# ---- which are kept ----

kept() { objects | grep -vc -e not-ours -e until-2001; }

# mutant helpers/swarm/backup_place.c remove_one: aws_s3_delete() => 0
#   fails kept: the first has gone
test_kept() {
	fresh
	local first old
	backup
	first=$(object_of "$(of_result file)")
	# as if its certificate had ended, and later than all others
	old=$(sed -E 's/-2[0-9]{3}([0-9]{4}T[0-9]{6}Z-until)-2[0-9]{3}/-2099\1-2001/' <<<"$first")
	cp "$first" "$old"
	: >"$BUCKET/dev/not-ours.tar.gz"
	backup --keep 2
	expect_done "kept: done"
	equal "kept: what has expired is no one of them" 2 "$(kept)"
	backup --keep 2
	equal "kept: as many as are wanted" 2 "$(kept)"
	check "kept: the first has gone" test ! -e "$first"
	check "kept: the last is there" test -e "$(object_of "$(of_result file)")"
	check "kept: objects of others stay" test -e "$BUCKET/dev/not-ours.tar.gz"

	first=$(of_result file)
	backup --if-older-than 1h
	expect_done "young enough: done" file "$first" sha256 "$(sum_of "$(object_of "$first")")" node_id "$(id_of 1)"
	backup --if-older-than 1ms
	check "too old: another one is made" refuses test "$(of_result file)" = "$first"
}

# ---- refused ----

test_refused() {
	fresh
	local engine
	engine=$(dockerd_of 1)
	KEY=another COPY=stopped backup
	expect_error "a wrong secret key: refused" 1 "s3://backups/dev/" "the secret key does not belong to the access key" "keys of the environment"
	TO=s3://missing/dev COPY=stopped backup
	expect_error "no bucket: refused" 1 "s3://missing/dev/" "there is no such bucket"
	REGION=eu-west-2 COPY=stopped backup
	expect_error "another region: refused" 1 "another region" "name it in region"
	AT=http://s3.example COPY=stopped backup
	expect_error "no TLS: refused" 2 "endpoint: http://s3.example has no TLS"
	TO=ftp://backups/dev COPY=stopped backup
	expect_error "neither S3 nor a folder: refused" 2 "to: ftp://backups/dev: expected a folder"
	TO=$WORK COPY=stopped backup
	expect_error "S3 and a folder: refused" 2 "endpoint: is for S3 alone"
	ask backup-swarm --to "$TO" --endpoint "$ENDPOINT" --region eu-west-1
	expect_error "no keys: refused" 1 "no AWS keys: set AWS_ACCESS_KEY_ID"
	AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=$SECRET ask backup-swarm --to "$TO" --endpoint "$ENDPOINT" --region eu-west-1
	expect_error "a server nobody vouches for: refused" 1 "$ENDPOINT" "its certificate is not trusted"
	equal "refused: nothing was stopped" "$engine" "$(dockerd_of 1)"
	equal "refused: nothing is there" '' "$(objects)"
}

# The bucket is away while the archive is written, and comes back.
# mutant helpers/aws/service.c try_again: retry_may(r, e) => false
#   fails a server that goes away: done
test_away() {
	fresh
	COPY=stopped launch away backup
	check "a server that goes away: the copy has begun" within 30 said_by away "copying the state"
	stop_s3
	check "a server that goes away: it is tried again" within 60 said_by away "trying again"
	start_s3
	finish away
	expect_done "a server that goes away: done" node_id "$(id_of 1)"
	equal "a server that goes away: the archive is there" 1 "$(objects | wc -l)"
}

# ---- put back ----

# restore FROM [OPTION...]: onto host 1
restore() {
	AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=$SECRET AWS_CA_BUNDLE=$CERT \
		helper restore-swarm 1 --from "$1" --endpoint "$ENDPOINT" --region eu-west-1 "${@:2}"
}

test_put_back() {
	fresh
	local from before
	before=$(tokens)
	backup --encrypt-to "$CERT"
	from=$(of_result file)
	on 1 docker swarm leave --force >"$WORK/said"
	restore "$from.old"
	expect_error "put back: no such object: refused" 1 "from: $from.old"
	check "put back, refused: the host is in no swarm" in_no_swarm 1
	restore "$from"
	expect_error "put back: without the key: refused" 2 "from: $from: it is encrypted" "decrypt_with"
	restore "$from" --decrypt-with "$WORK/tls.key"
	expect_done "put back: done" outcome restored cluster_id "$(of_result cluster_id)" node_id "$(of_result node_id)"
	equal "put back: with the same tokens" "$before" "$(tokens)"
	check "put back: no key of S3 is said" no_secret_said
}

SERVER=$("$ROOT/scripts/providers" versitygw)
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent
unset AWS_CA_BUNDLE AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_WEB_IDENTITY_TOKEN_FILE
lab_begin "$HOSTS"
trap end EXIT
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$CERT" -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -days 2 2>"$WORK/openssl"
mkdir -p "$BUCKET"
start_s3
within 30 answers || failed "the S3 server answers"
play test_put test_encrypted test_kept test_refused test_away test_put_back
finish_tests
