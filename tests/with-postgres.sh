#!/usr/bin/env bash
# Runs a command with a private PostgreSQL of its own: tests/with-postgres.sh COMMAND…
# AFTERWORD_TEST_DATABASE_URL names it. Unix socket only, a folder of its own, gone afterwards.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
dir=$(mktemp -d /tmp/afterword-pg.XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
	chown postgres "$dir"
	as=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi
cd "$dir"
stop() {
	"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
"${as[@]}" "$bin/initdb" -D "$dir/data" -U afterword -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w start \
	-o "-c listen_addresses='' -c unix_socket_directories='$dir' -c deadlock_timeout=100ms -c max_connections=100" >/dev/null
export AFTERWORD_TEST_DATABASE_URL="host=$dir user=afterword dbname=postgres"
export AFTERWORD_TEST_PGDATA="$dir/data"
cd "$OLDPWD"
"$@"
