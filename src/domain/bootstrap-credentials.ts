import type { DeviceAuth, PendingAccount } from './device.ts';

/** Octets of chance in each password and nonce. */
const SECRET_OCTETS = 16;
const NAME_OCTETS = 6;

/**
 * Fresh credentials for both sides. Each is 16 octets of chance in the letters of base64url: printable, without anything
 * that XML, WBXML or a credential has a meaning for. So are the nonces: devices are known that take theirs for text.
 *
 * @param bytes gives that many unpredictable octets
 */
export function makeBootstrapCredentials(auth: DeviceAuth, bytes: (length: number) => Uint8Array): PendingAccount {
  const letters = (octets: number): string => Buffer.from(bytes(octets)).toString('base64url');
  const nonce = (): Uint8Array => new Uint8Array(Buffer.from(letters(SECRET_OCTETS), 'latin1'));
  return {
    auth,
    client: { username: letters(NAME_OCTETS), password: letters(SECRET_OCTETS), nonce: nonce() },
    server: { password: letters(SECRET_OCTETS), nonce: nonce() },
  };
}
