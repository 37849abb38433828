#!/bin/sh
# Publishes this machine's public host keys on its console, which only root writes to and which a
# cloud shows to those who may look. Part of the user data.
set -eu

{
	awk '{ print "<swarm-host-key " $1 " " $2 ">" }' /etc/ssh/ssh_host_*_key.pub
	echo '<swarm-host-keys end>'
} >/dev/console
