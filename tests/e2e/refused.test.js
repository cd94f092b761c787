// What the database refuses harms nobody but itself: batches are retried, then run singly.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gateway } from './lib/gateway.js';

const N = 40;
let g, token;

before(async () => {
  g = await Gateway.start({ workers: 1, settings: { AFTERWORD_OUTBOUND: 'false' } });
  token = (await g.run(['token', 'create', '--brand', g.brand, '--name', 'shop'])).out.match(/aw_[\w-]{43}/)[0];
});
after(() => g?.close());

// A trigger that raises what it is told for rows that meet a condition.
async function raise(table, when, code) {
  await g.db.query(`CREATE FUNCTION refuse_${table}() RETURNS trigger LANGUAGE plpgsql AS
    $f$ BEGIN IF ${when} THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $f$`);
  await g.db.query(`CREATE TRIGGER refuse BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_${table}()`);
}
async function calm(table) {
  await g.db.query(`DROP TRIGGER refuse ON ${table}`);
  await g.db.query(`DROP FUNCTION refuse_${table}()`);
}

async function text(id, body) {
  const payload = JSON.stringify({ id, from: `+1415557${id.replace(/\D/g, '').padStart(4, '0')}`, to: '+14155550101', text: body });
  const headers = { 'Content-Type': 'application/json', 'X-Afterword-Signature': createHmac('sha256', g.token).update(payload).digest('hex') };
  return (await fetch(`${g.url}/webhooks/simulator/simulator1/inbound`, { method: 'POST', headers, body: payload })).status;
}
async function event(id) {
  const body = JSON.stringify({ source: 'shop', id, type: 'order.paid', occurred_at: '2026-01-01T00:00:00Z', customer: { phone: '+14155550150' }, order: { id, number: id } });
  return (await fetch(`${g.url}/v1/events`, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body })).status;
}
const stored = (tag) => g.count('SELECT count(*) FROM messages WHERE inbound AND provider_id LIKE $1', [`${tag}%`]);
const retries = async (pipeline) => Number((await (await fetch(`${g.url}/metrics`)).text())
  .match(new RegExp(`^afterword_database_retries_total\\{.*pipeline="${pipeline}".*\\} (\\d+)`, 'm'))?.[1] ?? 0);

test('one text that the database refuses is told so, and the others are stored', async () => {
  await raise('messages', `NEW.body = 'poison'`, 'P0001');
  const ids = Array.from({ length: N }, (_, i) => `bad${i}`);
  const got = await Promise.all(ids.map((id, i) => text(id, i % 10 === 3 ? 'poison' : 'hello')));
  assert.deepEqual(got, ids.map((_, i) => (i % 10 === 3 ? 503 : 200)));
  assert.equal(await stored('bad'), N - N / 10);
  await calm('messages');
  assert.equal(await text('bad3', 'poison'), 200);
});

test('one event that the database refuses is told so, and the others are stored', async () => {
  await raise('order_events', `NEW.event_id = 'e7'`, 'P0001');
  const got = await Promise.all(Array.from({ length: N }, (_, i) => event(`e${i}`)));
  assert.deepEqual(got, Array.from({ length: N }, (_, i) => (i === 7 ? 500 : 202)));
  assert.equal(await g.count('SELECT count(*) FROM order_events'), N - 1);
  await calm('order_events');
});

test('a batch that met a deadlock is run again, whole', async () => {
  await g.db.query('CREATE SEQUENCE met');
  await raise('messages', `nextval('met') <= 3`, '40P01');
  const had = await retries('inbound');
  const got = await Promise.all(Array.from({ length: N }, (_, i) => text(`dead${i}`, 'hello')));
  assert.deepEqual(new Set(got), new Set([200]));
  assert.equal(await stored('dead'), N);
  assert.equal(await retries('inbound') - had, 3);
  await calm('messages');
});

test('deadlocks without end are answered with 503 in the end, and nothing is stored', async () => {
  await raise('messages', 'true', '40P01');
  assert.equal(await text('endless1', 'hello'), 503);
  assert.equal(await stored('endless'), 0);
  await calm('messages');
  assert.equal(await text('endless1', 'hello'), 200);
});
