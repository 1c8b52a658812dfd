import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PURE_ROOMS = ['wire', 'syncml', 'session', 'provisioning', 'domain'];

/** What a pure room must not say: one line each, a file of its own in the planted tree. */
const IMPURE: Readonly<Record<string, string>> = {
  'date-now': 'export const own = Date.now();',
  'new-date': 'export const own = new Date();',
  'date-call': 'export const own = Date();',
  'math-random': 'export const own = Math.random();',
  'performance-now': 'export const own = performance.now();',
  'web-crypto': 'export const own = crypto.randomUUID();',
  'random-bytes': `import { randomBytes } from 'node:crypto';\nexport const own = randomBytes(8);`,
  'random-uuid': `import { randomUUID } from 'node:crypto';\nexport const own = randomUUID();`,
  'random-values': `import { getRandomValues } from 'node:crypto';\nexport const own = getRandomValues;`,
  'whole-crypto': `import * as nodeCrypto from 'node:crypto';\nexport const own = nodeCrypto;`,
  process: 'export const own = process.env.HOME;',
  'set-timeout': 'export const own = setTimeout(() => undefined, 1);',
  'set-interval': 'export const own = setInterval(() => undefined, 1);',
  'set-immediate': 'export const own = setImmediate(() => undefined);',
  fetch: `export const own = fetch('http://127.0.0.1/');`,
  'global-this': 'export const own = globalThis.Date;',
};

/** What it may say although it looks alike. */
const PURE: Readonly<Record<string, string>> = {
  'date-of-argument': 'export const own = (now: number): Date => new Date(now);',
  'date-parse': `export const own = Date.parse('2026-01-01T00:00:00Z');`,
  'math-max': 'export const own = Math.max(1, 2);',
  hash: `import { createHash, createHmac } from 'node:crypto';\nexport const own = [createHash, createHmac];`,
};

const house = realpathSync(mkdtempSync(join(tmpdir(), 'purity-')));
afterAll(() => rmSync(house, { recursive: true, force: true }));

/** Paths in the planted tree that the linter, run once with our own settings, calls faulty. */
const faulty = new Set<string>();

beforeAll(() => {
  cpSync(join(root, 'biome.json'), join(house, 'biome.json'));
  cpSync(join(root, 'lint'), join(house, 'lint'), { recursive: true });
  for (const room of [...PURE_ROOMS, 'services']) {
    mkdirSync(join(house, 'src', room), { recursive: true });
    for (const [name, text] of Object.entries({ ...IMPURE, ...PURE })) {
      writeFileSync(join(house, 'src', room, `${name}.ts`), `${text}\n`);
    }
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['lint', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', '.'];
  const run = spawnSync(process.execPath, [biome, ...options], { cwd: house, encoding: 'utf8' });
  for (const [, path] of run.stdout.matchAll(/^::error .*?\bfile=([^,]+)/gm))
    faulty.add(relative(house, resolve(house, path ?? '')));
  if (faulty.size === 0) throw new Error(`the linter found nothing at all: ${run.stdout}${run.stderr}`);
}, 60_000);

describe.each(PURE_ROOMS)('the linter in src/%s', (room) => {
  it.each(Object.keys(IMPURE))('refuses %s', (name) => {
    expect(faulty).toContain(`src/${room}/${name}.ts`);
  });

  it.each(Object.keys(PURE))('lets %s pass', (name) => {
    expect(faulty).not.toContain(`src/${room}/${name}.ts`);
  });
});

describe('the linter in a room with I/O', () => {
  it('lets clock, randomness and timers pass', () => {
    expect([...faulty].filter((path) => path.startsWith('src/services/'))).toEqual([]);
  });
});
