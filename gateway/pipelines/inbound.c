/* Inbound texts: webhook → micro-batch → one transaction (take in once, decide, write all effects) → answer. */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/json.h"
#include "gateway/log.h"
#include "gateway/phone.h"
#include "gateway/pipelines/batcher.h"
#include "gateway/pipelines/pipelines.h"
#include "gateway/pipelines/spool.h"
#include "storage/inbound.h"
#include "templates/segments.h"

#define TEXT_MAX 4096 /* bytes kept of one text: more than 10 segments of four-byte characters */

/* A text on its way through the pipeline. Owned by its request, or by the replay. */
struct item {
	struct request *rq; /* NULL: from the spool, or the rest of a long text */
	bool late;          /* the rest of a long text: owns itself, and is asked for again if it fails */
	struct uuid id, key, channel, brand, sender;
	char phone[20];
	char country[3];
	const char *text, *media, *provider_id, *provider;
	enum provider_keyword keyword;
	bool channel_replies;
	usec_t at;
	unsigned part_ref, part_total, part_seq;
	struct hook_reply reply;
};

struct inbound {
	struct worker *worker;
	struct dblink *link;
	struct batcher *batcher;
	uv_timer_t late_timer;
	/* the running batch */
	struct inbound_batch *batch;
	struct item **items;
	size_t n;
	/* a running replay */
	size_t replay_left;
	bool replay_failed;
	TALLOC_CTX *replay_ctx;
};

/* answering ---------------------------------------------------------------------------------------------- */
static void finish(struct inbound *in, struct item *it, bool ok)
{
	if (it->late) {
		talloc_free(it);
		return;
	}
	if (!it->rq) {
		in->replay_failed = in->replay_failed || !ok;
		if (--in->replay_left == 0) {
			bool good = !in->replay_failed;
			in->replay_failed = false;
			TALLOC_FREE(in->replay_ctx);
			spool_replayed(in->worker, good);
		}
		return;
	}
	if (ok)
		http_respond(it->rq, it->reply.status, it->reply.content_type, it->reply.body, strlen(it->reply.body));
	else
		http_unavailable(it->rq, "the text could not be stored; send it again");
}

/* the spool ------------------------------------------------------------------------------------------------ */
static char *pack(const struct item *it)
{
	json_t *j = json_pack("{s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:s?,s:s,s:s,s:i,s:b,s:I,s:i,s:i,s:i}", "id",
			      json_uuid(&it->id), "key", json_uuid(&it->key), "channel", json_uuid(&it->channel),
			      "brand", json_uuid(&it->brand), "sender", json_uuid(&it->sender), "phone", it->phone,
			      "country", it->country, "text", it->text, "media", it->media, "provider_id",
			      it->provider_id, "provider", it->provider, "keyword", it->keyword, "replies",
			      it->channel_replies, "at", (json_int_t)it->at, "ref", (int)it->part_ref, "total",
			      (int)it->part_total, "seq", (int)it->part_seq);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	return text;
}

static bool unpack(TALLOC_CTX *ctx, const struct spool_record *rec, struct item *it)
{
	json_t *j = json_loadb(rec->bytes, rec->len, 0, NULL);
	const char *id, *key, *channel, *brand, *sender, *phone, *country, *text, *provider_id, *provider;
	int keyword, replies, ref, total, seq;
	json_int_t at;
	bool ok = j && !json_unpack(j, "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:b,s:I,s:i,s:i,s:i}", "id", &id,
				    "key", &key, "channel", &channel, "brand", &brand, "sender", &sender, "phone",
				    &phone, "country", &country, "text", &text, "provider_id", &provider_id, "provider",
				    &provider, "keyword", &keyword, "replies", &replies, "at", &at, "ref", &ref,
				    "total", &total, "seq", &seq);

	ok = ok && uuid_parse(id, &it->id) && uuid_parse(key, &it->key) && uuid_parse(channel, &it->channel) &&
	     uuid_parse(brand, &it->brand) && uuid_parse(sender, &it->sender);
	if (ok) {
		snprintf(it->phone, sizeof(it->phone), "%s", phone);
		snprintf(it->country, sizeof(it->country), "%s", country);
		it->text = talloc_strdup(ctx, text);
		it->media = talloc_strdup(ctx, json_string_value(json_object_get(j, "media")));
		it->provider_id = talloc_strdup(ctx, provider_id);
		it->provider = talloc_strdup(ctx, provider);
		it->keyword = (enum provider_keyword)keyword;
		it->channel_replies = replies;
		it->at = at;
		it->part_ref = (unsigned)ref;
		it->part_total = (unsigned)total;
		it->part_seq = (unsigned)seq;
	}
	json_decref(j);
	return ok;
}

