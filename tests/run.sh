#!/usr/bin/env bash
# Runs every test and counts: tests/run.sh BUILD. Each stage's output goes to BUILD/test-logs; failures are shown whole.
# Last line: 'N passed, N failed, N skipped'.
set -u
cd "$(dirname "$0")/.."
build=$1
logs=$build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0
fuzz_seconds=${FUZZ_SECONDS:-3}
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

count() { # count REGEX FILE: the sum of the first number in the lines that match
	grep -aE "$1" "$2" 2>/dev/null | grep -aoE '[0-9]+' | awk '{ s += $1 } END { print s + 0 }'
}

# cmocka prints '[  PASSED  ] N test(s).' and the like on standard error
cmocka() { # cmocka NAME COMMAND…
	local name=$1 log=$logs/${1//\//_}.log p f s status
	shift
	"$@" >"$log" 2>&1
	status=$?
	p=$(count '^\[  PASSED  \] [0-9]+ test' "$log")
	f=$(count '^\[  FAILED  \] [0-9]+ test' "$log")
	s=$(count '^\[  SKIPPED \] [0-9]+ test' "$log")
	# a program that died or counted nothing has failed
	if { [ $status -ne 0 ] && [ "$f" -eq 0 ]; } || [ $((p + f + s)) -eq 0 ]; then f=$((f + 1)); fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "$name: $p passed, $f failed, $s skipped"
	[ "$s" -eq 0 ] || grep -aE '^\[  SKIPPED \] [a-z]' "$log" | sort -u
	[ "$f" -eq 0 ] || { cat "$log"; }
}

whole() { # whole NAME COMMAND…: counts as one test
	local name=$1 log=$logs/${1//\//_}.log
	shift
	if "$@" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: passed"
	else
		failed=$((failed + 1))
		echo "$name: FAILED"
		tail -n 60 "$log"
	fi
}

node_tests() {
	local log program
	log=$(realpath "$logs")/e2e.log
	program=$(realpath "$build")/afterword
	(cd tests/e2e && { [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; } &&
		AFTERWORD="$program" ../with-postgres.sh node --test --test-concurrency=1 --test-reporter=tap .) >"$log" 2>&1
	local p f s
	p=$(count '^# pass [0-9]+' "$log") f=$(count '^# fail [0-9]+' "$log") s=$(count '^# skipped [0-9]+' "$log")
	[ $((p + f + s)) -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "end to end: $p passed, $f failed, $s skipped"
	[ "$s" -eq 0 ] || grep -E '# SKIP' "$log"
	[ "$f" -eq 0 ] || { grep -vE '^ *#' "$log" | tail -n 150; }
}

for kind in "" asan/; do
	for t in "$build/$kind"unit/*/test_*; do
		[ -x "$t" ] && [ ! -d "$t" ] || continue
		cmocka "${t#"$build"/}" "$t"
	done
	for t in "$build/$kind"integration/test_*; do
		[ -x "$t" ] || continue
		cmocka "${t#"$build"/}" tests/with-postgres.sh "$t"
	done
done
for t in "$build"/fuzz/fuzz_*; do
	[ -x "$t" ] || continue
	whole "${t#"$build"/}" "$t" -max_total_time="$fuzz_seconds" -max_len=4096 -timeout=10 -artifact_prefix="$logs/"
done
[ ! -f tests/e2e/package.json ] || node_tests
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
