// Kannel on this machine: fakesmsc -> bearerbox (spool store) -> smsbox, keyword service with a fixed text -> the same way back.
// Replies a second, from the first text to the last reply that bearerbox has sent. Kannel's store does not fsync.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { file, freePort, sleep, start, stop, until, work } from './machine.mjs';

const fakesmsc = '/usr/lib/kannel/test/fakesmsc';
const programs = ['/usr/sbin/bearerbox', '/usr/sbin/smsbox', fakesmsc];

export async function kannel(texts) {
  if (!programs.every((p) => existsSync(p))) return null;
  const [admin, box, send, smsc] = [await freePort(), await freePort(), await freePort(), await freePort()];
  mkdirSync(path.join(work, 'store'));
  const conf = file('kannel.conf', `
group = core
admin-port = ${admin}
admin-password = x
smsbox-port = ${box}
box-allow-ip = 127.0.0.1
log-level = 4
store-type = spool
store-location = ${path.join(work, 'store')}

group = smsc
smsc = fake
smsc-id = fake
port = ${smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${send}
log-level = 4

group = sms-service
keyword = default
catch-all = yes
text = "Order 5001 (UPS) is on its way and expected on Friday. Track it: https://ups.example/1Z"
`);
  const status = async () => {
    const text = await (await fetch(`http://127.0.0.1:${admin}/status.txt`)).text();
    return { sent: Number(/SMS: received \d+ .*sent (\d+)/.exec(text)?.[1]), boxes: /smsbox:/.test(text), text };
  };
  const bearerbox = start(programs[0], [conf]);
  await until('bearerbox', () => status().then(() => true, () => false));
  const smsbox = start(programs[1], [conf]);
  await until('smsbox', async () => (await status()).boxes);
  await sleep(300);
  const began = performance.now();
  const phone = start(fakesmsc, ['-H', '127.0.0.1', '-r', String(smsc), '-i', '0', '-m', String(texts), '-z', '1',
    '+1415 7000 text Where is my order?']);
  await until("Kannel's replies", async () => (await status()).sent >= texts, 60);
  const seconds = (performance.now() - began) / 1000;
  for (const p of [phone, smsbox, bearerbox]) await stop(p);
  return texts / seconds;
}
