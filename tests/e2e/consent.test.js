// Consent as a shop, an agent and a customer use it: the ledger, what follows from it, and what it stops.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, sleep, until } from './lib/gateway.js';

let g, token, n = 0;
before(async () => {
  g = await Gateway.start();
  const made = await g.run(['token', 'create', '--name', 'shop']);
  assert.equal(made.code, 0, made.err);
  token = made.out.trim();
});
after(async () => { await g?.close(); });

const call = async (method, path, body, headers = {}) => {
  const res = await fetch(g.url + path, {
    method, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
  });
  const text = await res.text();
  return { status: res.status, headers: res.headers, text, json: (res.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : null };
};
const phone = () => `+1415555${String(4000 + n++).padStart(4, '0')}`;
const customer = async (more = {}) => { const p = more.phone ?? phone(); return { phone: p, id: await g.order(p, `C${n}`, 2, more) }; };
const say = (from, text) => fetch(`${g.url}/sim/simulator1/phones/${encodeURIComponent(from)}/texts`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text, to: '+14155550101' }) });
const heard = async (at) => (await (await fetch(`${g.url}/sim/simulator1/phones/${encodeURIComponent(at)}/texts`)).json()).texts.filter((t) => t.direction === 'to_phone');
// a thread with the simulator's number: what we send to this customer comes to the simulated phone
const met = async (more) => { const c = await customer(more); await say(c.phone, 'thanks'); await until('the thread', () => g.count('SELECT count(*) FROM conversations WHERE customer_id = $1', [c.id])); return c; };
const consents = async (c) => (await call('GET', `/v1/customers/${c.id}/consents`)).json;
const states = async (c) => Object.fromEntries((await consents(c)).current.map((s) => [s.purpose, s.state]));
const ticked = { wording: 'Text me offers from Northwind. Consent is not a condition of purchase.', wording_version: 'checkout-7', reply: 'box ticked', ip: '203.0.113.9', user_agent: 'Mozilla/5.0' };
const checkout = (id, to, list, at = '2026-11-01T10:00:00Z') => ({
  source: 'shop', id, type: 'order.placed', occurred_at: at, customer: { phone: to, name: 'Ada Lovelace', consents: list },
  order: { id, number: id, items: [{ title: 'Tent', quantity: 1 }] } });

test('CO-1: what is recorded is all that proves it, and it cannot be changed', async () => {
  const c = await customer();
  const made = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'promotional', source: 'form', ...ticked, author: 'ana' });
  assert.equal(made.status, 201, made.text);
  for (const [k, v] of Object.entries({ action: 'grant', purpose: 'promotional', kind: 'written', source: 'form', phone: c.phone, wording: ticked.wording,
    wording_version: 'checkout-7', reply: 'box ticked', ip: '203.0.113.9', user_agent: 'Mozilla/5.0', actor: 'ana', customer: c.id }))
    assert.equal(made.json[k], v, k);
  assert.match(made.json.evidence, /^[0-9a-f]{64}$/);
  const all = await consents(c);
  assert.deepEqual(all.may_text.promotional, { allowed: true, reason: null });
  assert.deepEqual(all.may_text.relationship, { allowed: false, reason: 'no_consent' });
  assert.equal(all.history.length, 1);
  await assert.rejects(g.db.query(`UPDATE consent_events SET action = 'revoke'`), /append-only/);
  await assert.rejects(g.db.query('DELETE FROM consent_events'), /append-only/);
});

test('CO-2, CO-6: marketing without the wording is a claim, and opens nothing; order texts need none', async () => {
  const c = await customer();
  const bare = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'all', source: 'form' });
  assert.equal(bare.json.action, 'claim');
  assert.deepEqual(bare.json.may_text.promotional, { allowed: false, reason: 'consent_claimed' });
  assert.equal(bare.json.may_text.transactional.allowed, true);
  const given = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'transactional', source: 'checkout' });
  assert.deepEqual([given.json.action, given.json.kind], ['grant', 'given']);
});

