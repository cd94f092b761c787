#!/usr/bin/env bash
# Prints the files of the playbook in $1 as a C table: what ships.
set -euo pipefail
export LC_ALL=C
cd "$1"
shopt -s nullglob
files=(*.yaml messages/*/*.liquid)
echo '/* Generated from templates/playbook. */'
echo '#include "templates/playbook.h"'
for i in "${!files[@]}"; do
	echo "static const unsigned char t$i[] = {"
	od -An -v -tx1 "${files[$i]}" | sed -E 's/ ([0-9a-f]{2})/0x\1,/g'
	echo '0};'
done
echo 'const struct playbook_file playbook_shipped_files[] = {'
for i in "${!files[@]}"; do echo "	{\"${files[$i]}\", (const char *)t$i, sizeof(t$i) - 1, 0},"; done
echo '	{NULL, NULL, 0, 0},'
echo '};'
