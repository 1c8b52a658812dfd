import { setTimeout as sleep } from 'node:timers/promises';
import { HMAC_HEADER } from '../../syncml/hmac-header.ts';
import { parseContentType } from '../../syncml/media-type.ts';
import type { Message } from '../../syncml/message.ts';
import type { DeviceEvent, DeviceSettings } from './device-options.ts';
import type { TransportResponse } from './http-transport.ts';
import { decodeMessage } from './message-codec.ts';
import { SessionEnded } from './session-outcome.ts';

/** A message as it goes out, the same octets however often. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** What goes out before it; nobody waits for the answers. */
  readonly strays?: readonly Outgoing[];
}

/** An answer as it came in. */
export interface Incoming {
  readonly message: Message;
  readonly bytes: Uint8Array;
  /** The x-syncml-hmac header. */
  readonly hmac: string | undefined;
}

/** The way to the server in one session: posts a message until an answer has come. */
export class ServerLine {
  readonly #settings: DeviceSettings;
  readonly #emit: ((event: DeviceEvent) => void) | undefined;
  readonly #complain: (what: string) => void;
  #url: string;
  #posts = 0;

  constructor(
    settings: DeviceSettings,
    url: string,
    emit: ((event: DeviceEvent) => void) | undefined,
    complain: (what: string) => void,
  ) {
    this.#settings = settings;
    this.#url = url;
    this.#emit = emit;
    this.#complain = complain;
  }

  get url(): string {
    return this.#url;
  }

  /** HTTP requests so far, repetitions included. */
  get posts(): number {
    return this.#posts;
  }

  /** From now on messages go there, which may be relative to where they went before. */
  follow(respUri: string): void {
    try {
      this.#url = new URL(respUri, this.#url).href;
    } catch {
      this.#complain(`the RespURI ${JSON.stringify(respUri)} is none`);
    }
  }

  /**
   * Posts the strays, then the message, again and again until an answer has come, and reads that.
   * @throws SessionEnded when there is none, or one that no DM server may give; WbxmlError, XmlError or SyncmlError when
   *   it cannot be read
   */
  async exchange(outgoing: Outgoing): Promise<Incoming> {
    for (const stray of outgoing.strays ?? []) await this.#post(stray).catch(() => undefined);
    return this.#read(await this.#answerTo(outgoing));
  }

  async #answerTo(outgoing: Outgoing): Promise<TransportResponse> {
    const { limit, delayMs, maxDelayMs } = this.#settings.retries;
    for (let attempt = 1; ; attempt++) {
      let lost: string;
      try {
        const response = await this.#post(outgoing);
        const { status } = response;
        if (status >= 200 && status < 300) return response;
        if (status < 500 && status !== 408 && status !== 429) {
          throw new SessionEnded('protocol-error', `the server answered HTTP ${status}`);
        }
        lost = `HTTP ${status}`;
      } catch (error) {
        if (error instanceof SessionEnded) throw error;
        lost = error instanceof Error ? error.message : String(error);
      }
      if (attempt > limit) throw new SessionEnded('unreachable', lost);
      this.#emit?.({ kind: 'retry', reason: lost, attempt });
      await sleep(Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs));
    }
  }

  #read({ contentType, body: bytes, headers }: TransportResponse): Incoming {
    const { contentType: ours, maxMsgSize } = this.#settings;
    const type = parseContentType(contentType);
    if (type === undefined) {
      throw new SessionEnded('protocol-error', `the answer has the Content-Type ${JSON.stringify(contentType)}`);
    }
    if (type.mediaType !== ours) this.#complain(`asked in ${ours}, answered in ${type.mediaType}`);
    if (bytes.length > maxMsgSize) {
      this.#complain(`a message of ${bytes.length} octets, our MaxMsgSize is ${maxMsgSize}`);
    }
    const message = decodeMessage(bytes, type.encoding);
    const hmac = headers?.[HMAC_HEADER];
    this.#emit?.({ kind: 'received', message, octets: bytes.length, hasMac: hmac !== undefined });
    return { message, bytes, hmac: typeof hmac === 'object' ? hmac.join(', ') : hmac };
  }

  #post({ bytes: body, headers }: Outgoing): Promise<TransportResponse> {
    const { transport, contentType } = this.#settings;
    this.#posts += 1;
    return transport({ url: this.#url, contentType, body, ...(headers !== undefined && { headers }) });
  }
}