test('OO-11, OO-12: an opt-out from elsewhere stops queued texts in its transaction; only the customer takes it back', async () => {
  for (const source of ['agent', 'email', 'phone', 'api', 'carrier']) {
    const c = await customer();
    await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked });
    await say(c.phone, 'where is my order');
    await until('the answer', async () => (await heard(c.phone)).length);
    // something waits for its time
    const { rows: [v] } = await g.db.query('SELECT * FROM conversations WHERE customer_id = $1', [c.id]);
    for (const cls of [0, 1, 2, 3, 4])
      await g.db.query(`WITH m AS (INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, body)
          VALUES ($1, uuid_v7_floor(now()), $2, $3, 99, false, 10, $4, now(), 'later') ON CONFLICT DO NOTHING RETURNING id)
        INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at)
        SELECT $1, $5, $3, id, $2, $4, now() + interval '1 day', now() FROM m`, [g.brand, v.id, c.id, cls, v.sender_id]).then(() => sleep(2));
    const out = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'revoke', purpose: 'all', source, reply: 'please no more texts' });
    assert.equal(out.status, 201, out.text);
    assert.equal(out.json.receives, 'none');
    for (const cls of ['conversational', 'transactional', 'relationship', 'promotional'])
      assert.deepEqual(out.json.may_text[cls], { allowed: false, reason: 'opted_out' }, cls);
    assert.equal(await g.count('SELECT count(*) FROM outbox WHERE customer_id = $1 AND class > 0', [c.id]), 0);
    assert.equal(await g.count('SELECT count(*) FROM outbox WHERE customer_id = $1', [c.id]), 1);
    assert.equal(await g.count(`SELECT count(*) FROM messages WHERE customer_id = $1 AND state = 44 AND error = 'opted_out'`, [c.id]), 4);
    // a shop cannot take it back, with whatever proof
    for (const purpose of ['all', 'transactional', 'promotional']) {
      const back = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose, source: 'form', ...ticked });
      assert.equal(back.status, 409, back.text);
      assert.match(back.json.type, /opted-out/);
    }
    assert.equal((await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'all', source: 'agent' })).json.errors[0].field, 'reply');
    const asked = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'transactional', source: 'agent', reply: 'I stopped by mistake, please text me again', reference: 'call 881', author: 'ana' });
    assert.equal(asked.status, 201, asked.text);
    assert.equal(asked.json.receives, 'transactional_only');
    assert.deepEqual(await states(c), { transactional: 'granted', relationship: 'revoked', promotional: 'revoked' });
  }
});

test('OO-3: marketing alone is revoked or refused, and waiting marketing goes', async () => {
  const c = await customer();
  await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked });
  const out = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'revoke', purpose: 'marketing', source: 'email', reply: 'no ads' });
  assert.equal(out.json.receives, 'transactional_only');
  assert.deepEqual(out.json.may_text.promotional, { allowed: false, reason: 'marketing_out' });
  assert.equal(out.json.may_text.transactional.allowed, true);
  // ST-1: a fresh opt-in brings it back; one from before the opt-out does not
  const stale = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked, at: '2026-01-01T00:00:00Z' });
  assert.equal(stale.json.may_text.promotional.reason, 'marketing_out');
  const fresh = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked });
  assert.equal(fresh.json.may_text.promotional.allowed, true);
});

test('a checkout\'s consents come with the order event, once', async () => {
  const p = phone();
  const event = checkout('co-1', p, [{ purpose: 'promotional', wording: ticked.wording, kind: 'written', ip: '203.0.113.9' }, { purpose: 'relationship', action: 'refuse' }]);
  for (let i = 0; i < 3; i++) assert.equal((await call('POST', '/v1/events', event)).status, 202);
  const id = (await call('GET', `/v1/customers?phone=${encodeURIComponent(p)}`)).json.data[0].id;
  const all = await consents({ id });
  assert.deepEqual(all.history.map((h) => [h.action, h.purpose, h.source, h.at, h.name]), [['grant', 'promotional', 'checkout', '2026-11-01T10:00:00.000Z', 'Ada Lovelace'], ['refuse', 'relationship', 'checkout', '2026-11-01T10:00:00.000Z', 'Ada Lovelace']]);
  assert.deepEqual(await states({ id }), { promotional: 'granted', relationship: 'refused' });
  // the same account consent, told again with the next order, is the same evidence
  const told = [{ purpose: 'promotional', wording: ticked.wording, kind: 'written', ip: '203.0.113.9', at: '2026-11-01T10:00:00Z' }];
  assert.equal((await call('POST', '/v1/events', checkout('co-2', p, told))).status, 202);
  assert.equal((await consents({ id })).history.length, 2);
  const wrong = await call('POST', '/v1/events', checkout('co-3', p, [{ purpose: 'promo' }]));
  assert.deepEqual([wrong.status, wrong.json.errors[0].field], [400, 'customer.consents[0].purpose']);
  const ahead = await call('POST', '/v1/events', checkout('co-3', p, [{ purpose: 'all', at: '2099-01-01T00:00:00Z' }]));
  assert.equal(ahead.json.errors[0].field, 'customer.consents[0].at');
  assert.equal(await g.count(`SELECT count(*) FROM orders WHERE external_id = 'co-3'`), 0);
});

