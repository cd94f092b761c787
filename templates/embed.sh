#!/usr/bin/env bash
# Prints a C table of every message file under $1/<locale>/<name>.liquid: front matter's class, then the text.
# Sorted by locale and name in byte order: wording.c searches it by halves. Fails on a file without a class or a text.
set -euo pipefail
export LC_ALL=C
cd "$1"
shopt -s nullglob
files=(*/*.liquid)
echo '/* Generated from templates/playbook/messages. */'
echo '#include "templates/wording.h"'
echo 'extern const struct wording_entry wording_data[]; extern const size_t wording_data_count;'
echo 'const struct wording_entry wording_data[] = {'
if ((${#files[@]})); then
	awk '
		function q(s) { gsub(/\\/, "&&", s); gsub(/"/, "\\\"", s); return s }
		function entry() {
			if (file == "") return
			if (cls == "" || text == "") { print file ": no class or no text" > "/dev/stderr"; failed = 1; exit 1 }
			split(file, part, "/")
			sub(/\.liquid$/, "", part[2])
			printf "%s\t%s\t\t{\"%s\", \"%s\", \"%s\", \"%s\"},\n", part[1], part[2], part[1], part[2], cls, text
		}
		FNR == 1 { entry(); file = FILENAME; cls = text = ""; fm = $0 == "---"; if (fm) next }
		fm && $0 == "---" { fm = 0; next }
		fm { if ($1 == "class:") cls = $2; next }
		{ text = text (text == "" ? "" : "\\n") q($0) }
		END { if (!failed) entry(); if (failed) exit 1 }' "${files[@]}" | sort -t $'\t' -k1,1 -k2,2 | cut -f3-
fi
echo '	{NULL, NULL, NULL, NULL},'
echo '};'
echo "const size_t wording_data_count = ${#files[@]};"
