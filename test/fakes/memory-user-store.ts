import type { RefusalCount } from '../../src/domain/refusals.ts';
import type { User } from '../../src/domain/user.ts';
import { AppError } from '../../src/services/app-error.ts';
import type { Page, PageRequest } from '../../src/services/ports/page.ts';
import type { BrowserSession, SignInStore } from '../../src/services/ports/sign-in-store.ts';
import type { UpdateOptions, UserChange, UserStore } from '../../src/services/ports/user-store.ts';
import { pageOf } from './paging.ts';

type Counts = readonly (readonly RefusalCount[])[];

/** Users, their sessions and attempts. */
export class MemoryUserStore implements UserStore, SignInStore {
  readonly rows = new Map<string, { user: User; passwordHash: string }>();
  readonly sessions = new Map<string, BrowserSession>();
  readonly attempts = new Map<string, readonly RefusalCount[]>();

  async create(user: User, passwordHash: string): Promise<void> {
    if ((await this.byName(user.name)) !== undefined) throw new AppError('user-exists', 'There is one.');
    this.rows.set(user.id, { user, passwordHash });
  }

  async createFirst(user: User, passwordHash: string): Promise<boolean> {
    if (this.rows.size > 0) return false;
    await this.create(user, passwordHash);
    return true;
  }

  async get(id: string): Promise<User | undefined> {
    return this.rows.get(id)?.user;
  }

  async list(page: PageRequest): Promise<Page<User>> {
    const users = [...this.rows.values()].map(({ user }) => user);
    return pageOf(
      users.sort((a, b) => (a.name < b.name ? -1 : 1)),
      page,
    );
  }

  async byName(name: string): Promise<{ readonly user: User; readonly passwordHash: string } | undefined> {
    return [...this.rows.values()].find(({ user }) => user.name === name);
  }

  async passwordHashOf(id: string): Promise<string | undefined> {
    return this.rows.get(id)?.passwordHash;
  }

  async update(id: string, change: UserChange, at: Date, options: UpdateOptions): Promise<User | undefined> {
    const row = this.rows.get(id);
    if (row === undefined) return undefined;
    refuseStale(row.user, options.version);
    const { role = row.user.role, enabled = row.user.enabled, passwordHash = row.passwordHash } = change;
    if (role !== 'admin' || !enabled) this.#refuseLast(row.user);
    const user = { ...row.user, role, enabled, version: row.user.version + 1, updatedAt: at };
    this.rows.set(id, { user, passwordHash });
    if (change.passwordHash !== undefined || !enabled) {
      const kept = options.keepSession === undefined ? undefined : keyOf(options.keepSession);
      for (const [key, session] of this.sessions) if (session.userId === id && key !== kept) this.sessions.delete(key);
    }
    return user;
  }

  async delete(id: string, version?: number): Promise<boolean> {
    const row = this.rows.get(id);
    if (row === undefined) return false;
    refuseStale(row.user, version);
    this.#refuseLast(row.user);
    return this.rows.delete(id);
  }

  async open(session: BrowserSession): Promise<void> {
    this.sessions.set(keyOf(session.hash), session);
    const row = this.rows.get(session.userId);
    if (row !== undefined) row.user = { ...row.user, lastSignInAt: session.createdAt };
  }

  async find(hash: Uint8Array): Promise<{ readonly session: BrowserSession; readonly user: User } | undefined> {
    const session = this.sessions.get(keyOf(hash));
    const user = session === undefined ? undefined : await this.get(session.userId);
    return session === undefined || user === undefined ? undefined : { session, user };
  }

  async seen(hash: Uint8Array, at: Date): Promise<void> {
    const session = this.sessions.get(keyOf(hash));
    if (session !== undefined) this.sessions.set(keyOf(hash), { ...session, lastSeenAt: at });
  }

  async close(hash: Uint8Array): Promise<void> {
    this.sessions.delete(keyOf(hash));
  }

  async removeEnded(): Promise<number> {
    return 0;
  }

  async count<T>(
    subjects: readonly string[],
    _at: Date,
    change: (counts: Counts) => { readonly result: T; readonly counts?: Counts },
  ): Promise<T> {
    const { result, counts } = change(subjects.map((subject) => this.attempts.get(subject) ?? []));
    counts?.forEach((one, place) => {
      this.attempts.set(subjects[place] ?? '', one);
    });
    return result;
  }

  async forget(): Promise<number> {
    return 0;
  }

  #refuseLast(user: User): void {
    const others = [...this.rows.values()].some(
      (row) => row.user.id !== user.id && row.user.role === 'admin' && row.user.enabled,
    );
    if (user.role === 'admin' && user.enabled && !others) throw new AppError('last-admin', 'The only one.');
  }
}

function refuseStale(user: User, version: number | undefined): void {
  if (version !== undefined && version !== user.version) throw new AppError('version-stale', 'Changed meanwhile.');
}

const keyOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
