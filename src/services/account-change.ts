import type { DeviceAuth } from '../domain/device.ts';
import type { DevicePatch } from './ports/device-store.ts';
import type { SecretBox } from './ports/secret-box.ts';
import { openSecrets, sealSecrets } from './sealing.ts';

/** What of a device's credentials has to be known to change some of them. */
export interface HeldCredentials {
  readonly secrets: Uint8Array;
  readonly auth: DeviceAuth;
  readonly serverAuth: DeviceAuth | null;
  readonly username: string;
}

type Credentials = { readonly [K in 'auth' | 'client' | 'server']?: DevicePatch[K] | undefined };

/**
 * The sealed secrets with new credentials in them: the old ones are kept beside them, for the sessions that began with them.
 * Undefined: nothing is said of credentials.
 */
export function renewedSecrets(
  box: SecretBox,
  held: HeldCredentials,
  { auth, client, server }: Credentials,
): Uint8Array | undefined {
  const given = [auth, client?.username, client?.password, server?.auth, server?.password];
  if (given.every((one) => one === undefined)) return undefined;
  const { clientPassword, serverPassword, former } = openSecrets(box, held.secrets);
  return sealSecrets(box, {
    clientPassword: client?.password ?? clientPassword,
    serverPassword: server?.password ?? serverPassword,
    former: {
      generation: former === undefined ? 0 : former.generation + 1,
      auth: held.auth,
      ...(held.serverAuth === null ? {} : { serverAuth: held.serverAuth }),
      username: held.username,
      clientPassword,
      serverPassword,
    },
  });
}

/** Whether what is said of credentials is how they are. Nonces are not looked at: devices go on with others. */
export function isSameAccount(
  box: SecretBox,
  held: HeldCredentials & { readonly scope: string | null },
  { auth, client, server }: Credentials,
): boolean {
  const isSame = <T>(said: T | null | undefined, is: T | null): boolean => said === undefined || said === is;
  if (!isSame(auth, held.auth) || !isSame(server?.auth, held.serverAuth)) return false;
  if (!isSame(client?.username, held.username) || !isSame<string>(client?.scope, held.scope)) return false;
  if (client?.password === undefined && server?.password === undefined) return true;
  const { clientPassword, serverPassword } = openSecrets(box, held.secrets);
  return isSame(client?.password, clientPassword) && isSame(server?.password, serverPassword);
}
