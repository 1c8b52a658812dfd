import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Koa from 'koa';
import { type DmDoorOptions, dmDoor } from '../../../src/adapters/dm-http/dm-door.ts';
import { type Listener, type ListenerOptions, startListener } from '../../../src/adapters/listener/listener.ts';
import type { DmAnswer, DmRequest } from '../../../src/services/dm-messages.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets in buffers that somebody still holds. */
export function heldOctets(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

export const XML = 'application/vnd.syncml.dm+xml';

/** The device door behind the real listener, with somebody in the place of the services who takes every message. */
export interface RunningDoor {
  readonly listener: Listener;
  readonly port: number;
  readonly seen: DmRequest[];
  readonly outcomes: string[];
  readonly logged: string[];
  /** The body of every reply. */
  reply: Buffer;
}

export async function startDoor(
  options: Partial<Pick<DmDoorOptions, 'maxBodyBytes' | 'gzipReplies' | 'discardMs' | 'requireHttps'>> &
    Partial<Pick<ListenerOptions, 'tls' | 'trustedProxies' | 'recheckMs'>> = {},
): Promise<RunningDoor> {
  const { maxBodyBytes = 10_000, gzipReplies = false, discardMs = 200, requireHttps = false, ...listening } = options;
  const seen: DmRequest[] = [];
  const outcomes: string[] = [];
  const logged: string[] = [];
  const note = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const log = { info: note, error: note };
  const app = new Koa();
  app.silent = true;
  app.proxy = true;
  const door = { reply: Buffer.from('<reply/>') };
  const handle = (request: DmRequest): Promise<DmAnswer> => {
    seen.push(request);
    return Promise.resolve({ kind: 'reply', reply: { contentType: XML, body: door.reply } });
  };
  const metrics = { messageHandled: (outcome: string) => void outcomes.push(outcome) };
  app.use(dmDoor({ messages: { handle }, metrics, log, maxBodyBytes, gzipReplies, discardMs, requireHttps }));
  const listener = await startListener({ host: '127.0.0.1', port: 0, handler: app.callback(), log, ...listening });
  return Object.assign(door, { listener, port: listener.port, seen, outcomes, logged });
}

/** A client that speaks HTTP by hand, so that nothing is sent or hidden by a library. */
export class RawClient {
  received = '';
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setMaxListeners(0);
    this.socket.on('error', () => {});
    this.socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1');
    });
  }

  send(...parts: readonly (string | Buffer)[]): this {
    for (const part of parts) this.socket.write(part);
    return this;
  }

  /** Waits until what came back matches. @throws Error after 5 seconds, or when the connection closes before */
  async until(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(5_000);
    while (!pattern.test(this.received)) {
      if (this.socket.closed) throw new Error(`closed after: ${this.received}`);
      await Promise.race([once(this.socket, 'data', { signal }), once(this.socket, 'close', { signal })]);
    }
    return this.received;
  }

  /** Waits for the server to close the connection, and returns all that came. */
  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close', { signal: AbortSignal.timeout(5_000) });
    return this.received;
  }
}

/** The head of a POST to the door. */
export function head(version: '1.0' | '1.1', ...lines: readonly string[]): string {
  return [`POST /dm HTTP/${version}`, 'Host: dm.example', `Content-Type: ${XML}`, ...lines, '', ''].join('\r\n');
}
