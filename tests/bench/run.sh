#!/usr/bin/env bash
# The speed of the main path beside what this machine can do at most, in one run: tests/bench/run.sh BUILD (make bench).
# Needs wrk and node. All on loopback, against a private PostgreSQL at its default durability.
set -euo pipefail
build=$(realpath "$1") self=$(realpath "$0")
cd "$(dirname "$self")"
if [ -z "${AFTERWORD_TEST_DATABASE_URL:-}" ]; then exec ../with-postgres.sh bash "$self" "$build"; fi
work=$(mktemp -d /tmp/afterword-bench.XXXXXX)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
texts=${BENCH_TEXTS:-150000}
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
url=http://127.0.0.1:$port
sql() { psql -qAtX "$AFTERWORD_TEST_DATABASE_URL" "$@"; }
export AFTERWORD_DATABASE_URL="$AFTERWORD_TEST_DATABASE_URL" AFTERWORD_STATE_DIR="$work" AFTERWORD_LISTEN="127.0.0.1:$port" AFTERWORD_OUTBOUND=false AFTERWORD_LOG_LEVEL=warn

echo "== ceilings"
host=$(sed -E 's/.*host=([^ ]*).*/\1/' <<<"$AFTERWORD_TEST_DATABASE_URL")
sql -c 'CREATE TABLE ceiling (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)'
echo "INSERT INTO ceiling (body) VALUES ('Where is my order? It should have been here on Tuesday.');" >"$work/one.sql"
commits() { "$bin/pgbench" -h "$host" -U afterword -n -M prepared -f "$work/one.sql" -c "$1" -j 2 -T 4 postgres 2>/dev/null | sed -nE 's/^tps = ([0-9]+).*/\1/p'; }
one=$(commits 1) sixteen=$(commits 16)
echo "INSERT INTO ceiling (body) SELECT 'Where is my order? It should have been here on Tuesday.' FROM generate_series(1, 500);" >"$work/many.sql"
rows=$("$bin/pgbench" -h "$host" -U afterword -n -M prepared -f "$work/many.sql" -c 2 -j 2 -T 4 postgres 2>/dev/null | sed -nE 's/^tps = ([0-9]+).*/\1/p')
echo "single-row commits/s: $one (1 client), $sixteen (16 clients); batch insert rows/s: $((rows * 500))"

echo "== Afterword"
"$build/afterword" migrate >/dev/null
psql -qX -v stub=http://127.0.0.1:9 "$AFTERWORD_TEST_DATABASE_URL" -f seed.sql
node sign.mjs inbound "$url" benchtoken "$texts" >"$work/inbound"
"$build/afterword" serve --workers "${BENCH_WORKERS:-2}" >"$work/log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do curl -sf "$url/readyz" >/dev/null && break; sleep 0.1; done
sleep 1
drive() { # drive FILE CONNECTIONS SECONDS
	REQUESTS=$1 LANES=1 HOST=127.0.0.1:$port wrk -t1 -c"$2" -d"$3" -s replay.lua "$url" 2>&1 | tee "$work/wrk" | grep RESULT || { cat "$work/wrk"; exit 1; }
}
before=$(sql -c 'SELECT count(*) FROM messages WHERE inbound')
read -r _ n secs p50 p99 errors < <(drive "$work/inbound" 64 "${BENCH_SECONDS:-12}")
after=$(sql -c 'SELECT count(*) FROM messages WHERE inbound')
[ "$n" -lt $((texts - 100)) ] || echo "(the texts ran out before the time: give more with BENCH_TEXTS)"
queued=$(sql -c 'SELECT count(*) FROM outbox')
rate=$(awk "BEGIN { printf \"%d\", ($after - $before) / $secs }")
echo "inbound: $rate texts/s durable, with decision and queued reply (p50 $p50 ms, p99 $p99 ms, $errors errors; $n sent, $((after - before)) stored, $queued replies queued)"
awk "BEGIN { printf \"  = %.2f x single-row commits at 16 clients\n\", $rate / $sixteen }"

sql -c "SELECT id FROM messages WHERE NOT inbound ORDER BY random()" >"$work/ids"
node sign.mjs status "$url" benchtoken "$work/ids" >"$work/status"
read -r _ n secs p50 p99 errors < <(drive "$work/status" 64 "${BENCH_RECEIPT_SECONDS:-3}")
done=$(sql -c 'SELECT count(*) FROM messages WHERE state = 40')
awk "BEGIN { r = $done / $secs; printf \"receipts: %d/s (p50 $p50 ms, p99 $p99 ms, $errors errors) = %.2f x inbound\n\", r, r / $rate }"
for p in $(pgrep -P "${pids[0]}"); do echo "resident, worker $p: $(awk '/VmRSS/ { print $2 " KiB" }' "/proc/$p/status")"; done
