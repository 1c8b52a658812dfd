import type pg from 'pg';

/** Notified, without a payload, when a push was put into the queue. */
export const PUSH_CHANNEL = 'omadm_push';

/** Between two rings of one process. Whoever is woken takes what has gathered in one claim. */
const REST_MS = 10;

/**
 * Tells the processes that pushes wait, after the commit that put them there. PostgreSQL holds one lock over the whole
 * commit of a transaction that notifies, its wait for the disk included: notifying inside would have every such
 * transaction of all processes stand in line. A ring that is lost with its process costs a few seconds, until somebody
 * looks without being told.
 */
export class PushBell {
  readonly #pool: pg.Pool;
  #resting = false;
  #wanted = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Never throws, and nobody waits for it. */
  ring(): void {
    if (this.#resting) {
      this.#wanted = true;
      return;
    }
    this.#resting = true;
    this.#wanted = false;
    this.#pool
      .query({ name: 'push-ring', text: `SELECT pg_notify('${PUSH_CHANNEL}', '')` })
      .catch(() => undefined)
      .then(() => setTimeout(() => this.#rested(), REST_MS).unref());
  }

  #rested(): void {
    this.#resting = false;
    if (this.#wanted) this.ring();
  }
}
