/* How a text is cut into SMS segments: 3GPP TS 23.038 (alphabets), 23.040 9.2.3.24 (concatenation). */
#ifndef AFTERWORD_TEMPLATES_SEGMENTS_H
#define AFTERWORD_TEMPLATES_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

enum sms_encoding { SMS_GSM7 = 0, SMS_UCS2 = 1 };

struct sms_segments {
	enum sms_encoding encoding;
	size_t units;         /* septets (GSM-7) or UTF-16 code units (UCS-2) in the whole text */
	size_t segments;      /* at least 1 */
	uint32_t forces_ucs2; /* first code point outside GSM-7, 0 if none */
	size_t forces_at;     /* its byte offset in the text */
};

/* Counts. text is valid UTF-8 of len bytes. An extension character (two septets) and a surrogate pair are
 * never parted: 153 or 67 units a segment, filled greedily, once one segment does not hold it all. */
struct sms_segments sms_count(const char *text, size_t len);

/* Byte offset where segment number i (0-based) ends in text; for callers that must cut. */
size_t sms_segment_end(const char *text, size_t len, size_t i);

/* Units in segment i (test vectors: "parts"). */
size_t sms_segment_units(const char *text, size_t len, size_t i);

/* GSM-7 octets (one septet an octet, unpacked) to UTF-8 and back. Return bytes written, or -1 if it does not fit
 * or (encoding) holds a character outside the alphabet. Unknown escape pairs decode as the base character. */
long gsm7_to_utf8(const uint8_t *in, size_t n, char *out, size_t cap);
long utf8_to_gsm7(const char *in, size_t len, uint8_t *out, size_t cap);

#endif
