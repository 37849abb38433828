#!/usr/bin/env bash
# How a new machine finds the disk for /var/lib/docker (modules/user_data): with programs in
# place of those that would touch a disk.
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

WORK=$(mktemp -d /tmp/tsh-disk.XXXXXX)
trap 'umount /etc/fstab 2>/dev/null; rm -rf "$WORK"' EXIT
mkdir "$WORK/bin"

# program NAME BODY
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$WORK/bin/$1"
	chmod +x "$WORK/bin/$1"
}

# lsblk answers from the table: name, type, children, file system, label, model
# shellcheck disable=SC2016 # they expand it
program lsblk '
case $1 in
-dnpo) awk "{ printf \"%s %s\", \$1, \$2; for (i = 6; i <= NF; i++) printf \" %s\", \$i; print \"\" }" "$DISKS" ;;
-nro) awk -v name="$3" "\$1 == name { for (i = 0; i <= \$3; i++) print name }" "$DISKS" ;;
-dnro) awk -v what="$2" -v name="$3" "BEGIN { at[\"FSTYPE\"] = 4; at[\"LABEL\"] = 5 }
	\$1 == name && what in at && \$at[what] != \"-\" { print \$at[what] }" "$DISKS" ;;
esac'
# shellcheck disable=SC2016
program mkfs.ext4 'echo "$@" >>"$DONE"'
# shellcheck disable=SC2016
program mount 'echo "mount $*" >>"$DONE"'
program mountpoint 'exit 1'
program mkdir 'exit 0'
program sleep 'exit 0'

# run DISK...: the script with these disks; what it did is in $WORK/done, what it said in $WORK/said
run() {
	printf '%s\n' "$@" >"$WORK/disks"
	: >"$WORK/done"
	: >"$WORK/fstab"
	DISKS=$WORK/disks DONE=$WORK/done PATH=$WORK/bin:$PATH sh -eu "$ROOT/modules/user_data/docker-disk.sh" >"$WORK/said" 2>&1
}

refused() {
	local text=$1
	shift
	if run "$@"; then return 1; fi
	[ ! -s "$WORK/done" ] && [ ! -s "$WORK/fstab" ] && grep -qF "$text" "$WORK/said"
}

ROOT_DISK='/dev/nvme0n1 disk 2 - - Amazon Elastic Block Store'
EMPTY='/dev/nvme1n1 disk 0 - - Amazon Elastic Block Store'
STORAGE='/dev/nvme2n1 disk 0 - - Amazon EC2 NVMe Instance Storage'
FULL='/dev/nvme3n1 disk 0 ext4 data Amazon Elastic Block Store'
USED='/dev/sdb disk 0 ext4 docker BSSD'

touch "$WORK/fstab"
mount --bind "$WORK/fstab" /etc/fstab
check "one empty disk is taken" run "$ROOT_DISK" "$EMPTY" "$STORAGE" "$FULL"
equal "it is made a file system of, and mounted" '-q -L docker /dev/nvme1n1
mount /var/lib/docker
mount /var/lib/containerd' "$(cat "$WORK/done")"
check "at every boot, and Docker only after it" grep -q \
	'^LABEL=docker /var/lib/docker ext4 .*x-systemd.required-by=docker.service' "$WORK/fstab"
check "images of newer engines are there, too, once it is mounted" grep -q \
	'^/var/lib/docker/of-containerd /var/lib/containerd none bind,.*x-systemd.requires-mounts-for=/var/lib/docker,x-systemd.required-by=containerd.service' "$WORK/fstab"
check "one that another machine had for Docker is taken" run "$ROOT_DISK" "$USED" "$FULL"
equal "it is made a file system of anew" '-q -L docker /dev/sdb' "$(head -n 1 "$WORK/done")"
check "no empty disk: it says so and touches none" refused 'no empty disk' "$ROOT_DISK" "$STORAGE" "$FULL"
check "two empty disks: it says so and touches none" refused 'more than one empty disk' \
	"$ROOT_DISK" "$EMPTY" '/dev/nvme4n1 disk 0 - - Amazon Elastic Block Store'
finish_tests
