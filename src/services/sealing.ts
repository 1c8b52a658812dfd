import type { DeviceAuth, FormerCredentials, PendingAccount } from '../domain/device.ts';
import type { OtaSettings } from '../provisioning/ota/ota-settings.ts';
import type { SecretBox } from './ports/secret-box.ts';

/** The passwords of a DM account; they are kept sealed together, since one is never needed without the other. */
export interface AccountSecrets {
  readonly clientPassword: string;
  readonly serverPassword: string;
  /** Absent until the credentials are changed for the first time. */
  readonly former?: FormerCredentials;
}

export function sealSecrets(box: SecretBox, { clientPassword, serverPassword, former }: AccountSecrets): Uint8Array {
  return sealJson(box, [clientPassword, serverPassword, ...(former === undefined ? [] : [former])]);
}

/** Throws what {@link SecretBox.open} throws. */
export function openSecrets(box: SecretBox, sealed: Uint8Array): AccountSecrets {
  const [clientPassword, serverPassword, former] = openJson(box, sealed) as [string, string, FormerCredentials?];
  return { clientPassword, serverPassword, ...(former !== undefined && { former }) };
}

/** Null when there are none. */
export function sealPendingAccounts(box: SecretBox, accounts: readonly PendingAccount[]): Uint8Array | null {
  if (accounts.length === 0) return null;
  const rows = accounts.map(
    ({ auth, client, server }): PendingRow => [
      auth,
      client.username,
      client.password,
      toBase64(client.nonce),
      server.password,
      toBase64(server.nonce),
    ],
  );
  return sealJson(box, rows);
}

export function openPendingAccounts(box: SecretBox, sealed: Uint8Array | null): readonly PendingAccount[] {
  if (sealed === null) return [];
  const rows = openJson(box, sealed) as readonly PendingRow[];
  return rows.map(([auth, username, password, nonce, serverPassword, serverNonce]) => ({
    auth,
    client: { username, password, ...fromBase64(nonce) },
    server: { password: serverPassword, ...fromBase64(serverNonce) },
  }));
}

type PendingRow = [
  auth: DeviceAuth,
  username: string,
  password: string,
  nonce: string | null,
  serverPassword: string,
  serverNonce: string | null,
];

function toBase64(nonce: Uint8Array | undefined): string | null {
  return nonce === undefined ? null : Buffer.from(nonce).toString('base64');
}

function fromBase64(nonce: string | null): { readonly nonce?: Uint8Array } {
  return nonce === null ? {} : { nonce: new Uint8Array(Buffer.from(nonce, 'base64')) };
}

/** Null when there are none: nothing to hide, nothing to open. */
export function sealVariables(box: SecretBox, variables: Readonly<Record<string, string>>): Uint8Array | null {
  return Object.keys(variables).length === 0 ? null : sealJson(box, variables);
}

export function openVariables(box: SecretBox, sealed: Uint8Array | null): Readonly<Record<string, string>> {
  return sealed === null ? {} : (openJson(box, sealed) as Record<string, string>);
}

/** Settings hold passwords. */
export function sealOtaSettings(box: SecretBox, settings: OtaSettings): Uint8Array {
  return sealJson(box, settings);
}

export function openOtaSettings(box: SecretBox, sealed: Uint8Array): OtaSettings {
  return openJson(box, sealed) as OtaSettings;
}

function sealJson(box: SecretBox, value: unknown): Uint8Array {
  return box.seal(Buffer.from(JSON.stringify(value)));
}

function openJson(box: SecretBox, sealed: Uint8Array): unknown {
  return JSON.parse(Buffer.from(box.open(sealed)).toString('utf8'));
}
