/* What the law asks of the texts that the program itself sends. */
#include <string.h>

#include "templates/lint_private.h"
#include "templates/segments.h"

/* Does the text name it, whole, within the first bytes? */
static bool holds(const char *text, const char *what, size_t within)
{
	const char *at = strstr(text, what);

	return at && (size_t)(at - text) + strlen(what) <= within;
}

static const char *sample_name(const struct playbook *pb)
{
	return pb->brand.name ? pb->brand.name : "Northwind Outfitters";
}

static const char *sample_contact(const struct playbook *pb)
{
	return pb->brand.support_contact ? pb->brand.support_contact : "help@northwind.example.com";
}

static void wrong(struct loader *l, const struct pb_message *m, const char *rule, const char *text)
{
	pb_problem(l, m->path, m->line, true, rule, "%s", text);
}

/* OO-4: brand, how to get help, at most 160 GSM characters, nothing to follow. */
static void check_opt_out(struct loader *l, const struct pb_message *m, const char *text)
{
	struct sms_segments c = sms_count(text, strlen(text));

	if (c.encoding != SMS_GSM7 || c.units > 160)
		wrong(l, m, "OO-4", "the answer to STOP has at most 160 characters of GSM-7");
	if (!strstr(text, sample_contact(l->pb)))
		wrong(l, m, "OO-4", "the answer to STOP says how to get help: {{ support.contact }}");
	if (strcasestr(m->source, "http") || strstr(m->source, "| link"))
		wrong(l, m, "OO-4", "the answer to STOP holds no link");
}

/* HP-1: brand, contact and STOP in the first segment; HP-2: with the menu behind it as well. */
static void check_help(struct loader *l, const struct pb_message *m, const char *text)
{
	const struct pb_message *menu = playbook_message(l->pb, m->locale, "help_menu");
	char *tail = menu && menu->template ? lint_render(l, menu, PB_IN_REPLY) : NULL;
	char *both = talloc_asprintf(l->tmp, "%s %s", text, tail ? tail : "");
	size_t end = sms_segment_end(both, strlen(both), 0);

	if (!holds(both, sample_name(l->pb), end) || !holds(both, sample_contact(l->pb), end) ||
	    !holds(both, "STOP", end))
		wrong(l, m, "HP-1",
		      "the first segment of HELP holds the brand, {{ support.contact }} and STOP, also with help_menu "
		      "behind it");
}

void lint_program(struct loader *l, const struct pb_message *m, const char *text)
{
	if (m->cls != CLASS_COMPLIANCE)
		return;
	if (!strstr(text, sample_name(l->pb)))
		wrong(l, m, "CO-7", "a compliance text names the brand: {{ brand.name }}");
	if (!strcmp(m->name, "opt_out_confirmed"))
		check_opt_out(l, m, text);
	else if (!strstr(text, "STOP"))
		wrong(l, m, "CO-7", "a compliance text names STOP");
	if (!strcmp(m->name, "help"))
		check_help(l, m, text);
}
