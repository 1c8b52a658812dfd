import type { RefusalCount } from '../../domain/refusals.ts';
import type { User } from '../../domain/user.ts';

/** A browser that is signed in. */
export interface BrowserSession {
  /** SHA-256 of what stands in the cookie. */
  readonly hash: Uint8Array;
  readonly userId: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** When it ends however busy it is. */
  readonly expiresAt: Date;
}

/** Sessions of browsers, and attempts to sign in. Every method throws AppError `unavailable` when the store is away. */
export interface SignInStore {
  /** Starts a session and notes when the user was last here. */
  open(session: BrowserSession): Promise<void>;
  /** The session and its user as they are now. */
  find(hash: Uint8Array): Promise<{ readonly session: BrowserSession; readonly user: User } | undefined>;
  seen(hash: Uint8Array, at: Date): Promise<void>;
  close(hash: Uint8Array): Promise<void>;
  /** Removes sessions that have ended by themselves. Returns how many; at most `limit`. */
  removeEnded(now: Date, idleSince: Date, limit: number): Promise<number>;
  /**
   * Changes what is counted for each subject, with nobody else between.
   * @param change gets the counts in the order of the subjects; undefined leaves them
   */
  count<T>(
    subjects: readonly string[],
    at: Date,
    change: (counts: readonly (readonly RefusalCount[])[]) => {
      readonly result: T;
      readonly counts?: readonly (readonly RefusalCount[])[];
    },
  ): Promise<T>;
  /** Removes what was counted last before then. Returns how many subjects; at most `limit`. */
  forget(before: Date, limit: number): Promise<number>;
}