test('OO-12: a box ticked at checkout does not take back a STOP', async () => {
  const c = await customer();
  await say(c.phone, 'STOP');
  await until('the opt-out', () => g.count('SELECT count(*) FROM customers WHERE id = $1 AND opted_out_at IS NOT NULL', [c.id]));
  await call('POST', '/v1/events', checkout('co-stop', c.phone, [{ purpose: 'all', ...ticked, kind: 'written' }], new Date().toISOString()));
  assert.equal((await consents(c)).receives, 'none');
  assert.equal((await consents(c)).history.length, 2);
  await say(c.phone, 'START');
  await until('the opt-in', async () => (await consents(c)).may_text.transactional.allowed);
  assert.deepEqual(await states(c), { transactional: 'granted', relationship: 'revoked', promotional: 'revoked' });
});

test('ST-2: double opt-in asks once, and a YES within 24 hours is the consent', async () => {
  const c = await met({ locale: 'es-MX' });
  const asked = await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked, double_opt_in: true });
  assert.equal(asked.status, 201, asked.text);
  assert.deepEqual([asked.json.action, asked.json.may_text.promotional.reason], ['ask', 'consent_pending']);
  await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked, double_opt_in: true });
  const [question, ...more] = await until('the question', async () => { const t = await heard(c.phone); return t.length && t; });
  assert.equal(more.length, 0);
  assert.match(question.text, /^Northwind: responde SI/);
  await say(c.phone, 'si');
  await until('the grant', async () => (await consents(c)).may_text.promotional.allowed);
  const line = (await consents(c)).history.at(-1);
  assert.deepEqual([line.action, line.kind, line.reply, line.wording], ['grant_all', 'double_opt_in', 'si', question.text]);
  assert.equal(await g.count('SELECT count(*) FROM messages WHERE id = $1 AND inbound', [line.message]), 1);
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE customer_id = $1 AND template = 'opt_in_double'`, [c.id]), 1);
});

test('ST-2: a YES after 24 hours, a NO, and a STOP grant nothing; a brand may want double opt-in always', async () => {
  await g.db.query('UPDATE brands SET double_opt_in = true WHERE id = $1', [g.brand]);
  try {
    const late = await met(), no = await met(), stop = await met();
    for (const c of [late, no, stop]) {
      assert.equal((await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'promotional', source: 'form', ...ticked })).json.action, 'ask');
      await until('the question', async () => (await heard(c.phone)).length === 1);
    }
    await g.db.query(`UPDATE conversations SET question_expires_at = now() - interval '1 second' WHERE customer_id = $1`, [late.id]);
    await say(late.phone, 'YES');
    await say(no.phone, 'no');
    await say(stop.phone, 'STOP');
    await say(stop.phone, 'YES');
    await until('all texts', async () => await g.count('SELECT count(*) FROM messages WHERE inbound AND customer_id = ANY($1)', [[late.id, no.id, stop.id]]) === 7);
    assert.deepEqual(await states(late), { promotional: 'pending' });
    assert.deepEqual(await states(no), { promotional: 'pending' });
    assert.deepEqual(await states(stop), { transactional: 'revoked', relationship: 'revoked', promotional: 'revoked' });
    const p = phone();
    await call('POST', '/v1/events', checkout('co-double', p, [{ purpose: 'promotional', wording: ticked.wording, kind: 'written' }]));
    assert.equal(await g.count(`SELECT count(*) FROM messages m JOIN customers c ON c.id = m.customer_id WHERE c.phone = $1 AND m.template = 'opt_in_double'`, [p]), 1);
  } finally { await g.db.query('UPDATE brands SET double_opt_in = false WHERE id = $1', [g.brand]); }
});

test('preferences: what to receive, time zone, language', async () => {
  const c = await customer();
  const put = (body) => call('PUT', `/v1/customers/${c.id}/preferences`, body);
  assert.equal((await put({ receive: 'transactional_only' })).json.receive, 'transactional_only');
  assert.deepEqual(await states(c), { relationship: 'refused', promotional: 'refused' });
  await put({ receive: 'transactional_only' });
  assert.equal((await consents(c)).history.length, 1, 'said already: no second line');
  const all = await put({ receive: 'all', source: 'form', ...ticked, zone: 'America/New_York', locale: 'fr-CA' });
  assert.deepEqual([all.json.receive, all.json.zone, all.json.locale], ['all', 'America/New_York', 'fr-CA']);
  assert.equal((await put({ receive: 'none' })).json.receive, 'none');
  assert.equal((await put({ receive: 'all', ...ticked })).status, 409);
  assert.equal((await put({ receive: 'transactional_only', source: 'agent', reply: 'turn the order texts on again' })).json.receive, 'transactional_only');
  assert.deepEqual(await states(c), { transactional: 'granted', relationship: 'revoked', promotional: 'revoked' });
  assert.equal((await put({ zone: null })).json.zone, null);
  for (const [field, body] of [['zone', { zone: 'Mars/Olympus' }], ['zone', { zone: '../etc/passwd' }], ['zone', { zone: 'EST5EDT' }], ['locale', { locale: 'English' }], ['receive', {}], ['receive', { receive: 'some' }], ['ip', { receive: 'all', ip: 'x.y' }], ['at', { receive: 'all', at: '2099-01-01T00:00:00Z' }]]) {
    const res = await put(body);
    assert.deepEqual([res.status, res.json.errors?.[0].field], [400, field], JSON.stringify(body));
  }
});

test('a number is one consent subject: whoever shares it, the strictest holds', async () => {
  const p = phone();
  const event = (id, who) => { const e = checkout(id, p, []); e.customer.external_id = who; return e; };
  await call('POST', '/v1/events', event('sh-1', 'ann'));
  await call('POST', '/v1/events', event('sh-2', 'bob'));
  const { data } = (await call('GET', `/v1/customers?phone=${encodeURIComponent(p)}`)).json;
  assert.equal(data.length, 1);
  await say(p, 'STOP');
  await until('the opt-out', async () => (await consents(data[0])).receives === 'none');
  await call('POST', '/v1/events', event('sh-3', 'cem'));
  assert.equal((await consents(data[0])).receives, 'none');
  // ann's number becomes another one's: the STOP stays with the number she had, and comes with nobody
  const moved = phone();
  await call('POST', '/v1/events', { ...event('sh-4', 'ann'), customer: { phone: moved, external_id: 'ann' } });
  assert.equal((await consents(data[0])).receives, 'none');
  assert.equal((await call('GET', `/v1/customers/${data[0].id}`)).json.references.length, 2);
});

test('bad input names its field and changes nothing', async () => {
  const c = await customer(), before = await g.count('SELECT count(*) FROM consent_events');
  const post = (body) => call('POST', `/v1/customers/${c.id}/consents`, body);
  for (const [field, body] of [['action', { purpose: 'all' }], ['purpose', { action: 'grant' }], ['purpose', { action: 'hold', purpose: 'all', source: 'agent' }],
    ['source', { action: 'release', purpose: 'marketing' }], ['source', { action: 'grant', purpose: 'all', source: 'page' }], ['source', { action: 'grant', purpose: 'all', source: 'text' }],
    ['double_opt_in', { action: 'revoke', purpose: 'marketing', double_opt_in: true }], ['kind', { action: 'grant', purpose: 'all', kind: 'sworn' }], ['colour', { action: 'grant', purpose: 'all', colour: 1 }]]) {
    const res = await post(body);
    assert.deepEqual([res.status, res.json.errors?.[0].field], [400, field], JSON.stringify(body));
  }
  assert.equal((await call('POST', '/v1/customers/00000000-0000-7000-8000-000000000000/consents', { action: 'revoke', purpose: 'all' })).status, 404);
  assert.equal((await call('GET', '/v1/customers/00000000-0000-7000-8000-000000000000/consents')).status, 404);
  assert.equal(await g.count('SELECT count(*) FROM consent_events'), before);
  const said = { action: 'revoke', purpose: 'all', source: 'email', at: '2026-11-02T08:00:00Z' };
  assert.equal((await post(said)).status, 201);
  assert.equal((await post(said)).status, 409, 'the same evidence');
  const key = { 'Idempotency-Key': 'k1' }, again = { ...said, at: '2026-11-02T09:00:00Z' };
  const one = await call('POST', `/v1/customers/${c.id}/consents`, again, key), two = await call('POST', `/v1/customers/${c.id}/consents`, again, key);
  assert.deepEqual([one.status, two.status, two.json.id], [201, 201, one.json.id]);
});

// Every row of every table that holds one of the words.
const traces = async (words) => {
  const { rows } = await g.db.query(`SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition`);
  const found = [];
  for (const { relname } of rows)
    for (const word of words)
      if (await g.count(`SELECT count(*) FROM ${relname} t WHERE t::text ILIKE '%' || $1 || '%'`, [word])) found.push(`${relname}: ${word}`);
  return found;
};
// A customer with a bit of everything: order, thread, ticket, note, consents, a name at the shop.
const rich = async () => {
  const p = phone(), order = `R${n}`;
  await call('POST', '/v1/events', { ...checkout(`ev-${order}`, p, [{ purpose: 'all', ...ticked, reply: 'Zebulon ticked the box' }]),
    customer: { phone: p, name: 'Zebulon Quartermain', email: 'zeb@quartermain.example', external_id: 'zeb-77', locale: 'en', country: 'US', consents: [{ purpose: 'all', ...ticked, reply: 'Zebulon ticked the box' }] },
    order: { id: order, number: order, items: [{ title: 'Zirconium tent', quantity: 1 }] }, shipment: { carrier: 'UPS', tracking_number: `1Z-ZEB-${order}`, tracking_url: `https://ups.example/1Z-ZEB-${order}` } });
  await say(p, 'Zebulon here, the pole is cracked');
  const id = (await call('GET', `/v1/customers?phone=${encodeURIComponent(p)}`)).json.data[0].id;
  const ticket = await until('the ticket', async () => (await call('GET', '/v1/tickets?status=open')).json.data.find((t) => t.customer === id));
  assert.equal((await call('POST', `/v1/tickets/${ticket.id}/notes`, { author: 'ana', text: 'Zebulon lives at 9 Quarry Lane' })).status, 201);
  await say(p, 'stop');
  await until('the opt-out', async () => (await consents({ id })).receives === 'none');
  return { id, phone: p, order, ticket: ticket.id, words: [p, p.slice(1), 'zebulon', 'quartermain', 'zirconium', 'cracked', 'quarry', '1Z-ZEB'] };
};

