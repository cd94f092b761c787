/* What /metrics shows: the whole process group, whichever worker the kernel hands the scrape to. Each worker listens on
 * a Unix socket of its own and gives its metrics to whoever of the same user connects; the worker that is scraped asks
 * all the others, and merges. The sockets are the supervisor's: a worker that is started again listens on the same one.
 */
#ifndef AFTERWORD_SCRAPE_H
#define AFTERWORD_SCRAPE_H

#include "gateway/http/http.h"

struct siblings;

/* In the supervisor, before it forks: a listening socket (abstract, named by the kernel). -1, and logged: none to be
 * had; its worker will not be seen by the others. */
int scrape_socket(void);
/* In the worker. siblings must outlive it. */
void scrape_start(struct worker *w, const struct siblings *siblings);
/* Answers with everybody's metrics; within a second also if some do not answer: those have afterword_worker_up 0 and
 * nothing else. */
void scrape_answer(struct request *rq);

#endif
