import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const LOOKS = 4;

/**
 * Ends connections whose request does not come to its end in time. Node.js can do that for all requests alike; here some
 * may take as long as they keep coming.
 */
export class SlowRequests {
  readonly #current = new Map<Socket, IncomingMessage>();
  readonly #looks = new WeakMap<IncomingMessage, { count: number; bytes: number }>();
  readonly #mayTakeLong: (request: IncomingMessage) => boolean;
  readonly #timer: NodeJS.Timeout;

  /** @param limitMs for a whole request; for one that may take long, for any sign of it */
  constructor(limitMs: number, mayTakeLong: (request: IncomingMessage) => boolean) {
    this.#mayTakeLong = mayTakeLong;
    this.#timer = setInterval(() => this.#look(), limitMs / LOOKS);
    this.#timer.unref();
  }

  /** Once a request: as little as can be, the looking is done now and then. */
  watch(request: IncomingMessage): void {
    const { socket } = request;
    if (!this.#current.has(socket)) socket.once('close', () => this.#current.delete(socket));
    this.#current.set(socket, request);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [socket, request] of this.#current) {
      if (request.complete) continue;
      const before = this.#looks.get(request) ?? { count: 0, bytes: -1 };
      const { bytesRead } = socket;
      // One whose octets wait to be taken is not late: we are.
      const isComing = bytesRead !== before.bytes || request.isPaused() || request.readableLength > 0;
      const count = isComing && this.#mayTakeLong(request) ? 0 : before.count + 1;
      this.#looks.set(request, { count, bytes: bytesRead });
      if (count > LOOKS) this.#end(socket, request);
    }
  }

  #end(socket: Socket, request: IncomingMessage): void {
    this.#current.delete(socket);
    if (socket.bytesWritten === 0) {
      socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    }
    request.destroy();
    socket.destroySoon();
  }
}