test('RE-2: a customer gets a copy of everything, and the log says who made it', async () => {
  const c = await rich();
  const copy = await call('GET', `/v1/customers/${c.id}/export`);
  assert.equal(copy.status, 200, copy.text);
  for (const word of c.words.slice(2)) assert.match(copy.text, new RegExp(word, 'i'), word);
  assert.deepEqual([copy.json.orders.length, copy.json.tickets.length, copy.json.references[0].id, copy.json.consents.receives], [1, 1, 'zeb-77', 'none']);
  assert.ok(copy.json.thread.some((m) => m.decision === 'opt_out'));
  const { rows } = await g.db.query(`SELECT actor, action, subject FROM audit_log WHERE subject = $1`, [c.id]);
  assert.deepEqual(rows, [{ actor: 'shop', action: 'customer.export', subject: c.id }]);
  assert.equal((await call('GET', '/v1/customers/00000000-0000-7000-8000-000000000000/export')).status, 404);
});

test('RE-3: a legal hold stops an erasure and says why', async () => {
  const c = await rich();
  assert.equal((await call('PUT', `/v1/customers/${c.id}/legal-hold`, { on: true })).json.errors[0].field, 'reason');
  assert.ok((await call('PUT', `/v1/customers/${c.id}/legal-hold`, { on: true, reason: 'claim 2026-118' })).json.legal_hold_at);
  const no = await call('DELETE', `/v1/customers/${c.id}`);
  assert.equal(no.status, 409);
  assert.match(no.json.type, /legal-hold/);
  assert.match(no.json.detail, /17\(3\)\(e\)/);
  assert.ok((await traces(['zebulon'])).length);
  assert.equal((await call('PUT', `/v1/customers/${c.id}/legal-hold`, { on: false })).json.legal_hold_at, null);
  assert.equal((await call('DELETE', `/v1/customers/${c.id}`)).status, 200);
});

