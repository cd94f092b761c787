/* The local spool: where texts and receipts wait while PostgreSQL is away. One append-only file a machine, shared by
 * its workers: state_dir/spool/spool.log; each record is length, CRC-32, kind, payload; written and fdatasync'd a batch
 * at a time off the loop. While it holds anything, everything goes through it, so that order of arrival is kept. */
#ifndef AFTERWORD_SPOOL_H
#define AFTERWORD_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

struct worker;
struct spool;

enum spool_kind { SPOOL_INBOUND = 1, SPOOL_RECEIPT = 2 };

struct spool_record {
	enum spool_kind kind;
	const char *bytes; /* JSON of the item */
	size_t len;
};

void spool_start(struct worker *w);
/* Must new items go to the spool? True while PostgreSQL is away (pg_ready false) or the file holds records. One fstat.
 */
bool spool_needed(struct worker *w, bool pg_ready);
/* Appends durably; done(arg, ok) is called on the loop; ok false: full or the disk refused (answer 503). bytes are
 * copied. */
void spool_append(struct worker *w, enum spool_kind kind, const char *bytes, size_t len,
		  void (*done)(void *arg, bool ok), void *arg);
/* Each pipeline says how its records are replayed: must call spool_replayed() once they are committed (ok) or to be
 * tried again (not ok). Called with records of one kind, in order. */
typedef void spool_replay_fn(struct worker *w, const struct spool_record *records, size_t n);
void spool_replayer(struct worker *w, enum spool_kind kind, spool_replay_fn *fn);
void spool_replayed(struct worker *w, bool ok);
bool spool_idle(const struct worker *w);
size_t spool_bytes(const struct worker *w);

#endif
