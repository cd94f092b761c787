#include "gateway/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gateway/json.h"
#include "gateway/log.h"
#include "gateway/worker.h"

#define REFRESH_MS 2000
/* Requests under way still point into the old one; none lives this long. */
#define OLD_KEPT (5 * USEC_MINUTE)

struct config_reader {
	struct worker *worker;
	const struct playbook *shipped; /* for brands without a release of their own */
	struct dblink *link;
	uv_timer_t timer;
	void (*ready)(struct worker *);
	json_t *reading; /* {"brands": […], "channels": […], "senders": […]} */
	bool busy;
	struct config *old;
	usec_t old_since;
};

/* Rows and the file share one form: an array of arrays of strings, numbers and booleans. ------------ */
static json_t *uuid_json(const struct db_rows *r, int row, int col)
{
	struct uuid u = db_uuid(r, row, col);

	return json_uuid(&u);
}

static json_t *text_json(const struct db_rows *r, int row, int col)
{
	const char *v = db_text(r, row, col);

	return v ? json_string(v) : json_string("");
}

static void on_brands(void *arg, const struct db_rows *r)
{
	json_t *list = json_object_get(((struct config_reader *)arg)->reading, "brands");

	for (int i = 0; i < r->n; i++)
		json_array_append_new(list, json_pack("[o,o,o,o,o,o,b,o]", uuid_json(r, i, 0), text_json(r, i, 1),
						      text_json(r, i, 2), text_json(r, i, 3), text_json(r, i, 4),
						      text_json(r, i, 5), db_bool(r, i, 6), text_json(r, i, 7)));
}

static void on_channels(void *arg, const struct db_rows *r)
{
	json_t *list = json_object_get(((struct config_reader *)arg)->reading, "channels");

	for (int i = 0; i < r->n; i++)
		json_array_append_new(list, json_pack("[o,o,o,o,o,o,o,o,o,o,b]", uuid_json(r, i, 0), uuid_json(r, i, 1),
						      text_json(r, i, 2), text_json(r, i, 3), text_json(r, i, 4),
						      text_json(r, i, 5), text_json(r, i, 6), text_json(r, i, 7),
						      text_json(r, i, 8), text_json(r, i, 9), db_bool(r, i, 10)));
}

static void on_senders(void *arg, const struct db_rows *r)
{
	json_t *list = json_object_get(((struct config_reader *)arg)->reading, "senders");

	for (int i = 0; i < r->n; i++)
		json_array_append_new(list, json_pack("[o,o,o,o,f,b]", uuid_json(r, i, 0), uuid_json(r, i, 1),
						      uuid_json(r, i, 2), text_json(r, i, 3), db_double(r, i, 4),
						      db_bool(r, i, 5)));
}

/* From that form to structs ---------------------------------------------------------------------------- */
static const char *string_at(TALLOC_CTX *ctx, json_t *row, size_t i)
{
	const char *s = json_string_value(json_array_get(row, i));

	return talloc_strdup(ctx, s ? s : "");
}

static struct uuid uuid_at(json_t *row, size_t i)
{
	struct uuid u = {{0}};
	const char *s = json_string_value(json_array_get(row, i));

	if (s)
		uuid_parse(s, &u);
	return u;
}

static void fill_brand(const struct config_reader *rd, struct config *c, struct router_brand *b, json_t *row)
{
	const char *sis = json_string_value(json_array_get(row, 5));

	b->id = uuid_at(row, 0);
	b->playbook = rd->shipped;
	b->name = string_at(c, row, 1);
	b->support_contact = string_at(c, row, 2);
	b->locale = string_at(c, row, 3);
	b->country = string_at(c, row, 4);
	b->stop_inside_sentence = !sis || !strcmp(sis, "hold") ? SIS_HOLD
				  : !strcmp(sis, "optout")     ? SIS_OPTOUT
							       : SIS_IGNORE;
	b->answer_opted_out = json_is_true(json_array_get(row, 6));
	b->stop_scope = !strcmp(string_at(c, row, 7), "entity")  ? STOP_SCOPE_ENTITY
			: !strcmp(string_at(c, row, 7), "brand") ? STOP_SCOPE_BRAND
								 : STOP_SCOPE_RULES;
}