static void on_spooled(void *arg, bool ok)
{
	struct item *it = arg;

	finish(it->rq->worker->inbound, it, ok);
}

static void to_spool(struct inbound *in, struct item *it)
{
	char *text;

	if (!it->rq) { /* it is there already */
		finish(in, it, false);
		return;
	}
	text = pack(it);
	if (!text) {
		finish(in, it, false);
		return;
	}
	spool_append(in->worker, SPOOL_INBOUND, text, strlen(text), on_spooled, it);
	free(text);
}

static void replay(struct worker *w, const struct spool_record *records, size_t n)
{
	struct inbound *in = w->inbound;
	struct item *items;

	in->replay_ctx = talloc_new(in);
	items = talloc_zero_array(in->replay_ctx, struct item, (unsigned)n);
	in->replay_left = n + 1; /* one for us, so that it cannot end while we still add */
	for (size_t i = 0; i < n; i++) {
		if (!unpack(items, &records[i], &items[i])) {
			log_error("spool_record_unreadable", LOG_I("bytes", records[i].len));
			in->replay_left--;
		} else if (!batcher_add(in->batcher, &items[i])) {
			in->replay_failed = true;
			in->replay_left--;
		}
	}
	if (--in->replay_left == 0) {
		bool ok = !in->replay_failed;
		in->replay_failed = false;
		TALLOC_FREE(in->replay_ctx);
		spool_replayed(w, ok);
	}
}

/* the batch -------------------------------------------------------------------------------------------------- */
static struct person *person_of(struct inbound_batch *b, const struct item *it)
{
	struct person *who;

	for (size_t i = 0; i < b->n_persons; i++)
		if (!strcmp(b->persons[i].phone, it->phone) && !uuid_compare(&b->persons[i].brand, &it->brand))
			return &b->persons[i];
	who = &b->persons[b->n_persons++];
	who->brand = it->brand;
	who->phone = it->phone;
	who->country = it->country[0] ? it->country : NULL;
	return who;
}

static struct thread *thread_of(struct inbound_batch *b, const struct item *it)
{
	struct person *who = person_of(b, it);
	struct thread *t;

	for (size_t i = 0; i < b->n_threads; i++)
		if (b->threads[i].person == who && !uuid_compare(&b->threads[i].sender, &it->sender))
			return &b->threads[i];
	t = &b->threads[b->n_threads++];
	t->person = who;
	t->sender = it->sender;
	return t;
}

static struct router_input input_of(const struct item *it, const char *text)
{
	return (struct router_input){text, it->media, it->keyword, it->at};
}

static void add_text(struct inbound *in, struct inbound_batch *b, struct item *it)
{
	struct batch_text *t = &b->texts[b->n_texts++];
	struct router_input input = input_of(it, it->text);
	struct router_needs needs = router_needs(&input);

	t->thread = thread_of(b, it);
	t->id = it->id;
	t->key = it->key;
	t->channel = it->channel;
	t->text = t->part_text = it->text;
	t->media = it->media;
	t->provider_id = it->provider_id;
	t->at = it->at;
	t->part_ref = it->part_ref;
	t->part_total = it->part_total;
	t->part_seq = it->part_seq;
	t->ticket = worker_uuid(in->worker);
	t->ledger = worker_uuid(in->worker);
	t->event[0] = worker_uuid(in->worker);
	t->event[1] = worker_uuid(in->worker);
	for (size_t r = 0; r < DECISION_REPLIES; r++)
		t->reply[r].id = worker_uuid(in->worker);
	/* of a part nobody knows yet what the whole will say */
	t->thread->person->needs_orders |= needs.orders || it->part_total > 1;
	t->thread->needs_recent |= needs.recent || it->part_total > 1;
}

