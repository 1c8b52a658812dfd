import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Package #0, the server's trigger (OMA-TS-DM_Notification section 6.2). Big-endian:
 *
 *     digest 128 bits │ version 10 │ ui-mode 2 │ initiator 1 │ future use 27 │ session id 16 │ length 8 │ server id │ vendor
 *
 * The digest is MD5(B64(MD5(server id ":" password)) ":" nonce ":" B64(MD5(trigger))), the trigger being all that
 * follows the digest and the nonce its raw octets.
 */
export interface Package0 {
  /** Of the notification format: `1.1` or `1.2`; what another server wrote is kept. */
  readonly version: string;
  readonly uiMode: UiMode;
  readonly initiator: Initiator;
  /** 1…65535; the device's SessionID is this number in upper-case hex without leading zeros. */
  readonly sessionId: number;
  readonly serverId: string;
}

export type UiMode = 0 | 1 | 2 | 3;
export type Initiator = 0 | 1;

/** What the device shall tell its user (section 6.2.3). */
export const UI_MODE = { notSpecified: 0, background: 1, informative: 2, userInteraction: 3 } as const satisfies Record<
  string,
  UiMode
>;

/** Who had the idea (section 6.2.4). */
export const INITIATOR = { client: 0, server: 1 } as const satisfies Record<string, Initiator>;

export interface Package0Account {
  readonly serverId: string;
  /** Taken as UTF-8. */
  readonly serverPassword: string;
  /** Raw octets. */
  readonly nonce: Uint8Array;
}

export interface ParsedPackage0 extends Package0 {
  readonly digest: Uint8Array;
  /** Vendor-specific octets after the server id; usually none. */
  readonly vendor: Uint8Array;
}

export type Package0ErrorCode = 'truncated' | 'server-id' | 'session-id' | 'version' | 'ui-mode' | 'initiator';

/** Package #0 that cannot be read or built. */
export class Package0Error extends Error {
  override readonly name = 'Package0Error';
  readonly code: Package0ErrorCode;

  constructor(code: Package0ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The length field has 8 bits. */
export const MAX_SERVER_ID_OCTETS = 255;
/** A device engine is known that refuses longer ones. */
export const PORTABLE_SERVER_ID_OCTETS = 23;

const DIGEST_OCTETS = 16;
const HEADER_OCTETS = 8;

/**
 * @param input.version `major.minor` of the notification, each digit 0…9
 * @throws Package0Error `server-id` (empty or over 255 octets in UTF-8), `session-id` (not 1…65535), `version`,
 * `ui-mode`, `initiator`
 */
export function buildPackage0(input: Package0 & Package0Account): Uint8Array {
  const serverId = Buffer.from(input.serverId, 'utf8');
  if (serverId.length === 0 || serverId.length > MAX_SERVER_ID_OCTETS) {
    throw new Package0Error('server-id', `server id of ${serverId.length} octets; 1 to ${MAX_SERVER_ID_OCTETS} fit`);
  }
  const { sessionId, uiMode, initiator } = input;
  if (!Number.isInteger(sessionId) || sessionId < 1 || sessionId > 0xffff) {
    throw new Package0Error('session-id', `session id ${sessionId} is not in 1…65535`);
  }
  // Both may come from a store, where the types hold nothing.
  if (![0, 1, 2, 3].includes(uiMode)) throw new Package0Error('ui-mode', `ui-mode ${uiMode} is not in 0…3`);
  if (![0, 1].includes(initiator)) throw new Package0Error('initiator', `initiator ${initiator} is not 0 or 1`);
  const version = /^(\d+)\.(\d)$/.exec(input.version);
  const number = version ? Number(version[1]) * 10 + Number(version[2]) : Number.NaN;
  if (!(number <= 0x3ff))
    throw new Package0Error('version', `version ${JSON.stringify(input.version)} cannot be written`);

  const octets = new Uint8Array(DIGEST_OCTETS + HEADER_OCTETS + serverId.length);
  octets.set(
    [
      number >> 2,
      ((number & 3) << 6) | (uiMode << 4) | (initiator << 3),
      0,
      0,
      0,
      sessionId >> 8,
      sessionId & 0xff,
      serverId.length,
    ],
    DIGEST_OCTETS,
  );
  octets.set(serverId, DIGEST_OCTETS + HEADER_OCTETS);
  octets.set(digestOf(octets.subarray(DIGEST_OCTETS), input));
  return octets;
}

/**
 * Reads without checking the digest; future-use bits are ignored.
 * @throws Package0Error `truncated`, `session-id` (0), `server-id` (empty or not UTF-8)
 */
export function parsePackage0(octets: Uint8Array): ParsedPackage0 {
  const at = (offset: number) => octets[offset] ?? 0;
  const idAt = DIGEST_OCTETS + HEADER_OCTETS;
  const idEnd = idAt + at(idAt - 1);
  if (octets.length < idAt || octets.length < idEnd) {
    throw new Package0Error('truncated', `Package #0 of ${octets.length} octets ends too early`);
  }
  const number = (at(16) << 2) | (at(17) >> 6);
  const sessionId = (at(21) << 8) | at(22);
  if (sessionId === 0) throw new Package0Error('session-id', 'session id 0 is not allowed');
  if (idEnd === idAt) throw new Package0Error('server-id', 'the server id is empty');
  let serverId: string;
  try {
    serverId = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets.subarray(idAt, idEnd));
  } catch {
    throw new Package0Error('server-id', 'the server id is not UTF-8');
  }
  return {
    digest: octets.subarray(0, DIGEST_OCTETS),
    version: `${Math.floor(number / 10)}.${number % 10}`,
    uiMode: ((at(17) >> 4) & 3) as UiMode,
    initiator: ((at(17) >> 3) & 1) as Initiator,
    sessionId,
    serverId,
    vendor: octets.subarray(idEnd),
  };
}

/** Whether the digest was made with this account. Octets too short for a digest are simply not verified. */
export function verifyPackage0Digest(octets: Uint8Array, account: Package0Account): boolean {
  if (octets.length < DIGEST_OCTETS) return false;
  return timingSafeEqual(octets.subarray(0, DIGEST_OCTETS), digestOf(octets.subarray(DIGEST_OCTETS), account));
}

function digestOf(trigger: Uint8Array, { serverId, serverPassword, nonce }: Package0Account): Buffer {
  const credential = createHash('md5').update(`${serverId}:${serverPassword}`, 'utf8').digest('base64');
  const hashed = createHash('md5').update(trigger).digest('base64');
  return createHash('md5').update(`${credential}:`).update(nonce).update(`:${hashed}`).digest();
}