test('RE-1, RE-2: an erasure leaves no trace of the person, the evidence stays, and the number starts opted out', async () => {
  for (const c of (await g.db.query(`SELECT id FROM customers WHERE name ILIKE 'zebulon%'`)).rows) await call('DELETE', `/v1/customers/${c.id}`);
  const c = await rich();
  assert.ok((await traces(c.words)).length > 8, 'there is something to erase');
  const erased = await call('DELETE', `/v1/customers/${c.id}`);
  assert.equal(erased.status, 200, erased.text);
  assert.deepEqual(await traces(c.words), []);
  const left = await consents(c);
  assert.deepEqual(left.history.map((h) => [h.action, h.phone, h.name, h.ip, h.reply]), [['grant', null, null, null, null], ['revoke_all', null, null, null, 'stop']]);
  assert.deepEqual([left.history[0].wording, left.history[0].wording_version], [ticked.wording, 'checkout-7']);
  assert.match((await g.db.query('SELECT phone FROM consent_events WHERE customer_id = $1', [c.id])).rows[0].phone, /^hmac:[0-9a-f]{64}$/);
  assert.equal(left.may_text.transactional.reason, 'erased');
  assert.equal((await call('GET', `/v1/customers/${c.id}`)).json.phone, null);
  for (const [method, path, body] of [['DELETE', ''], ['POST', '/consents', { action: 'grant', purpose: 'transactional' }], ['PUT', '/preferences', { receive: 'all' }], ['GET', '/export']])
    assert.equal((await call(method, `/v1/customers/${c.id}${path}`, body)).status, 410, path);
  assert.equal((await call('POST', '/v1/messages', { customer: c.id, text: 'hello', class: 'transactional' })).status, 409);
  // the shop tells the old event again: nothing comes back
  assert.equal((await call('POST', '/v1/events', { ...checkout(`ev-${c.order}`, c.phone, []), customer: { phone: c.phone, name: 'Zebulon Quartermain' } })).json.status, 'repeated');
  assert.deepEqual(await traces(c.words), []);
  // RE-2: a later order, an agent's text, the person's own text
  await call('POST', '/v1/events', checkout('after-erasure', c.phone, [{ purpose: 'all', ...ticked }]));
  const again = (await call('GET', `/v1/customers?phone=${encodeURIComponent(c.phone)}`)).json.data[0];
  assert.notEqual(again.id, c.id);
  assert.ok(again.opted_out_at);
  assert.deepEqual((await consents(again)).history.map((h) => [h.action, h.source]), [['revoke', 'rule'], ['grant', 'checkout']]);
  await call('DELETE', `/v1/customers/${again.id}`);
  assert.equal((await call('POST', '/v1/messages', { phone: c.phone, text: 'hello', class: 'transactional' })).status, 409);
  assert.equal(await g.count('SELECT count(*) FROM customers WHERE phone = $1', [c.phone]), 0);
  await say(c.phone, 'hello?');
  const third = await until('the customer', async () => (await call('GET', `/v1/customers?phone=${encodeURIComponent(c.phone)}`)).json.data[0]);
  assert.ok(third.opted_out_at);
  await say(c.phone, 'START');
  await until('the opt-in', async () => !(await call('GET', `/v1/customers/${third.id}`)).json.opted_out_at);
  // a number that was never erased is nobody's business
  const other = phone();
  await call('POST', '/v1/events', checkout('not-erased', other, []));
  assert.equal((await call('GET', `/v1/customers?phone=${encodeURIComponent(other)}`)).json.data[0].opted_out_at, null);
});

