// Idempotency-Key: the same request with the same key makes one resource, however often and wherever it arrives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.js';

const AT_ONCE = 24;
let g, token, other, ticket;

before(async () => {
  g = await Gateway.start({ workers: 2 });
  const make = async (name) => (await g.run(['token', 'create', '--brand', g.brand, '--name', name])).out.match(/aw_[\w-]{43}/)[0];
  token = await make('helpdesk');
  other = await make('another');
  await fetch(`${g.url}/sim/simulator1/phones/%2B14155550170/texts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'The zip is broken' }) });
  ticket = (await until('the ticket', async () => (await call('GET', '/v1/tickets?status=open')).json.data[0])).id;
  g.conversation = (await call('GET', '/v1/conversations')).json.data[0].id;
});
after(() => g?.close());

// A connection each: SO_REUSEPORT spreads them over the workers.
async function call(method, path, body, key, bearer = token) {
  const headers = { Authorization: `Bearer ${bearer}`, Connection: 'close', ...(body && { 'Content-Type': 'application/json' }), ...(key && { 'Idempotency-Key': key }) };
  const res = await fetch(g.url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: res.status, location: res.headers.get('location'), replayed: res.headers.get('idempotent-replayed'), json: await res.json() };
}
const text = (words) => ({ phone: '+14155550171', text: words, class: 'transactional' });
const made = (words) => g.count('SELECT count(*) FROM messages WHERE body = $1', [words]);

const writes = {
  'POST /v1/messages': [() => '/v1/messages', (w) => text(w), (w) => made(w)],
  'POST /v1/tickets/{id}/replies': [() => `/v1/tickets/${ticket}/replies`, (w) => ({ text: w }), (w) => made(w)],
  'POST /v1/tickets/{id}/notes': [() => `/v1/tickets/${ticket}/notes`, (w) => ({ text: w }), (w) => g.count('SELECT count(*) FROM ticket_events WHERE body = $1', [w])],
  'POST /v1/tickets': [() => '/v1/tickets', (w) => ({ conversation: g.conversation, subject: w }), (w) => g.count('SELECT count(*) FROM tickets WHERE subject = $1', [w])],
};

for (const [name, [path, body, count]] of Object.entries(writes)) {
  test(`${name}: a repeat is answered as the first one was`, async () => {
    const words = `repeat ${name}`, first = await call('POST', path(), body(words), `r-${name.length}`);
    assert.equal(first.status, 201, JSON.stringify(first.json));
    assert.equal(first.replayed, null);
    for (let i = 0; i < 4; i++) {
      const again = await call('POST', path(), body(words), `r-${name.length}`);
      assert.deepEqual([again.status, again.location, again.json.id], [first.status, first.location, first.json.id]);
      assert.equal(again.replayed, 'true');
    }
    assert.equal(await count(words), 1);
  });

  test(`${name}: ${AT_ONCE} at once over two workers make one`, async () => {
    const words = `at once ${name}`;
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => call('POST', path(), body(words), `o-${name.length}`)));
    assert.deepEqual(new Set(all.map((r) => r.status)), new Set([201]));
    assert.equal(new Set(all.map((r) => r.json.id)).size, 1);
    assert.equal(new Set(all.map((r) => r.location)).size, 1);
    assert.equal(all.filter((r) => !r.replayed).length, 1);
    assert.equal(await count(words), 1);
  });

  test(`${name}: other words under the same key are refused and change nothing`, async () => {
    const words = `other ${name}`, r = await call('POST', path(), body(words), `r-${name.length}`);
    assert.equal(r.status, 422);
    assert.equal(r.json.type, 'https://afterword.dev/problems/idempotency-key-reused');
    assert.equal(await count(words), 0);
  });
}

test('different words at once under one key: one is done, the others are refused', async () => {
  const all = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => call('POST', '/v1/messages', text(`race ${i}`), 'race')));
  assert.equal(all.filter((r) => r.status === 201).length, 1);
  assert.equal(all.filter((r) => r.status === 422).length, AT_ONCE - 1);
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE body LIKE 'race %'`), 1);
});

test('a key belongs to its token, and to its address', async () => {
  assert.equal((await call('POST', '/v1/messages', text('mine'), 'shared')).status, 201);
  assert.equal((await call('POST', '/v1/messages', text('theirs'), 'shared', other)).status, 201);
  assert.equal((await call('POST', `/v1/tickets/${ticket}/notes`, { text: 'mine' }, 'shared')).status, 422);
});

test('what was refused does not use its key up', async () => {
  const bad = { customer: '00000000-0000-7000-8000-000000000000', text: 'later', class: 'transactional' };
  const refused = await call('POST', '/v1/messages', bad, 'second-try');
  assert.deepEqual([refused.status, refused.json.errors[0].field], [422, 'customer']);
  assert.equal((await call('POST', '/v1/messages', { ...text('later'), class: 'loud' }, 'second-try')).status, 400);
  assert.equal((await call('POST', '/v1/messages', text('later'), 'second-try')).status, 201);
  assert.equal(await made('later'), 1);
});

test('a repeat shows the resource as it now stands', async () => {
  const first = await call('POST', '/v1/messages', text('stands'), 'stands');
  await g.db.query(`UPDATE messages SET state = 40 WHERE body = 'stands'`);
  const again = await call('POST', '/v1/messages', text('stands'), 'stands');
  assert.deepEqual([again.status, again.location, again.json.state], [201, first.location, 'delivered']);
});

test('a key that is none is refused', async () => {
  for (const key of ['two words', 'x'.repeat(256)]) {
    const r = await call('POST', '/v1/messages', text('keyless'), key);
    assert.deepEqual([r.status, r.json.errors[0].field], [400, 'Idempotency-Key']);
  }
  assert.equal(await made('keyless'), 0);
});

test('each kind of fault has one status on every route', async () => {
  const none = '00000000-0000-7000-8000-000000000000', t = `/v1/tickets/${ticket}`;
  const faults = [
    [400, 'POST', '/v1/events', { source: 'x' }], [400, 'POST', '/v1/messages', { text: 'x' }], [400, 'POST', '/v1/tickets', { subject: 1 }],
    [400, 'POST', `${t}/replies`, { text: '' }], [400, 'POST', `${t}/notes`, {}], [400, 'PATCH', t, { status: 'lost' }],
    [400, 'PATCH', `/v1/conversations/${g.conversation}`, { robot: 'maybe' }], [400, 'GET', '/v1/orders?state=lost'], [400, 'GET', '/v1/tickets?colour=red'],
    [422, 'POST', '/v1/messages', { customer: none, text: 'x', class: 'transactional' }], [422, 'POST', '/v1/tickets', { conversation: none, subject: 'x' }],
    [422, 'PATCH', t, { order: none }], [404, 'POST', `/v1/tickets/${none}/replies`, { text: 'x' }], [404, 'GET', `/v1/orders/${none}`],
    [404, 'PATCH', `/v1/conversations/${none}`, { robot: 'off' }],
  ];
  for (const [status, method, path, body] of faults) {
    const r = await call(method, path, body);
    assert.equal(r.status, status, `${method} ${path} ${JSON.stringify(r.json)}`);
    assert.equal(r.json.status, status);
  }
});
