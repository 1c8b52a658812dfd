import { Readable } from 'node:stream';
import { formatPosition } from '../../domain/event.ts';
import type { EventBatch, Following } from '../../services/event-hub.ts';

export interface EventStreamOptions {
  /** What is sent of an event. */
  readonly present: (event: EventBatch['events'][number]) => object;
  /** After so long the stream ends and the client comes again: credentials are looked at anew. */
  readonly maxMs: number;
}

/** How long a client waits before it comes again, milliseconds. */
const RETRY_MS = 2_000;

/**
 * Server-sent events (HTML, 9.2): one message an event, its id the place in the log; between them an id alone says how
 * far the log was looked through, which is the heartbeat, too. Nothing is read ahead of a client that does not read.
 */
export class EventStream extends Readable {
  readonly #following: Following;
  readonly #present: EventStreamOptions['present'];
  readonly #timer: NodeJS.Timeout;
  #isPumping = false;
  #drained: () => void = () => undefined;

  constructor(following: Following, { present, maxMs }: EventStreamOptions) {
    super({ highWaterMark: 16_384 });
    this.#following = following;
    this.#present = present;
    this.#timer = setTimeout(() => following.close(), maxMs);
    this.#timer.unref();
  }

  override _read(): void {
    this.#drained();
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#pump().then(
      () => this.push(null),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#following.close();
    this.#drained();
    done(error);
  }

  async #pump(): Promise<void> {
    await this.#send(`retry: ${RETRY_MS}\n`);
    for await (const { events, position } of this.#following) {
      for (const event of events) {
        await this.#send(`id: ${formatPosition(event.position)}\ndata: ${JSON.stringify(this.#present(event))}\n\n`);
      }
      await this.#send(`id: ${formatPosition(position)}\n\n`);
      if (this.destroyed) return;
    }
  }

  async #send(text: string): Promise<void> {
    if (this.destroyed || this.push(text)) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#drained = () => undefined;
  }
}
