/**
 * The transport header `x-syncml-hmac` (OMA-TS-DM_Security, 5.4: integrity): credentials of type `syncml:auth-MAC` travel
 * in it, not in a Cred element, and cover the whole body.
 */
export const HMAC_HEADER = 'x-syncml-hmac';

export interface HmacHeader {
  readonly username: string;
  /** base64, see `hmacCredData`. */
  readonly mac: string;
}

/** A parameter: a name, and a value in quotes or without. */
const PARAMETER = /^\s*([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|([^\s,"]*))\s*$/;

/**
 * Reads the header. The algorithm may be left out, which means MD5; nothing else is known.
 *
 * @returns undefined when it is not of this form: such credentials prove nothing
 */
export function parseHmacHeader(value: string): HmacHeader | undefined {
  if (value.length > 1_024) return undefined;
  const parameters = new Map<string, string>();
  // A comma inside quotes is part of the user name.
  for (const part of value.match(/(?:[^,"]|"[^"]*")+/g) ?? []) {
    const [, name, quoted, bare] = PARAMETER.exec(part) ?? [];
    if (name === undefined) return undefined;
    parameters.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const username = parameters.get('username');
  const mac = parameters.get('mac');
  const algorithm = parameters.get('algorithm') ?? 'MD5';
  if (username === undefined || mac === undefined || algorithm.toUpperCase() !== 'MD5') return undefined;
  return { username, mac };
}

/** `algorithm=MD5, username="…", mac=…` */
export function buildHmacHeader({ username, mac }: HmacHeader): string {
  return `algorithm=MD5, username="${username}", mac=${mac}`;
}
