// Attacks on the invariants: kill -9 of worker, supervisor and PostgreSQL under load, then a count.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, sleep, until } from './lib/gateway.js';

let g;
before(async () => { g = await Gateway.start({ settings: { AFTERWORD_OUTBOUND: 'false' } }); });
after(async () => { await g?.close(); });

const agent = new http.Agent({ keepAlive: true, maxSockets: 24 });
function text(id, from, body) {
  const payload = JSON.stringify({ id, from, to: '+14155550101', text: body });
  const signature = createHmac('sha256', g.token).update(payload).digest('hex');
  return new Promise((resolve) => {
    const req = http.request(`${g.url}/webhooks/simulator/simulator1/inbound`, {
      agent, method: 'POST', timeout: 20000,
      headers: { 'Content-Type': 'application/json', 'X-Afterword-Signature': signature, 'Content-Length': Buffer.byteLength(payload) },
    }, (res) => { res.resume(); res.on('end', () => resolve(res.statusCode)); });
    req.on('error', () => resolve(0));
    req.on('timeout', () => req.destroy());
    req.end(payload);
  });
}

// Sends for a while; what got no 2xx is sent again with the same id, as a provider would. Returns the acknowledged ids.
async function load(tag, ms, lanes = 12) {
  const acked = new Map();
  let n = 0;
  const end = Date.now() + ms;
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    while (Date.now() < end) {
      const id = `${tag}-${n++}`, from = `+1415556${String(lane).padStart(4, '0')}`;
      for (let tries = 0; tries < 400; tries++) {
        const status = await text(id, from, `load ${id}`);
        if (status === 200) { acked.set(id, true); break; }
        await sleep(50);
      }
    }
  }));
  return acked;
}

async function check(acked, tag) {
  await until('the spool to be empty', () => { try { return readFileSync(path.join(g.state, 'spool/spool.log')).length === 0; } catch { return true; } }, 30000);
  const { rows } = await g.db.query(`SELECT provider_id, count(*)::int AS n FROM messages WHERE inbound AND provider_id LIKE $1 GROUP BY 1`, [`${tag}-%`]);
  const stored = new Map(rows.map((r) => [r.provider_id, r.n]));
  assert.ok(acked.size > 20, `only ${acked.size} texts got through`);
  assert.deepEqual([...acked.keys()].filter((id) => !stored.has(id)), [], 'acknowledged and lost');
  assert.deepEqual([...stored].filter(([, n]) => n > 1), [], 'doubled');
  // each thread's sequence has no hole and no double
  assert.equal(await g.count(`SELECT count(*) FROM (SELECT conversation_id FROM messages GROUP BY 1 HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)) x`), 0);
}

const workers = () => execFileSync('ps', ['-o', 'pid=', '--ppid', String(g.process.pid)]).toString().trim().split(/\s+/).map(Number);
const again = async () => { await g.exited; await g.serve(); };

test('kill -9 of workers under load', async () => {
  const running = load('worker', 4000);
  for (let i = 0; i < 3; i++) { await sleep(900); try { process.kill(workers()[i % 2], 'SIGKILL'); } catch { /* between two lives */ } }
  await check(await running, 'worker');
});

test('kill -9 of the supervisor: its workers end too, a new one goes on', async () => {
  const running = load('super', 4000);
  await sleep(1500);
  g.process.kill('SIGKILL');
  await again();
  await check(await running, 'super');
});

test('kill -9 of PostgreSQL: texts are acknowledged from the spool and stored once when it is back', async () => {
  const data = process.env.AFTERWORD_TEST_PGDATA;
  const pid = Number(readFileSync(path.join(data, 'postmaster.pid')).toString().split('\n')[0]);
  const options = readFileSync(path.join(data, 'postmaster.opts')).toString();
  const running = load('pg', 7000);
  await sleep(1000);
  process.kill(pid, 'SIGKILL');
  await sleep(300);
  for (const line of execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')) { // what it left behind
    const m = /^\s*(\d+) postgres: /.exec(line);
    if (m && readCwd(m[1]) === data) try { process.kill(Number(m[1]), 'SIGKILL'); } catch { /* gone */ }
  }
  await sleep(1500);
  const refused = await fetch(`${g.url}/readyz`);
  assert.equal(refused.status, 503);
  assert.equal(await text('pg-away', '+14155569999', 'while it is away'), 200);
  const bin = options.split(' ')[0].replace(/postgres$/, 'pg_ctl');
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', bin] : [bin];
  const flags = options.match(/"[^"]*"/g).map((f) => f.slice(1, -1)).filter((f, i, all) => f !== '-D' && all[i - 1] !== '-D');
  const start = () => { // refused while a process of the old server still holds its shared memory
    try { execFileSync(as[0], [...as.slice(1), '-D', data, '-l', path.join(data, '../log'), '-w', '-o', flags.map((f) => `'${f.replaceAll("'", '')}'`).join(' '), 'start'], { stdio: 'ignore' }); return true; } catch { return false; }
  };
  await until('PostgreSQL to start again', start, 20000);
  const acked = await running;
  acked.set('pg-away', true);
  await until('the connection', () => g.db.query('SELECT 1').then(() => true, () => false));
  await check(acked, 'pg');
});
function readCwd(pid) { try { return execFileSync('readlink', [`/proc/${pid}/cwd`]).toString().trim(); } catch { return ''; } }

test('SIGTERM drains: what was under way is answered, the exit is clean and in time', async () => {
  const id = randomBytes(4).toString('hex');
  const answers = Array.from({ length: 50 }, (_, i) => text(`drain${id}-${i}`, '+14155560001', 'last words'));
  await sleep(5);
  g.process.kill('SIGTERM');
  const started = Date.now(), { code } = await g.exited;
  assert.equal(code, 0);
  assert.ok(Date.now() - started < 25000);
  const ok = (await Promise.all(answers)).filter((s) => s === 200).length;
  assert.equal(await g.count(`SELECT count(*) FROM messages WHERE provider_id LIKE $1`, [`drain${id}-%`]) >= ok, true);
  await g.serve();
});
