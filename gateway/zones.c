#include "gateway/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/zoneinfo"
#define LIST FOLDER "/zone1970.tab" /* countries TAB place TAB zone [TAB remark] */
#define NAME_MOST 64

/* Area/Place or Area/Region/Place of letters: no path leads out of the folder, and no POSIX rule looks like it. */
static bool well_formed(const char *name)
{
	unsigned parts = 1;
	size_t n = strlen(name);

	if (n > NAME_MOST || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/") != n)
		return false;
	for (const char *s = name; *s; s++) {
		if (*s != '/')
			continue;
		parts++;
		if (s == name || s[-1] == '/' || !s[1])
			return false;
	}
	return (parts == 2 || parts == 3) && name[0] >= 'A' && name[0] <= 'Z';
}

bool zone_known(const char *name)
{
	char path[sizeof(FOLDER) + NAME_MOST + 1], magic[4];
	FILE *f;
	bool known;

	if (!well_formed(name))
		return false;
	snprintf(path, sizeof(path), FOLDER "/%s", name);
	f = fopen(path, "re");
	known = f && fread(magic, 1, 4, f) == 4 && !memcmp(magic, "TZif", 4);
	if (f)
		fclose(f);
	return known;
}

/* the list ---------------------------------------------------------------------------------------------- */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct zone *)a)->name, ((const struct zone *)b)->name);
}

static void add_line(char *line, struct zone **list, size_t *n)
{
	char *countries = strtok(line, "\t"), *place = strtok(NULL, "\t"), *name = strtok(NULL, "\t\n");

	if (!countries || *countries == '#' || !place || !name)
		return;
	*list = reallocarray(*list, *n + 1, sizeof(**list));
	if (!*list)
		abort();
	(*list)[*n] = (struct zone){.name = strdup(name), .countries = strdup(countries)};
	if (!(*list)[*n].name || !(*list)[*n].countries)
		abort();
	(*n)++;
}

const struct zone *zones(size_t *n)
{
	static struct zone *list;
	static size_t count;
	static bool read;
	char line[512];
	FILE *f = read ? NULL : fopen(LIST, "re");

	read = true;
	while (f && fgets(line, sizeof(line), f))
		add_line(line, &list, &count);
	if (f) {
		fclose(f);
		qsort(list, count, sizeof(*list), by_name);
	}
	*n = count;
	return list;
}

bool zone_in(const struct zone *zone, const char *country)
{
	for (const char *s = zone->countries; *s; s += strcspn(s, ","), s += *s == ',')
		if (strlen(country) == 2 && !strncmp(s, country, 2))
			return true;
	return false;
}
