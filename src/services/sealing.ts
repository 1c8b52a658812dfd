import type { FormerCredentials } from '../domain/device.ts';
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

/** Null when there are none: nothing to hide, nothing to open. */
export function sealVariables(box: SecretBox, variables: Readonly<Record<string, string>>): Uint8Array | null {
  return Object.keys(variables).length === 0 ? null : sealJson(box, variables);
}

export function openVariables(box: SecretBox, sealed: Uint8Array | null): Readonly<Record<string, string>> {
  return sealed === null ? {} : (openJson(box, sealed) as Record<string, string>);
}

function sealJson(box: SecretBox, value: unknown): Uint8Array {
  return box.seal(Buffer.from(JSON.stringify(value)));
}

function openJson(box: SecretBox, sealed: Uint8Array): unknown {
  return JSON.parse(Buffer.from(box.open(sealed)).toString('utf8'));
}
