import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgIncomingMessageStore } from '../../../src/adapters/pg/pg-incoming-message-store.ts';
import { PgLinkStore } from '../../../src/adapters/pg/pg-link-store.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import { parseSmppUrl } from '../../../src/adapters/smpp/smpp-url.ts';
import type { LinkRecord } from '../../../src/services/ports/link-store.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const entropy = new SystemEntropy();
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let store: PgLinkStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  store = new PgLinkStore(pool, new AesGcmSecretBox(randomBytes(32)));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('TRUNCATE sms_link, incoming_message'));

function link(name: string): LinkRecord {
  const at = new Date(1_000);
  const settings = parseSmppUrl('smpp://e:LINK-SECRET@h:1?prefixes=49,43&destRules=49:1:1&sourceTon=5');
  return { id: entropy.id(), name, enabled: true, settings, createdAt: at, updatedAt: at, version: 1 };
}

describe('links in PostgreSQL', () => {
  it('come back as they were put in, and no column shows the password', async () => {
    const one = link('one');
    await store.create(one);
    expect(await store.get(one.id)).toEqual(one);
    expect(await store.all()).toEqual([one]);
    const { rows } = await pool.query('SELECT * FROM sms_link');
    expect(JSON.stringify(rows)).not.toContain('LINK-SECRET');
    expect(rows[0].password.toString('latin1')).not.toContain('LINK-SECRET');
  });

  it('have one name each, also when they change it', async () => {
    const one = await store.create(link('one'));
    await store.create(link('two'));
    await expect(store.create(link('one'))).rejects.toMatchObject({ code: 'link-exists' });
    await expect(store.update(one.id, (old) => ({ ...old, name: 'two' }))).rejects.toMatchObject({
      code: 'link-exists',
    });
    expect((await store.all()).map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('do not lose one of two changes made at once', async () => {
    const { id } = await store.create(link('one'));
    const set = (settings: object) =>
      store.update(id, (old) => ({ ...old, settings: { ...old.settings, ...settings } }));
    await Promise.all([set({ window: 7 }), set({ weight: 9 }), set({ password: 'new' })]);
    expect(await store.get(id)).toMatchObject({ version: 4, settings: { window: 7, weight: 9, password: 'new' } });
    expect(await store.update(entropy.id(), (old) => old)).toBeUndefined();
  });

  it('fill in what a row of an older version does not have', async () => {
    const { id } = await store.create(link('one'));
    await pool.query(`UPDATE sms_link SET settings = settings - 'window' - 'messageIds'`);
    expect((await store.get(id))?.settings).toMatchObject({ window: 50, messageIds: 'auto' });
  });

  it('tell everybody who listens that they have changed', async () => {
    let heard = 0;
    let wake: () => void = () => undefined;
    const next = () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      });
    const begun = next();
    const listening = store.onChanged(() => {
      heard += 1;
      wake();
    });
    await begun;
    const created = next();
    const { id } = await store.create(link('one'));
    await created;
    const deleted = next();
    const refuse = () => {
      throw new Error('not this one');
    };
    await expect(store.delete(id, refuse)).rejects.toThrow('not this one');
    expect(await store.delete(id)).toBe(true);
    await deleted;
    expect(heard).toBeGreaterThanOrEqual(3);
    expect(await store.delete(id)).toBe(false);
    await listening.close();
  });
});

describe('incoming messages in PostgreSQL', () => {
  it('are listed newest first, page by page, and forgotten after a while', async () => {
    const incoming = new PgIncomingMessageStore(pool);
    const messages = Array.from({ length: 5 }, (_, n) => ({
      id: entropy.id(),
      linkId: n === 0 ? 'other' : 'one',
      source: `49${n % 2}`,
      destination: '1\u0000',
      udh: Uint8Array.from([1, 2]),
      body: Uint8Array.from([0, 255, n]),
      dataCoding: 4,
      esmClass: 0x40,
      receivedAt: new Date(n * 1_000),
    }));
    for (const message of messages) await incoming.add(message);
    const first = await incoming.list({}, { limit: 3 });
    expect(first.items.map(({ id }) => id)).toEqual(
      messages
        .slice(2)
        .map(({ id }) => id)
        .toReversed(),
    );
    const rest = await incoming.list({}, { limit: 3, cursor: first.nextCursor ?? '' });
    expect(rest.items).toHaveLength(2);
    expect(rest.nextCursor).toBeUndefined();
    expect([...(rest.items[0]?.body ?? [])]).toEqual([0, 255, 1]);
    expect((await incoming.list({ source: '490', linkId: 'one' }, { limit: 9 })).items).toHaveLength(2);
    expect(await incoming.removeBefore(new Date(2_500), 2)).toBe(2);
    expect(await incoming.removeBefore(new Date(2_500), 2)).toBe(1);
    expect((await incoming.list({}, { limit: 9 })).items).toHaveLength(2);
  });
});
