#!/bin/sh
# A script that has to be called with --fetch first.
if [ "${1-}" = --fetch ]; then
	: >"$XDG_CACHE_HOME/fetched"
elif [ -e "$XDG_CACHE_HOME/fetched" ]; then
	echo 'ok it has been fetched'
else
	echo 'not ok it has been fetched'
fi
