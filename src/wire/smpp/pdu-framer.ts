import { SmppFrameError } from './smpp-frame-error.ts';

/** Octets of every PDU's header: length, command, status, sequence (SMPP 3.4 section 3.2). */
export const PDU_HEADER_OCTETS = 16;
/** Nothing that a peer of ours has a reason to send is longer. */
export const MAX_PDU_OCTETS = 16_384;

export interface PduHeader {
  readonly length: number;
  readonly commandId: number;
  readonly commandStatus: number;
  readonly sequence: number;
}

/** Cuts a byte stream into PDUs. Memory is bounded by one PDU and the chunk just fed. */
export class PduFramer {
  readonly #maxOctets: number;
  #waiting: Buffer[] = [];
  #waitingOctets = 0;
  #broken = false;

  constructor(maxOctets: number = MAX_PDU_OCTETS) {
    this.#maxOctets = maxOctets;
  }

  /** Octets of a PDU begun and not finished. */
  get pendingOctets(): number {
    return this.#waitingOctets;
  }

  /**
   * Takes the next octets and hands out every PDU completed by them, as views where possible. Stops between two PDUs
   * once `take` returns false; the rest is dropped with the framer.
   * @throws SmppFrameError `length-too-small` | `length-too-large`; after that the framer refuses everything
   */
  feed(chunk: Buffer, take: (frame: Buffer) => boolean | undefined): void {
    if (this.#broken) throw new SmppFrameError('malformed', 'the stream lost its framing before');
    let data = chunk;
    if (this.#waitingOctets > 0) {
      this.#waiting.push(chunk);
      this.#waitingOctets += chunk.length;
      const length = this.#waitingLength();
      if (length === undefined || this.#waitingOctets < length) return;
      data = Buffer.concat(this.#waiting);
      this.#waiting = [];
      this.#waitingOctets = 0;
    }
    let at = 0;
    while (data.length - at >= 4) {
      const length = this.#checked(data.readUInt32BE(at));
      if (data.length - at < length) break;
      const goOn = take(data.subarray(at, at + length));
      at += length;
      if (goOn === false) return;
    }
    if (at < data.length) {
      this.#waiting = [data.subarray(at)];
      this.#waitingOctets = data.length - at;
    }
  }

  #waitingLength(): number | undefined {
    if (this.#waitingOctets < 4) return undefined;
    const [first] = this.#waiting;
    if (first !== undefined && first.length < 4) this.#waiting = [Buffer.concat(this.#waiting)];
    return this.#checked(this.#waiting[0]?.readUInt32BE(0) ?? 0);
  }

  #checked(length: number): number {
    if (length >= PDU_HEADER_OCTETS && length <= this.#maxOctets) return length;
    this.#broken = true;
    this.#waiting = [];
    this.#waitingOctets = 0;
    throw length < PDU_HEADER_OCTETS
      ? new SmppFrameError('length-too-small', `a PDU of ${length} octets is shorter than its header`)
      : new SmppFrameError('length-too-large', `a PDU of ${length} octets; the limit is ${this.#maxOctets}`);
  }
}

/** Reads the header of a whole PDU (16 octets or more). */
export function readPduHeader(frame: Buffer): PduHeader {
  return {
    length: frame.readUInt32BE(0),
    commandId: frame.readUInt32BE(4),
    commandStatus: frame.readUInt32BE(8),
    sequence: frame.readUInt32BE(12),
  };
}