test('RE-1: suppression may be of marketing only; its key is a file that only we read, and not in the database', async () => {
  const { readFileSync, statSync } = await import('node:fs');
  const file = `${g.state}/suppression.key`, key = readFileSync(file, 'utf8').trim();
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await traces([key]), []);
  const c = await customer();
  assert.equal((await call('DELETE', `/v1/customers/${c.id}?suppress=some`)).status, 400);
  assert.equal((await call('DELETE', `/v1/customers/${c.id}?suppress=marketing`)).status, 200);
  await call('POST', '/v1/events', checkout('marketing-only', c.phone, []));
  const again = (await call('GET', `/v1/customers?phone=${encodeURIComponent(c.phone)}`)).json.data[0];
  assert.deepEqual([again.opted_out_at, !!again.marketing_out_at], [null, true]);
  const bad = await g.run(['serve'], { env: { AFTERWORD_SUPPRESSION_KEY: 'short' } });
  assert.deepEqual([bad.code, /64 hexadecimal/.test(bad.err), bad.err.includes('short')], [2, true, false]);
  assert.match((await g.run(['settings'], { env: { AFTERWORD_SUPPRESSION_KEY: 'ab'.repeat(32) } })).out, /suppression-key +AFTERWORD_SUPPRESSION_KEY +\*\*\*/);
});

