import type { Clock, Entropy } from '../../src/services/ports/clock.ts';

/** A clock that moves when it is told to. */
export class FixedClock implements Clock {
  #now: number;

  constructor(start = '2026-01-31T12:00:00.000Z') {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Ids that count up, and octets that count up too: the same in every run. */
export class CountingEntropy implements Entropy {
  #next = 1;

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next++ & 0xff);
  }

  id(): string {
    return `01980000-0000-7000-8000-${(this.#next++).toString(16).padStart(12, '0')}`;
  }
}
