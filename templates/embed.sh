#!/usr/bin/env bash
# Prints a C table of every message file under $1/<locale>/<name>.liquid: front matter's class, then the text.
set -euo pipefail
cd "$1"
echo '/* Generated from templates/playbook/messages. */'
echo '#include "templates/wording.h"'
echo 'extern const struct wording_entry wording_data[]; extern const size_t wording_data_count;'
echo 'const struct wording_entry wording_data[] = {'
n=0
for f in $(LC_ALL=C ls */*.liquid 2>/dev/null | LC_ALL=C sort); do
	locale=${f%%/*} name=$(basename "$f" .liquid)
	awk -v locale="$locale" -v name="$name" '
		function q(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return s }
		NR == 1 && $0 == "---" { fm = 1; next }
		fm && $0 == "---" { fm = 0; next }
		fm { if ($1 == "class:") cls = $2; next }
		{ text = text (text == "" ? "" : "\\n") q($0) }
		END { printf "\t{\"%s\", \"%s\", \"%s\", \"%s\"},\n", locale, name, cls, text }' "$f"
	n=$((n + 1))
done
echo '	{NULL, NULL, NULL, NULL},'
echo '};'
echo "const size_t wording_data_count = $n;"
