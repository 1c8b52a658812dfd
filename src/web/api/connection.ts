import { useSyncExternalStore } from 'react';

const RETRY_MS = 2_000;

/** Whether the server answers. While it does not, it is asked now and then, and listeners hear when it is back. */
class Connection {
  #lost = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  get isLost(): boolean {
    return this.#lost;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A request got no answer. */
  noteLost(): void {
    if (this.#lost) return;
    this.#set(true);
    this.#askAgain();
  }

  /** A request got an answer. */
  noteAnswer(): void {
    if (this.#lost) this.#set(false);
  }

  #askAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(RETRY_MS) })
        .then((response) => {
          if (response.ok) this.noteAnswer();
        })
        .catch(() => undefined)
        .finally(() => {
          if (this.#lost) this.#askAgain();
        });
    }, RETRY_MS);
  }

  #set(lost: boolean): void {
    this.#lost = lost;
    for (const listener of this.#listeners) listener();
  }
}

export const connection = new Connection();

export function useConnectionLost(): boolean {
  return useSyncExternalStore(connection.subscribe, () => connection.isLost);
}
