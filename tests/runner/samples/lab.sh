#!/bin/sh
# A suite that makes a host of the lab and a file, and takes nothing away.
set -eu
lab=$(dirname "$0")/../../../scripts/lab
"$lab" network-up runlab 10.205.1.0/24
"$lab" up runlab runlab-1 10.205.1.11/24
: >/tmp/left-by-runlab
echo 'ok the host is up'
