/* Counting and cutting: 3GPP TS 23.038 (how many units a character takes), 23.040 9.2.3.24.1 (concatenation: a header
 * with an 8-bit reference takes six octets of each part, seven septets or three UTF-16 code units). */
#include "templates/segments.h"

#include "templates/gsm7.h"

enum { GSM7_ALONE = 160, GSM7_PART = 153, UCS2_ALONE = 70, UCS2_PART = 67 };

/* Units that a character takes; in GSM-7 no character outside the alphabet is asked for. */
static size_t units_of(enum sms_encoding encoding, uint32_t cp)
{
	if (encoding == SMS_GSM7)
		return gsm7_septets(cp);
	return cp >= 0x10000 ? 2 : 1; /* a surrogate pair */
}

/* A walk over the parts of a text, filled greedily; a character is never parted. */
struct walk {
	const char *text;
	size_t len;
	enum sms_encoding encoding;
	size_t capacity; /* units a part may hold */
	size_t at;       /* byte offset where the next part begins */
};

/* Takes the next part, at least one character where there is one. Returns its units. */
static size_t next_part(struct walk *walk)
{
	size_t units = 0;

	while (walk->at < walk->len) {
		uint32_t cp;
		size_t bytes = utf8_next(walk->text + walk->at, walk->len - walk->at, &cp);
		size_t more = units_of(walk->encoding, cp);

		if (units + more > walk->capacity)
			break;
		units += more;
		walk->at += bytes;
	}
	return units;
}

static struct walk walk_of(const char *text, size_t len, const struct sms_segments *count)
{
	struct walk walk = {.text = text, .len = len, .encoding = count->encoding};

	if (count->segments == 1)
		walk.capacity = count->encoding == SMS_GSM7 ? GSM7_ALONE : UCS2_ALONE;
	else
		walk.capacity = count->encoding == SMS_GSM7 ? GSM7_PART : UCS2_PART;
	return walk;
}

struct sms_segments sms_count(const char *text, size_t len)
{
	struct sms_segments count = {.encoding = SMS_GSM7, .segments = 1};
	size_t septets = 0, utf16 = 0;

	for (size_t at = 0; at < len;) {
		uint32_t cp;
		size_t bytes = utf8_next(text + at, len - at, &cp);
		size_t more = gsm7_septets(cp);

		if (more == 0 && count.encoding == SMS_GSM7) {
			count.encoding = SMS_UCS2;
			count.forces_ucs2 = cp;
			count.forces_at = at;
		}
		septets += more;
		utf16 += units_of(SMS_UCS2, cp);
		at += bytes;
	}
	count.units = count.encoding == SMS_GSM7 ? septets : utf16;
	if (count.units <= (count.encoding == SMS_GSM7 ? GSM7_ALONE : UCS2_ALONE))
		return count;

	count.segments = 2; /* more than one: walk_of takes the smaller parts */
	struct walk walk = walk_of(text, len, &count);
	for (count.segments = 0; walk.at < len; count.segments++)
		next_part(&walk);
	return count;
}

size_t sms_segment_end(const char *text, size_t len, size_t i)
{
	struct sms_segments count = sms_count(text, len);
	struct walk walk = walk_of(text, len, &count);

	for (size_t part = 0; part <= i && walk.at < len; part++)
		next_part(&walk);
	return walk.at;
}

size_t sms_segment_units(const char *text, size_t len, size_t i)
{
	struct sms_segments count = sms_count(text, len);
	struct walk walk = walk_of(text, len, &count);
	size_t units = 0;

	if (i >= count.segments)
		return 0;
	for (size_t part = 0; part <= i; part++)
		units = next_part(&walk);
	return units;
}
