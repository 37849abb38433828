#!/bin/sh
# Puts /var/lib/docker on the volume that came with the machine for it: the one disk that
# is no storage of the host's own and has nothing on it yet, or only what another machine
# that had it before put there. With it goes /var/lib/containerd, where a Docker that is
# installed as 29 or newer has its images and the files of containers. Part of the user data.
set -eu

# free DISK: whether nothing on it is worth anything to this machine
free() {
	[ "$(lsblk -nro NAME "$1" | wc -l)" -eq 1 ] && [ -z "$(lsblk -dnro MOUNTPOINT "$1")" ] || return 1
	[ -z "$(lsblk -dnro FSTYPE "$1")" ] || [ "$(lsblk -dnro LABEL "$1")" = docker ]
}

# An attached volume may show up a moment after the boot, and nothing tells of it.
free_disks() {
	lsblk -dnpo NAME,TYPE,MODEL | while read -r name type model; do
		[ "$type" = disk ] || continue
		case $model in *'Instance Storage'*) continue ;; esac
		if free "$name"; then printf '%s\n' "$name"; fi
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
# A folder beside those of the engine, which knows nothing of it
if ! grep -q ' /var/lib/containerd ' /etc/fstab; then
	mkdir -p /var/lib/docker/of-containerd /var/lib/containerd
	echo '/var/lib/docker/of-containerd /var/lib/containerd none bind,nofail,x-systemd.requires-mounts-for=/var/lib/docker,x-systemd.required-by=containerd.service,x-systemd.before=containerd.service 0 0' >>/etc/fstab
fi
mountpoint -q /var/lib/containerd || mount /var/lib/containerd
