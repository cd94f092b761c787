/* The pack as C. */
#include "router/rules/compile.h"

#include <string.h>

static void quoted(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		if ((unsigned char)*s < 0x20)
			fprintf(out, "\\%03o", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void zones(FILE *out, const struct rules_zones *z)
{
	fputs("{{", out);
	for (int i = 0; i < RULES_ZONE_WORDS; i++)
		fprintf(out, "%sUINT64_C(%#lx)", i ? "," : "", (unsigned long)z->bits[i]);
	fputs("}}", out);
}

static void numbers(FILE *out, const uint16_t *v, size_t n)
{
	fputc('{', out);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%u", i ? "," : "", v[i]);
	fputs(n ? "}" : "0}", out);
}

static void day(FILE *out, int32_t d)
{
	if (d == INT32_MIN)
		fputs("INT32_MIN", out);
	else
		fprintf(out, "%d", d);
}

static void emit_places(const struct pack *p, FILE *out)
{
	fputs("static const struct rules_place places[] = {\n", out);
	for (size_t i = 0; i < p->n_places; i++) {
		const struct rules_place *pl = &p->place[i].p;
		fputs("{", out);
		quoted(out, pl->code);
		fputs(", ", out);
		quoted(out, pl->name);
		fprintf(out, ", %u, %u, %u, %u, ", pl->country, pl->hours, pl->n_hours, pl->consent);
		zones(out, &pl->zones);
		fputs("},\n", out);
	}
	fputs("};\n", out);
}

static void emit_numbers(const struct pack *p, FILE *out)
{
	fputs("static const struct rules_area areas[] = {\n", out);
	for (size_t i = 0; i < p->n_areas; i++) {
		fprintf(out, "{%u, ", p->area[i].n_places);
		numbers(out, p->area[i].place, p->area[i].n_places);
		fputs(", ", out);
		zones(out, &p->area[i].zones);
		fputs("},\n", out);
	}
	fputs("};\nstatic const int16_t area_of[1000] = {", out);
	for (int i = 0; i < 1000; i++)
		fprintf(out, "%d,", p->area_of[i]);
	fputs("};\nstatic const struct rules_calling calling[] = {\n", out);
	for (size_t i = 0; i < p->n_calling; i++) {
		fprintf(out, "{%u, %u, ", p->calling[i].key, p->calling[i].n_places);
		numbers(out, p->calling[i].place, p->calling[i].n_places);
		fputs("},\n", out);
	}
	fputs("};\nstatic const struct rules_postal postal[] = {\n", out);
	for (size_t i = 0; i < p->n_postal; i++) {
		fprintf(out, "{%u, %u, ", p->postal[i].country, p->postal[i].n_places);
		numbers(out, p->postal[i].place, p->postal[i].n_places);
		fprintf(out, ", \"%s\", \"%s\"},\n", p->postal[i].from, p->postal[i].to);
	}
	fputs("};\n", out);
}

static void emit_hours(const struct pack *p, FILE *out)
{
	for (size_t i = 0; i < p->n_calendars; i++) {
		fprintf(out, "static const int32_t days_%zu[] = {", i);
		for (size_t k = 0; k < p->calendar[i].n; k++)
			fprintf(out, "%d,", p->calendar[i].days[k]);
		fputs("};\n", out);
	}
	fputs("static const struct rules_calendar calendars[] = {\n", out);
	for (size_t i = 0; i < p->n_calendars; i++) {
		fputs("{", out);
		quoted(out, p->calendar[i].name);
		fprintf(out, ", days_%zu, %zu},\n", i, p->calendar[i].n);
	}
	fputs("};\nstatic const struct rules_hours hours[] = {\n", out);
	for (size_t i = 0; i < p->n_hours; i++) {
		const struct rules_hours *h = &p->hours[i];
		fputs("{", out);
		day(out, h->from);
		fputs(", {", out);
		for (int d = 0; d < RULES_DAY_KINDS; d++)
			fprintf(out, "{%d, %d},", h->window[d].open, h->window[d].close);
		fprintf(out, "}, %d, \"%s\", ", h->calendar, h->confidence);
		quoted(out, h->source);
		fputs("},\n", out);
	}
	fputs("};\nstatic const struct rules_consent consents[] = {\n", out);
	for (size_t i = 0; i < p->n_consents; i++) {
		const struct rules_consent *c = &p->consent[i];
		fprintf(out, "{%d, %d, %d, %d, %d, %d},\n", c->transactional, c->relationship, c->promotional,
			c->purchase_days, c->inquiry_days, c->soft_opt_in);
	}
	fputs("};\n", out);
}

static void emit_names(const struct pack *p, FILE *out)
{
	fputs("static const char *const zones[] = {\n", out);
	for (size_t i = 0; i < p->n_zones; i++)
		fprintf(out, "\"%s\",\n", p->zone[i]);
	fputs("};\nstatic const struct rules_alias aliases[] = {\n", out);
	for (size_t i = 0; i < p->n_aliases; i++)
		fprintf(out, "{\"%s\", %u},\n", p->alias[i].name, p->alias[i].zone);
	fputs("};\n", out);
}

void emit(const struct pack *p, FILE *out)
{
	fputs("/* Generated from router/rules. */\n#include \"router/rules.h\"\n", out);
	emit_names(p, out);
	emit_places(p, out);
	emit_numbers(p, out);
	emit_hours(p, out);
	fputs("const struct rules rules = {\n.version = ", out);
	quoted(out, p->version);
	fprintf(out, ",\n.calendar_until = %d,\n", p->calendar_until);
	fputs(".zones = zones, .aliases = aliases, .places = places, .areas = areas, .area_of = area_of,\n"
	      ".calling = calling, .postal = postal, .hours = hours, .calendars = calendars, .consents = consents,\n",
	      out);
	fprintf(out,
		".n_zones = %zu, .n_aliases = %zu, .n_places = %zu, .n_areas = %zu, .n_calling = %zu,\n"
		".n_postal = %zu, .n_hours = %zu, .n_calendars = %zu, .n_consents = %zu,\n",
		p->n_zones, p->n_aliases, p->n_places, p->n_areas, p->n_calling, p->n_postal, p->n_hours,
		p->n_calendars, p->n_consents);
	fprintf(out, ".others = %d, .us = %d, .us_unknown = %d, .us_contiguous = %d,\n", pack_place(p, "others"),
		pack_place(p, "US"), pack_place(p, "US-unknown"), pack_place(p, "US-48"));
	fprintf(out, ".guard = %d, .spread = %d, .courtesy = {%d, %d},\n", p->guard, p->spread, p->courtesy.open,
		p->courtesy.close);
	fprintf(out,
		".ceiling_24h = %u, .marketing_24h = %u, .marketing_7d = %u, .transactional_24h = %u,\n.reach = {\n",
		p->ceiling_24h, p->marketing_24h, p->marketing_7d, p->transactional_24h);
	for (int i = 0; i < SENDER_KINDS; i++) {
		const struct rules_reach *r = &p->reach[i];
		fprintf(out, "{%d, %d, %d, %u, ", r->own, r->all_but, r->one_way, r->n_places);
		numbers(out, r->place, r->n_places);
		fputs("},\n", out);
	}
	fprintf(out, "},\n.n_domestic = %u, .domestic = ", p->n_domestic);
	numbers(out, p->domestic, p->n_domestic);
	fputs(",\n};\n", out);
}
