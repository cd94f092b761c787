// The speed of the main path beside what this machine can do at most, in one run: make bench.
// Everything is on loopback, against a private PostgreSQL at its default durability. Each step is bounded in time.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { kannel } from './kannel.mjs';
import {
  childrenOf, cpu, database, file, freePort, here, pgProgram, postmaster, program, result, run, sleep, sql, start, stop, stopAll, until, work,
} from './machine.mjs';
import { row, table } from './table.mjs';

const seconds = Number(process.env.BENCH_SECONDS ?? 8); // of the inbound load; the others are shorter
const texts = Number(process.env.BENCH_TEXTS ?? 250000);
const workers = Number(process.env.BENCH_WORKERS ?? 2);
const connections = 64;
const afterword = path.resolve(process.argv[2], 'afterword');
const token = 'benchtoken';
const number = (n) => Math.round(n).toLocaleString('en-US');
const say = (text) => console.log(text);
let port, stub, gateway;

// what the machine can do --------------------------------------------------------------------------------------------
async function pgbench(script, clients, log) {
  const host = /host=(\S*)/.exec(database)[1];
  const out = await run(pgProgram('pgbench'), ['-h', host, '-U', 'afterword', '-n', '-M', 'prepared', '-f', script, '-c', clients, '-j', Math.min(clients, 2),
    '-T', 4, ...(log ? ['-l', '--log-prefix', path.join(work, log)] : []), 'postgres'].map(String));
  return Number(/^tps = ([\d.]+)/m.exec(out)[1]);
}

async function commits() {
  const body = "'Where is my order? It should have been here on Tuesday.'";
  await sql('CREATE TABLE ceiling (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)');
  const one = file('one.sql', `INSERT INTO ceiling (body) VALUES (${body});`);
  const many = file('many.sql', `INSERT INTO ceiling (body) SELECT ${body} FROM generate_series(1, 500);`);
  const p = { rate1: await pgbench(one, 1, 'single'), rate16: await pgbench(one, 16), rows: await pgbench(many, 2) * 500 };
  const log = (await run('sh', ['-c', `cat ${path.join(work, 'single')}.*`])).trim().split('\n').map((l) => Number(l.split(' ')[2])).sort((a, b) => a - b);
  return { ...p, latency: log[log.length >> 1] / 1000 };
}

// Drives wrk over the lines of a file, each sent once. {answered, seconds, p50, p99, errors}
async function wrk(at, requests, duration) {
  const out = await run('wrk', ['-t1', `-c${connections}`, `-d${duration}`, '-s', path.join(here, 'replay.lua'), `http://127.0.0.1:${at}`],
    { env: { REQUESTS: requests, LANES: '1', HOST: `127.0.0.1:${at}` } });
  const [answered, took, p50, p99, errors] = result(out);
  return { answered, seconds: took, p50, p99, errors };
}

async function emptyAnswers(requests) {
  const at = await freePort();
  const peer = start(program('peer'), [at, workers, 'empty'].map(String));
  await until('the empty peer', () => fetch(`http://127.0.0.1:${at}/`).then(() => true, () => false));
  const r = await wrk(at, requests, 3);
  await stop(peer);
  return r.answered / r.seconds;
}

// the gateway ----------------------------------------------------------------------------------------------------------
async function serve(outbound) {
  gateway = start(afterword, ['serve', '--workers', String(workers)], { env: {
    AFTERWORD_DATABASE_URL: database, AFTERWORD_STATE_DIR: work, AFTERWORD_LISTEN: `127.0.0.1:${port}`,
    AFTERWORD_OUTBOUND: String(outbound), AFTERWORD_LOG_LEVEL: 'warn' } });
  await until('the gateway', () => fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.ok, () => false));
  await sleep(1000); // its other connections, and leases
}

async function sign(name, ...args) {
  const to = path.join(work, name);
  await run('node', [path.join(here, 'sign.mjs'), to, ...args].map(String));
  return to;
}

// Processor time a piece of work: who used it. The machine's cores are shared by all of them.
async function accounted(what, n, work_) {
  const who = () => ({ workers: cpu(gateway.pid), PostgreSQL: cpu(postmaster()) });
  const before = who();
  const r = await work_();
  const after = who(), done = n(r);
  say(`  processor time a ${what}: ${Object.keys(before).map((k) => `${k} ${((after[k] - before[k]) / done * 1e6).toFixed(1)} µs`).join(', ')}`);
  return r;
}

async function inbound(requests) {
  const before = Number(await sql('SELECT count(*) FROM messages WHERE inbound'));
  const r = await accounted('text', (x) => x.answered, () => wrk(port, requests, seconds));
  const [stored, queued, took] = (await sql(`SELECT count(*) FILTER (WHERE inbound) - ${before}, (SELECT count(*) FROM outbox),
    extract(epoch FROM max(at) - min(at)) FROM messages`)).split('|').map(Number);
  if (r.answered > texts - 100) say('  (the texts ran out before the time: give more with BENCH_TEXTS)');
  if (stored < r.answered) throw new Error(`${r.answered} texts were acknowledged and ${stored} are stored`);
  say(`  ${r.answered} answered, ${stored} stored, ${queued} replies queued, ${r.errors} errors; p50 ${r.p50} ms, p99 ${r.p99} ms`);
  return stored / took;
}

async function receipts(requests) {
  const r = await accounted('receipt', (x) => x.answered, () => wrk(port, requests, 3));
  const [done, took] = (await sql('SELECT count(*), extract(epoch FROM max(final_at) - min(final_at)) FROM messages WHERE state = 40')).split('|').map(Number);
  if (done < r.answered) throw new Error(`${r.answered} receipts were acknowledged and ${done} are stored`);
  say(`  ${r.answered} answered, ${done} settled, ${r.errors} errors; p50 ${r.p50} ms, p99 ${r.p99} ms`);
  return done / took; // they may run out before the time
}

