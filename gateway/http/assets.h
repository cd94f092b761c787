/* Files compiled into the program and served as they are. */
#ifndef AFTERWORD_ASSETS_H
#define AFTERWORD_ASSETS_H
#include <stddef.h>
struct asset {
	const char *path; /* "/openapi.yaml" */
	const char *bytes;
	size_t len;
};
extern const struct asset assets[]; /* ends with a NULL path */
#endif
