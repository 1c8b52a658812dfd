import { expect, it } from 'vitest';
import { loadOrMakeAdminToken } from '../../../src/adapters/secrets/admin-token.ts';
import type { SettingStore } from '../../../src/services/ports/setting-store.ts';

class MemorySettingStore implements SettingStore {
  readonly values = new Map<string, string>();

  async keepFirst(key: string, value: string): Promise<string> {
    if (!this.values.has(key)) this.values.set(key, value);
    return this.values.get(key) ?? value;
  }

  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }
}

it('makes a token at the first start, shows it then only, and knows it ever after', async () => {
  const settings = new MemorySettingStore();
  const first = await loadOrMakeAdminToken(settings);
  const token = first.made ?? '';
  expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
  const second = await loadOrMakeAdminToken(settings);
  expect(second.made).toBeUndefined();
  for (const { verify } of [first, second]) {
    expect(await verify(token)).toBe(true);
    expect(await verify(`${token}x`)).toBe(false);
    expect(await verify('')).toBe(false);
  }
});

it('keeps no more than a hash of it', async () => {
  const settings = new MemorySettingStore();
  const { made = 'none' } = await loadOrMakeAdminToken(settings);
  expect(JSON.stringify([...settings.values])).not.toContain(made);
});

it('is one for processes that start at once: only one of them shows it', async () => {
  const settings = new MemorySettingStore();
  const tokens = await Promise.all([1, 2, 3].map(() => loadOrMakeAdminToken(settings)));
  const shown = tokens.map(({ made }) => made).filter((made) => made !== undefined);
  expect(shown).toHaveLength(1);
  for (const { verify } of tokens) expect(await verify(shown[0] ?? '')).toBe(true);
});