// The page in a browser that has no script: forms are what a person can send.
const page = async (url, form, headers = {}) => {
  const res = await fetch(url, { method: form ? 'POST' : 'GET', body: form && new URLSearchParams(form), headers: { 'User-Agent': 'Browser/1', ...headers }, redirect: 'manual' });
  const html = await res.text();
  return { status: res.status, headers: res.headers, html, text: html.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]+>/g, ' ').replace(/&#39;/g, "'").replace(/&amp;/g, '&').replace(/\s+/g, ' '),
    checked: /name="receive" required value="([^"]+)" checked/.exec(html)?.[1], undo: /name="undo" value="([^"]+)"/.exec(html)?.[1] };
};
const link = async (c) => {
  const made = await call('POST', `/v1/customers/${c.id}/preference-link`);
  assert.equal(made.status, 201, made.text);
  assert.match(made.json.url, /\/preferences\/[A-Za-z0-9_-]{22}$/);
  assert.ok(new Date(made.json.expires_at) - Date.now() > 60 * 86400e3);
  return made.json.url;
};

test('the preference page: shown, chosen, undone; each choice is evidence with source page', async () => {
  const c = await customer();
  await call('POST', `/v1/customers/${c.id}/consents`, { action: 'grant', purpose: 'marketing', source: 'form', ...ticked });
  const url = await link(c), seen = await page(url);
  assert.equal(seen.status, 200);
  assert.equal(seen.checked, 'all');
  assert.match(seen.text, new RegExp(`What may Northwind send to your phone ending in ${c.phone.slice(-4)}`));
  assert.ok(!seen.html.includes(c.phone) && !/<script/i.test(seen.html) && !/<(link|img)/.test(seen.html));
  for (let i = 0; i < 3; i++) await page(url);
  assert.equal((await consents(c)).history.length, 1, 'looking changes nothing');
  // one click
  const off = await page(url, { receive: 'none' }, { 'X-Forwarded-For': '198.51.100.7, 203.0.113.77' });
  assert.equal(off.checked, 'none');
  assert.match(off.text, /You will get no more texts from Northwind/);
  assert.equal((await consents(c)).receives, 'none');
  const line = (await consents(c)).history.at(-1);
  assert.deepEqual([line.action, line.purpose, line.source, line.ip, line.user_agent, line.wording, line.wording_version, line.reply, line.actor],
    ['revoke', 'all', 'page', '203.0.113.77', 'Browser/1', 'No texts at all\nNot even about your orders.', 'preferences en 2026-11-25', 'receive=none', null]);
  // sent twice by a nervous finger: no second line, nothing to undo that was not done
  assert.equal((await page(url, { receive: 'none' })).undo, undefined);
  const back = await page(url, { undo: off.undo });
  assert.match(back.text, /Everything is as it was before/);
  assert.equal(back.checked, 'all');
  assert.deepEqual(await states(c), { relationship: 'granted', promotional: 'granted' });
  assert.deepEqual([(await consents(c)).history.at(-1).action, (await consents(c)).history.at(-1).undoes], ['undo', line.id]);
  const twice = await page(url, { undo: off.undo });
  assert.deepEqual([twice.status, /no longer be undone/.test(twice.text)], [409, true]);
  // order updates only, and everything again with the words of CO-2
  assert.equal((await page(url, { receive: 'transactional_only' })).checked, 'transactional_only');
  assert.deepEqual(await states(c), { relationship: 'refused', promotional: 'refused' });
  const all = await page(url, { receive: 'all' });
  assert.deepEqual([all.checked, (await consents(c)).may_text.promotional.allowed], ['all', true]);
  assert.match((await consents(c)).history.at(-1).wording, /automated marketing texts from Northwind at this number.*not a condition of purchase/s);
});

test('OO-12: on the page the customer takes a STOP back, and is told of the carrier\'s block', async () => {
  const c = await customer();
  await say(c.phone, 'STOP');
  await until('the opt-out', async () => (await consents(c)).receives === 'none');
  const url = await link(c);
  assert.equal((await page(url)).checked, 'none');
  const on = await page(url, { receive: 'transactional_only' });
  assert.equal(on.checked, 'transactional_only');
  assert.match(on.text, /text START to us/);
  assert.deepEqual(await states(c), { transactional: 'granted', relationship: 'revoked', promotional: 'revoked' });
  assert.equal((await page(url, { undo: on.undo })).checked, 'none');
});

