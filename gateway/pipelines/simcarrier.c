#include "gateway/pipelines/simcarrier.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/http/client.h"
#include "gateway/log.h"
#include "gateway/pipelines/pipelines.h"
#include "gateway/providers/signing.h"
#include "router/uuid.h"
#include "storage/simulator.h"

#define WAIT_MOST 25
#define LOOK_MS 200
#define WEBHOOK_TRIES 4
#define WEBHOOK_SECONDS 10L
#define NUMBER_MAX 15

struct simcarrier {
	struct worker *worker;
	struct view *views; /* phones that wait for a text */
	uv_timer_t look;
};

/* A webhook to our own gateway, tried a few times as a carrier does. */
struct webhook {
	struct worker *worker;
	char *url, *body, *signature;
	int tries;
	uv_timer_t timer;
};

/* common --------------------------------------------------------------------------------------------- */
static const struct channel *channel_of(struct request *rq)
{
	const struct config *c = rq->worker->config;
	const struct channel *ch = config_channel(c, "simulator", rq->param[0]);

	if (!ch)
		http_problem(rq, 404, "not-found", NULL, "there is no simulator channel %s", rq->param[0]);
	return ch;
}

static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '+'), "0123456789");

	return n >= 3 && n <= NUMBER_MAX && !s[n + (*s == '+')];
}

static json_t *body_of(struct request *rq)
{
	json_error_t error;
	json_t *j = json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, &error);

	if (json_is_object(j))
		return j;
	json_decref(j);
	http_problem(rq, 400, "invalid-body", NULL, "the body must be a JSON object");
	return NULL;
}

/* NULL: answered. */
static const char *string_field(struct request *rq, json_t *j, const char *name, bool number)
{
	const char *v = json_string_value(json_object_get(j, name));

	if (v && (!number || is_number(v)))
		return talloc_strdup(rq, v);
	http_problem(rq, 400, "invalid-field", name,
		     number ? "must be a phone number, such as +14155550100" : "must be a string");
	return NULL;
}

/* webhooks --------------------------------------------------------------------------------------------- */
static void webhook_send(struct webhook *h);

static void on_webhook_closed(uv_handle_t *timer)
{
	talloc_free(timer->data);
}

static void webhook_end(struct webhook *h)
{
	uv_close((uv_handle_t *)&h->timer, on_webhook_closed);
}

static void on_webhook_timer(uv_timer_t *timer)
{
	webhook_send(timer->data);
}

static void on_webhook_answer(void *arg, const struct http_answer *a)
{
	struct webhook *h = arg;
	bool again = (a->status == 0 || a->status >= 500) && ++h->tries < WEBHOOK_TRIES;

	if (again) {
		uv_timer_start(&h->timer, on_webhook_timer, 500ull << h->tries, 0);
		return;
	}
	if (a->status < 200 || a->status >= 300)
		log_warn("simulator_webhook_refused", LOG_I("status", a->status));
	webhook_end(h);
}

static void webhook_send(struct webhook *h)
{
	const char *headers[] = {h->signature, NULL};
	struct send_request rq = {
		.method = "POST",
		.url = h->url,
		.body = h->body,
		.body_len = strlen(h->body),
		.content_type = "application/json",
	};

	http_client_send(h->worker, &rq, headers, WEBHOOK_SECONDS, on_webhook_answer, h);
}

/* Takes the reference of json. */
static struct webhook *webhook_new(struct worker *w, const struct channel *ch, const char *url, json_t *json)
{
	struct webhook *h = talloc_zero(w->simcarrier, struct webhook);
	char *text = json_dumps(json, JSON_COMPACT), hex[2 * HMAC_MAX + 1];
	uint8_t digest[HMAC_MAX];
	struct bytes body;
	size_t n;

