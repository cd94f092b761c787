// The REST API as a helpdesk uses it: order event in, ticket worked to its end, and bad input that changes nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './lib/gateway.js';

let g, token;
before(async () => {
  g = await Gateway.start();
  const made = await g.run(['token', 'create', '--name', 'helpdesk']);
  assert.equal(made.code, 0, made.err);
  token = made.out.trim();
});
after(async () => { await g?.close(); });

const call = async (method, path, body, headers = {}) => {
  const res = await fetch(g.url + path, {
    method, body: body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
  });
  const text = await res.text();
  return { status: res.status, headers: res.headers, json: text ? JSON.parse(text) : null };
};
const event = (id, type, at, more = {}) => ({
  source: 'shop', id, type, occurred_at: at, customer: { phone: '(415) 555-0160', name: 'Ada' },
  order: { id: '77', number: '#7001', items: [{ title: 'Tent', quantity: 1, price: 99.5 }] }, ...more,
});

test('order events: once each, and the later occurred-at wins', async () => {
  const shipped = event('e2', 'order.shipped', '2026-11-20T10:00:00Z', { shipment: { carrier: 'UPS', tracking_url: 'https://ups.example/77' } });
  assert.equal((await call('POST', '/v1/events', shipped)).status, 202);
  assert.equal((await call('POST', '/v1/events', event('e1', 'order.placed', '2026-11-19T10:00:00Z'))).status, 202); // late
  for (let i = 0; i < 5; i++) assert.equal((await call('POST', '/v1/events', shipped)).json.status, 'repeated');
  const { json } = await call('GET', '/v1/orders?number=7001');
  assert.equal(json.data.length, 1);
  assert.equal(json.data[0].state, 'shipped');
  assert.equal(await g.count('SELECT count(*) FROM order_events'), 2);
  assert.equal(await g.count(`SELECT count(*) FROM customers WHERE phone = '+14155550160'`), 1);
});

test('a ticket is worked wholly over the API', async () => {
  const phone = '+14155550160';
  await fetch(`${g.url}/sim/simulator1/phones/${encodeURIComponent(phone)}/texts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text: 'The tent has a hole', to: '+14155550101' }) });
  const ticket = await until('the ticket', async () => (await call('GET', '/v1/tickets?status=open')).json.data[0]);
  const path = `/v1/tickets/${ticket.id}`;
  const key = { 'Idempotency-Key': 'reply-1' };
  const reply = await call('POST', `${path}/replies`, { author: 'ana', text: 'A new one is on its way.' }, key);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  const again = await call('POST', `${path}/replies`, { author: 'ana', text: 'A new one is on its way.' }, key);
  assert.equal(again.status, 201);
  assert.equal((await call('POST', `${path}/replies`, { author: 'ana', text: 'Other words.' }, key)).status, 422);
  assert.equal((await call('POST', `${path}/notes`, { author: 'ana', text: 'Batch 12 again.' })).status, 201);
  await until('the reply at the phone', async () => JSON.stringify(await (await fetch(`${g.url}/sim/simulator1/phones/${encodeURIComponent(phone)}/texts`)).json()).includes('A new one is on its way.'));
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE author = 'ana'`), 1);
  await until('its receipt', () => g.count(`SELECT count(*) FROM messages WHERE author = 'ana' AND state = 40`));
  const solved = await call('PATCH', path, { status: 'solved' });
  assert.equal(solved.status, 200, JSON.stringify(solved.json));
  assert.equal((await call('GET', path)).json.status, 'solved');
});

test('an agent cannot text a customer who said STOP', async () => {
  const phone = '+14155550161';
  const say = (text) => fetch(`${g.url}/sim/simulator1/phones/${encodeURIComponent(phone)}/texts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text, to: '+14155550101' }) });
  await say('I need help with a zip');
  const ticket = await until('the ticket', async () => (await call('GET', '/v1/tickets?status=open')).json.data[0]);
  await say('STOP');
  await until('the opt-out', () => g.count('SELECT count(*) FROM customers WHERE phone = $1 AND opted_out_at IS NOT NULL', [phone]));
  assert.equal((await call('POST', `/v1/tickets/${ticket.id}/replies`, { author: 'ana', text: 'hello' })).status, 409);
});

test('invariant 9: bad input gets a clear error on every route, changes nothing, and the process goes on', async () => {
  const before = await g.count('SELECT (SELECT count(*) FROM order_events) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM tickets)');
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  const bad = [
    ['POST', '/v1/events', '{'], ['POST', '/v1/events', '[]'], ['POST', '/v1/events', deep], ['POST', '/v1/events', '"\\u0000"'],
    ['POST', '/v1/events', event('x', 'order.eaten', '2026-11-19T10:00:00Z')], ['POST', '/v1/events', event('x', 'order.paid', 'yesterday')],
    ['POST', '/v1/events', event(7, 'order.paid', '2026-11-19T10:00:00Z')], ['POST', '/v1/events', { ...event('x', 'order.paid', '2026-11-19T10:00:00Z'), customer: { phone: '12' } }],
    ['POST', '/v1/events', { ...event('x', 'order.paid', '2026-11-19T10:00:00Z'), customer: { phone: "'; DROP TABLE orders; --" } }],
    ['POST', '/v1/events', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])], ['POST', '/v1/events', 'x'.repeat(400 << 10)],
    ['GET', '/v1/orders?limit=0'], ['GET', '/v1/orders?limit=x'], ['GET', '/v1/orders?cursor=%00%ff'], ['GET', '/v1/orders/none'],
    ['GET', "/v1/tickets?status=open'--"], ['GET', '/v1/tickets/00000000-0000-0000-0000-000000000000'], ['PATCH', '/v1/tickets/1', { status: 'solved' }],
    ['POST', '/v1/tickets', { subject: 1 }], ['GET', '/v1/../etc/passwd'], ['GET', '/v1/%zz'], ['DELETE', '/v1/orders'],
    ['POST', '/webhooks/twilio/none/inbound', 'a=b'], ['POST', '/webhooks/simulator/simulator1/inbound', '{}'],
  ];
  for (const [method, path, body] of bad) {
    const res = await call(method, path, body);
    assert.ok(res.status >= 400 && res.status < 500, `${method} ${path} gave ${res.status}`);
    assert.equal(res.headers.get('content-type'), 'application/problem+json', `${method} ${path}`);
    assert.ok(res.json.detail, `${method} ${path}`);
  }
  const phone = await call('POST', '/v1/events', { ...event('x', 'order.paid', '2026-11-19T10:00:00Z'), customer: { phone: '12' } });
  assert.equal(phone.json.errors[0].field, 'customer.phone');
  assert.equal(await g.count('SELECT (SELECT count(*) FROM order_events) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM tickets)'), before);
  assert.equal((await call('GET', '/v1/orders')).status, 200);
});

test('a token can do what its scopes say, and nothing after it is revoked', async () => {
  const { out, err } = await g.run(['token', 'create', '--name', 'reader', '--scopes', 'orders:read']);
  const headers = { Authorization: `Bearer ${out.trim()}` };
  assert.equal((await call('GET', '/v1/orders', undefined, headers)).status, 200);
  assert.equal((await call('GET', '/v1/tickets', undefined, headers)).status, 403);
  assert.equal((await call('GET', '/v1/orders', undefined, { Authorization: 'Bearer aw_wrong' })).status, 401);
  const id = (await g.run(['token', 'list'])).out.split('\n').find((l) => l.includes('reader')).split(' ')[0];
  assert.equal((await g.run(['token', 'revoke', id])).code, 0, err);
});