static bool fill_channel(struct config *c, struct channel *ch, json_t *row)
{
	ch->id = uuid_at(row, 0);
	ch->brand = uuid_at(row, 1);
	snprintf(ch->key, sizeof(ch->key), "%s", string_at(c, row, 2));
	ch->provider = provider_find(string_at(c, row, 3));
	ch->account = string_at(c, row, 4);
	ch->secret = string_at(c, row, 5);
	ch->hook_secret = string_at(c, row, 6);
	ch->base_url = string_at(c, row, 7);
	ch->public_url = string_at(c, row, 8);
	ch->region = string_at(c, row, 9);
	ch->replies_to_keywords = json_is_true(json_array_get(row, 10));
	return ch->provider;
}

static bool fill_sender(struct config *c, struct sender *s, json_t *row)
{
	struct uuid channel = uuid_at(row, 2);

	s->id = uuid_at(row, 0);
	s->brand = uuid_at(row, 1);
	s->channel = config_channel_by_id(c, &channel);
	s->number = string_at(c, row, 3);
	s->mps = json_number_value(json_array_get(row, 4));
	s->paused = json_is_true(json_array_get(row, 5));
	return s->channel;
}

static struct config *build(const struct config_reader *rd, json_t *from)
{
	struct config *c = talloc_zero(rd->worker, struct config);
	json_t *brands = json_object_get(from, "brands"), *channels = json_object_get(from, "channels"),
	       *senders = json_object_get(from, "senders"), *row;
	size_t i;

	c->brands = talloc_zero_array(c, struct router_brand, (unsigned)json_array_size(brands) + 1);
	c->channels = talloc_zero_array(c, struct channel, (unsigned)json_array_size(channels) + 1);
	c->senders = talloc_zero_array(c, struct sender, (unsigned)json_array_size(senders) + 1);
	json_array_foreach(brands, i, row) fill_brand(rd, c, &c->brands[c->n_brands++], row);
	json_array_foreach(channels, i, row)
	{
		if (fill_channel(c, &c->channels[c->n_channels], row))
			c->n_channels++;
		else
			log_warn("channel_of_unknown_provider", LOG_S("channel", string_at(c, row, 2)),
				 LOG_S("provider", string_at(c, row, 3)));
	}
	json_array_foreach(senders, i, row) c->n_senders += fill_sender(c, &c->senders[c->n_senders], row);
	return c;
}

/* The file -------------------------------------------------------------------------------------------- */
static char *path_of(TALLOC_CTX *ctx, const struct worker *w, const char *suffix)
{
	return talloc_asprintf(ctx, "%s/config.json%s", w->settings->state_dir, suffix);
}

static void save(struct worker *w, const char *text)
{
	char suffix[24];
	char *path = path_of(w, w, ""), *fresh;
	size_t n = strlen(text);
	int fd;

	snprintf(suffix, sizeof(suffix), ".%d", (int)getpid());
	fresh = path_of(path, w, suffix);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) || rename(fresh, path))
		log_warn("config_not_saved", LOG_S("path", path), LOG_S("why", strerror(errno)));
	if (fd >= 0)
		close(fd);
	talloc_free(path);
}

static json_t *load(struct worker *w)
{
	char *path = path_of(w, w, "");
	json_t *json = json_load_file(path, 0, NULL);

	talloc_free(path);
	return json;
}

