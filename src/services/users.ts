import type { Role } from '../domain/principal.ts';
import { canonicalName, type User } from '../domain/user.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { Page, PageRequest } from './ports/page.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { UserStore } from './ports/user-store.ts';

export interface UserOrder {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

export interface UserPatch {
  readonly role?: Role;
  readonly enabled?: boolean;
  readonly password?: string;
}

/** What admins do with users. */
export class Users {
  readonly #store: UserStore;
  readonly #hasher: PasswordHasher;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: {
    readonly users: UserStore;
    readonly hasher: PasswordHasher;
    readonly clock: Clock;
    readonly entropy: Entropy;
  }) {
    this.#store = ports.users;
    this.#hasher = ports.hasher;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /** @throws AppError `user-exists`, `unavailable` */
  async create({ name, role, password }: UserOrder): Promise<User> {
    const user = this.#newUser(name, role);
    await this.#store.create(user, await this.#hasher.hash(password));
    return user;
  }

  /**
   * The admin that a new server starts with; undefined when there is a user already.
   * @param given the password; undefined: one is made
   * @returns the password when it was made here: to be shown once
   */
  async createFirst(name: string, given?: string): Promise<{ readonly made?: string } | undefined> {
    if ((await this.#store.list({ limit: 1 })).items.length > 0) return undefined;
    const made = given === undefined ? Buffer.from(this.#entropy.bytes(15)).toString('base64url') : undefined;
    const hash = await this.#hasher.hash(given ?? made ?? '');
    if (!(await this.#store.createFirst(this.#newUser(name, 'admin'), hash))) return undefined;
    return made === undefined ? {} : { made };
  }

  /** By name. @throws AppError `cursor-invalid` */
  list(page: PageRequest): Promise<Page<User>> {
    return this.#store.list(page);
  }

  /** @throws AppError `user-unknown` */
  async get(id: string): Promise<User> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknownUser();
  }

  /**
   * Their sessions end when they are disabled or get a new password; a new role counts from their next request.
   * @param version only if it is at this version
   * @throws AppError `user-unknown`, `last-admin`, `version-stale`, `unavailable`
   */
  async update(id: string, { password, ...change }: UserPatch, version?: number): Promise<User> {
    const known = await this.get(id);
    const hash = password === undefined ? {} : { passwordHash: await this.#hasher.hash(password) };
    const options = version === undefined ? {} : { version };
    const user = await this.#store.update(known.id, { ...change, ...hash }, this.#clock.now(), options);
    return user ?? refuseUnknownUser();
  }

  /** @throws AppError `user-unknown`, `last-admin`, `version-stale` */
  async delete(id: string, version?: number): Promise<void> {
    if (!isUuid(id) || !(await this.#store.delete(id, version))) refuseUnknownUser();
  }

  #newUser(name: string, role: Role): User {
    const now = this.#clock.now();
    return {
      id: this.#entropy.id(),
      name: canonicalName(name),
      role,
      enabled: true,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
  }
}

function refuseUnknownUser(): never {
  throw new AppError('user-unknown', 'There is no user of that id.');
}
