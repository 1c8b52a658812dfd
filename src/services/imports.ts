import { isWeaker } from '../syncml/credential-kind.ts';
import { AppError } from './app-error.ts';
import { isUuid } from './identifiers.ts';
import type { NewDevices } from './new-devices.ts';
import type { Clock, Entropy } from './ports/clock.ts';
import { type DeviceLineReader, type DeviceLines, UnreadableFile } from './ports/device-lines.ts';
import type { NewDevice } from './ports/device-store.ts';
import type {
  DeviceImport,
  ImportBatch,
  ImportStore,
  LineOrder,
  NewImport,
  RefusedLine,
} from './ports/import-store.ts';
import type { Page, PageRequest } from './ports/page.ts';

/** Octets kept at a time. */
const PIECE_BYTES = 256 * 1_024;
/** A process that says nothing for so long has died. */
const LEASE_MS = 60_000;
/** A client that sends nothing for so long has gone. */
const SILENCE_MS = 15 * 60_000;
const KEEP_MS = 30 * 86_400_000;

export interface ImportSettings {
  /** Octets of a file at most. */
  readonly maxBytes: number;
}

/**
 * Files of devices. A file is first kept whole, then worked in line by line by whichever process gets to it: what was
 * broken off on the way in changes nothing, and what is whole is carried out whatever dies.
 */
export class Imports {
  readonly #store: ImportStore;
  readonly #lines: DeviceLineReader;
  readonly #devices: NewDevices;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #maxBytes: number;
  /** Called when there is one to work in. */
  onQueued: () => void = () => {};

  constructor(
    ports: {
      readonly imports: ImportStore;
      readonly lines: DeviceLineReader;
      readonly newDevices: NewDevices;
      readonly clock: Clock;
      readonly entropy: Entropy;
    },
    settings: ImportSettings,
  ) {
    this.#store = ports.imports;
    this.#lines = ports.lines;
    this.#devices = ports.newDevices;
    this.#clock = ports.clock;
    this.#entropy = ports.entropy;
    this.#maxBytes = settings.maxBytes;
  }

  /**
   * Takes a file in; it is carried out afterwards.
   * @param octets when it throws, the file has broken off
   * @throws AppError `import-too-large`, and what `octets` throws; nothing will come of the file then
   */
  async receive(order: Omit<NewImport, 'id' | 'createdAt'>, octets: AsyncIterable<Uint8Array>): Promise<DeviceImport> {
    const id = this.#entropy.id();
    await this.#store.begin({ ...order, id, createdAt: this.#clock.now() });
    try {
      let place = 0;
      let size = 0;
      for await (const piece of inPieces(octets)) {
        size += piece.length;
        if (size > this.#maxBytes) {
          throw new AppError('import-too-large', `The file is larger than ${this.#maxBytes} octets.`, {
            maxBytes: this.#maxBytes,
          });
        }
        await this.#store.append(id, place++, piece, this.#clock.now());
      }
    } catch (error) {
      const reason = error instanceof AppError ? error.message : 'The file broke off before its end.';
      // Should this fail too, it is found out later that nobody sends any more.
      await this.#store.fail(id, reason, this.#clock.now()).catch(() => {});
      throw error;
    }
    const received = await this.#store.received(id, this.#clock.now());
    this.onQueued();
    return received;
  }

  /** @throws AppError `import-unknown` */
  async get(id: string): Promise<DeviceImport> {
    return (isUuid(id) ? await this.#store.get(id) : undefined) ?? refuseUnknown();
  }

  /** @throws AppError `cursor-invalid` */
  async list(page: PageRequest): Promise<Page<DeviceImport>> {
    return this.#store.list(page);
  }

  /** @throws AppError `import-unknown`, `cursor-invalid` */
  async refusals(id: string, page: PageRequest): Promise<Page<RefusedLine>> {
    await this.get(id);
    return this.#store.refusals(id, page);
  }

  /** All of them, read as they are asked for. @throws AppError `import-unknown` */
  async allRefusals(id: string): Promise<AsyncIterable<readonly RefusedLine[]>> {
    await this.get(id);
    return this.#store.refusalBatches(id);
  }

  /**
   * Carries out one import, from where it is to its end or the signal.
   * @returns false: none waits
   */
  async workOne(signal: AbortSignal): Promise<boolean> {
    const now = this.#clock.now();
    await this.#store.sweep(new Date(now.getTime() - SILENCE_MS), new Date(now.getTime() - KEEP_MS), now);
    const claim = await this.#store.claim(this.#entropy.id(), now, this.#lease());
    if (claim === undefined) return false;
    try {
      const lines = this.#lines.read(claim.format, this.#store.octets(claim.id), claim.lines)[Symbol.asyncIterator]();
      for (let next = await lines.next(); next.done !== true; ) {
        if (signal.aborted) {
          await this.#store.release(claim);
          return true;
        }
        // The next lines are read while the database is busy with these.
        const [applied, following] = await Promise.all([
          this.#store.apply(claim, this.#batch(next.value), this.#clock.now(), this.#lease()),
          lines.next(),
        ]);
        if (!applied) return true;
        next = following;
      }
      await this.#store.complete(claim, this.#clock.now());
    } catch (error) {
      if (error instanceof UnreadableFile) await this.#store.fail(claim.id, error.message, this.#clock.now());
      else {
        // The lease would hold it up for longer than it takes to try again.
        await this.#store.release(claim).catch(() => {});
        throw error;
      }
    }
    return true;
  }

  #batch({ lines, refused, line, position }: DeviceLines): ImportBatch {
    const now = this.#clock.now();
    const { minAuth } = this.#devices;
    const orders: LineOrder[] = [];
    const tooWeak: RefusedLine[] = [];
    for (const { registration, ...order } of lines) {
      const weak = [order.patch.auth, order.patch.server?.auth].find((kind) => kind != null && isWeaker(kind, minAuth));
      if (weak !== undefined) {
        const reason = `"${weak}" is weaker than "${minAuth}", the least this server is set to.`;
        tooWeak.push({ line: order.line, deviceId: order.deviceId, reason });
        continue;
      }
      const make = (): NewDevice | string => {
        if (typeof registration === 'string') return registration;
        try {
          return this.#devices.make(registration, now);
        } catch (error) {
          if (error instanceof AppError) return error.message;
          throw error;
        }
      };
      orders.push({ ...order, make });
    }
    return { orders, refused: [...refused, ...tooWeak], line, position };
  }

  #lease(): Date {
    return new Date(this.#clock.now().getTime() + LEASE_MS);
  }
}

/** Pieces of one size, but for the last, whatever the octets came in. */
async function* inPieces(octets: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of octets) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

function refuseUnknown(): never {
  throw new AppError('import-unknown', 'There is no import of that id.');
}