	json_decref(json);
	h->worker = w;
	h->url = talloc_strdup(h, url);
	h->body = talloc_strdup(h, text ? text : "{}");
	free(text);
	body = (struct bytes){h->body, strlen(h->body)};
	n = hmac_sign(HMAC_SHA256, ch->secret, &body, 1, digest);
	hex_lower(digest, n, hex);
	h->signature = talloc_asprintf(h, "X-Afterword-Signature: %s", hex);
	uv_timer_init(w->loop, &h->timer);
	h->timer.data = h;
	return h;
}

static void webhook_later(struct webhook *h, int ms)
{
	uv_timer_start(&h->timer, on_webhook_timer, (uint64_t)ms, 0);
}

/* a text for a phone ------------------------------------------------------------------------------------- */
struct delivery { /* on its request */
	struct request *rq;
	const struct channel *channel;
	const char *id, *from, *to, *text, *status_url;
	struct sim_added *added;
};

static struct webhook *receipt(const struct delivery *d, const char *status)
{
	json_t *j = json_pack("{s:s,s:s,s:s}", "m", d->id, "id", d->id, "status", status);

	return webhook_new(d->rq->worker, d->channel, d->status_url, j);
}

/* "sent", then "delivered", each after the delay. Out of order on purpose: delivered first. */
static void send_receipts(const struct delivery *d, const struct sim_behaviour *b)
{
	static const char *const order[2][2] = {{"sent", "delivered"}, {"delivered", "sent"}};

	if (!*d->status_url)
		return;
	for (int i = 0; i < 2; i++)
		for (int copy = 0; copy <= b->repeat; copy++)
			webhook_later(receipt(d, order[b->reorder][i]), b->delay_ms * (i + 1) + i * 20);
}

static void look_soon(struct simcarrier *sc);

static void on_delivered(void *arg, const struct db_end *end)
{
	struct delivery *d = arg;
	const struct sim_behaviour *b = &d->added->behaviour;

	if (end->status != DB_OK) {
		http_unavailable(d->rq, "the phone cannot be reached now");
		return;
	}
	if (b->reject[0]) {
		http_respond_json(d->rq, 400, json_pack("{s:s}", "code", b->reject));
		return;
	}
	if (d->added->id) { /* else it is accepted, and never heard of again */
		send_receipts(d, b);
		look_soon(d->rq->worker->simcarrier);
	}
	http_respond_json(d->rq, 201, json_pack("{s:s}", "id", d->id));
}

static double dice(struct worker *w)
{
	struct uuid u = worker_uuid(w);

	return (u.b[14] * 256 + u.b[15] + 1) / 65536.0;
}

void simcarrier_messages(struct request *rq)
{
	const struct channel *ch = channel_of(rq);
	struct delivery *d;
	const char *url;
	json_t *j;

	if (!ch || !(j = body_of(rq)))
		return;
	d = talloc_zero(rq, struct delivery);
	d->rq = rq;
	d->channel = ch;
	url = json_string_value(json_object_get(j, "status_url"));
	d->status_url = talloc_strdup(d, url ? url : "");
	if ((d->id = string_field(rq, j, "id", false)) && (d->from = string_field(rq, j, "from", false)) &&
	    (d->to = string_field(rq, j, "to", true)) && (d->text = string_field(rq, j, "text", false))) {
		d->added = talloc_zero(d, struct sim_added);
		sim_text_add(rq->worker->api_db->db, d->added, &ch->id, d->to, false, d->from, d->text,
			     dice(rq->worker), on_delivered, d);
	}
	json_decref(j);
}

/* the phone texts us ---------------------------------------------------------------------------------------- */
struct writing { /* on its request */
	struct request *rq;
	const struct channel *channel;
	const char *phone, *to, *text;
	struct sim_added *added;
};

static void on_written(void *arg, const struct db_end *end)
{
	struct writing *t = arg;
	struct worker *w = t->rq->worker;
	char id[32];
	char *url;

	if (end->status != DB_OK) {
		http_unavailable(t->rq, "the text could not be stored; send it again");
		return;
	}
	snprintf(id, sizeof(id), "sim-%lld", (long long)t->added->id);
	url = talloc_asprintf(t, "%s/webhooks/simulator/%s/inbound", w->self_url, t->channel->key);
	for (int copy = 0; copy <= t->added->behaviour.repeat; copy++)
		webhook_send(webhook_new(
			w, t->channel, url,
			json_pack("{s:s,s:s,s:s,s:s}", "id", id, "from", t->phone, "to", t->to, "text", t->text)));
	http_respond_json(t->rq, 201, json_pack("{s:I}", "id", (json_int_t)t->added->id));
}

