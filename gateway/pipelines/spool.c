#include "gateway/pipelines/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gateway/log.h"
#include "gateway/worker.h"

/* A record: magic, kind, length, CRC-32 of kind, length and payload, payload. A torn one (killed while writing) is
 * passed over by looking for the next magic whose checksum fits: it was never acknowledged. */
#define MAGIC 0x31535741u /* "AWS1" */
struct head {
	uint32_t magic, kind, len, crc;
};

#define REPLAY_RECORDS 500
#define REPLAY_BYTES (4u << 20)
#define TICK_MS 50

struct waiting {
	struct waiting *next;
	void (*done)(void *, bool);
	void *arg;
	struct head head;
	char *bytes;
};

struct spool {
	struct worker *worker;
	/* The file, opened twice: a lock belongs to an opening, and the loop must not hold, or give back, what the
	 * writing thread locked. */
	int fd, write_fd;
	int lock_fd; /* locked by the worker that replays */
	bool have_lock, replaying;
	off_t offset, next_offset;
	spool_replay_fn *replay[3];
	uv_timer_t timer;
	struct waiting *first, *last; /* to be written */
	struct waiting *writing;
	bool write_ok;
	uv_work_t work;
	char *chunk;
};

static uint32_t checksum(const struct head *h, const void *bytes)
{
	uLong crc = crc32(0, (const Bytef *)&h->kind, 8);

	return (uint32_t)crc32(crc, bytes, h->len);
}

static off_t size_of(const struct spool *s)
{
	struct stat st;

	return fstat(s->fd, &st) ? 0 : st.st_size;
}

size_t spool_bytes(const struct worker *w)
{
	return (size_t)size_of(w->spool);
}

bool spool_needed(struct worker *w, bool pg_ready)
{
	return !pg_ready || w->spool->first || w->spool->writing || size_of(w->spool) > 0;
}

bool spool_idle(const struct worker *w)
{
	return !w->spool->first && !w->spool->writing && !w->spool->replaying;
}

/* writing, on a thread ----------------------------------------------------------------------------------- */
static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

/* One write and one fdatasync for all that waited, alone at the file: nobody reads half of it as torn, or empties it.
 */
static void write_batch(uv_work_t *work)
{
	struct spool *s = work->data;
	size_t total = 0;
	char *all, *at;
	off_t before;

	for (struct waiting *x = s->writing; x; x = x->next)
		total += sizeof(x->head) + x->head.len;
	all = at = total ? malloc(total) : NULL;
	s->write_ok = false;
	if (!all)
		return;
	for (struct waiting *x = s->writing; x; x = x->next) {
		memcpy(at, &x->head, sizeof(x->head));
		memcpy(at + sizeof(x->head), x->bytes, x->head.len);
		at += sizeof(x->head) + x->head.len;
	}
	while (flock(s->write_fd, LOCK_EX) && errno == EINTR)
		;
	before = size_of(s);
	if ((uint64_t)before + total <= (uint64_t)s->worker->settings->spool_max) {
		s->write_ok = write_all(s->write_fd, all, total);
		if (!s->write_ok && ftruncate(s->write_fd, before))
			log_error("spool_not_cut", LOG_S("why", strerror(errno))); /* the torn end is passed over */
		/* whole, but perhaps not durable: it may stay, to be read back does no harm */
		s->write_ok = s->write_ok && !fdatasync(s->write_fd);
	}
	flock(s->write_fd, LOCK_UN);
	free(all);
}

static void start_write(struct spool *s);

static void written(uv_work_t *work, int status)
{
	struct spool *s = work->data;
	struct waiting *list = s->writing, *next;
	bool ok = s->write_ok && !status;

	s->writing = NULL;
	if (!ok)
		log_error("spool_refused", LOG_I("bytes", size_of(s)), LOG_S("why", "full, or the disk failed"));
	for (; list; list = next) {
		next = list->next;
		metric_add(s->worker->metrics, ok ? M_SPOOLED : M_SPOOL_REFUSED,
			   list->head.kind == SPOOL_INBOUND ? "text" : "receipt", 1);
		list->done(list->arg, ok);
		talloc_free(list);
	}
	start_write(s);
}

static void start_write(struct spool *s)
{
	if (s->writing || !s->first)
		return;
	s->writing = s->first;
	s->first = s->last = NULL;
	s->work.data = s;
	if (uv_queue_work(s->worker->loop, &s->work, write_batch, written)) {
		s->write_ok = false;
		written(&s->work, 0);
	}
}

void spool_append(struct worker *w, enum spool_kind kind, const char *bytes, size_t len,
		  void (*done)(void *arg, bool ok), void *arg)
{
	struct spool *s = w->spool;
	struct waiting *x = talloc_zero(s, struct waiting);

	x->head = (struct head){MAGIC, kind, (uint32_t)len, 0};
	x->head.crc = checksum(&x->head, bytes);
	x->bytes = talloc_memdup(x, bytes, len);
	x->done = done;
	x->arg = arg;
	if (s->last)
		s->last->next = x;
	else
		s->first = x;
	s->last = x;
	start_write(s);
}

/* replaying ------------------------------------------------------------------------------------------------- */
void spool_replayer(struct worker *w, enum spool_kind kind, spool_replay_fn *fn)
{
	w->spool->replay[kind] = fn;
}

static bool record_at(const char *bytes, size_t n, struct head *h)
{
	if (n < sizeof(*h))
		return false;
	memcpy(h, bytes, sizeof(*h));
	return h->magic == MAGIC && h->len <= n - sizeof(*h) && h->crc == checksum(h, bytes + sizeof(*h));
}