static struct inbound_batch *make_batch(struct inbound *in)
{
	struct inbound_batch *b = talloc_zero(in, struct inbound_batch);

	b->suppression_key = in->worker->suppression_key;
	b->persons = talloc_zero_array(b, struct person, (unsigned)in->n);
	b->threads = talloc_zero_array(b, struct thread, (unsigned)in->n);
	b->texts = talloc_zero_array(b, struct batch_text, (unsigned)in->n);
	for (size_t i = 0; i < in->n; i++)
		add_text(in, b, in->items[i]);
	return b;
}

/* deciding: what the router says of one text is what the next text of the batch finds -------------------------- */
static void set_muted(struct person *who, const struct uuid *order, bool muted)
{
	for (size_t i = 0; i < who->n_orders; i++)
		if (!order || !uuid_compare(&who->orders[i].id, order))
			who->orders[i].muted = muted;
}

static void apply_consent(struct person *who, const struct router_decision *d)
{
	who->number_wrong |= d->number_wrong;
	who->marketing_granted &= !d->number_wrong; /* RN-2: it was given for somebody else's number */
	switch (d->consent) {
	case CONSENT_NONE:
		break;
	case CONSENT_REVOKE_ALL:
	case CONSENT_REVOKE_ENTITY:
		who->opted_out = true;
		who->marketing_out = true;
		who->on_hold = false;
		break;
	case CONSENT_REVOKE_MARKETING:
		who->marketing_out = true;
		who->on_hold = false;
		break;
	case CONSENT_REVOKE_ORDER:
		set_muted(who, &d->order, true);
		break;
	case CONSENT_HOLD_MARKETING:
		who->on_hold = true;
		break;
	case CONSENT_GRANT_ALL:
		who->marketing_out = false;
		who->on_hold = false;
		who->opted_out = false;
		set_muted(who, NULL, false);
		break;
	case CONSENT_GRANT_SERVICE:
		who->opted_out = false;
		set_muted(who, NULL, false);
		break;
	case CONSENT_RELEASE_HOLD:
		who->on_hold = false;
		break;
	}
}

static void apply_ticket(struct thread *th, struct batch_text *t)
{
	if (t->decision.ticket == TICKET_APPEND && !th->ticket_open)
		t->decision.ticket = TICKET_OPEN;
	if (t->decision.ticket == TICKET_OPEN && th->ticket_open)
		t->decision.ticket = TICKET_APPEND; /* one open ticket a thread */
	if (t->decision.ticket == TICKET_OPEN) {
		th->ticket_open = true;
		th->ticket_human = false;
		th->ticket = t->ticket;
	} else if (t->decision.ticket == TICKET_APPEND) {
		t->ticket = th->ticket;
	}
}

