/* What the server asks of the worker, so that it need not know its inside. */
#ifndef AFTERWORD_SERVER_HOOKS_H
#define AFTERWORD_SERVER_HOOKS_H
struct worker;
struct metrics;
struct metrics *worker_metrics(struct worker *w);
#endif
