// Processes, ports, PostgreSQL and the clock of the processor, for the benchmark. All on loopback.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export { sleep };
export const here = path.dirname(fileURLToPath(import.meta.url)); // Debian's Node.js knows no import.meta.dirname
export const database = process.env.AFTERWORD_TEST_DATABASE_URL;
export const work = mkdtempSync(path.join(tmpdir(), 'afterword-bench-'));
const children = new Set();

export async function freePort() {
  const s = net.createServer().listen(0, '127.0.0.1');
  await new Promise((r) => s.once('listening', r));
  const { port } = s.address();
  await new Promise((r) => s.close(r));
  return port;
}

export async function until(what, check, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ; await sleep(10)) {
    if (await check()) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
  }
}

// Starts a program; what it says is kept in .log, its end is .done.
export function start(file, args, { cwd = work, env = {} } = {}) {
  const p = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  p.out = p.log = '';
  p.stdin.on('error', () => {});
  p.stdout.on('data', (d) => { p.out += d; });
  for (const s of [p.stdout, p.stderr]) s.on('data', (d) => { p.log = (p.log + d).slice(-100000); });
  p.done = new Promise((r) => { p.once('error', (e) => { p.log += e; r(127); }); p.once('close', r); });
  children.add(p);
  p.done.then(() => children.delete(p));
  return p;
}

export async function stop(p) {
  p.kill('SIGTERM');
  const hard = setTimeout(() => p.kill('SIGKILL'), 5000);
  await p.done;
  clearTimeout(hard);
}

export async function stopAll() {
  await Promise.all([...children].map(stop));
  rmSync(work, { recursive: true, force: true });
}

// Runs a program to its end, which must be a good one, and returns what it printed.
export async function run(file, args, options = {}) {
  const p = start(file, args, options);
  p.stdin.end(options.input ?? '');
  if (await p.done) throw new Error(`${file} ${args.join(' ')}:\n${p.log}`);
  return p.out;
}

export async function sql(text, variables = []) {
  return (await run('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', ...variables.flatMap((v) => ['-v', v]), database], { input: text })).trim();
}

export function file(name, text) {
  writeFileSync(path.join(work, name), text);
  return path.join(work, name);
}

// The C programs of this folder, and what they print: RESULT NUMBER…
const built = path.join(process.argv[2], 'bench');
export const program = (name) => path.resolve(built, name);
export function result(out) {
  const line = out.split('\n').find((l) => l.startsWith('RESULT'));
  if (!line) throw new Error(`no RESULT in:\n${out}`);
  return line.split(' ').slice(1).map(Number);
}

export function pgProgram(name) {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a);
  return versions.map((v) => `/usr/lib/postgresql/${v}/bin/${name}`).find((f) => existsSync(f));
}

// processor time --------------------------------------------------------------------------------------------------
const TICK = 100; // USER_HZ of every Linux
const fields = (pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');

// Seconds that a process and its children, gone ones too, have used so far.
export function cpu(pid) {
  const f = fields(pid);
  return f.slice(11, 15).reduce((a, t) => a + Number(t), 0) / TICK + childrenOf(pid).reduce((a, c) => a + cpu(c), 0);
}

export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
}

export const postmaster = () => Number(readFileSync(path.join(process.env.AFTERWORD_TEST_PGDATA, 'postmaster.pid'), 'latin1').split('\n')[0]);