async function paced(requests, from, rate, duration, conns) {
  const [answered, took, p50, p99, most, errors] = result(await run(program('paced'), [port, requests, from, rate, duration, conns].map(String)));
  say(`  ${answered} answered in ${took} s, ${errors} errors; p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`);
  return { p50, p99 };
}

// 1,000 open connections a worker, each of which has had an answer. The largest worker, KiB.
async function memory(requests) {
  const client = start(program('paced'), [port, requests, 0, 2000, workers, 1000 * workers, 30].map(String));
  await until('the connections', () => client.out.includes('RESULT'));
  const open = Number(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text().then((t) => /afterword_http_connections\S* (\d+)/.exec(t)[1]));
  const sizes = childrenOf(gateway.pid).map((p) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${p}/status`, 'latin1'))[1]));
  await stop(client);
  say(`  ${open} connections on one worker; resident, KiB: ${sizes.join(', ')}`);
  return Math.max(...sizes);
}

async function outbound(n) {
  await sql(readFileSync(path.join(here, 'queue.sql'), 'utf8'), [`n=${n}`]);
  const peer = start(program('peer'), [stub, 1, 'twilio'].map(String));
  await serve(true);
  await until('the texts to be sent', async () => Number(await sql('SELECT count(*) FROM outbox')) === 0, 120);
  const [sent, took] = (await sql('SELECT count(*), extract(epoch FROM max(sent_at) - min(sent_at)) FROM messages WHERE state = 30')).split('|').map(Number);
  if (sent < n) throw new Error(`${n} texts were queued and ${sent} sent`);
  await stop(peer);
  return sent / took;
}

// -----------------------------------------------------------------------------------------------------------------------
async function main() {
  port = await freePort();
  stub = await freePort();
  const url = `http://127.0.0.1:${port}`;
  say(`Afterword's speed on ${cpus().length} cores (${cpus()[0].model}), ${workers} workers, ${connections} connections, 100,000 customers`);
  await run(afterword, ['migrate'], { env: { AFTERWORD_DATABASE_URL: database, AFTERWORD_STATE_DIR: work } });
  const requests = await sign('inbound', 'inbound', url, token, texts);

  say('ceilings');
  const pg = await commits();
  const empty = await emptyAnswers(requests);
  say('Kannel');
  const replies = await kannel(10000);
  await sql(readFileSync(path.join(here, 'seed.sql'), 'utf8'), [`stub=http://127.0.0.1:${stub}`]);
  await serve(false);

  say('inbound texts, as many as go');
  const rate = await inbound(requests);
  say('receipts, as many as go');
  const ids = file('ids', await sql('SELECT id FROM messages WHERE NOT inbound ORDER BY random()'));
  const receiptRate = await receipts(await sign('status', 'status', url, token, ids));
  say('inbound texts at half of the peak');
  const more = await sign('more', 'inbound', url, token, Math.ceil(rate / 2 * 5) + 10000);
  const half = await paced(more, 5000, rate / 2, 5, connections);
  say('texts one by one');
  const lone = await paced(more, 0, 0, 2, 1);
  say(`${1000 * workers} open connections`);
  const resident = await memory(requests);
  await stop(gateway);
  say('outbound texts to a local provider');
  const sent = await outbound(Number(process.env.BENCH_SENDS ?? 40000));

  row('single-row commits, 1 client', `${number(pg.rate1)}/s, median ${pg.latency.toFixed(2)} ms`);
  row('single-row commits, 16 clients', `${number(pg.rate16)}/s`);
  row('rows in inserts of 500, 2 clients', `${number(pg.rows)}/s`);
  row('empty libmicrohttpd answers', `${number(empty)}/s`);
  row('Kannel, keyword reply, spool store', replies ? `${number(replies)}/s` : 'not installed');
  row('inbound, decided, reply queued, durable', `${number(rate)}/s`, `${(rate / pg.rate16).toFixed(2)} x 16-client commits`, 'at least 1.5 x', rate / pg.rate16 >= 1.5);
  row('', '', `${(rate / empty).toFixed(2)} x empty answers`);
  if (replies) row('', '', `${(rate / replies).toFixed(2)} x Kannel`, 'at least 3 x', rate / replies >= 3);
  row('inbound at half of the peak', `p50 ${half.p50.toFixed(1)} ms, p99 ${half.p99.toFixed(1)} ms`, '', 'p99 under 50 ms', half.p99 < 50);
  row('a lone text, answered', `median ${lone.p50.toFixed(2)} ms`, `${(lone.p50 / pg.latency).toFixed(1)} x a commit's time`, 'at most 3 x', lone.p50 / pg.latency <= 3);
  row('receipts', `${number(receiptRate)}/s`, `${(receiptRate / rate).toFixed(2)} x inbound`, 'at least 2 x', receiptRate / rate >= 2);
  row('outbound to a local provider', `${number(sent)}/s`, `${(sent / rate).toFixed(2)} x inbound`, 'at least 1 x', sent / rate >= 1);
  row('resident, 1,000 connections a worker', `${(resident / 1024).toFixed(1)} MiB`, '', 'under 64 MiB', resident < 64 * 1024);
  say(`\n${table()}`);
}

let status = 0;
try { await main(); } catch (e) { console.error(e.stack, gateway?.log ?? ''); status = 1; } finally { await stopAll(); }
process.exit(status);