/* Reading --------------------------------------------------------------------------------------------- */
static void adopt(struct config_reader *rd, json_t *from, bool from_file)
{
	struct worker *w = rd->worker;
	char *text = json_dumps(from, JSON_COMPACT);
	uint64_t version = text ? (uint64_t)crc32(0, (const Bytef *)text, (uInt)strlen(text)) << 32 | strlen(text) : 0;
	bool first = !w->config;
	struct config *c;

	if (first || w->config->version != version) {
		c = build(rd, from);
		c->version = version;
		if (rd->old && worker_now() - rd->old_since > OLD_KEPT)
			TALLOC_FREE(rd->old);
		if (w->config && rd->old)
			talloc_steal(w->config, rd->old);
		rd->old = w->config;
		rd->old_since = worker_now();
		w->config = c;
		log_info("configured", LOG_I("brands", c->n_brands), LOG_I("channels", c->n_channels),
			 LOG_I("senders", c->n_senders), LOG_I("from_file", from_file));
		if (!from_file && text)
			save(w, text);
	}
	free(text);
	if (first)
		rd->ready(w);
}

static void on_read(void *arg, const struct db_end *end)
{
	struct config_reader *rd = arg;

	rd->busy = false;
	if (end->status == DB_OK)
		adopt(rd, rd->reading, false);
	else if (end->status != DB_LOST)
		log_error("config_not_read", LOG_S("why", end->message));
	json_decref(rd->reading);
	rd->reading = NULL;
}

static void read_now(struct config_reader *rd)
{
	struct db *db = rd->worker->api_db->db;

	if (rd->busy || !db_ready(db))
		return;
	rd->busy = true;
	rd->reading = json_pack("{s:[],s:[],s:[]}", "brands", "channels", "senders");
	db_query(db, Q_CONFIG_BRANDS, NULL, on_brands, rd);
	db_query(db, Q_CONFIG_CHANNELS, NULL, on_channels, rd);
	db_query(db, Q_CONFIG_SENDERS, NULL, on_senders, rd);
	db_unit(db, on_read, rd);
}

static void on_timer(uv_timer_t *timer)
{
	struct config_reader *rd = timer->data;
	json_t *kept;

	if (!rd->worker->config && !db_ready(rd->worker->api_db->db) && (kept = load(rd->worker))) {
		adopt(rd, kept, true);
		json_decref(kept);
	}
	uv_timer_set_repeat(timer, rd->worker->config ? REFRESH_MS : 100);
	read_now(rd);
}

void config_start(struct worker *w, void (*ready)(struct worker *w))
{
	struct config_reader *rd = talloc_zero(w, struct config_reader);

	rd->worker = w;
	rd->ready = ready;
	rd->shipped = playbook_shipped(rd);
	uv_timer_init(w->loop, &rd->timer);
	rd->timer.data = rd;
	/* PostgreSQL gets a moment before the file is taken */
	uv_timer_start(&rd->timer, on_timer, 30, 100);
}

/* Looking up: a shop has few of each, and the arrays are in the cache. -------------------------------- */
const struct router_brand *config_brand(const struct config *c, const struct uuid *id)
{
	for (size_t i = 0; i < c->n_brands; i++)
		if (!uuid_compare(&c->brands[i].id, id))
			return &c->brands[i];
	return NULL;
}

const struct channel *config_channel(const struct config *c, const char *provider, const char *key)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (!strcmp(c->channels[i].key, key) && !strcmp(c->channels[i].provider->name, provider))
			return &c->channels[i];
	return NULL;
}

const struct channel *config_channel_by_id(const struct config *c, const struct uuid *id)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (!uuid_compare(&c->channels[i].id, id))
			return &c->channels[i];
	return NULL;
}

const struct sender *config_sender(const struct config *c, const struct channel *ch, const char *number)
{
	const struct sender *first = NULL;

	for (size_t i = 0; i < c->n_senders; i++) {
		if (c->senders[i].channel != ch)
			continue;
		if (!strcmp(c->senders[i].number, number))
			return &c->senders[i];
		if (!first)
			first = &c->senders[i];
	}
	return first;
}

const struct sender *config_sender_by_id(const struct config *c, const struct uuid *id)
{
	for (size_t i = 0; i < c->n_senders; i++)
		if (!uuid_compare(&c->senders[i].id, id))
			return &c->senders[i];
	return NULL;
}
