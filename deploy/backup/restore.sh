#!/bin/sh
# Bring a backup into the database that Satchel's settings name, and check what came.
#
#   restore.sh [--replace] DUMP
#
# The database must be there and empty; with --replace, all that is in it is dropped first. Stop every instance before.
set -eu

replace=no
if [ "${1:-}" = --replace ]; then
	replace=yes
	shift
fi
if [ $# -ne 1 ]; then
	echo "usage: restore.sh [--replace] DUMP" >&2
	exit 2
fi
dump=$1 satchel=${SATCHEL:-satchel}
checksum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
refuse() {
	echo "restore.sh: $1 Nothing was changed." >&2
	exit 1
}

[ -f "$dump" ] || refuse "There is no file $dump."
[ -f "$dump.sha256" ] || refuse "There is no checksum $dump.sha256."
# Of this file, whichever the checksum names: a copy may be called otherwise.
[ "$(checksum <"$dump" | cut -d ' ' -f 1)" = "$(cut -d ' ' -f 1 "$dump.sha256")" ] ||
	refuse "$dump is damaged: it does not have its checksum."
# Once more, with the programs that belong to the server on the PATH, and led to the database by the environment.
# shellcheck disable=SC2046 # one word or none
[ -n "${SATCHEL_REACHED:-}" ] || exec "$satchel" postgres env SATCHEL_REACHED=yes \
	sh "$0" $([ "$replace" = no ] || echo --replace) "$dump"
pg_restore --list "$dump" >/dev/null || refuse "$dump is no backup that pg_restore reads."

tables=$(psql -XAtc \
	"SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'v', 'S')")
[ "$tables" = 0 ] || [ "$replace" = yes ] || refuse "The database is not empty (--replace drops what is in it)."

# All or nothing, what is dropped included: a pipe hides that its beginning failed, so that is told by what it sends.
# Whoever restores owns what comes.
{
	echo "SET client_min_messages = warning;"
	[ "$tables" = 0 ] || echo "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
	pg_restore --no-owner --no-privileges --file=- "$dump" ||
		printf '\n\\.\nSELECT "The backup cannot be read to its end.";\n'
} | psql -Xq --single-transaction -v ON_ERROR_STOP=1 --output=/dev/null --file=- ||
	refuse "The backup could not be brought in."
psql -Xqc ANALYZE

"$satchel" migrate --check || {
	echo "restore.sh: the backup is of another version of Satchel. Run: satchel migrate, and satchel audit verify" >&2
	exit 1
}
if [ -s "$dump.head" ]; then
	"$satchel" audit verify --expect "$(cat "$dump.head")"
else
	"$satchel" audit verify
fi
