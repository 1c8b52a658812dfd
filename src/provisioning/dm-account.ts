import type { AddCommand, DmVersion } from '../syncml/message.ts';
import type { DataFormat } from './data-format.ts';
import { locUriFault } from './loc-uri.ts';
import type { TndsNode } from './tnds-node.ts';

export type AccountAuth = 'basic' | 'md5' | 'hmac';

/** What a device has to know to open a session with a server: the content of its DM account. */
export interface BootstrapAccount {
  readonly version: DmVersion;
  /** The account's node, `<x>`; default the server id. One segment of a LocURI. */
  readonly accountName?: string;
  /** The device knows the server by it, in triggers, credentials and access lists. */
  readonly serverId: string;
  /** For the user. */
  readonly name?: string;
  /** The URL that the device shall call. */
  readonly address: string;
  /** Default: the URL's, which has one of its own for http and https. */
  readonly port?: number;
  /** A connection the device has: LocURI of its object, or a name it knows (ConRef, PrefConRef). */
  readonly connection?: string;
  /** How the device shall authenticate itself from the first message on, and the server to it. */
  readonly auth: AccountAuth;
  readonly client: { readonly username: string; readonly password: string; readonly nonce?: Uint8Array };
  /** The server's name for its own credentials is its id. Nonces are raw octets. */
  readonly server: { readonly password: string; readonly nonce?: Uint8Array };
}

/** An account that cannot be written down. `field` names what is wrong, its value is never quoted. */
export class BootstrapAccountError extends Error {
  override readonly name = 'BootstrapAccountError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.field = field;
  }
}

/**
 * The nodes of the account, parents first, as a device of that version keeps it.
 *
 * 1.2: `./DMAcc/<x>` (OMA-TS-DM_StdObj-V1_2_1, 5.3.1), with the rights of the server on it (OMA-TS-DM_Bootstrap-V1_2,
 * 5.4.3, the rights as in 5.3.4). 1.1: `./SyncML/DMAcc/<x>` (SyncML Device Management Standardised Objects 1.1.2, DMAcc).
 *
 * @throws BootstrapAccountError
 */
export function dmAccountNodes(account: BootstrapAccount): TndsNode[] {
  checkBootstrapAccount(account);
  return account.version === '1.1' ? nodes11(account) : nodes12(account);
}

/**
 * One Add with an Item for every node of the account, parents first: what a session or a bootstrap document makes the
 * account with. `cmdId` is `''`: the sender numbers it.
 *
 * @throws BootstrapAccountError
 */
export function buildDmAccount(account: BootstrapAccount): AddCommand {
  // The types are those of Meta's default; without them the push has an SMS less.
  const items = dmAccountNodes(account).map(({ locUri, format, value }) => ({
    target: { uri: locUri },
    meta: { format },
    ...(value !== undefined && { data: value }),
  }));
  return { name: 'Add', cmdId: '', items };
}

const AUTH_11 = { basic: 'syncml:auth-basic', md5: 'syncml:auth-md5', hmac: 'syncml:auth-MAC' } as const;
/** Values of AAuthType (OMA-TS-DM_StdObj-V1_2_1, 5.3.1.20). */
const AUTH_12 = { basic: 'BASIC', md5: 'DIGEST', hmac: 'HMAC' } as const;
/** AddrType of 1.1.2: HTTP. */
const HTTP = '1';

function nodes11(account: BootstrapAccount): TndsNode[] {
  const { client, server } = account;
  const at = `./SyncML/DMAcc/${nameOf(account)}`;
  return present([
    { locUri: at, format: 'node' },
    text(`${at}/Addr`, account.address),
    text(`${at}/AddrType`, HTTP),
    text(`${at}/PortNbr`, String(portOf(account))),
    text(`${at}/ConRef`, account.connection),
    text(`${at}/ServerId`, account.serverId),
    text(`${at}/ServerPW`, server.password),
    octets(`${at}/ServerNonce`, server.nonce),
    text(`${at}/UserName`, client.username),
    text(`${at}/ClientPW`, client.password),
    octets(`${at}/ClientNonce`, client.nonce),
    text(`${at}/AuthPref`, AUTH_11[account.auth]),
    text(`${at}/Name`, account.name),
  ]);
}

