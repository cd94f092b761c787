#!/usr/bin/env bash
# Prints a C table of the words of $1/<locale>.yaml: `key: "text"`, a line each, sorted by locale and key in byte order. Fails on any
# other line.
set -euo pipefail
export LC_ALL=C
cd "$1"
echo '/* Generated from templates/pages. */'
echo '#include "templates/pages.h"'
echo 'extern const struct page_word page_words_data[]; extern const size_t page_words_count;'
echo 'const struct page_word page_words_data[] = {'
awk '
	!/^[a-z_]+: ".+"$/ { print FILENAME ":" FNR ": not key: \"text\"" > "/dev/stderr"; failed = 1; exit 1 }
	{
		key = substr($0, 1, index($0, ":") - 1)
		text = substr($0, length(key) + 4, length($0) - length(key) - 4)
		gsub(/\\/, "&&", text); gsub(/"/, "\\\"", text)
		locale = FILENAME; sub(/\.yaml$/, "", locale)
		printf "\t{\"%s\", \"%s\", \"%s\"},\n", locale, key, text
	}
	END { if (failed) exit 1 }' *.yaml | sort -t '"' -k2,2 -k4,4
echo '};'
echo 'const size_t page_words_count = sizeof(page_words_data) / sizeof(page_words_data[0]);'
