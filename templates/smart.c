#include "templates/smart.h"

#include <string.h>

#include "templates/gsm7.h"
#include "templates/segments.h"

/* By code point. */
static const struct {
	uint32_t first, last;
	const char *as;
} table[] = {
	{0x00A0, 0x00A0, " "},   {0x00A9, 0x00A9, "(c)"},  {0x00AB, 0x00AB, "\""},  {0x00AD, 0x00AD, ""},
	{0x00AE, 0x00AE, "(R)"}, {0x00B4, 0x00B4, "'"},    {0x00B7, 0x00B7, "-"},   {0x00BB, 0x00BB, "\""},
	{0x00BC, 0x00BC, "1/4"}, {0x00BD, 0x00BD, "1/2"},  {0x00BE, 0x00BE, "3/4"}, {0x00D7, 0x00D7, "x"},
	{0x02B9, 0x02B9, "'"},   {0x02BC, 0x02BC, "'"},    {0x2000, 0x200A, " "},   {0x200B, 0x200D, ""},
	{0x2010, 0x2015, "-"},   {0x2018, 0x201B, "'"},    {0x201C, 0x201F, "\""},  {0x2022, 0x2022, "*"},
	{0x2024, 0x2024, "."},   {0x2025, 0x2025, ".."},   {0x2026, 0x2026, "..."}, {0x202F, 0x202F, " "},
	{0x2032, 0x2032, "'"},   {0x2033, 0x2033, "\""},   {0x2035, 0x2035, "'"},   {0x2039, 0x2039, "<"},
	{0x203A, 0x203A, ">"},   {0x2044, 0x2044, "/"},    {0x205F, 0x205F, " "},   {0x2060, 0x2060, ""},
	{0x2116, 0x2116, "No."}, {0x2122, 0x2122, "(TM)"}, {0x2190, 0x2190, "<-"},  {0x2192, 0x2192, "->"},
	{0x2212, 0x2212, "-"},   {0x2217, 0x2217, "*"},    {0x3000, 0x3000, " "},   {0xFE0F, 0xFE0F, ""},
	{0xFEFF, 0xFEFF, ""},
};

const char *smart_replacement(uint32_t cp)
{
	size_t lo = 0, hi = sizeof(table) / sizeof(table[0]);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (table[mid].last < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < sizeof(table) / sizeof(table[0]) && table[lo].first <= cp ? table[lo].as : NULL;
}

char *smart_text(TALLOC_CTX *ctx, const char *text)
{
	size_t len = strlen(text), room = len * 4 + 1; /* the longest is four bytes for two */
	char *out = talloc_size(ctx, room), *to = out;

	for (size_t i = 0; i < len;) {
		uint32_t cp;
		size_t n = utf8_next(text + i, len - i, &cp);
		const char *as = gsm7_septets(cp) ? NULL : smart_replacement(cp);

		if (as)
			to = stpcpy(to, as);
		else {
			memcpy(to, text + i, n);
			to += n;
		}
		i += n;
	}
	*to = '\0';
	if (sms_count(out, (size_t)(to - out)).encoding == SMS_GSM7)
		return out;
	memcpy(out, text, len + 1);
	return out;
}
