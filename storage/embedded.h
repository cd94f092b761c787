/* A private PostgreSQL under the state folder: made, started, kept running and stopped by us. Unix socket only, in a
 * folder that only the server's user (and root) may enter. As root, the server runs as user postgres. */
#ifndef AFTERWORD_STORAGE_EMBEDDED_H
#define AFTERWORD_STORAGE_EMBEDDED_H

#include <stdbool.h>
#include <sys/types.h>
#include <talloc.h>

struct embedded;

/* Makes the cluster if there is none, starts it, waits until it answers. *conninfo: how to reach it. NULL with *error
 * (both owned by ctx). A server that a dead supervisor left behind is taken over; a live supervisor's is used, and left
 * alone at the end. */
struct embedded *embedded_start(TALLOC_CTX *ctx, const char *state_dir, char **conninfo, char **error);
/* Was that process our server? Then it is noted as gone. e may be NULL. */
bool embedded_ended(struct embedded *e, pid_t pid);
/* Starts it again if it is gone, with backoff; does not wait. e may be NULL. */
void embedded_keep(struct embedded *e);
/* Fast shutdown; waits for its end. e may be NULL. */
void embedded_stop(struct embedded *e);

/* How to reach the cluster of that state folder, running or not; NULL: there is none. For commands beside the server.
 */
char *embedded_conninfo(TALLOC_CTX *ctx, const char *state_dir);

#endif
