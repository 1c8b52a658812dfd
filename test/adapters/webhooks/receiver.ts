import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What somebody who takes webhooks has been sent. */
export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly type: string;
}

/** Does something with one message; by default it is taken (204). */
export type Answer = (response: ServerResponse, received: Received) => void;

/** A real HTTP server that takes webhooks, or does not. */
export class Receiver {
  readonly received: Received[] = [];
  /** Of messages that hang: closed with the receiver. */
  readonly #server: Server;
  answer: Answer = (response) => response.writeHead(204).end();

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { type } = JSON.parse(text) as { type: string };
        const one = { id: String(request.headers['webhook-id']), headers: request.headers, text, type };
        this.received.push(one);
        this.answer(response, one);
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((done) => receiver.#server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook?key=1`;
  }

  get types(): readonly string[] {
    return this.received.map(({ type }) => type);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** As a receiver checks a signature, written from the specification and not with our code. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
