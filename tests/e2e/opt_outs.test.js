// Opt-outs as compliance.md section 6 ends: whom they reach, what they stop, and what they leave alone.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { Gateway, sleep, twilioStub, until } from './lib/gateway.js';

let g, stub, token;
const sid = () => `SM${randomBytes(16).toString('hex')}`;

// Brand B: another brand of the same legal entity, with a number of its own at the same provider.
async function brandB(gw) {
  const [brand, channel] = [randomUUID(), randomUUID()];
  await gw.db.query(`INSERT INTO brands (id, entity, name, support_contact) VALUES ($1, 'northwind', 'Southwind', 'help@southwind.example')`, [brand]);
  await gw.db.query(`INSERT INTO channels (brand_id, id, key, provider, account, secret, base_url) VALUES ($1, $2, 'twilio2', 'twilio', 'AC00000000000000000000000000000001', $3, $4)`,
    [brand, channel, gw.token, stub.url]);
  await gw.db.query(`INSERT INTO senders (brand_id, id, channel_id, number) VALUES ($1, gen_random_uuid(), $2, '+14155550200')`, [brand, channel]);
}

before(async () => {
  stub = await twilioStub();
  g = await Gateway.start({
    seed: async (gw) => {
      await gw.channelSettings('twilio', { base_url: stub.url });
      // a second number of brand A
      await gw.db.query(`INSERT INTO senders (brand_id, id, channel_id, number) VALUES ($1, gen_random_uuid(), $2, '+14155550102')`, [gw.brand, gw.channels.twilio.id]);
      await brandB(gw);
    },
  });
  const made = await g.run(['token', 'create', '--brand', g.brand, '--name', 'helpdesk']);
  [token] = made.out.match(/aw_[\w-]{43}/) ?? assert.fail(made.err);
});
after(async () => { await g?.close(); await stub?.close(); });

function say(from, body, { to = '+14155550100', id = sid(), channel = 'twilio1' } = {}) {
  const path = `/webhooks/twilio/${channel}/inbound`;
  const fields = { MessageSid: id, AccountSid: 'AC00000000000000000000000000000001', From: from, To: to, Body: body, NumMedia: '0' };
  return fetch(g.url + path, {
    method: 'POST', body: new URLSearchParams(fields).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': twilio.getExpectedTwilioSignature(g.token, g.url + path, fields) },
  }).then((res) => assert.equal(res.status, 200));
}
const call = async (method, path, body) => {
  const res = await fetch(g.url + path, { method, body: body && JSON.stringify(body), headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) } });
  return { status: res.status, json: await res.json() };
};
const heard = (phone, from) => stub.seen.filter((m) => m.to === phone && (!from || m.from === from)).map((m) => m.body);
const out = (phone, name) => g.count(`SELECT count(*) FROM customers c JOIN brands b ON b.id = c.brand_id
  WHERE c.phone = $1 AND b.name = $2 AND c.opted_out_at IS NOT NULL`, [phone, name]);
const text = (phone, more) => call('POST', '/v1/messages', { phone, text: 'Your parcel is at the door', class: 'transactional', author: 'ana', ...more });

test('STOP from a number nobody knows is an opt-out of that number', async () => {
  const phone = '+14155550301';
  await say(phone, 'STOP');
  await until('the confirmation', () => heard(phone).length === 1);
  assert.equal(await out(phone, 'Northwind'), 1);
  assert.equal((await text(phone)).status, 409);
});

test('STOP to one of two numbers closes both, and leaves the other brand open; STOP ALL does not', async () => {
  const phone = '+14155550302';
  await say(phone, 'a question about sizes');
  await say(phone, 'and about colours', { to: '+14155550102' });
  await say(phone, 'hello', { to: '+14155550200', channel: 'twilio2' });
  await until('the acknowledgements', () => heard(phone, '+14155550100').length && heard(phone, '+14155550102').length && heard(phone, '+14155550200').length);
  await say(phone, 'STOP', { to: '+14155550102' });
  await until('the confirmation', () => heard(phone, '+14155550102').length === 2);
  await say(phone, 'and another question', { to: '+14155550100' });
  assert.equal((await text(phone)).json.type.endsWith('opted-out'), true);
  assert.equal(await out(phone, 'Northwind'), 1);
  assert.equal(await out(phone, 'Southwind'), 0);
  await sleep(500);
  assert.equal(heard(phone, '+14155550100').length, 1);
  await say(phone, 'STOP ALL', { to: '+14155550102' });
  await until('the other brand', () => out(phone, 'Southwind'));
});

test('an agent\'s reply that was queued before STOP is not sent', async () => {
  const phone = '+14155550303';
  await say(phone, 'I need help with a zip');
  await until('the acknowledgement', () => heard(phone).length === 1);
  await g.db.query(`UPDATE senders SET paused_reason = 'test' WHERE number = '+14155550100'`);
  await sleep(3000); // the workers read settings every two seconds
  const sent = await text(phone, { text: 'Pull it gently', class: 'conversational' });
  assert.equal(sent.status, 201, JSON.stringify(sent.json));
  await say(phone, 'STOP');
  await g.db.query(`UPDATE senders SET paused_reason = NULL WHERE number = '+14155550100'`);
  await until('the confirmation', () => heard(phone).length === 2);
  assert.match(heard(phone)[1], /no more texts/);
  await sleep(500);
  assert.equal(heard(phone).length, 2);
  const { json } = await call('GET', `/v1/messages/${sent.json.id}`);
  assert.equal(json.state, 'suppressed');
  assert.equal(json.error, 'opted_out');
});

