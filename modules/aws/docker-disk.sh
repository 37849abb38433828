#!/bin/sh
# Puts /var/lib/docker on the volume that came with the instance for it: the one disk
# that is no instance storage and has nothing on it yet. Part of the user data.
set -eu

# An attached volume may show up a moment after the boot, and nothing tells of it.
free_disks() {
	lsblk -dnpo NAME,TYPE,MODEL | while read -r name type model; do
		[ "$type" = disk ] || continue
		case $model in *'Instance Storage'*) continue ;; esac
		[ "$(lsblk -nro NAME "$name" | wc -l)" -eq 1 ] || continue
		[ -z "$(lsblk -dnro FSTYPE,MOUNTPOINT "$name" | tr -d ' ')" ] || continue
		printf '%s\n' "$name"
	done
}

if ! grep -q '^LABEL=docker ' /etc/fstab; then
	tries=0
	until disks=$(free_disks) && [ -n "$disks" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 120 ] || { echo 'no empty disk for /var/lib/docker appeared within 60 s'; exit 1; }
		sleep 0.5
	done
	[ "$(printf '%s\n' "$disks" | wc -l)" -eq 1 ] ||
		{ printf 'more than one empty disk, which is for /var/lib/docker? %s\n' "$disks"; exit 1; }
	mkfs.ext4 -q -L docker "$disks"
	mkdir -p /var/lib/docker
	echo 'LABEL=docker /var/lib/docker ext4 defaults,nofail,x-systemd.required-by=docker.service,x-systemd.before=docker.service 0 2' >>/etc/fstab
fi
mountpoint -q /var/lib/docker || mount /var/lib/docker
