/** Turns passwords into what may be kept. Slow on purpose, and never more than a few at a time. */
export interface PasswordHasher {
  /** With its parameters and its salt in it. @throws AppError `unavailable` when too many wait already */
  hash(password: string): Promise<string>;
  /**
   * @param hash undefined: of nobody; takes as long, and is false
   * @throws AppError `unavailable` when too many wait already
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}
