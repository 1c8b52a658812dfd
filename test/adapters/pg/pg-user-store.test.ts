import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/adapters/pg/create-pool.ts';
import { PgAuditStore } from '../../../src/adapters/pg/pg-audit-store.ts';
import { PgSignInStore } from '../../../src/adapters/pg/pg-sign-in-store.ts';
import { PgUserStore } from '../../../src/adapters/pg/pg-user-store.ts';
import { SystemEntropy } from '../../../src/adapters/secrets/system-entropy.ts';
import type { Role } from '../../../src/domain/principal.ts';
import type { User } from '../../../src/domain/user.ts';
import type { AuditEntry } from '../../../src/services/ports/audit-store.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/postgres.ts';

const entropy = new SystemEntropy();
const at = (seconds: number): Date => new Date(seconds * 1_000);
let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let users: PgUserStore;
let signIns: PgSignInStore;
let audit: PgAuditStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url);
  users = new PgUserStore(pool);
  signIns = new PgSignInStore(pool);
  audit = new PgAuditStore(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('TRUNCATE app_user, browser_session, sign_in_attempt, audit_entry'));

function user(name: string, role: Role = 'admin'): User {
  return { id: entropy.id(), name, role, enabled: true, version: 1, createdAt: at(1), updatedAt: at(1) };
}

async function session(userId: string, lastSeen = 10): Promise<Uint8Array> {
  const hash = Buffer.from(entropy.bytes(32));
  await signIns.open({ hash, userId, createdAt: at(10), lastSeenAt: at(lastSeen), expiresAt: at(1_000) });
  return hash;
}

