#!/bin/sh
# Write a consistent copy of Satchel's database into a folder, and remove the oldest beyond the last few.
#
#   backup.sh FOLDER [KEEP]      KEEP is how many to keep, 14 by default
#
# Runs with the settings of the service; SATCHEL names the program where `satchel` is not on the PATH. Beside each
# satchel-TIME.dump, which pg_restore reads, lie its checksum (.sha256) and the end of the log of events (.head).
set -eu
umask 077

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	echo "usage: backup.sh FOLDER [KEEP]" >&2
	exit 2
fi
folder=$1 keep=${2:-14} satchel=${SATCHEL:-satchel}
case $keep in
'' | 0* | *[!0-9]*)
	echo "backup.sh: KEEP must be a whole number from 1 on." >&2
	exit 2
	;;
esac
checksum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# Once more, with the programs that belong to the server on the PATH, and led to the database by the environment.
[ -n "${SATCHEL_REACHED:-}" ] || exec "$satchel" postgres env SATCHEL_REACHED=yes sh "$0" "$@"

mkdir -p "$folder"
# Several may begin in the same second, and each needs a name of its own.
while :; do
	name=satchel-$(date -u +%Y%m%dT%H%M%SZ).dump
	draft=$folder/.$name.part
	if [ ! -e "$folder/$name" ] && fault=$(mkdir "$draft" 2>&1); then
		break
	elif [ ! -e "$folder/$name" ] && [ ! -e "$draft" ]; then
		echo "backup.sh: $fault" >&2
		exit 1
	fi
	sleep 1
done
trap 'rm -rf "$draft"' EXIT
trap 'exit 130' INT TERM

# A copy of a log that was tampered with is better than none, but it must not go unnoticed.
is_whole=yes
if told=$("$satchel" audit verify); then
	printf '%s\n' "$told" | sed -n 2p >"$draft/head"
else
	is_whole=no
	: >"$draft/head"
fi

pg_dump --format=custom --no-unlogged-table-data --file="$draft/dump"
pg_restore --list "$draft/dump" >/dev/null
checksum <"$draft/dump" | sed "s/-\$/$name/" >"$draft/sha256"
mv "$draft/head" "$folder/$name.head"
mv "$draft/sha256" "$folder/$name.sha256"
# Last: what has its name is whole, and has the other two beside it.
mv "$draft/dump" "$folder/$name"
sync

set -- "$folder"/satchel-*Z.dump
while [ $# -gt "$keep" ]; do
	rm -f "$1" "$1.head" "$1.sha256"
	shift
done
echo "$folder/$name"
if [ "$is_whole" = no ]; then
	echo "backup.sh: the backup is made, but the log of events is not whole; see above." >&2
	exit 1
fi
