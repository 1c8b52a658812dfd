import { createHash } from 'node:crypto';
import type { Principal } from '../domain/principal.ts';
import { countRefusal, forgive, MAX_SOURCES, sourceOf, waitMs } from '../domain/refusals.ts';
import { canonicalName, type User } from '../domain/user.ts';
import { AppError } from './app-error.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { BrowserSession, SignInStore } from './ports/sign-in-store.ts';
import type { UserStore } from './ports/user-store.ts';

/** What a browser has of being signed in. */
export interface SignedIn {
  readonly principal: Principal;
  /** For the cookie. A secret. */
  readonly cookie: string;
  /** What the browser's own scripts send beside it, so that a request is known to be theirs. */
  readonly csrfToken: string;
  readonly expiresAt: Date;
}

/** A session that a cookie stands for. */
export interface KnownSession extends Omit<SignedIn, 'cookie'> {
  readonly hash: Uint8Array;
}

const COOKIE_OCTETS = 32;
const COOKIE = /^[A-Za-z0-9_-]{43}$/;
const IDLE_MS = 12 * 3_600_000;
const LASTS_MS = 7 * 86_400_000;
const SEEN_EVERY_MS = 60_000;
/** Attempts from one address that are free, whoever they name: an office may sit behind it. */
const FREE_OF_ADDRESS = 30;
/** Stands for all addresses for which there is no room beside one name. */
const ELSEWHERE = 'elsewhere';

/** Signing in with a name and a password, and the sessions of browsers. */
export class SignIn {
  readonly #users: UserStore;
  readonly #store: SignInStore;
  readonly #hasher: PasswordHasher;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(ports: {
    readonly users: UserStore;
    readonly signIns: SignInStore;
    readonly hasher: PasswordHasher;
    readonly clock: Clock;
    readonly entropy: Entropy;
  }) {
    this.#users = ports.users;
    this.#store = ports.signIns;
    this.#hasher = ports.hasher;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
  }

  /**
   * Unknown, disabled and wrong are answered alike, and take as long.
   * @param address where the attempt comes from
   * @throws AppError `sign-in-refused`; `attempts-limited` with `waitMs`; `unavailable`
   */
  async signIn(name: string, password: string, address: string): Promise<SignedIn> {
    await this.#countAttempt(name, address);
    const found = await this.#users.byName(canonicalName(name));
    const isRight = await this.#hasher.verify(password, found?.passwordHash);
    if (found === undefined || !isRight || !found.user.enabled) {
      throw new AppError('sign-in-refused', 'The name or the password is wrong.');
    }
    await this.#forgive(name, address);
    const now = this.#clock.now();
    const cookie = Buffer.from(this.#entropy.bytes(COOKIE_OCTETS)).toString('base64url');
    const expiresAt = new Date(now.getTime() + LASTS_MS);
    const hash = hashOf(cookie);
    await this.#store.open({ hash, userId: found.user.id, createdAt: now, lastSeenAt: now, expiresAt });
    return { principal: principalOf(found.user), cookie, csrfToken: csrfTokenOf(cookie), expiresAt };
  }

  /** The session of a cookie; undefined when it has ended, or never was. @throws AppError `unavailable` */
  async sessionOf(cookie: string): Promise<KnownSession | undefined> {
    if (!COOKIE.test(cookie)) return undefined;
    const hash = hashOf(cookie);
    const found = await this.#store.find(hash);
    const now = this.#clock.now();
    if (found === undefined || !found.user.enabled || hasEnded(found.session, now)) return undefined;
    const { session, user } = found;
    if (session.lastSeenAt.getTime() <= now.getTime() - SEEN_EVERY_MS) await this.#store.seen(hash, now);
    return { hash, principal: principalOf(user), csrfToken: csrfTokenOf(cookie), expiresAt: session.expiresAt };
  }

  /** @throws AppError `unavailable` */
  signOut(session: KnownSession): Promise<void> {
    return this.#store.close(session.hash);
  }

  /**
   * Ends the user's other sessions.
   * @throws AppError `sign-in-refused` when the current password is wrong; `attempts-limited`; `unavailable`
   */
  async changePassword(session: KnownSession, current: string, next: string, address: string): Promise<void> {
    const { id, name } = session.principal;
    await this.#countAttempt(name, address);
    if (!(await this.#hasher.verify(current, await this.#users.passwordHashOf(id)))) {
      throw new AppError('sign-in-refused', 'The current password is wrong.');
    }
    await this.#forgive(name, address);
    const passwordHash = await this.#hasher.hash(next);
    await this.#users.update(id, { passwordHash }, this.#clock.now(), { keepSession: session.hash });
  }

  /** Removes what has ended or counts no more. Returns how much; at most `limit` of each. */
  async clear(limit: number): Promise<number> {
    const now = this.#clock.now();
    const ended = await this.#store.removeEnded(now, new Date(now.getTime() - IDLE_MS), limit);
    return Math.max(ended, await this.#store.forget(new Date(now.getTime() - 2 * 3_600_000), limit));
  }

  /** Before the password is looked at, so that many attempts at once are all counted. */
  async #countAttempt(name: string, address: string): Promise<void> {
    const source = sourceOf(address);
    const now = this.#clock.now();
    const wait = await this.#store.count(subjectsOf(name, source), now, ([ofName = [], ofAddress = []]) => {
      const from = countRefusal(ofName, source, now) === undefined ? ELSEWHERE : source;
      const wait = Math.max(waitMs(ofName, from, now), waitMs(ofAddress, source, now, FREE_OF_ADDRESS));
      if (wait > 0) return { result: wait };
      return {
        result: 0,
        counts: [
          countRefusal(ofName, from, now, MAX_SOURCES + 1) ?? ofName,
          countRefusal(ofAddress, source, now) ?? ofAddress,
        ],
      };
    });
    if (wait === 0) return;
    throw new AppError('attempts-limited', `Too many attempts; the next is taken in ${Math.ceil(wait / 1_000)} s.`, {
      retryAfterSeconds: Math.ceil(wait / 1_000),
    });
  }

  async #forgive(name: string, address: string): Promise<void> {
    const source = sourceOf(address);
    await this.#store.count(subjectsOf(name, source), this.#clock.now(), (counts) => ({
      result: undefined,
      counts: counts.map((one) => forgive(one, source) ?? one),
    }));
  }
}

/** Attempts are counted for the name, by where they come from, and for the address, whoever they name. */
function subjectsOf(name: string, source: string): readonly [string, string] {
  return [`name:${canonicalName(name)}`, `address:${source}`];
}

function principalOf({ id, name, role }: User): Principal {
  return { id, kind: 'user', name, role };
}

function hasEnded({ expiresAt, lastSeenAt }: BrowserSession, now: Date): boolean {
  return expiresAt <= now || lastSeenAt.getTime() <= now.getTime() - IDLE_MS;
}

function hashOf(cookie: string): Uint8Array {
  return createHash('sha256').update(cookie).digest();
}

/** Follows from the cookie and does not lead back to it, so that it needs no place of its own. */
function csrfTokenOf(cookie: string): string {
  return createHash('sha256').update(`csrf ${cookie}`).digest('base64url');
}
