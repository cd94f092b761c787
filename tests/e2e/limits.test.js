// Bodies: as large as they may be, too large, far too large; the client gets to read why.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Gateway } from './lib/gateway.js';

const MIB = 1 << 20, EVENTS = 500;
const run = promisify(execFile);
let g, token;

before(async () => {
  g = await Gateway.start({ settings: { AFTERWORD_OUTBOUND: 'false', AFTERWORD_REQUEST_SECONDS: '3' } });
  token = (await g.run(['token', 'create', '--brand', g.brand, '--name', 'shop'])).out.match(/aw_[\w-]{43}/)[0];
});
after(() => g?.close());

const auth = () => ({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' });
const post = (body) => fetch(`${g.url}/v1/events`, { method: 'POST', headers: auth(), body });

// EVENTS events of as many bytes as it takes for the whole to have `bytes`.
function events(tag, bytes) {
  const list = Array.from({ length: EVENTS }, (_, i) => ({
    source: 'shop', id: `${tag}${i}`, type: 'order.placed', occurred_at: '2026-01-01T00:00:00Z',
    customer: { phone: `+1415558${String(i % 50).padStart(4, '0')}` },
    order: { id: `${tag}${i}`, number: `${tag}${i}`, items: Array.from({ length: 12 }, (_, n) => ({ title: `${n}`.padEnd(290, 'x') })) },
  }));
  const body = JSON.stringify({ events: list });
  assert.ok(body.length < bytes, `${body.length}`);
  return body.padEnd(bytes, ' ');
}

// Writes everything before it reads anything, as simple clients do. Returns the whole answer, '' if there was none.
function blurt(head, bytes, tail = '') {
  return new Promise((resolve) => {
    let answer = '';
    const s = net.connect(g.port, '127.0.0.1');
    s.pause();
    s.on('data', (d) => { answer += d; });
    s.on('error', () => {});
    s.on('close', () => resolve(answer));
    s.write(head);
    s.write('x'.repeat(bytes) + tail, () => s.resume());
  });
}

async function curl(...args) {
  const file = path.join(g.state, 'big');
  const fd = openSync(file, 'w');
  ftruncateSync(fd, 40 * MIB);
  closeSync(fd);
  const headers = Object.entries(auth()).flatMap(([k, v]) => ['-H', `${k}: ${v}`]);
  const { stdout } = await run('curl', ['-sS', '-w', '\n%{http_code} %{content_type}', ...headers, ...args, `${g.url}/v1/events`]);
  const [, body, status, type] = stdout.match(/^(.*)\n(\d+) (\S+)$/s);
  return { status: Number(status), type, body: JSON.parse(body) };
}

test('500 events of 2 MiB are taken in, and once', async () => {
  const body = events('full', 2 * MIB);
  const r = await post(body);
  assert.equal(r.status, 202);
  assert.deepEqual(new Set((await r.json()).events.map((e) => e.status)), new Set(['accepted']));
  assert.equal(await g.count(`SELECT count(*) FROM order_events WHERE event_id LIKE 'full%'`), EVENTS);
  assert.deepEqual(new Set((await (await post(body)).json()).events.map((e) => e.status)), new Set(['repeated']));
});

test('a byte more is refused, and nothing of it is taken in', async () => {
  const r = await post(events('over', 2 * MIB + 1));
  assert.equal(r.status, 413);
  assert.match((await r.json()).detail, /2097152 bytes/);
  assert.equal(await g.count(`SELECT count(*) FROM order_events WHERE event_id LIKE 'over%'`), 0);
});

test('501 events are one too many', async () => {
  const one = { source: 's', id: 'x', type: 'order.paid', occurred_at: '2026-01-01T00:00:00Z', customer: { phone: '+14155550150' }, order: { id: 'x', number: 'x' } };
  const r = await post(JSON.stringify({ events: Array.from({ length: EVENTS + 1 }, () => one) }));
  assert.equal(r.status, 400);
  assert.equal((await r.json()).errors[0].field, 'events');
});

for (const [name, head, tail] of [
  ['with its length', 'Content-Length: 12000000\r\n\r\n', ''],
  ['in one chunk', 'Transfer-Encoding: chunked\r\n\r\nb71b00\r\n', '\r\n0\r\n\r\n'],
]) {
  test(`a client that writes 12 MB ${name} before it reads gets its 413`, async () => {
    const answer = await blurt(`POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${head}`, 12000000, tail);
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /\r\nConnection: close\r\n/);
    assert.match(answer, /\r\n\r\n\{.*"status":413.*\}$/s);
  });
}

test('so does fetch', async () => {
  for (const size of [3 * MIB, 8 * MIB]) {
    const r = await post('x'.repeat(size));
    assert.equal(r.status, 413);
    assert.equal((await r.json()).type, 'https://afterword.dev/problems/too-large');
  }
});

test('so does curl, whether it waits for leave or not', async () => {
  for (const args of [[], ['-H', 'Expect:'], ['-H', 'Transfer-Encoding: chunked'], ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:']]) {
    const r = await curl('--data-binary', `@${path.join(g.state, 'big')}`, ...args);
    assert.equal(r.status, 413, args.join(' '));
    assert.equal(r.type, 'application/problem+json');
    assert.match(r.body.detail, /2097152 bytes/);
  }
});

test('a body for an address that is none gets its 404', async () => {
  assert.match(await blurt('POST /v1/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n', 6000000), /^HTTP\/1\.1 404 /);
});

test('who sends without end is cut off, and so is who sends without haste', async () => {
  const endless = net.connect(g.port, '127.0.0.1');
  let sent = 0;
  endless.on('error', () => {});
  endless.resume();
  const closed = new Promise((r) => endless.on('close', r));
  endless.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n`);
  const more = () => { while (!endless.destroyed && endless.write('x'.repeat(65536))) sent += 65536; };
  endless.on('drain', more);
  more();
  await closed;
  assert.ok(sent < 64 * MIB, `${sent}`);

  const slow = net.connect(g.port, '127.0.0.1'), began = Date.now();
  slow.on('error', () => {});
  slow.resume();
  slow.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n');
  const drip = setInterval(() => slow.write('x'), 100);
  await new Promise((r) => slow.on('close', r));
  clearInterval(drip);
  assert.ok(Date.now() - began < 10000);
  assert.equal((await fetch(`${g.url}/readyz`)).status, 200);
});