static const char *first_number(struct worker *w, const struct channel *ch)
{
	const struct sender *s = config_sender(w->config, ch, "");

	return s ? s->number : NULL;
}

void simcarrier_text(struct request *rq)
{
	const struct channel *ch = channel_of(rq);
	struct writing *t;
	json_t *j;

	if (!ch || !(j = body_of(rq)))
		return;
	t = talloc_zero(rq, struct writing);
	t->rq = rq;
	t->channel = ch;
	t->phone = rq->param[1];
	t->added = talloc_zero(t, struct sim_added);
	t->to = json_object_get(j, "to") ? string_field(rq, j, "to", true) : first_number(rq->worker, ch);
	if (http_answered(rq))
		;
	else if (!is_number(t->phone))
		http_problem(rq, 404, "not-found", NULL, "%s is no phone number", t->phone);
	else if (!t->to)
		http_problem(rq, 409, "no-sender", "to", "channel %s has no sender; add its number first", ch->key);
	else if ((t->text = string_field(rq, j, "text", false)))
		sim_text_add(rq->worker->api_db->db, t->added, &ch->id, t->phone, true, t->to, t->text, 1, on_written,
			     t);
	json_decref(j);
}

/* what the phone shows ----------------------------------------------------------------------------------------- */
struct view { /* on its request */
	struct request *rq;
	struct uuid channel;
	int64_t after;
	usec_t until;
	struct sim_thread *thread;
	struct view *next;
};

static json_t *thread_json(const struct sim_thread *thread)
{
	json_t *list = json_array();

	for (size_t i = 0; i < thread->n; i++) {
		const struct sim_text *t = &thread->texts[i];
		json_array_append_new(list, json_pack("{s:I,s:s,s:s,s:s,s:f}", "id", (json_int_t)t->id, "direction",
						      t->from_phone ? "from_phone" : "to_phone", "peer", t->peer,
						      "text", t->body, "at", (double)t->at / 1e6));
	}
	return json_pack("{s:o}", "texts", list);
}

static void on_thread(void *arg, const struct db_end *end)
{
	struct view *v = arg;
	struct simcarrier *sc = v->rq->worker->simcarrier;

	if (end->status != DB_OK) {
		http_unavailable(v->rq, "the phone cannot be shown now");
	} else if (v->thread->n || worker_now() >= v->until || v->rq->worker->draining) {
		http_respond_json(v->rq, 200, thread_json(v->thread));
	} else {
		TALLOC_FREE(v->thread);
		v->next = sc->views;
		sc->views = v;
	}
}

static void look(struct view *v)
{
	v->thread = talloc_zero(v, struct sim_thread);
	sim_thread_read(v->rq->worker->api_db->db, v->thread, &v->channel, v->rq->param[1], v->after, on_thread, v);
}

static void on_look(uv_timer_t *timer)
{
	struct simcarrier *sc = timer->data;
	struct view *v = sc->views, *next;

	sc->views = NULL;
	for (; v; v = next) {
		next = v->next;
		look(v);
	}
	if (uv_timer_get_repeat(timer) != LOOK_MS)
		uv_timer_start(timer, on_look, LOOK_MS, LOOK_MS);
}

/* A text came through this worker: those who wait see it without the usual pause. */
static void look_soon(struct simcarrier *sc)
{
	if (sc->views)
		uv_timer_start(&sc->look, on_look, 0, 0);
}

