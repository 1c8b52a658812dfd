import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthType, Cred } from './message.ts';

/** Credentials of the SyncML framework (OMA-TS-DM_Security, 5.3; wire format in OMA-TS-DM_RepPro, `Cred`). */

function md5Base64(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
}

/** B64(user:password). */
export function basicCredData(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
}

/** B64(MD5(B64(MD5(user:password)):nonce)); the nonce is raw octets. */
export function md5CredData(username: string, password: string, nonce: Uint8Array): string {
  return md5Base64(md5Base64(`${username}:${password}`), ':', nonce);
}

/** B64(MD5(B64(MD5(user:password)):nonce:B64(MD5(body)))), the `mac` of the x-syncml-hmac header. */
export function hmacCredData(username: string, password: string, nonce: Uint8Array, body: Uint8Array): string {
  return md5Base64(md5Base64(`${username}:${password}`), ':', nonce, ':', md5Base64(body));
}

/** The Cred element's content for an account. */
export function buildCred(
  type: 'syncml:auth-basic' | 'syncml:auth-md5',
  username: string,
  password: string,
  nonce: Uint8Array,
): Cred {
  const data =
    type === 'syncml:auth-basic' ? basicCredData(username, password) : md5CredData(username, password, nonce);
  return { type, format: 'b64', data };
}

/** The type a Cred claims; a missing Type means Basic. Undefined: one we do not know. */
export function credType(cred: Cred): AuthType | undefined {
  switch (cred.type.toLowerCase()) {
    case '':
    case 'syncml:auth-basic':
      return 'syncml:auth-basic';
    case 'syncml:auth-md5':
      return 'syncml:auth-md5';
    case 'syncml:auth-mac':
      return 'syncml:auth-MAC';
    default:
      return undefined;
  }
}

/** Does a Cred (Basic or MD5) prove this user? Compared in constant time, as octets, so base64 padding does not matter. */
export function provesUser(cred: Cred, username: string, password: string, nonce: Uint8Array): boolean {
  const type = credType(cred);
  if (type === 'syncml:auth-basic') {
    // A Basic credential may be sent unencoded when its Format is chr.
    const data = cred.format === 'chr' ? Buffer.from(cred.data, 'utf8') : Buffer.from(cred.data.trim(), 'base64');
    return equalOctets(data, Buffer.from(`${username}:${password}`, 'utf8'));
  }
  if (type === 'syncml:auth-md5') {
    return equalOctets(
      Buffer.from(cred.data.trim(), 'base64'),
      Buffer.from(md5CredData(username, password, nonce), 'base64'),
    );
  }
  return false;
}

/** Does the MAC of an x-syncml-hmac header prove this user, and that the body is as it was sent? */
export function provesBody(
  mac: string,
  username: string,
  password: string,
  nonce: Uint8Array,
  body: Uint8Array,
): boolean {
  return equalOctets(Buffer.from(mac, 'base64'), Buffer.from(hmacCredData(username, password, nonce, body), 'base64'));
}

function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
