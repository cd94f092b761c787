#include "gateway/phone.h"

#include <cstdio>
#include <cstring>
#include <string>

#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static const size_t RAW_MAX = 64; /* longer is no telephone number, and not worth a parser's time */

/* NPA-555-01XX is kept for fiction (NANP): demos and tests use it, and it reaches nobody. */
static bool fictional(const PhoneNumber &n)
{
	unsigned long long line = n.national_number();

	return n.country_code() == 1 && line / 10000 % 1000 == 555 && line % 10000 / 100 == 1;
}

static bool diallable(const PhoneNumberUtil &util, const PhoneNumber &n)
{
	if (util.IsPossibleNumberWithReason(n) != PhoneNumberUtil::IS_POSSIBLE || n.has_extension())
		return false;
	return util.IsValidNumber(n) || fictional(n);
}

extern "C" bool phone_normalise(const char *raw, const char *region, char out[PHONE_MAX], const char **why)
{
	static char reason[RAW_MAX + 128];
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	bool known = region && std::strlen(region) == 2;
	PhoneNumber n;
	std::string e164;

	if (std::strlen(raw) > RAW_MAX) {
		*why = "is too long for a telephone number; give it as +14155550123";
		return false;
	}
	if (util.Parse(raw, known ? region : "ZZ", &n) == PhoneNumberUtil::NO_PARSING_ERROR && diallable(util, n)) {
		util.Format(n, PhoneNumberUtil::E164, &e164);
		if (e164.size() < PHONE_MAX) {
			std::memcpy(out, e164.c_str(), e164.size() + 1);
			return true;
		}
	}
	if (known && raw[0] != '+')
		std::snprintf(reason, sizeof(reason),
			      "'%s' is not a number that can be dialled in %s; give it as +14155550123", raw, region);
	else
		std::snprintf(reason, sizeof(reason),
			      "'%s' is not a number that can be dialled; give it as +14155550123", raw);
	*why = reason;
	return false;
}

extern "C" const char *phone_region(const char *e164, char out[3])
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber n;
	std::string region;

	out[0] = 0;
	if (e164[0] != '+' || std::strlen(e164) > RAW_MAX ||
	    util.Parse(e164, "ZZ", &n) != PhoneNumberUtil::NO_PARSING_ERROR)
		return out;
	util.GetRegionCodeForNumber(n, &region);
	if (region == "ZZ") /* not assigned: the country code still says where it would be */
		util.GetRegionCodeForCountryCode(n.country_code(), &region);
	if (region.size() == 2 && region != "ZZ")
		std::memcpy(out, region.c_str(), 3);
	return out;
}
