// The command line: help for everything, and one line and exit status 2 for whatever is wrong. No database anywhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const program = process.env.AFTERWORD ?? path.resolve('../../build/afterword');
const state = path.join(mkdtempSync(path.join(tmpdir(), 'afterword-line-')), 'state');
after(() => rmSync(path.dirname(state), { recursive: true, force: true }));

function run(args, env = {}) {
  const plain = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('AFTERWORD_')));
  const { status, stdout, stderr } = spawnSync(program, args, { env: { ...plain, AFTERWORD_STATE_DIR: state, ...env }, encoding: 'utf8', timeout: 10000, input: '' });
  return { status, out: stdout, err: stderr };
}

const commands = ['serve', 'migrate', 'token', 'simulate', 'settings', 'version', 'help'];

test('without a command, and with --help, it lists its commands', () => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const { status, out, err } = run(args);
    assert.deepEqual([status, err], [0, '']);
    for (const c of commands) assert.match(out, new RegExp(`^  afterword ${c} +\\S`, 'm'));
  }
});

for (const command of commands) {
  test(`${command} --help says how it is used, wherever it stands, and does nothing else`, () => {
    for (const args of [[command, '--help'], [command, '-h'], [command, 'whatever', '--help']]) {
      const { status, out, err } = run(args);
      assert.deepEqual([status, err], [0, ''], args.join(' '));
      assert.match(out, new RegExp(`^afterword ${command}`));
    }
    assert.ok(!existsSync(state));
  });
}

test('help names every flag', () => {
  const flags = [...run(['settings']).out.matchAll(/^(--\S+)/gm)].map(([, f]) => f);
  assert.ok(flags.length > 15);
  for (const c of ['serve', 'migrate', 'settings']) for (const f of flags) assert.match(run([c, '--help']).out, new RegExp(`^  ${f} `, 'm'));
  for (const f of ['--name', '--brand', '--scopes', 'create', 'list', 'revoke', 'tickets:write']) assert.ok(run(['token', '--help']).out.includes(f), f);
  for (const f of ['--url', '--channel', '--from', '--to']) assert.ok(run(['simulate', '--help']).out.includes(f), f);
});

test('version', () => {
  for (const args of [['version'], ['--version']]) assert.match(run(args).out, /^afterword \d+\.\d+\.\d+\n$/);
});

test('settings prints flag, variable, value, default and meaning of each; flags win over variables, passwords stay hidden', () => {
  const row = (flag, args, env) => run(['settings', ...args], env).out.split('\n').find((l) => l.startsWith(`${flag} `)).split(/ {2,}/);
  assert.deepEqual(row('--workers', []), ['--workers', 'AFTERWORD_WORKERS', '0', '0', 'worker processes; 0: one a core']);
  assert.equal(row('--workers', [], { AFTERWORD_WORKERS: '3' })[2], '3');
  assert.equal(row('--workers', ['--workers=5'], { AFTERWORD_WORKERS: '3' })[2], '5');
  assert.equal(row('--outbound', ['--no-outbound'])[2], 'false');
  assert.equal(row('--database-url', [], { AFTERWORD_DATABASE_URL: 'postgresql://ann:secret@db/x' })[2], 'postgresql://ann:***@db/x');
});

const wrong = [
  [['fly'], 'fly'], [['--nope'], '--nope'], [['version', 'x'], 'x'], [['help', 'x'], 'x'],
  [['serve', '--wings'], '--wings'], [['serve', 'extra'], 'extra'], [['serve', '--workers', 'many'], '--workers'], [['serve', '--workers', '-1'], '--workers'],
  [['serve', '--workers'], '--workers'], [['serve', '--workers', '257'], '256'], [['serve', '--listen', 'nowhere'], '--listen'], [['serve', '--listen', '1.2.3.4:70000'], '--listen'],
  [['serve', '--embedded=maybe'], '--embedded'], [['serve', '--public-url', 'shop'], '--public-url'], [['serve', '--log-level', 'loud'], '--log-level'],
  [['serve'], '--database-url'], [['migrate'], '--database-url'], [['migrate', '--nope'], '--nope'], [['migrate', 'x'], 'x'], [['settings', '--nope'], '--nope'],
  [['token'], 'create'], [['token', 'fly'], 'fly'], [['token', 'create'], '--name'], [['token', 'create', '--name'], '--name'],
  [['token', 'create', '--name', 'x', '--scopes', 'orders:eat'], 'orders:read'], [['token', 'create', '--name', 'x', '--brand', 'y'], '--brand'],
  [['token', 'create', 'x', '--name', 'y'], 'x'], [['token', 'list', 'x'], 'x'], [['token', 'revoke'], 'revoke'], [['token', 'revoke', 'x'], 'revoke'],
  [['token', '--nope'], '--nope'], [['token', 'list'], '--database-url'],
  [['simulate', '--nope'], '--nope'], [['simulate', 'x'], 'x'], [['simulate', '--from'], '--from'], [['simulate', '--from', 'me'], '--from'], [['simulate', '--url', 'ftp://x'], '--url'],
];
for (const [args, named] of wrong) {
  test(`afterword ${args.join(' ')}: one line that names ${named}, and exit status 2`, () => {
    const { status, out, err } = run(args);
    assert.equal(status, 2, err);
    assert.equal(out, '');
    assert.match(err, /^afterword: [^\n]+\n$/);
    assert.ok(err.includes(named), err);
  });
}

test('a variable that is wrong is named', () => {
  for (const [name, value] of [['AFTERWORD_WORKERS', 'many'], ['AFTERWORD_DEMO', 'perhaps'], ['AFTERWORD_LISTEN', 'x'], ['AFTERWORD_SPOOL_MAX', '99999999999999999999']]) {
    const { status, err } = run(['serve'], { [name]: value });
    assert.equal(status, 2);
    assert.match(err, new RegExp(`^afterword: ${name}: .*\\n$`));
  }
});

test('a server that is not there is said to be not there', () => {
  const { status, err } = run(['simulate', '--url', 'http://127.0.0.1:9']);
  assert.equal(status, 1);
  assert.match(err, /^afterword[^\n]*127\.0\.0\.1:9[^\n]*\n$/);
});
