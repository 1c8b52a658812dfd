import { createHash } from 'node:crypto';
import type { AuthScope, DeviceAuth } from '../domain/device.ts';
import { AppError } from './app-error.ts';

/** What admins say of a device, as its row holds it. */
export interface SaidOfDevice {
  readonly msisdn: string | null;
  readonly imsi: string | null;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly timeZone: string | null;
  readonly auth: DeviceAuth;
  readonly serverAuth: DeviceAuth | null;
  readonly clientScope: AuthScope | null;
  readonly clientUsername: string;
  readonly hasAccount: boolean;
  /** Sealed: written anew with every change of the credentials, and never otherwise. */
  readonly secrets: Uint8Array;
}

const OCTETS = 15;

/**
 * Tells one state of what admins have said of a device from every other, its credentials included. What sessions write
 * (nonces, DevInfo, when it was seen) is not in it, so that it costs them nothing and outlasts them.
 */
export function deviceRevision(said: SaidOfDevice): string {
  const { msisdn, imsi, tags, attributes, timeZone, auth, serverAuth, clientScope, clientUsername, hasAccount } = said;
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const account = [auth, serverAuth, clientScope, clientUsername, hasAccount];
  return createHash('sha256')
    .update(JSON.stringify([msisdn, imsi, tags, sorted, timeZone, account]))
    .update(said.secrets)
    .digest()
    .subarray(0, OCTETS)
    .toString('base64url');
}

/** @throws AppError `version-stale` when it is not the one that was meant; undefined: whichever it is */
export function refuseStaleRevision(is: string, meant: string | undefined): void {
  if (meant === undefined || meant === is) return;
  throw new AppError('version-stale', 'The device has been changed since you have read it.');
}
