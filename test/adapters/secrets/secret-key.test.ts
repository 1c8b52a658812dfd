import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadOrMakeKey } from '../../../src/adapters/secrets/secret-key.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'secret-key-'));
  folders.push(made);
  return made;
}

it('makes a key once, for its owner only, and gives the same ever after', () => {
  const dataDir = join(folder(), 'not/there/yet');
  const key = loadOrMakeKey(dataDir);
  expect(key).toHaveLength(32);
  expect(Buffer.from(loadOrMakeKey(dataDir)).equals(key)).toBe(true);
  expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['secret-key']);
});

it('makes different keys for different data', () => {
  expect(Buffer.from(loadOrMakeKey(folder())).equals(loadOrMakeKey(folder()))).toBe(false);
});

it.each(['', 'short', 'A'.repeat(100)])(
  'does not replace a file that holds %j: what is stored depends on it',
  (text) => {
    const dataDir = folder();
    writeFileSync(join(dataDir, 'secret-key'), text);
    expect(() => loadOrMakeKey(dataDir)).toThrow(`${join(dataDir, 'secret-key')} does not hold a key`);
    expect(readFileSync(join(dataDir, 'secret-key'), 'utf8')).toBe(text);
  },
);
