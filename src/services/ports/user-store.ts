import type { Role } from '../../domain/principal.ts';
import type { User } from '../../domain/user.ts';
import type { Page, PageRequest } from './page.ts';

/** What is to change; what is left out stays. */
export interface UserChange {
  readonly role?: Role;
  readonly enabled?: boolean;
  readonly passwordHash?: string;
}

/** Users and their sessions in the browser. Every method throws AppError `unavailable` when the store cannot be reached. */
export interface UserStore {
  /** @throws AppError `user-exists` */
  create(user: User, passwordHash: string): Promise<void>;
  /** Creates it when there is no user at all; of two processes at once, one does. False: there is one. */
  createFirst(user: User, passwordHash: string): Promise<boolean>;
  get(id: string): Promise<User | undefined>;
  /** By name. @throws AppError `cursor-invalid` */
  list(page: PageRequest): Promise<Page<User>>;
  /** For signing in. */
  byName(name: string): Promise<{ readonly user: User; readonly passwordHash: string } | undefined>;
  passwordHashOf(id: string): Promise<string | undefined>;
  /**
   * Changes one, in one step. Its sessions end when it is disabled or its password changes.
   * @param options.version only if it is at this version
   * @param options.keepSession the hash of the one session that goes on
   * @returns undefined when there is none
   * @throws AppError `last-admin` when nobody would be left who is an admin and enabled; `version-stale`
   */
  update(id: string, change: UserChange, at: Date, options: UpdateOptions): Promise<User | undefined>;
  /** False: there is none. @throws AppError `last-admin`, `version-stale` */
  delete(id: string, version?: number): Promise<boolean>;
}

export interface UpdateOptions {
  readonly version?: number;
  readonly keepSession?: Uint8Array;
}