static void decide(struct inbound *in, struct batch_text *t, const struct item *it)
{
	struct thread *th = t->thread;
	struct person *who = th->person;
	struct router_input input = input_of(it, t->text);
	struct router_context ctx = {
		.brand = config_brand(in->worker->config, &who->brand),
		.locale = who->locale,
		.country = who->country,
		.opted_out = who->opted_out,
		.marketing_out = who->marketing_out,
		.on_hold = who->on_hold,
		.marketing_granted_before = who->marketing_granted,
		.robot_off = th->robot_off,
		.ticket_open = th->ticket_open,
		.ticket_human = th->ticket_human,
		.provider_replies_to_keywords = it->channel_replies,
		.orders = who->orders,
		.n_orders = who->n_orders,
		.recent = th->recent,
		.n_recent = th->n_recent,
		.memory = th->memory,
	};

	router_decide(in->batch, &ctx, &input, &t->decision);
	th->memory = t->decision.memory;
	th->touched = true;
	th->last_at = t->at;
	apply_consent(who, &t->decision);
	apply_ticket(th, t);
	for (size_t r = 0; r < t->decision.n_replies; r++) {
		const char *text = t->decision.reply[r].text;
		t->reply[r].segments = (int)sms_count(text, strlen(text)).segments;
	}
	metric_add(in->worker->metrics, M_DECISIONS, decision_name(t->decision.kind), 1);
}

/* the steps of a batch --------------------------------------------------------------------------------------------- */
static void end_batch(struct inbound *in)
{
	bool queued = false;

	for (size_t i = 0; i < in->batch->n_texts; i++) {
		struct batch_text *t = &in->batch->texts[i];
		queued |= t->fresh && t->decision.n_replies;
		metric_add(in->worker->metrics, t->fresh ? M_INBOUND_TEXTS : M_INBOUND_REPEATS, in->items[i]->provider,
			   1);
	}
	TALLOC_FREE(in->batch);
	for (size_t i = 0; i < in->n; i++)
		finish(in, in->items[i], true);
	if (queued)
		worker_texts_queued(in->worker);
	batcher_done(in->batcher);
}

/* Not even known whether it was committed: the spool keeps the text, and taking in once makes that right. */
static void lost(void *arg, void *item)
{
	to_spool(arg, item);
}

static void failed(struct inbound *in, const struct db_end *end)
{
	TALLOC_FREE(in->batch);
	if (end->status == DB_LOST) {
		batcher_lost(in->batcher);
		return;
	}
	inbound_rollback(in->link->db);
	if (batcher_failed(in->batcher, end, end->status == DB_RETRY))
		return;
	metric_add(in->worker->metrics, M_INBOUND_REFUSED, in->items[0]->provider, 1);
	/* a spooled one would stand in the way of all behind it */
	finish(in, in->items[0], !in->items[0]->rq);
	batcher_done(in->batcher);
}

static void on_written(void *arg, const struct db_end *end)
{
	struct inbound *in = arg;

	if (end->status == DB_OK)
		end_batch(in);
	else
		failed(in, end);
}

static struct uuid new_id(void *arg)
{
	return worker_uuid(arg);
}

static void decide_and_write(struct inbound *in)
{
	for (size_t i = 0; i < in->batch->n_texts; i++) {
		struct batch_text *t = &in->batch->texts[i];
		if (t->fresh && t->text)
			decide(in, t, in->items[i]);
	}
	inbound_write(in->link->db, in->batch, on_written, in);
}

static void on_admitted(void *arg, const struct db_end *end)
{
	struct inbound *in = arg;

	if (end->status == DB_OK)
		decide_and_write(in);
	else
		failed(in, end);
}

static void on_opened(void *arg, const struct db_end *end)
{
	struct inbound *in = arg;

	if (end->status != DB_OK) {
		failed(in, end);
	} else if (inbound_unknown(in->batch)) {
		inbound_admit(in->link->db, in->batch, new_id, in->worker, on_admitted, in);
	} else {
		decide_and_write(in);
	}
}

static void run(void *arg, void **items, size_t n)
{
	struct inbound *in = arg;

	in->items = (struct item **)items;
	in->n = n;
	in->batch = make_batch(in);
	inbound_open(in->link->db, in->batch, on_opened, in);
}

/* webhooks ----------------------------------------------------------------------------------------------------------
 */
static const char *hook_header(const void *arg, const char *name)
{
	return http_header(arg, name);
}

