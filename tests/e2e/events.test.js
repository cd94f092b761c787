// Order events over HTTP: in any order, any number of times, on any worker; bad ones are told what is wrong and change nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.js';

let g, token;

before(async () => {
  g = await Gateway.start({ workers: 2 });
  const made = await g.run(['token', 'create', '--brand', g.brand, '--name', 'shop', '--scopes', 'events:write']);
  [token] = made.out.match(/aw_[\w-]{43}/) ?? assert.fail(made.err);
});
after(() => g?.close());

function send(body, bearer = token) {
  return fetch(`${g.url}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function event(id, type, hour, { order = 'o1', phone = '+14155550150', more = {}, shipment } = {}) {
  return {
    source: 'shop', id, type: `order.${type}`, occurred_at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    customer: { phone }, order: { id: order, number: order, ...more }, ...(shipment && { shipment }),
  };
}

async function order(id) {
  const { rows } = await g.db.query('SELECT o.*, c.phone FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.external_id = $1', [id]);
  return rows[0];
}

test('an event makes the customer, the order, its items and its shipment', async () => {
  const e = event('m1', 'shipped', 5, {
    order: 'made', phone: '(415) 555-0151',
    more: { total: 49.9, currency: 'USD', items: [{ sku: 'L1', title: 'Lamp', quantity: 2, price: '19.95' }, { title: 'Bulb' }] },
    shipment: { carrier: 'UPS', tracking_number: '1Z1', tracking_url: 'https://ups.example/1Z1', expected_at: '2026-01-04T00:00:00+02:00' },
  });
  Object.assign(e.customer, { name: 'Zoë', email: 'zoe@mail.example', locale: 'fr', external_id: 'c1' });
  const r = await send(e);
  assert.equal(r.status, 202);
  assert.deepEqual(await r.json(), { id: 'm1', status: 'accepted' });
  const o = await order('made');
  assert.equal(o.phone, '+14155550151');
  assert.equal(o.total, '49.90');
  assert.equal(o.title, 'Lamp');
  assert.equal(o.carrier, 'UPS');
  assert.equal(o.expected_at.toISOString(), '2026-01-03T22:00:00.000Z');
  assert.equal(await g.count('SELECT sum(quantity) FROM order_items WHERE order_id = $1', [o.id]), 3);
  assert.equal(await g.count("SELECT count(*) FROM shipments WHERE order_id = $1 AND reference = '1Z1'", [o.id]), 1);
  assert.equal(await g.count("SELECT count(*) FROM customer_refs WHERE external_id = 'c1'"), 1);
  const { rows: [c] } = await g.db.query("SELECT * FROM customers WHERE phone = '+14155550151'");
  assert.deepEqual([c.name, c.email, c.locale, c.country], ['Zoë', 'zoe@mail.example', 'fr', 'US']);
});

test('a repeat has no effect, not even on a customer that was erased', async () => {
  const e = event('r1', 'paid', 1, { order: 'rep', phone: '+14155550152' });
  assert.equal((await (await send(e)).json()).status, 'accepted');
  await g.db.query(`DELETE FROM orders WHERE external_id = 'rep'`);
  await g.db.query(`DELETE FROM customers WHERE phone = '+14155550152'`);
  const again = await Promise.all(Array.from({ length: 8 }, () => send(e)));
  for (const r of again) assert.equal((await r.json()).status, 'repeated');
  assert.equal(await g.count("SELECT count(*) FROM customers WHERE phone = '+14155550152'"), 0);
  assert.equal(await order('rep'), undefined);
});

test('whatever order events come in, the state comes out the same', async () => {
  const life = ['placed', 'paid', 'shipped', 'delayed', 'out_for_delivery', 'delivered'];
  const orders = Array.from({ length: 12 }, (_, i) => `any${i}`);
  const events = orders.flatMap((o, i) => life.map((type, hour) => event(`${o}-${type}`, type, hour, { order: o, phone: `+1415555016${i % 10}` })));
  events.sort(() => Math.random() - 0.5);
  // each twice, at once, over both workers
  const answers = await Promise.all([...events, ...events].map((e) => send(e)));
  for (const r of answers) assert.equal(r.status, 202);
  for (const id of orders) {
    const o = await order(id);
    assert.equal(o.state, 4);
    assert.equal(o.placed_at.toISOString(), '2026-01-01T00:00:00.000Z');
  }
  assert.equal(await g.count("SELECT count(*) FROM order_events WHERE event_id LIKE 'any%'"), 72);
});

test('an older event that comes late only fills what is missing', async () => {
  await send(event('l2', 'delivered', 9, { order: 'late', more: { currency: 'USD' } }));
  const r = await send(event('l1', 'placed', 2, { order: 'late', phone: '+14155550159', more: { total: '10.00', currency: 'EUR' } }));
  assert.equal(r.status, 202);
  const o = await order('late');
  assert.deepEqual([o.state, o.total, o.currency, o.phone], [4, '10.00', 'USD', '+14155550150']);
  assert.equal(await g.count("SELECT count(*) FROM order_events WHERE event_id = 'l1' AND NOT changed_state"), 1);
});

test('what is known of a customer is not overwritten', async () => {
  const first = event('k1', 'placed', 1, { order: 'k', phone: '+14155550153' }), second = event('k2', 'paid', 2, { order: 'k', phone: '+14155550153' });
  first.customer.name = 'Ann';
  Object.assign(second.customer, { name: 'Somebody else', email: 'ann@mail.example' });
  await send(first);
  await send(second);
  const { rows: [c] } = await g.db.query("SELECT name, email FROM customers WHERE phone = '+14155550153'");
  assert.deepEqual(c, { name: 'Ann', email: 'ann@mail.example' });
});

test('several events in one request are answered one by one', async () => {
  const r = await send({ events: [event('s1', 'placed', 1, { order: 's' }), event('s2', 'cancelled', 2, { order: 's' }), event('s1', 'placed', 1, { order: 's' })] });
  assert.equal(r.status, 202);
  assert.deepEqual((await r.json()).events.map((e) => e.status), ['accepted', 'accepted', 'repeated']);
  assert.equal((await order('s')).state, 9);
});

const bad = {
  'no JSON': ['{', null],
  'an unknown type': [event('b', 'lost', 1), 'type'],
  'no time zone': [{ ...event('b', 'paid', 1), occurred_at: '2026-01-01T00:00:00' }, 'occurred_at'],
  'a time far ahead': [{ ...event('b', 'paid', 1), occurred_at: '2036-01-01T00:00:00Z' }, 'occurred_at'],
  'a number that cannot be dialled': [event('b', 'paid', 1, { phone: '555' }), 'customer.phone'],
  'no order number': [{ ...event('b', 'paid', 1), order: { id: 'b' } }, 'order.number'],
  'a link that is not of the web': [event('b', 'shipped', 1, { shipment: { tracking_url: 'javascript:alert(1)' } }), 'shipment.tracking_url'],
  'a sum that is none': [event('b', 'paid', 1, { more: { total: '1,5' } }), 'order.total'],
  'no quantity': [event('b', 'paid', 1, { more: { items: [{ title: 'x', quantity: 0 }] } }), 'order.items[0].quantity'],
  'the second of two': [{ events: [event('b0', 'paid', 1), event('b', 'paid', 1, { phone: 'x' })] }, 'events[1].customer.phone'],
  'a list of nothing': [{ events: [] }, 'events'],
  'a NUL in a name': [JSON.stringify(event('b', 'paid', 1)).replace('"phone"', '"name":"a\\u0000b","phone"'), null],
};
for (const [name, [body, field]] of Object.entries(bad)) {
  test(`${name}: 400 that names the field, and nothing happens`, async () => {
    const had = await g.count('SELECT count(*) FROM order_events');
    const r = await send(body), problem = await r.json();
    assert.equal(r.status, 400);
    assert.match(r.headers.get('content-type'), /problem\+json/);
    assert.equal(problem.errors?.[0].field ?? null, field);
    assert.equal(await g.count('SELECT count(*) FROM order_events'), had);
  });
}

test('without the scope there is no way in', async () => {
  const made = await g.run(['token', 'create', '--brand', g.brand, '--name', 'reader', '--scopes', 'orders:read']);
  assert.equal((await send(event('n', 'paid', 1), made.out.match(/aw_[\w-]{43}/)[0])).status, 403);
  assert.equal((await send(event('n', 'paid', 1), `aw_${'x'.repeat(43)}`)).status, 401);
});

test('a customer who asks is told the new state', async () => {
  await send(event('w1', 'out_for_delivery', 3, { order: '7001', phone: '+14155550154' }));
  const texts = `${g.url}/sim/simulator1/phones/%2B14155550154/texts`;
  const r = await fetch(texts, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'where is my order' }) });
  assert.equal(r.status, 201);
  const reply = await until('the answer', async () => (await (await fetch(`${texts}?after=0`)).json()).texts.find((t) => t.direction === 'to_phone'));
  assert.match(reply.text, /7001/);
});
