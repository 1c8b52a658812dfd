/** Where time comes from. */
export interface Clock {
  now(): Date;
}

/** Where nonces and ids come from. */
export interface Entropy {
  /** That many unpredictable octets. */
  bytes(length: number): Uint8Array;
  /** A UUIDv7: ids sort by time. */
  id(): string;
}