/* The size of the file. *quiet: nobody was writing, so that it ends with a whole record, or with a torn one for good.
 */
static off_t size_now(const struct spool *s, bool *quiet)
{
	off_t size;

	*quiet = !flock(s->fd, LOCK_SH | LOCK_NB);
	size = size_of(s);
	if (*quiet)
		flock(s->fd, LOCK_UN);
	return size;
}

/* Records of one kind from the offset on; next_offset is where the following chunk begins. Returns how many. */
static size_t read_chunk(struct spool *s, struct spool_record *out, off_t size, bool quiet)
{
	size_t left = (size_t)(size - s->offset), want = left < REPLAY_BYTES ? left : REPLAY_BYTES, n = 0, at = 0;
	ssize_t got = pread(s->fd, s->chunk, want, s->offset);
	struct head h;

	s->next_offset = s->offset;
	if (got < (ssize_t)want)
		return 0; /* cut meanwhile, or the disk failed: again later */
	while (at < want && n < REPLAY_RECORDS) {
		if (!record_at(s->chunk + at, want - at, &h)) {
			/* torn; or cut by the chunk's end, then the next chunk has it whole (a record is smaller than a
			 * chunk); or being written, then a later look has it whole */
			if (want == left ? !quiet : at && want - at < (1u << 20))
				break;
			at++;
			continue;
		}
		if (n && h.kind != (uint32_t)out[0].kind)
			break;
		out[n++] = (struct spool_record){(enum spool_kind)h.kind, s->chunk + at + sizeof(h), h.len};
		at += sizeof(h) + h.len;
	}
	s->next_offset += (off_t)at;
	return n;
}

static void give_back(struct spool *s)
{
	flock(s->lock_fd, LOCK_UN);
	s->have_lock = false;
}

/* All is committed: empty the file, unless somebody has just added to it. */
static void empty(struct spool *s)
{
	if (flock(s->fd, LOCK_EX | LOCK_NB))
		return;
	if (size_of(s) == s->offset) {
		if (ftruncate(s->fd, 0) || fsync(s->fd))
			log_error("spool_not_emptied", LOG_S("why", strerror(errno)));
		else
			log_info("spool_replayed", LOG_I("bytes", s->offset));
		s->offset = 0;
	}
	flock(s->fd, LOCK_UN);
	if (!s->offset)
		give_back(s);
}

static void step(struct spool *s)
{
	struct spool_record *records;
	bool quiet;
	off_t size = size_now(s, &quiet);
	size_t n;

	if (s->offset > size) /* cut after a failed write: from the beginning, as all is taken in once */
		s->offset = 0;
	if (s->replaying || !size || !db_ready(s->worker->api_db->db) || !s->worker->config)
		return;
	if (!s->have_lock) {
		if (flock(s->lock_fd, LOCK_EX | LOCK_NB))
			return; /* another worker replays */
		s->have_lock = true;
		s->offset = 0;
	}
	if (s->offset >= size) {
		empty(s);
		return;
	}
	records = talloc_array(s, struct spool_record, REPLAY_RECORDS);
	n = read_chunk(s, records, size, quiet);
	if (!n) {
		s->offset = s->next_offset;
	} else {
		s->replaying = true;
		metric_add(s->worker->metrics, M_SPOOL_REPLAYED, records[0].kind == SPOOL_INBOUND ? "text" : "receipt",
			   (double)n);
		if (records[0].kind < 3 && s->replay[records[0].kind])
			s->replay[records[0].kind](s->worker, records, n);
		else
			spool_replayed(s->worker, true);
	}
	talloc_free(records);
}

void spool_replayed(struct worker *w, bool ok)
{
	struct spool *s = w->spool;

	s->replaying = false;
	if (ok)
		s->offset = s->next_offset;
	if (ok && s->offset < size_of(s))
		uv_timer_start(&s->timer, s->timer.timer_cb, 0, TICK_MS);
	else if (ok)
		step(s);
}

static void on_tick(uv_timer_t *timer)
{
	struct spool *s = timer->data;

	metric_set(s->worker->metrics, M_SPOOL_BYTES, NULL, (double)size_of(s));
	step(s);
}

static int open_in(const char *dir, const char *name)
{
	char *path = talloc_asprintf(NULL, "%s/%s", dir, name);
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	talloc_free(path);
	return fd;
}

void spool_start(struct worker *w)
{
	struct spool *s = w->spool = talloc_zero(w, struct spool);
	char *dir = talloc_asprintf(s, "%s/spool", w->settings->state_dir);
	int dir_fd;

	s->worker = w;
	mkdir(w->settings->state_dir, 0755);
	mkdir(dir, 0700);
	s->fd = open_in(dir, "spool.log");
	s->write_fd = open_in(dir, "spool.log");
	s->lock_fd = open_in(dir, "replay.lock");
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0 || s->write_fd < 0 || s->lock_fd < 0 || dir_fd < 0 || fsync(dir_fd)) {
		log_error("spool_unusable", LOG_S("path", dir), LOG_S("why", strerror(errno)));
		exit(1); /* without it a text could be acknowledged and lost */
	}
	close(dir_fd);
	s->chunk = talloc_size(s, REPLAY_BYTES);
	uv_timer_init(w->loop, &s->timer);
	s->timer.data = s;
	uv_timer_start(&s->timer, on_tick, TICK_MS, TICK_MS);
}
