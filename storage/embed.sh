#!/usr/bin/env bash
# Turns files into C: `embed.sh enum DIR` the enum of queries, `queries DIR` and `migrations DIR` their texts, `assets FILE…` served files.
set -euo pipefail
kind=$1
shift
bytes() { # the file as a C array body; od keeps every byte as it is
	od -An -v -tx1 "$1" | sed -E 's/ ([0-9a-f]{2})/0x\1,/g'
}
case $kind in
enum)
	echo '/* Generated from storage/queries. */'
	echo '#ifndef AFTERWORD_QUERIES_H'
	echo '#define AFTERWORD_QUERIES_H'
	echo 'enum query {'
	for f in $(LC_ALL=C ls "$1"/*.sql 2>/dev/null); do n=$(basename "$f" .sql); echo "	Q_${n^^},"; done
	echo '	QUERIES,'
	echo '};'
	echo 'struct query_text { const char *name, *sql; };'
	echo 'extern const struct query_text query_texts[];'
	echo '#endif'
	;;
queries | migrations)
	echo "/* Generated from storage/$kind. */"
	echo '#include <stddef.h>'
	i=0
	files=$(LC_ALL=C ls "$1"/*.sql 2>/dev/null || true)
	for f in $files; do echo "static const unsigned char t$i[] = {"; bytes "$f"; echo '0};'; i=$((i + 1)); done
	if [ "$kind" = queries ]; then
		echo '#include "queries.h"'
		echo 'const struct query_text query_texts[] = {'
	else
		echo '#include "storage/migrate.h"'
		echo 'const struct migration_text migration_texts[] = {'
	fi
	i=0
	for f in $files; do echo "	{\"$(basename "$f" .sql)\", (const char *)t$i},"; i=$((i + 1)); done
	echo '	{NULL, NULL},'
	echo '};'
	;;
assets)
	echo '/* Generated: files the server serves. */'
	echo '#include "gateway/http/assets.h"'
	i=0
	for f in "$@"; do echo "static const unsigned char a$i[] = {"; bytes "$f"; echo '0};'; i=$((i + 1)); done
	echo 'const struct asset assets[] = {'
	i=0
	for f in "$@"; do echo "	{\"/$(basename "$f")\", (const char *)a$i, sizeof(a$i) - 1},"; i=$((i + 1)); done
	echo '	{NULL, NULL, 0},'
	echo '};'
	;;
esac
