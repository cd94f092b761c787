// Webhooks signed by Twilio's official SDK; sends checked against Twilio's request format.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import twilio from 'twilio';
import { Gateway, sleep, twilioStub, until } from './lib/gateway.js';

let g, stub;
const sid = () => `SM${randomBytes(16).toString('hex')}`;

before(async () => {
  stub = await twilioStub();
  g = await Gateway.start({
    seed: async (gw) => {
      await gw.channelSettings('twilio', { base_url: stub.url });
      await gw.order('+14155550123', '1001');
      await gw.order('+34600000001', '2001', 2, { locale: 'es' });
    },
  });
});
after(async () => { await g?.close(); await stub?.close(); });

function hook(fields, { path = '/webhooks/twilio/twilio1/inbound', sign = fields, url = g.url + path, token = g.token } = {}) {
  const body = new URLSearchParams(fields).toString();
  return fetch(g.url + path, {
    method: 'POST', body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': twilio.getExpectedTwilioSignature(token, url, sign) },
  });
}
const text = (body, from = '+14155550123', id = sid()) => ({ MessageSid: id, AccountSid: 'AC00000000000000000000000000000001', From: from, To: '+14155550100', Body: body, NumMedia: '0' });
const sentTo = (to) => stub.seen.filter((m) => m.to === to);

test('a question is answered from the order, and the answer is followed to its receipt', async () => {
  const id = sid();
  const res = await hook(text('Where is my order?', undefined, id));
  assert.equal(res.status, 200);
  assert.match(await res.text(), /<Response\/>/);
  const [m] = await until('the answer', () => sentTo('+14155550123').length && sentTo('+14155550123'));
  assert.match(m.body, /1001/);
  assert.match(m.body, /UPS/);
  assert.match(m.body, /https:\/\/ups\.example\/1Z/);
  assert.equal(m.from, '+14155550100');
  assert.equal(m.auth, `AC00000000000000000000000000000001:${g.token}`);
  await until('state sent', () => g.count('SELECT count(*) FROM messages WHERE NOT inbound AND state = 30'));
  const path = m.callback.slice(g.url.length);
  const receipt = { MessageSid: sid(), MessageStatus: 'delivered', AccountSid: 'AC00000000000000000000000000000001' };
  assert.ok((await hook(receipt, { path })).ok);
  assert.equal(await g.count('SELECT count(*) FROM messages WHERE NOT inbound AND state = 40'), 1);
  // invariant 5: an older receipt that comes late changes nothing
  assert.ok((await hook({ ...receipt, MessageStatus: 'sent' }, { path })).ok);
  assert.equal(await g.count('SELECT count(*) FROM messages WHERE NOT inbound AND state = 40'), 1);
  assert.equal(await g.count('SELECT count(*) FROM outbox'), 0);
});

test('in the customer\'s language', async () => {
  await hook(text('¿Dónde está mi pedido?', '+34600000001'));
  const [m] = await until('the answer', () => sentTo('+34600000001').length && sentTo('+34600000001'));
  assert.match(m.body, /pedido.*2001/i);
});

test('invariant 2: the same webhook fifty times over two workers has effects once', async () => {
  const fields = text('Where is my order???', '+14155550177', sid());
  const all = await Promise.all(Array.from({ length: 50 }, () => hook(fields)));
  assert.ok(all.every((r) => r.status === 200));
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE inbound AND body LIKE '%???'`), 1);
  await sleep(300);
  assert.equal(sentTo('+14155550177').length, 1);
});

for (const [name, how] of Object.entries({
  'a tampered body': { sign: { ...text('x'), Body: 'other' } },
  'another URL': { url: 'https://elsewhere.example/webhooks/twilio/twilio1/inbound' },
  'another token': { token: 'f'.repeat(32) },
})) {
  test(`${name} is refused and changes nothing`, async () => {
    const before = await g.count('SELECT count(*) FROM messages');
    const res = await hook(text('tampered'), how);
    assert.equal(res.status, 403);
    assert.equal(res.headers.get('content-type'), 'application/problem+json');
    assert.equal(await g.count('SELECT count(*) FROM messages'), before);
  });
}

test('unicode, blanks and repeated parameters are verified as the SDK signs them', async () => {
  assert.equal((await hook({ ...text('¿Qué tal? 🎉 ☃ + & = %', '+14155550131'), ToCity: '' })).status, 200);
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE body = '¿Qué tal? 🎉 ☃ + & = %'`), 1);
  const fields = text('twice', '+14155550132');
  const body = `${new URLSearchParams(fields)}&Tag=b&Tag=a&Tag=a`;
  const signature = twilio.getExpectedTwilioSignature(g.token, `${g.url}/webhooks/twilio/twilio1/inbound`, { ...fields, Tag: ['b', 'a', 'a'] });
  const res = await fetch(`${g.url}/webhooks/twilio/twilio1/inbound`, { method: 'POST', body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Twilio-Signature': signature } });
  assert.equal(res.status, 200);
});

test('invariant 3: STOP reaches what is queued; one confirmation; nothing after it', async () => {
  const phone = '+14155550140';
  await hook(text('hello there, a question about sizes', phone));
  await until('the acknowledgement', () => sentTo(phone).length === 1);
  await hook(text('STOP', phone));
  await until('the confirmation', () => sentTo(phone).length === 2);
  await hook(text('stop', phone));
  await hook(text('where is my order', phone));
  await sleep(600);
  assert.equal(sentTo(phone).length, 2);
  assert.match(sentTo(phone)[1].body, /no more texts|opted out|unsubscribed/i);
  assert.equal(await g.count(`SELECT count(*) FROM consent_events WHERE phone = $1 AND action = 'revoke_all'`, [phone]) >= 1, true);
  await hook(text('START', phone));
  await until('the answer to START', () => sentTo(phone).length === 3);
  assert.equal(await g.count('SELECT count(*) FROM customers WHERE phone = $1 AND opted_out_at IS NULL', [phone]), 1);
});

test('a picture\'s links are kept', async () => {
  const fields = { ...text('', '+14155550150'), NumMedia: '1', MediaUrl0: 'https://api.twilio.com/m/1', MediaContentType0: 'image/jpeg' };
  assert.equal((await hook(fields)).status, 200);
  const { rows: [m] } = await g.db.query(`SELECT media FROM messages WHERE media IS NOT NULL`);
  assert.deepEqual(m.media, [{ url: 'https://api.twilio.com/m/1', content_type: 'image/jpeg' }]);
});

test('what Twilio would refuse was never sent', () => { assert.deepEqual(stub.bad, []); });

test('invariant 10: no body, no secret and no whole number in the logs', () => {
  assert.ok(!g.log.includes(g.token));
  assert.ok(!/Where is my order|tampered/.test(g.log));
  assert.ok(!/\+1415555\d{4}/.test(g.log));
});