/* The request as the provider called it; public_url undoes a proxy. */
static void hook_of(struct request *rq, const struct channel *ch, struct hook *out)
{
	const char *host = http_header(rq, "Host"), *type = http_header(rq, "Content-Type");
	const char *base = ch->public_url[0] ? ch->public_url : rq->worker->settings->public_url;

	*out = (struct hook){
		.method = rq->method,
		.url = base[0] ? talloc_asprintf(rq, "%s%s", base, rq->raw_url)
			       : talloc_asprintf(rq, "http://%s%s", host ? host : "localhost", rq->raw_url),
		.query = rq->query,
		.body = rq->body,
		.body_len = rq->body_len,
		.content_type = type ? type : "",
		.header = hook_header,
		.header_arg = rq,
	};
}

/* Finds the channel, checks the signature. NULL: answered. */
const struct channel *hook_channel(struct request *rq, struct hook *hook)
{
	const struct channel *ch = config_channel(rq->worker->config, rq->param[0], rq->param[1]);
	const char *why = "the signature does not fit";

	if (!ch) {
		http_problem(rq, 404, "not-found", NULL, "there is no channel %s of provider %s", rq->param[1],
			     rq->param[0]);
		return NULL;
	}
	hook_of(rq, ch, hook);
	if (ch->provider->verify(rq, ch, hook, &why) != HOOK_OK) {
		metric_add(rq->worker->metrics, M_INBOUND_REFUSED, ch->provider->name, 1);
		log_warn("webhook_refused", LOG_S("channel", ch->key), LOG_S("why", why));
		http_problem(rq, 403, "bad-signature", NULL, "%s", why);
		return NULL;
	}
	return ch;
}

static struct uuid key_of(const struct channel *ch, const char *provider_id)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char buffer[16 + 256];
	size_t n = strlen(provider_id);
	struct uuid key;

	if (n > 256)
		n = 256;
	memcpy(buffer, ch->id.b, 16);
	memcpy(buffer + 16, provider_id, n);
	SHA256((unsigned char *)buffer, 16 + n, digest);
	memcpy(key.b, digest, 16);
	return key;
}

static char *media_json(TALLOC_CTX *ctx, const struct inbound_text *text)
{
	json_t *list;
	char *dumped, *out;

	if (!text->n_media)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < text->n_media; i++)
		json_array_append_new(list, json_pack("{s:s,s:s?}", "url", text->media[i].url, "content_type",
						      text->media[i].content_type));
	dumped = json_dumps(list, JSON_COMPACT);
	out = talloc_strdup(ctx, dumped);
	free(dumped);
	json_decref(list);
	return out;
}

/* +14155550123 is taken as it is; what else a provider writes is read in the channel's region, and a short code stays.
 */
static void normalise(const struct channel *ch, const char *from, char out[20])
{
	const char *why;
	size_t digits = strspn(from + (*from == '+'), "0123456789");

	if (*from == '+' && !from[digits + 1] && digits >= 7 && digits <= 15)
		snprintf(out, 20, "%s", from);
	else if (!phone_normalise(from, ch->region, out, &why))
		snprintf(out, 20, "%.15s", from);
}

static struct item *item_of(struct request *rq, const struct channel *ch, const struct sender *sender,
			    const struct inbound_text *text)
{
	struct item *it = talloc_zero(rq, struct item);
	size_t n = strlen(text->text);

	it->rq = rq;
	it->id = worker_uuid(rq->worker);
	it->key = key_of(ch, text->provider_id);
	it->channel = ch->id;
	it->brand = ch->brand;
	it->sender = sender->id;
	normalise(ch, text->from, it->phone);
	phone_region(it->phone, it->country);
	if (n > TEXT_MAX)
		for (n = TEXT_MAX; n && ((unsigned char)text->text[n] & 0xc0) == 0x80; n--)
			;
	it->text = talloc_strndup(it, text->text, n);
	it->media = media_json(it, text);
	it->provider_id = text->provider_id;
	it->provider = ch->provider->name;
	it->keyword = text->keyword;
	it->channel_replies = ch->replies_to_keywords;
	it->at = worker_now();
	it->part_ref = text->part_ref;
	it->part_total = text->part_total;
	it->part_seq = text->part_seq;
	it->reply = ch->provider->inbound_reply;
	return it;
}