test('a STOP that comes again after START, as the same message, changes nothing', async () => {
  const phone = '+14155550304', id = sid();
  await say(phone, 'STOP', { id });
  await until('the confirmation', () => heard(phone).length === 1);
  await say(phone, 'START');
  await until('the answer', () => heard(phone).length === 2);
  await say(phone, 'STOP', { id });
  await sleep(300);
  assert.equal(await out(phone, 'Northwind'), 0);
  assert.equal(heard(phone).length, 2);
});

const event = (id, type, hour, more = {}) => call('POST', '/v1/events', {
  source: 'shop', id, type: `order.${type}`, occurred_at: new Date(Date.UTC(2026, 10, 1, hour)).toISOString(), ...more,
});

test('two customers who share a number are one consent subject', async () => {
  const phone = '+14155550305';
  for (const who of ['ada', 'ben'])
    assert.equal((await event(`s-${who}`, 'placed', 1, { customer: { phone, external_id: who }, order: { id: `s-${who}`, number: `S${who}` } })).status, 202);
  await say(phone, 'STOP');
  await until('the confirmation', () => heard(phone).length === 1);
  assert.equal(await g.count('SELECT count(*) FROM customers WHERE phone = $1', [phone]), 1);
  assert.equal(await g.count(`SELECT count(DISTINCT customer_id) FROM customer_refs WHERE external_id IN ('ada', 'ben')`), 1);
  assert.equal((await text(phone)).status, 409);
  // a customer who moves to that number takes on the stricter state (a merge)
  assert.equal((await event('s-cy', 'placed', 1, { customer: { phone: '+14155550306', external_id: 'cy' }, order: { id: 's-cy', number: 'Scy' } })).status, 202);
  assert.equal((await event('s-cy2', 'shipped', 2, { customer: { phone, external_id: 'cy' }, order: { id: 's-cy', number: 'Scy' } })).status, 202);
  const { rows: [o] } = await g.db.query(`SELECT c.phone, c.opted_out_at FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.number = 'Scy'`);
  assert.equal(o.phone, phone);
  assert.ok(o.opted_out_at);
});

test('OO-3: "stop texting me about this order" mutes that order and no other, until START', async () => {
  const phone = '+14155550307';
  for (const n of ['8001', '8002']) assert.equal((await event(`m-${n}`, 'placed', 1, { customer: { phone }, order: { id: n, number: n } })).status, 202);
  const id = async (n) => (await call('GET', `/v1/orders?number=${n}`)).json.data[0].id;
  const [muted, other] = [await id('8001'), await id('8002')];
  await say(phone, 'Please stop texting me about order 8001');
  await until('the confirmation', () => heard(phone).length === 1);
  assert.match(heard(phone)[0], /order 8001/);
  assert.equal(await out(phone, 'Northwind'), 0);
  assert.ok((await call('GET', `/v1/orders/${muted}`)).json.muted_at);
  assert.equal((await call('GET', `/v1/orders/${other}`)).json.muted_at, null);
  const refused = await text(phone, { order: muted });
  assert.equal(refused.status, 409);
  assert.match(refused.json.type, /order-muted/);
  assert.equal((await text(phone, { order: other })).status, 201);
  await until('the text about the other order', () => heard(phone).length === 2);
  // what the shop says of the order does not bring it back
  assert.equal((await event('m-8001-2', 'shipped', 2, { customer: { phone }, order: { id: '8001', number: '8001' } })).status, 202);
  assert.equal((await call('GET', `/v1/orders/${muted}`)).json.state, 'shipped');
  assert.ok((await call('GET', `/v1/orders/${muted}`)).json.muted_at);
  await say(phone, 'where is order 8001?'); // a question of their own is answered
  await until('the answer', () => heard(phone).length === 3);
  await say(phone, 'START');
  await until('the answer to START', () => heard(phone).length === 4);
  assert.equal((await call('GET', `/v1/orders/${muted}`)).json.muted_at, null);
  const { rows } = await g.db.query('SELECT action FROM consent_events WHERE phone = $1 ORDER BY seq', [phone]);
  assert.deepEqual(rows.map((r) => r.action).filter((a) => a !== 'grant'), ['revoke_order', 'grant_service']);
});

test('RN-2: a wrong number is void at every brand', async () => {
  const phone = '+14155550308';
  await say(phone, 'hello', { to: '+14155550200', channel: 'twilio2' });
  await until('the acknowledgement', () => heard(phone).length === 1);
  await say(phone, 'wrong number');
  await until('the confirmation', () => heard(phone).length === 2);
  assert.equal(await g.count(`SELECT count(*) FROM customers WHERE phone = $1 AND opted_out_at IS NOT NULL AND number_bad = 'wrong_person'`, [phone]), 2);
  assert.equal(await g.count(`SELECT count(*) FROM ticket_events WHERE kind = 'note' AND body LIKE 'Wrong number:%'`), 1);
});

test('what Twilio would refuse was never sent', () => { assert.deepEqual(stub.bad, []); });
