// One scrape shows all workers, whichever the kernel hands it to; one that hangs or dies holds nobody up.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gateway, sleep, until } from './lib/gateway.js';

const TEXTS = 200;
let g;
before(async () => { g = await Gateway.start({ workers: 2, settings: { AFTERWORD_OUTBOUND: 'false' } }); });
after(() => g?.close());

const workers = () => execFileSync('ps', ['-o', 'pid=', '--ppid', String(g.process.pid)]).toString().trim().split(/\s+/).map(Number);

// A connection each, so that the kernel chooses a worker each time; 0: no answer in time.
async function request(path, options = {}) {
  try {
    const res = await fetch(g.url + path, { ...options, headers: { ...options.headers, Connection: 'close' }, signal: AbortSignal.timeout(5000) });
    return { status: res.status, text: await res.text() };
  } catch { return { status: 0, text: '' }; }
}
async function scrape() {
  const { status, text } = await request('/metrics');
  return status === 200 ? text : '';
}
function values(text, name, labels = '') {
  return [...text.matchAll(new RegExp(`^${name}\\{worker="(\\d+)"${labels}[^}]*\\} (\\S+)$`, 'gm'))].map(([, worker, v]) => [Number(worker), Number(v)]);
}
const sum = (list) => list.reduce((s, [, v]) => s + v, 0);

async function text(id) {
  const body = JSON.stringify({ id, from: `+1415559${id.replace(/\D/g, '').padStart(4, '0')}`, to: '+14155550101', text: 'hello' });
  const headers = { 'Content-Type': 'application/json', 'X-Afterword-Signature': createHmac('sha256', g.token).update(body).digest('hex') };
  return (await request('/webhooks/simulator/simulator1/inbound', { method: 'POST', headers, body })).status;
}

test('counters and histograms of all workers add up to what was sent', async () => {
  for (let i = 0; i < TEXTS; i += 20) {
    const got = await Promise.all(Array.from({ length: 20 }, (_, n) => text(`m${i + n}`)));
    assert.deepEqual(new Set(got), new Set([200]));
  }
  const all = await scrape(), texts = values(all, 'afterword_inbound_texts_total');
  assert.equal(sum(texts), TEXTS);
  assert.deepEqual(texts.map(([worker]) => worker), [0, 1]); // both had their share
  assert.ok(texts.every(([, n]) => n > 0));
  assert.equal(sum(values(all, 'afterword_batch_size_sum', ',pipeline="inbound"')), TEXTS);
  assert.deepEqual(values(all, 'afterword_worker_up'), [[0, 1], [1, 1]]);
  for (let i = 0; i < 10; i++) assert.equal(sum(values(await scrape(), 'afterword_inbound_texts_total')), TEXTS);
});

test('promtool accepts it', (t) => {
  if (spawnSync('promtool', ['--version']).error) { t.skip('no promtool'); return; }
  return scrape().then((all) => {
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: all });
    assert.equal(status, 0, `${stderr}${stdout}`);
  });
});

test('many scrapes at once are all answered', async () => {
  const all = await Promise.all(Array.from({ length: 40 }, scrape));
  for (const one of all) assert.equal(sum(values(one, 'afterword_inbound_texts_total')), TEXTS);
});

test('a worker that hangs is said to be down, and holds no scrape up', async () => {
  const [stopped] = workers();
  process.kill(stopped, 'SIGSTOP');
  try {
    const down = await until('a scrape of the other one', async () => { // the kernel still hands connections to the one that hangs
      const began = Date.now(), all = await scrape();
      return all && { all, took: Date.now() - began };
    }, 60000);
    assert.ok(down.took < 2500, `${down.took} ms`);
    assert.equal(sum(values(down.all, 'afterword_worker_up')), 1);
    assert.equal(values(down.all, 'afterword_worker_up').length, 2);
    assert.equal(values(down.all, 'afterword_inbound_texts_total').length, 1);
  } finally { process.kill(stopped, 'SIGCONT'); }
  await until('both to be up', async () => sum(values(await scrape(), 'afterword_worker_up')) === 2);
  assert.equal(sum(values(await scrape(), 'afterword_inbound_texts_total')), TEXTS);
});

test('a worker that was started again is seen again, and counts from nothing', async () => {
  const [killed, other] = workers();
  const before = values(await scrape(), 'afterword_inbound_texts_total');
  process.kill(killed, 'SIGKILL');
  await until('another worker', () => workers().length === 2 && !workers().includes(killed));
  const all = await until('both to be up', async () => { const s = await scrape(); return sum(values(s, 'afterword_worker_up')) === 2 && s; });
  const now = values(all, 'afterword_inbound_texts_total');
  assert.equal(now.length, 1);
  assert.ok(before.some(([worker, n]) => worker === now[0][0] && n === now[0][1]));
  assert.ok(workers().includes(other));
});

test('every scrape counts the workers that there should be', async () => {
  for (let i = 0; i < 3; i++) { // each death makes the pause before the next start longer
    process.kill(workers()[0], 'SIGKILL');
    await sleep(30);
    const all = await scrape();
    if (all) assert.equal(values(all, 'afterword_worker_up').length, 2);
    await until('both to be up', async () => sum(values(await scrape(), 'afterword_worker_up')) === 2);
  }
});