void inbound_handle(struct request *rq)
{
	struct inbound *in = rq->worker->inbound;
	struct hook hook;
	const struct channel *ch = hook_channel(rq, &hook);
	struct inbound_text text = {0};
	const char *field = NULL, *why = "";
	const struct sender *sender;
	struct item *it;
	enum hook_verdict verdict;

	if (!ch)
		return;
	verdict = ch->provider->parse_inbound(rq, ch, &hook, &text, &field, &why);
	if (verdict == HOOK_MALFORMED) {
		metric_add(rq->worker->metrics, M_INBOUND_REFUSED, ch->provider->name, 1);
		http_problem(rq, 400, "invalid-field", field, "%s", why);
		return;
	}
	if (verdict == HOOK_IGNORE) {
		struct hook_reply r = ch->provider->inbound_reply;
		http_respond(rq, r.status, r.content_type, r.body, strlen(r.body));
		return;
	}
	sender = config_sender(rq->worker->config, ch, text.to);
	if (!sender) {
		http_problem(rq, 409, "no-sender", "to", "channel %s has no sender; add its number first", ch->key);
		return;
	}
	it = item_of(rq, ch, sender, &text);
	if (spool_needed(rq->worker, db_ready(in->link->db)))
		to_spool(in, it);
	else if (!batcher_add(in->batcher, it))
		http_unavailable(rq, "too many texts wait; send it again");
}

static void on_state(void *arg, bool ready)
{
	batcher_ready(((struct inbound *)arg)->batcher, ready);
}

/* long texts whose parts did not all come
 * -------------------------------------------------------------------------------- */
#define PARTS_WAIT 300   /* seconds; a phone sends the parts of one text within seconds of each other */
#define PARTS_TICK 30000 /* ms */

static void take_late(void *arg, const struct late_text *late)
{
	struct inbound *in = arg;
	const struct channel *ch = config_channel_by_id(in->worker->config, &late->channel);
	struct item *it;

	if (!ch)
		return;
	it = talloc_zero(in, struct item);
	it->late = true;
	it->id = worker_uuid(in->worker);
	it->key = late->id;
	it->channel = late->channel;
	it->brand = ch->brand;
	it->sender = late->sender;
	snprintf(it->phone, sizeof(it->phone), "%s", late->phone);
	it->text = talloc_strdup(it, late->text);
	it->provider_id = "";
	it->provider = ch->provider->name;
	it->at = late->at;
	if (!batcher_add(in->batcher, it))
		talloc_free(it);
}

static void on_late_timer(uv_timer_t *timer)
{
	struct inbound *in = timer->data;
	const char *wait = getenv("AFTERWORD_PARTS_WAIT"); /* for tests */

	if (in->worker->config && !in->worker->draining && db_ready(in->worker->api_db->db))
		inbound_late(in->worker->api_db->db, in, wait ? atof(wait) : PARTS_WAIT, take_late, in);
}

bool inbound_idle(const struct worker *w)
{
	return batcher_idle(w->inbound->batcher);
}

void inbound_start(struct worker *w)
{
	struct inbound *in = w->inbound = talloc_zero(w, struct inbound);

	in->worker = w;
	in->batcher = batcher_new(w, "inbound", (size_t)w->settings->batch_max, (size_t)w->settings->queue_max, run,
				  lost, in);
	in->link = dblink_new(w, "inbound", on_state, in);
	spool_replayer(w, SPOOL_INBOUND, replay);
	uv_timer_init(w->loop, &in->late_timer);
	in->late_timer.data = in;
	uv_timer_start(&in->late_timer, on_late_timer, 1000, getenv("AFTERWORD_PARTS_WAIT") ? 500 : PARTS_TICK);
}
