// A gateway of its own for a test: database, state folder, free port; all gone afterwards.
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export { sleep };
const program = process.env.AFTERWORD ?? path.resolve('../../build/afterword');
// "host=… user=… dbname=…" as libpq writes it
const server = Object.fromEntries((process.env.AFTERWORD_TEST_DATABASE_URL ?? '').split(' ').map((p) => p.split('=')));

export async function freePort() {
  const s = net.createServer().listen(0, '127.0.0.1');
  await new Promise((r) => s.once('listening', r));
  const { port } = s.address();
  await new Promise((r) => s.close(r));
  return port;
}

export async function until(what, check, ms = 15000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await check();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await sleep(25);
  }
}

export class Gateway {
  static async start({ workers = 2, settings = {}, seed } = {}) {
    const g = new Gateway();
    g.name = `t_${randomBytes(6).toString('hex')}`;
    const admin = new pg.Client({ host: server.host, user: server.user, database: server.dbname });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${g.name}`);
    await admin.end();
    g.database = `host=${server.host} user=${server.user} dbname=${g.name}`;
    g.state = mkdtempSync(path.join(tmpdir(), 'afterword-e2e-'));
    g.port = await freePort();
    g.url = `http://127.0.0.1:${g.port}`;
    g.workers = workers;
    g.settings = settings;
    await g.run(['migrate']);
    g.db = new pg.Pool({ host: server.host, user: server.user, database: g.name, max: 4 });
    g.db.on('error', () => {});
    await g.seed();
    if (seed) await seed(g);
    await g.serve();
    return g;
  }

  env() {
    return {
      ...process.env, AFTERWORD_DATABASE_URL: this.database, AFTERWORD_STATE_DIR: this.state,
      AFTERWORD_LISTEN: `127.0.0.1:${this.port}`, AFTERWORD_WORKERS: String(this.workers), ...this.settings,
    };
  }

  run(args, { input, env = {} } = {}) {
    return new Promise((resolve) => {
      const p = spawn(program, args, { env: { ...this.env(), ...env } });
      let out = '', err = '';
      p.stdout.on('data', (d) => { out += d; });
      p.stderr.on('data', (d) => { err += d; });
      p.on('close', (code) => resolve({ code, out, err }));
      p.stdin.end(input ?? '');
    });
  }

  async serve() {
    this.log = '';
    this.process = spawn(program, ['serve'], { env: this.env(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((r) => this.process.once('exit', (code, signal) => r({ code, signal })));
    for (const s of [this.process.stdout, this.process.stderr]) s.on('data', (d) => { this.log += d; });
    await until('the gateway to be ready', async () => {
      if (this.process.exitCode !== null) throw new Error(`gateway ended: ${this.log}`);
      try { return (await fetch(`${this.url}/readyz`)).ok; } catch { return false; }
    });
  }

  // One brand with a Twilio, a Kannel and a simulator channel; a customer with orders.
  async seed() {
    this.brand = randomUUID();
    this.token = randomBytes(16).toString('hex');
    await this.db.query(`INSERT INTO brands (id, entity, name, support_contact) VALUES ($1, 'northwind', 'Northwind', 'help@northwind.example')`, [this.brand]);
    this.channels = {};
    for (const provider of ['twilio', 'kannel', 'simulator']) {
      const id = randomUUID(), sender = randomUUID();
      this.channels[provider] = { id, sender, number: { twilio: '+14155550100', kannel: '7000', simulator: '+14155550101' }[provider] };
      await this.db.query(`INSERT INTO channels (brand_id, id, key, provider, account, secret, hook_secret, base_url) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [this.brand, id, `${provider}1`, provider, 'AC00000000000000000000000000000001', this.token, provider === 'kannel' ? 'hook' : '',
          provider === 'simulator' ? this.url : 'http://127.0.0.1:9']);
      await this.db.query(`INSERT INTO senders (brand_id, id, channel_id, number) VALUES ($1, $2, $3, $4)`, [this.brand, sender, id, this.channels[provider].number]);
    }
  }

  async order(phone, number, state = 2, more = {}) {
    const { rows: [c] } = await this.db.query(
      `INSERT INTO customers (brand_id, id, phone, country, locale) VALUES ($1, gen_random_uuid(), $2, 'US', $3)
       ON CONFLICT (brand_id, phone) DO UPDATE SET updated_at = now() RETURNING id`, [this.brand, phone, more.locale ?? null]);
    await this.db.query(
      `INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, carrier, tracking_url, expected_at)
       VALUES ($1, gen_random_uuid(), 'test', $2, $2, $3, $4, now(), now() - interval '1 day', 'UPS', 'https://ups.example/1Z', now() + interval '2 days')`,
      [this.brand, number, c.id, state]);
    return c.id;
  }

  async channelSettings(provider, set) {
    const cols = Object.keys(set);
    await this.db.query(`UPDATE channels SET ${cols.map((c, i) => `${c} = $${i + 2}`).join(', ')} WHERE id = $1`, [this.channels[provider].id, ...Object.values(set)]);
  }

  async count(sql, params = []) {
    const { rows: [r] } = await this.db.query(sql, params);
    return Number(Object.values(r)[0]);
  }

  async stop(signal = 'SIGTERM') {
    if (this.process && this.process.exitCode === null && !this.process.signalCode) {
      this.process.kill(signal);
      await this.exited;
    }
  }

  async close() {
    await this.stop();
    await this.db.end();
    const admin = new pg.Client({ host: server.host, user: server.user, database: server.dbname });
    await admin.connect();
    await admin.query(`DROP DATABASE ${this.name} WITH (FORCE)`);
    await admin.end();
    rmSync(this.state, { recursive: true, force: true });
  }
}

// Twilio's Messages API as its documentation has it: form in, JSON out; refuses what Twilio refuses.
export async function twilioStub({ answer } = {}) {
  const seen = [], bad = [];
  const srv = http.createServer((req, res) => {
    let body = '';
    req.on('data', (d) => { body += d; });
    req.on('end', () => {
      const form = new URLSearchParams(body);
      const auth = Buffer.from((req.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
      const problems = [];
      if (req.method !== 'POST' || !/^\/2010-04-01\/Accounts\/AC[0-9a-f]{32}\/Messages\.json$/.test(req.url)) problems.push(`${req.method} ${req.url}`);
      if (req.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded') problems.push('content type');
      if (!/^\+\d{8,15}$/.test(form.get('To') ?? '')) problems.push('To');
      if (!form.get('From')) problems.push('From');
      if (!form.get('Body') || [...form.get('Body')].length > 1600) problems.push('Body');
      if (problems.length) bad.push({ problems, url: req.url, body });
      const n = seen.push({ to: form.get('To'), from: form.get('From'), body: form.get('Body'), callback: form.get('StatusCallback'), auth });
      const [status, json] = answer?.(form, n) ?? [201, { sid: `SM${createHash('md5').update(`${n}${body}`).digest('hex')}`, status: 'queued' }];
      if (status === 0) { req.socket.destroy(); return; }
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((r) => srv.once('listening', r));
  return { seen, bad, url: `http://127.0.0.1:${srv.address().port}`, close: () => new Promise((r) => { srv.closeAllConnections(); srv.close(r); }) };
}