function nodes12(account: BootstrapAccount): TndsNode[] {
  const { client, server, serverId } = account;
  const at = `./DMAcc/${nameOf(account)}`;
  const auth = AUTH_12[account.auth];
  return present([
    {
      locUri: at,
      format: 'node',
      ddfName: 'urn:oma:mo:oma-dm-dmacc:1.0',
      acl: `Get=${serverId}&Replace=${serverId}&Delete=${serverId}`,
    },
    text(`${at}/AppID`, 'w7'),
    text(`${at}/ServerID`, serverId),
    text(`${at}/Name`, account.name),
    text(`${at}/PrefConRef`, account.connection),
    branch(`${at}/AppAddr`),
    branch(`${at}/AppAddr/1`),
    text(`${at}/AppAddr/1/Addr`, account.address),
    text(`${at}/AppAddr/1/AddrType`, 'URI'),
    branch(`${at}/AppAddr/1/Port`),
    branch(`${at}/AppAddr/1/Port/1`),
    text(`${at}/AppAddr/1/Port/1/PortNbr`, String(portOf(account))),
    text(`${at}/AAuthPref`, auth),
    branch(`${at}/AppAuth`),
    ...credentials(`${at}/AppAuth/CLCRED`, 'CLCRED', auth, client.username, client),
    ...credentials(`${at}/AppAuth/SRVCRED`, 'SRVCRED', auth, serverId, server),
  ]);
}

/** The nodes may have any name; some devices take the level for it, and none is known to mind. */
function credentials(
  at: string,
  level: 'CLCRED' | 'SRVCRED',
  auth: string,
  name: string,
  { password, nonce }: { readonly password: string; readonly nonce?: Uint8Array },
): (TndsNode | undefined)[] {
  return [
    branch(at),
    text(`${at}/AAuthLevel`, level),
    text(`${at}/AAuthType`, auth),
    text(`${at}/AAuthName`, name),
    text(`${at}/AAuthSecret`, password),
    octets(`${at}/AAuthData`, nonce),
  ];
}

function branch(locUri: string): TndsNode {
  return { locUri, format: 'node' };
}

function text(locUri: string, value: string | undefined, format: DataFormat = 'chr'): TndsNode | undefined {
  return value === undefined ? undefined : { locUri, format, type: 'text/plain', value };
}

function octets(locUri: string, value: Uint8Array | undefined): TndsNode | undefined {
  return value && { locUri, format: 'bin', type: 'application/octet-stream', value };
}

function present(nodes: readonly (TndsNode | undefined)[]): TndsNode[] {
  return nodes.filter((node) => node !== undefined);
}

function nameOf({ accountName, serverId }: BootstrapAccount): string {
  return accountName ?? serverId;
}

/** The port that the address names or that is usual for it, unless the account has one of its own. */
export function portOf({ port, address }: BootstrapAccount): number {
  if (port !== undefined) return port;
  const url = new URL(address);
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

/** Everything but the characters of XML 1.0, section 2.2, without line ends: each of these is one line. */
const NOT_ONE_LINE = /[^\t\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** @throws BootstrapAccountError for the first field that cannot be written down, in whichever profile */
export function checkBootstrapAccount(account: BootstrapAccount): void {
  const { serverId, name, address, port, connection, client, server } = account;
  const texts = {
    serverId,
    address,
    'client.username': client.username,
    'client.password': client.password,
    'server.password': server.password,
  };
  for (const [field, value] of Object.entries(texts)) line(field, value);
  if (name !== undefined) line('name', name);
  if (connection !== undefined) line('connection', connection);
  // In an access list these would end or join server ids (OMA-TS-DM_TND-V1_2_1, 7.7.1).
  if (/[\s=&*+]/.test(serverId)) throw new BootstrapAccountError('serverId', 'may hold no blanks and none of = & * +');
  const accountName = nameOf(account);
  const field = account.accountName === undefined ? 'serverId' : 'accountName';
  const fault = /[/?]/.test(accountName) ? 'is one segment of a LocURI' : locUriFault(`./DMAcc/${accountName}`, 'Get');
  if (fault !== undefined) throw new BootstrapAccountError(field, fault);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new BootstrapAccountError('address', 'is a URL of http or https');
  }
  if (url.username !== '' || url.password !== '') throw new BootstrapAccountError('address', 'holds no credentials');
  if (port === undefined) return;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new BootstrapAccountError('port', 'is 1 to 65535');
  if (url.port !== '' && Number(url.port) !== port) {
    throw new BootstrapAccountError('port', 'contradicts the port in the address');
  }
}

function line(field: string, value: string): void {
  if (value === '') throw new BootstrapAccountError(field, 'is empty');
  if (NOT_ONE_LINE.test(value))
    throw new BootstrapAccountError(field, 'has a character that XML cannot carry in a line');
}