describe('users in PostgreSQL', () => {
  it('come back as they were put in, by id, by name and in pages', async () => {
    const [bob, ada] = [user('bob'), user('ada', 'viewer')];
    await users.create(bob, 'hash of bob');
    await users.create(ada, 'hash of ada');
    expect(await users.get(ada.id)).toEqual(ada);
    expect(await users.byName('bob')).toEqual({ user: bob, passwordHash: 'hash of bob' });
    expect(await users.passwordHashOf(ada.id)).toBe('hash of ada');
    const first = await users.list({ limit: 1 });
    expect(first.items).toEqual([ada]);
    expect(await users.list({ limit: 1, cursor: first.nextCursor ?? '' })).toEqual({ items: [bob] });
    await expect(users.create(user('ada'), 'x')).rejects.toMatchObject({ code: 'user-exists' });
  });

  it('have one first admin, however many processes start at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => users.createFirst(user('admin'), 'x')));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await users.createFirst(user('other'), 'x')).toBe(false);
  });

  it('keep one admin, also when two go at once', async () => {
    const [ada, bob] = [user('ada'), user('bob')];
    await users.create(ada, 'x');
    await users.create(bob, 'x');
    const outcomes = await Promise.allSettled([
      users.update(ada.id, { role: 'viewer' }, at(2), {}),
      users.delete(bob.id),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('are changed only at the version that was read', async () => {
    const ada = user('ada');
    await users.create(ada, 'x');
    const changed = await users.update(ada.id, { passwordHash: 'y' }, at(2), { version: 1 });
    expect(changed).toEqual({ ...ada, version: 2, updatedAt: at(2) });
    await expect(users.update(ada.id, {}, at(3), { version: 1 })).rejects.toMatchObject({ code: 'version-stale' });
    await expect(users.delete(ada.id, 1)).rejects.toMatchObject({ code: 'version-stale' });
    expect(await users.update(entropy.id(), {}, at(3), {})).toBeUndefined();
    expect(await users.delete(entropy.id())).toBe(false);
  });
});

describe('sessions of browsers in PostgreSQL', () => {
  it('are found with their user, seen, closed, and gone with the user', async () => {
    const ada = user('ada', 'viewer');
    await users.create(ada, 'x');
    const hash = await session(ada.id);
    await signIns.seen(hash, at(20));
    const found = await signIns.find(hash);
    expect(found).toEqual({
      session: { hash, userId: ada.id, createdAt: at(10), lastSeenAt: at(20), expiresAt: at(1_000) },
      user: { ...ada, lastSignInAt: at(10) },
    });
    const other = await session(ada.id);
    await signIns.close(other);
    expect(await signIns.find(other)).toBeUndefined();
    await users.delete(ada.id);
    expect(await signIns.find(hash)).toBeUndefined();
  });

  it('end with a new password but for the one that made it, and all when the user is disabled', async () => {
    const ada = user('ada', 'viewer');
    await users.create(ada, 'x');
    const [kept, ended] = [await session(ada.id), await session(ada.id)];
    await users.update(ada.id, { passwordHash: 'y' }, at(2), { keepSession: kept });
    expect([(await signIns.find(kept)) !== undefined, await signIns.find(ended)]).toEqual([true, undefined]);
    await users.update(ada.id, { role: 'operator' }, at(3), {});
    expect(await signIns.find(kept)).toBeDefined();
    await users.update(ada.id, { enabled: false }, at(4), {});
    expect(await signIns.find(kept)).toBeUndefined();
  });

  it('are removed when they have ended by themselves', async () => {
    const ada = user('ada');
    await users.create(ada, 'x');
    const [idle, live] = [await session(ada.id, 100), await session(ada.id, 500)];
    expect(await signIns.removeEnded(at(600), at(100), 10)).toBe(1);
    expect([await signIns.find(idle), (await signIns.find(live)) !== undefined]).toEqual([undefined, true]);
    expect(await signIns.removeEnded(at(1_000), at(100), 10)).toBe(1);
  });
});

describe('attempts in PostgreSQL', () => {
  it('are counted one after the other, also when many come at once from two sides', async () => {
    const attempt = (subjects: string[]): Promise<number> =>
      signIns.count(subjects, at(5), (counts) => {
        const next = counts.map(([one]) => [{ from: 'x', count: (one?.count ?? 0) + 1, lastAt: 5_000 }]);
        return { result: next[0]?.[0]?.count ?? 0, counts: next };
      });
    await Promise.all(Array.from({ length: 20 }, (_, i) => attempt(i % 2 === 0 ? ['name:a', 'b'] : ['b', 'name:a'])));
    expect(await attempt(['name:a'])).toBe(21);
    expect(await signIns.forget(at(5), 10)).toBe(0);
    expect(await signIns.forget(at(6), 10)).toBe(2);
  });
});

describe('the audit log in PostgreSQL', () => {
  const entry = (operation: string, principalId = 'p'): AuditEntry => ({
    id: entropy.id(),
    at: new Date(),
    principal: { id: principalId, kind: 'user', name: 'ada', role: 'admin' },
    operation,
    params: { deviceId: 'it’s a "device"' },
    made: '/api/v1/x',
    status: 201,
    address: '127.0.0.1',
  });

  it('comes back newest first, filtered, in pages', async () => {
    const entries = [entry('one'), entry('two', 'q'), entry('two')];
    await audit.add(entries);
    const [one, two, three] = entries;
    expect(await audit.list({}, { limit: 9 })).toEqual({ items: [three, two, one] });
    expect((await audit.list({ principalId: 'q' }, { limit: 9 })).items).toEqual([two]);
    expect((await audit.list({ operation: 'one' }, { limit: 9 })).items).toEqual([one]);
    const page = await audit.list({ operation: 'two', principalId: 'p' }, { limit: 1 });
    expect(page).toEqual({ items: [three] });
    const first = await audit.list({}, { limit: 2 });
    expect(await audit.list({}, { limit: 2, cursor: first.nextCursor ?? '' })).toEqual({ items: [one] });
  });

  it('is asked for and cut by time', async () => {
    await audit.add([entry('now')]);
    const [hourAgo, inAnHour] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
    expect((await audit.list({ from: hourAgo, until: inAnHour }, { limit: 9 })).items).toHaveLength(1);
    expect((await audit.list({ from: inAnHour }, { limit: 9 })).items).toEqual([]);
    expect((await audit.list({ until: hourAgo }, { limit: 9 })).items).toEqual([]);
    expect(await audit.removeBefore(hourAgo, 10)).toBe(0);
    expect(await audit.removeBefore(inAnHour, 10)).toBe(1);
  });
});
