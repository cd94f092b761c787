// A real Kannel: a text typed at the fake SMSC comes back answered, and its receipt arrives.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, freePort, sleep, until } from './lib/gateway.js';

const fakesmsc = '/usr/lib/kannel/test/fakesmsc';
const skip = existsSync('/usr/sbin/bearerbox') && existsSync(fakesmsc) ? false : 'kannel and kannel-extras are not installed';
let g, dir, smscPort;
const children = [];

function start(file, args) {
  const p = spawn(file, args, { cwd: dir, stdio: ['pipe', 'pipe', 'pipe'] });
  p.log = '';
  for (const s of [p.stdout, p.stderr]) s.on('data', (d) => { p.log += d; });
  p.done = new Promise((r) => p.once('exit', r));
  children.push(p);
  return p;
}

before(async () => {
  if (skip) return;
  dir = mkdtempSync(path.join(tmpdir(), 'afterword-kannel-'));
  const [admin, boxPort, sendPort] = [await freePort(), await freePort(), await freePort()];
  smscPort = await freePort();
  g = await Gateway.start({
    settings: { AFTERWORD_PARTS_WAIT: '2' },
    seed: async (gw) => {
      await gw.channelSettings('kannel', { base_url: `http://127.0.0.1:${sendPort}`, account: 'afterword', secret: 'sesame' });
      await gw.order('+15550001111', '3001');
    },
  });
  writeFileSync(path.join(dir, 'kannel.conf'), `
group = core
admin-port = ${admin}
admin-password = x
smsbox-port = ${boxPort}
box-allow-ip = 127.0.0.1
log-level = 1

group = smsc
smsc = fake
smsc-id = fake
port = ${smscPort}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendPort}
log-level = 1

group = sendsms-user
username = afterword
password = sesame
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "${g.url}/webhooks/kannel/kannel1/inbound?secret=hook&from=%p&to=%P&text=%b&charset=%C&coding=%c&udh=%u&id=%I&time=%t"
`);
  const bearerbox = start('/usr/sbin/bearerbox', ['kannel.conf']);
  await sleep(700);
  const smsbox = start('/usr/sbin/smsbox', ['kannel.conf']);
  await until('smsbox', async () => {
    if (bearerbox.exitCode !== null || smsbox.exitCode !== null) throw new Error(bearerbox.log + smsbox.log);
    try { await fetch(`http://127.0.0.1:${sendPort}/cgi-bin/sendsms`); return true; } catch { return false; }
  });
});
after(async () => {
  for (const p of children.reverse()) { p.kill('SIGTERM'); setTimeout(() => p.kill('SIGKILL'), 3000).unref(); await p.done; }
  await g?.close();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

test('a text at the SMSC is answered and its receipt arrives', { skip }, async () => {
  const phone = start(fakesmsc, ['-H', '127.0.0.1', '-r', String(smscPort), '-i', '0.1', '-m', '1', '+15550001111 7000 text where is my order?']);
  await until('the text in the thread', () => g.count(`SELECT count(*) FROM messages WHERE inbound AND body = 'where is my order?'`));
  await until('the answer at the phone', () => /3001/.test(decodeURIComponent(phone.log.replaceAll('+', ' ').replace(/%(?![0-9a-f]{2})/gi, '%25'))));
  await until('the receipt', () => g.count('SELECT count(*) FROM messages WHERE NOT inbound AND state = 40'));
});

test('without the secret a webhook is refused', { skip }, async () => {
  const res = await fetch(`${g.url}/webhooks/kannel/kannel1/inbound?from=%2B15550001111&to=7000&text=STOP`);
  assert.equal(res.status, 403);
});

test('UCS-2 comes in and goes out whole', { skip }, async () => {
  const body = Buffer.from('где мой заказ', 'utf16le').swap16();
  const q = new URLSearchParams({ secret: 'hook', from: '+15550001111', to: '7000', charset: 'UTF-16BE', coding: '2', id: 'ucs-1' });
  const raw = [...body].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('');
  assert.equal((await fetch(`${g.url}/webhooks/kannel/kannel1/inbound?${q}&text=${raw}`)).status, 200);
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE body = 'где мой заказ'`), 1);
});

test('parts that Kannel did not join are joined, shuffled and over two workers', { skip }, async () => {
  const part = (n, text) => fetch(`${g.url}/webhooks/kannel/kannel1/inbound?${new URLSearchParams({
    secret: 'hook', from: '+15550002222', to: '7000', text, charset: 'UTF-8', coding: '0', id: `p${n}` })}&udh=%05%00%03%2a%03%0${n}`);
  await Promise.all([part(3, 'three'), part(1, 'one '), part(2, 'two ')]);
  await until('the whole text', () => g.count(`SELECT count(*) FROM messages WHERE body = 'one two three'`));
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE inbound AND customer_id = (SELECT id FROM customers WHERE phone = '+15550002222')`), 1);
});

test('a long text that loses a part is not lost: what came is taken in, once', { skip }, async () => {
  const part = (n, text) => fetch(`${g.url}/webhooks/kannel/kannel1/inbound?${new URLSearchParams({
    secret: 'hook', from: '+15550003333', to: '7000', text, charset: 'UTF-8', coding: '0', id: `q${n}` })}&udh=%05%00%03%2b%03%0${n}`);
  await part(1, 'the box was');
  await part(3, 'and wet');
  await until('what came', () => g.count(`SELECT count(*) FROM messages WHERE body = 'the box was [...] and wet'`));
  await sleep(1500);
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE inbound AND customer_id = (SELECT id FROM customers WHERE phone = '+15550003333')`), 1);
});
