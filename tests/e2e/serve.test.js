// `afterword serve` with its private PostgreSQL: whatever is killed comes back, and a stop leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, sleep, until } from './lib/gateway.js';

const program = process.env.AFTERWORD ?? path.resolve('../../build/afterword');
const dir = mkdtempSync(path.join(tmpdir(), 'afterword-serve-'));
chmodSync(dir, 0o755); // as root, the server's own user must get there
const state = path.join(dir, 'state');
let port, running;

class Serve {
  constructor(args = []) {
    this.out = this.err = '';
    const env = { ...process.env, AFTERWORD_DATABASE_URL: '' };
    this.process = spawn(program, ['serve', '--embedded', '--demo', '--workers', '2', '--state-dir', state, '--listen', `127.0.0.1:${port}`, ...args], { env });
    this.process.stdout.on('data', (d) => { this.out += d; });
    this.process.stderr.on('data', (d) => { this.err += d; });
    this.exited = new Promise((r) => { this.process.once('exit', (code, signal) => r({ code, signal })); });
  }

  async ready() {
    await until('readiness', async () => {
      if (this.process.exitCode !== null) throw new Error(`ended: ${this.err}`);
      try { return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok; } catch { return false; }
    }, 30000);
    return this;
  }

  workers() {
    return readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
      try {
        const [, name, parent] = readFileSync(`/proc/${p}/stat`, 'utf8').match(/\((.*)\) \S (\d+)/);
        return name === 'afterword' && Number(parent) === this.process.pid;
      } catch { return false; }
    }).map(Number);
  }
}

const postmaster = () => Number(readFileSync(path.join(state, 'pg/data/postmaster.pid'), 'utf8').split('\n')[0]);
const alive = (pid) => existsSync(`/proc/${pid}`);

before(async () => { port = await freePort(); });
after(async () => {
  if (running?.process.exitCode === null && !running.process.signalCode) {
    running.process.kill('SIGTERM');
    await running.exited;
  }
  rmSync(dir, { recursive: true, force: true });
});

test('a first start makes the cluster and the demo shop, and says what to try next', async () => {
  running = await new Serve().ready();
  await until('the greeting', () => running.out.includes('Ctrl-C'));
  const file = path.join(state, 'demo-token'), token = readFileSync(file, 'utf8').trim();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(running.out.includes(token));
  const r = await fetch(`http://127.0.0.1:${port}/v1/orders`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await r.json()).data.length, 10);
  assert.equal(statSync(path.join(state, 'pg/data')).mode & 0o777, 0o700);
});

test('the private PostgreSQL has no TCP socket', () => {
  const pid = postmaster(), inodes = new Set();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const { ino } = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false }) ?? {};
    inodes.add(String(ino));
  }
  for (const table of ['tcp', 'tcp6']) {
    const lines = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1);
    assert.ok(!lines.some((l) => l.trim().split(/\s+/)[3] === '0A' && inodes.has(l.trim().split(/\s+/)[9])));
  }
});

test('a worker that is killed is started again', async () => {
  const had = running.workers();
  assert.equal(had.length, 2);
  process.kill(had[0], 'SIGKILL');
  await until('another worker', () => { const now = running.workers(); return now.length === 2 && !now.includes(had[0]); });
  await until('its line in the log', () => running.err.includes('"event":"worker_died"'));
  await running.ready();
});

test('PostgreSQL that is killed is started again', async () => {
  const had = postmaster();
  process.kill(had, 'SIGKILL');
  await until('another server', () => { try { return postmaster() !== had && alive(postmaster()); } catch { return false; } }, 20000);
  await until('its line in the log', () => running.err.includes('"event":"postgresql_died"'));
  await running.ready();
});

test('after the supervisor is killed its workers go, and the next start takes the server over', async () => {
  const workers = running.workers(), server = postmaster();
  running.process.kill('SIGKILL');
  await running.exited;
  await until('the workers to go', () => !workers.some(alive));
  assert.ok(alive(server));
  running = await new Serve().ready();
  assert.equal(postmaster(), server);
});

test('an address that is taken ends it with one line', async () => {
  const other = new Serve(['--state-dir', path.join(dir, 'other')]);
  assert.deepEqual(await other.exited, { code: 1, signal: null });
  assert.match(other.err, /^afterword: cannot listen on .*\n$/);
  assert.ok(!existsSync(path.join(dir, 'other/pg')));
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends all of it, in order`, async () => {
    if (running.process.exitCode !== null) running = await new Serve().ready();
    const pids = [...running.workers(), postmaster()];
    running.process.kill(signal);
    assert.deepEqual(await running.exited, { code: 0, signal: null });
    await sleep(50);
    assert.ok(!pids.some(alive));
    assert.ok(!existsSync(path.join(state, 'pg/data/postmaster.pid')));
    assert.match(readFileSync(path.join(state, 'pg/log'), 'utf8').trim(), /database system is shut down$/);
  });
}

test('the second start is quick, and the demo stays as it was', async () => {
  const began = Date.now();
  running = await new Serve().ready();
  assert.ok(Date.now() - began < 5000);
  const token = readFileSync(path.join(state, 'demo-token'), 'utf8').trim();
  const r = await fetch(`http://127.0.0.1:${port}/v1/orders`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await r.json()).data.length, 10);
});