void simcarrier_thread(struct request *rq)
{
	const struct channel *ch = channel_of(rq);
	const char *after = http_query(rq, "after"), *wait = http_query(rq, "wait");
	long seconds = wait ? atol(wait) : 0;
	char *end = NULL;
	struct view *v;

	if (!ch)
		return;
	v = talloc_zero(rq, struct view);
	v->rq = rq;
	v->channel = ch->id;
	v->after = after ? strtoll(after, &end, 10) : 0;
	if (after && (end == after || *end || v->after < 0)) {
		http_problem(rq, 400, "invalid-field", "after", "must be the id of a text");
		return;
	}
	if (seconds < 0 || seconds > WAIT_MOST) {
		http_problem(rq, 400, "invalid-field", "wait", "must be 0 to %d seconds", WAIT_MOST);
		return;
	}
	v->until = worker_now() + seconds * USEC_SECOND;
	look(v);
}

/* behaviour -------------------------------------------------------------------------------------------------------- */
struct behaving { /* on its request */
	struct request *rq;
	struct uuid channel;
	struct sim_behaviour behaviour;
};

static void on_behaviour(void *arg, const struct db_end *end)
{
	struct behaving *k = arg;
	const struct sim_behaviour *b = &k->behaviour;

	if (end->status != DB_OK) {
		http_unavailable(k->rq, "the behaviour cannot be read or changed now");
		return;
	}
	http_respond_json(k->rq, 200,
			  json_pack("{s:i,s:f,s:b,s:b,s:s?}", "delay_ms", b->delay_ms, "drop", b->lost, "reorder",
				    b->reorder, "repeat", b->repeat, "reject_code", b->reject[0] ? b->reject : NULL));
}

static const char *const behaviour_fields[] = {"delay_ms", "drop", "reorder", "repeat", "reject_code"};

/* The field that is wrong, NULL if none. A field that is left out is as by default. */
static const char *read_behaviour(json_t *j, struct sim_behaviour *b)
{
	json_t *v;
	const char *key;

	json_object_foreach(j, key, v)
	{
		size_t i = 0;
		while (i < 5 && strcmp(key, behaviour_fields[i]))
			i++;
		if (i == 0 && json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= 600000)
			b->delay_ms = (int)json_integer_value(v);
		else if (i == 1 && json_is_number(v) && json_number_value(v) >= 0 && json_number_value(v) <= 1)
			b->lost = json_number_value(v);
		else if (i == 2 && json_is_boolean(v))
			b->reorder = json_is_true(v);
		else if (i == 3 && json_is_boolean(v))
			b->repeat = json_is_true(v);
		else if (i == 4 && json_is_null(v))
			b->reject[0] = 0;
		else if (i == 4 && json_is_string(v) && json_string_length(v) < sizeof(b->reject))
			snprintf(b->reject, sizeof(b->reject), "%s", json_string_value(v));
		else
			return key;
	}
	return NULL;
}

void simcarrier_behaviour(struct request *rq)
{
	const struct channel *ch = channel_of(rq);
	struct behaving *k;
	const char *bad;
	json_t *j;

	if (!ch)
		return;
	k = talloc_zero(rq, struct behaving);
	k->rq = rq;
	k->channel = ch->id;
	if (!strcmp(rq->method, "GET")) {
		sim_behaviour_read(rq->worker->api_db->db, k, &ch->id, &k->behaviour, on_behaviour, k);
		return;
	}
	if (!(j = body_of(rq)))
		return;
	bad = read_behaviour(j, &k->behaviour);
	if (bad)
		http_problem(rq, 400, "invalid-field", bad,
			     "delay_ms is 0 to 600000, drop 0 to 1, reorder and repeat true or false, reject_code a "
			     "string or null");
	else
		sim_behaviour_write(rq->worker->api_db->db, k, &ch->id, &k->behaviour, on_behaviour, k);
	json_decref(j);
}

void simcarrier_start(struct worker *w)
{
	struct simcarrier *sc = w->simcarrier = talloc_zero(w, struct simcarrier);

	sc->worker = w;
	uv_timer_init(w->loop, &sc->look);
	sc->look.data = sc;
	uv_timer_start(&sc->look, on_look, LOOK_MS, LOOK_MS);
}
