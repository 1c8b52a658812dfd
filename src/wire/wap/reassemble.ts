import type { Segment } from './segment.ts';
import { decodeUdh, type WdpPorts } from './udh.ts';

/** Parts that wait for the rest of their message, oldest first. A value: every step makes the next one. */
export interface ReassemblyState {
  readonly groups: readonly Group[];
}

interface Group {
  readonly key: string;
  readonly startedAtMs: number;
  /** By part number less one. */
  readonly bodies: readonly (Uint8Array | undefined)[];
}

export interface ReassemblyLimits {
  /** Unfinished messages kept; the oldest gives way to a new one. */
  readonly maxGroups: number;
  /** Unfinished messages older than this are dropped. */
  readonly maxAgeMs: number;
}

export interface ReassembledSms {
  readonly sender: string;
  readonly ports?: WdpPorts;
  readonly payload: Uint8Array;
}

export const NOTHING_WAITING: ReassemblyState = { groups: [] };
export const DEFAULT_REASSEMBLY_LIMITS: ReassemblyLimits = { maxGroups: 64, maxAgeMs: 3_600_000 };

/**
 * Takes in one short message; gives a message when it was the last part missing (or the only one). Parts may come in
 * any order and more than once; the first copy counts. Memory is bounded by `maxGroups` times 255 parts.
 * @param segment.udh with its length octet, or empty
 * @throws WapError when the header is faulty; the state stays good to use
 */
export function reassemble(
  state: ReassemblyState,
  segment: Segment & { readonly sender: string },
  nowMs: number,
  limits: ReassemblyLimits = DEFAULT_REASSEMBLY_LIMITS,
): { readonly state: ReassemblyState; readonly message?: ReassembledSms } {
  const { ports, concatenation } = decodeUdh(segment.udh);
  const { sender } = segment;
  const address = ports === undefined ? {} : { ports };
  if (concatenation === undefined || concatenation.total === 1) {
    return { state, message: { sender, ...address, payload: segment.body } };
  }
  const { reference, referenceBits, total, sequence } = concatenation;
  const key = JSON.stringify([sender, ports?.destination, ports?.source, referenceBits, reference, total]);
  const fresh = state.groups.filter((group) => nowMs - group.startedAtMs <= limits.maxAgeMs);
  const found = fresh.find((group) => group.key === key);
  const bodies = [...(found?.bodies ?? Array.from<undefined>({ length: total }))];
  bodies[sequence - 1] ??= segment.body;
  if (bodies.every((body) => body !== undefined)) {
    return {
      state: { groups: fresh.filter((group) => group !== found) },
      message: { sender, ...address, payload: concat(bodies) },
    };
  }
  const grown: Group = { key, startedAtMs: found?.startedAtMs ?? nowMs, bodies };
  const groups = found ? fresh.map((group) => (group === found ? grown : group)) : [...fresh, grown];
  return { state: { groups: groups.slice(-limits.maxGroups) } };
}

function concat(bodies: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0));
  let at = 0;
  for (const body of bodies) {
    whole.set(body, at);
    at += body.length;
  }
  return whole;
}
