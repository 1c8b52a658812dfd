/**
 * The nonce the server proves itself with. The device hands out the next one in a Status; only the server's answer
 * tells that it arrived. Until then, also over a session that broke off, both the old one and the new one may be used.
 */
export class NonceKeeper {
  #current: Uint8Array;
  #offered: Uint8Array | undefined;

  constructor(current: Uint8Array) {
    this.#current = current;
  }

  /** The newest nonce that the server is known to have. */
  get current(): Uint8Array {
    return this.#current;
  }

  /** Hands out the next nonce. */
  offer(next: Uint8Array): void {
    this.#offered = next;
  }

  /** The server has the nonce that was offered last. */
  confirm(): void {
    if (this.#offered === undefined) return;
    this.#current = this.#offered;
    this.#offered = undefined;
  }

  /** Tries the nonces the server may be using; what it is seen to use is the one it has. */
  isUsed(proves: (nonce: Uint8Array) => boolean): boolean {
    if (this.#offered !== undefined && proves(this.#offered)) {
      this.confirm();
      return true;
    }
    return proves(this.#current);
  }

  /** The same where only the nonce that was offered last will do. */
  isOfferedUsed(proves: (nonce: Uint8Array) => boolean): boolean {
    if (this.#offered === undefined || !proves(this.#offered)) return false;
    this.confirm();
    return true;
  }
}
