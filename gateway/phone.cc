#include "gateway/phone.h"

#include <phonenumbers/phonenumberutil.h>
#include <stdio.h>
#include <string.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static bool fictional(const char *e164)
{
	return strlen(e164) == 12 && !strncmp(e164, "+1", 2) && !strncmp(e164 + 5, "5550", 4);
}

extern "C" bool phone_normalise(const char *raw, const char *region, char out[20], const char **why)
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string e164;

	if (util.Parse(raw, region && *region ? region : "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
		*why = "is not a phone number; give it as +14155550123";
		return false;
	}
	util.Format(number, PhoneNumberUtil::E164, &e164);
	if (!util.IsValidNumber(number) && !(util.IsPossibleNumber(number) && fictional(e164.c_str()))) {
		*why = "cannot be dialled; give it with its country code as +14155550123";
		return false;
	}
	snprintf(out, 20, "%s", e164.c_str());
	return true;
}

extern "C" void phone_region(const char *e164, char out[3])
{
	const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
	PhoneNumber number;
	std::string region;

	out[0] = 0;
	if (*e164 != '+' || util.Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
		return;
	util.GetRegionCodeForNumber(number, &region);
	if (region.empty() || region == "ZZ")
		util.GetRegionCodeForCountryCode(number.country_code(), &region);
	if (region.size() == 2 && region != "ZZ")
		snprintf(out, 3, "%s", region.c_str());
}