test('the preference page speaks the customer\'s language, and takes language and time zone', async () => {
  const words = { 'es-MX': '¿Qué quieres recibir?', fr: 'Que souhaitez-vous recevoir ?', de: 'Was möchten Sie erhalten?', it: 'Che cosa vuoi ricevere?', nl: 'Wat wil je ontvangen?', 'pt-BR': 'O que você quer receber?', ja: 'What would you like to receive?' };
  for (const [locale, says] of Object.entries(words)) {
    const seen = await page(await link(await customer({ locale })));
    assert.ok(seen.text.includes(says), locale);
    assert.ok(seen.html.includes(`<html lang="${locale === 'ja' ? 'en' : locale.slice(0, 2)}">`), locale);
  }
  const c = await customer({ locale: 'es-MX' }), url = await link(c);
  const zoned = await page(url, { locale: 'es', zone: 'America/Chicago' });
  assert.match(zoned.text, /Guardado/);
  let now = (await call('GET', `/v1/customers/${c.id}`)).json;
  assert.deepEqual([now.locale, now.zone], ['es-MX', 'America/Chicago'], 'the same language leaves its region');
  assert.match(zoned.html, /<option value="America\/Chicago" selected>America\/Chicago<\/option>/);
  assert.equal(zoned.html.match(/ selected>/g).length, 2);
  assert.match((await page(url, { locale: 'de', zone: '' })).text, /Gespeichert/);
  now = (await call('GET', `/v1/customers/${c.id}`)).json;
  assert.deepEqual([now.locale, now.zone], ['de', null]);
  for (const form of [{ receive: 'everything' }, { zone: 'Mars/Olympus' }, { locale: 'xx' }, { undo: 'x' }, {}, { other: '1' }]) {
    const wrong = await page(url, form);
    assert.equal(wrong.status, 400, JSON.stringify(form));
    assert.match(wrong.text, /Bitte wählen Sie/);
  }
  assert.equal((await consents(c)).history.length, 0);
});

test('links to the preference page: unknown, expired, of an erased customer', async () => {
  const c = await customer(), url = await link(c), other = await link(c);
  assert.notEqual(url, other);
  for (const bad of [`${g.url}/preferences/${'A'.repeat(22)}`, `${g.url}/preferences/x`, `${g.url}/preferences/${'A'.repeat(500)}`, `${g.url}/preferences/%3Cscript%3E`, `${url}x`]) {
    const seen = await page(bad, undefined, { 'Accept-Language': 'fr-CH, en;q=0.5' });
    assert.equal(seen.status, 404, bad);
    assert.match(seen.text, /Ce lien ne fonctionne pas .*STOP/);
    assert.equal((await page(bad, { receive: 'none' })).status, 404);
  }
  const token = url.split('/').at(-1);
  assert.equal((await traces([token])).length, 0, 'the token is in no table');
  assert.ok(!g.log.includes(token), 'nor in the log');
  await g.db.query(`UPDATE preference_tokens SET expires_at = now() - interval '1 second' WHERE hash = sha256($1)`, [Buffer.from(token)]);
  for (const form of [undefined, { receive: 'none' }]) {
    const late = await page(url, form);
    assert.equal(late.status, 410);
    assert.match(late.text, /This link has expired .*STOP/);
  }
  assert.equal((await consents(c)).receives, 'transactional_only');
  await call('DELETE', `/v1/customers/${c.id}`);
  assert.equal((await page(other)).status, 404, 'gone with the customer');
  assert.equal((await call('POST', `/v1/customers/${c.id}/preference-link`)).status, 404);
});

test('the preference page is nobody\'s to frame, store, index or write markup into', async () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;`;
  await g.db.query(`UPDATE brands SET name = $1, support_contact = $1 WHERE id = $2`, [evil, g.brand]);
  try {
    const c = await customer(), url = await link(c);
    await g.db.query(`UPDATE customers SET name = $1, locale = $1, zone = $1, country = '"><' WHERE id = $2`, [evil, c.id]);
    for (const seen of [await page(url), await page(url, { receive: 'none' }), await page(url, { zone: '"><script>' }), await page(url, { receive: 'all' })]) {
      assert.ok(!/<script|<img/i.test(seen.html));
      assert.ok(seen.html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
      const h = (name) => seen.headers.get(name);
      assert.match(h('content-security-policy'), /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
      assert.deepEqual([h('referrer-policy'), h('cache-control'), h('x-content-type-options'), h('x-robots-tag'), h('content-type'), h('set-cookie')],
        ['no-referrer', 'no-store', 'nosniff', 'noindex, nofollow', 'text/html; charset=utf-8', null]);
    }
    // the hash in the policy is that of the style in the page
    const { createHash } = await import('node:crypto');
    const seen = await page(url), style = /<style>(.*?)<\/style>/s.exec(seen.html)[1];
    assert.ok(seen.headers.get('content-security-policy').includes(createHash('sha256').update(style).digest('base64')));
  } finally { await g.db.query(`UPDATE brands SET name = 'Northwind', support_contact = 'help@northwind.example' WHERE id = $1`, [g.brand]); }
});
