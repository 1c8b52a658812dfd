import { characteristicsOf, parmValue } from '../../provisioning/cp/parms.ts';
import { parseTnds } from '../../provisioning/tnds.ts';
import { TndsError } from '../../provisioning/tnds-node.ts';
import type { CredentialKind } from '../../syncml/credential-kind.ts';
import { parseMessage } from '../../syncml/parse-message.ts';
import { SyncmlError } from '../../syncml/syncml-error.ts';
import type { Element } from '../../wire/element.ts';
import {
  PUSH_SECURITY,
  type PushSecurity,
  pushMacKey,
  userPinWithMac,
  verifyBootstrapMac,
} from '../../wire/wap/push-mac.ts';
import { WapError } from '../../wire/wap/wap-error.ts';
import { WSP_MEDIA, WSP_PARAMETER, type WspPush } from '../../wire/wap/wsp-push.ts';
import { decodeWbxml } from '../../wire/wbxml/decode-wbxml.ts';
import { WbxmlError } from '../../wire/wbxml/wbxml-error.ts';

/** What the device knows of its subscriber, and what its user has been told. */
export interface BootstrapTrust {
  readonly imsi?: string;
  /** What the user types when asked for the PIN; with USERPINMAC the PIN and the digits after it. */
  readonly pin?: string;
  /** Takes documents without a MAC, too. */
  readonly takesUnproven?: boolean;
}

/** The account that a bootstrap has brought. */
export interface ReceivedAccount {
  readonly serverId: string;
  readonly address: string;
  readonly auth: CredentialKind;
  readonly client: { readonly username: string; readonly password: string; readonly nonce?: Uint8Array };
  readonly server: { readonly password: string; readonly nonce?: Uint8Array };
  /** Connections that came with it, by the name the account uses. */
  readonly connection?: string;
  /** It asks for a session at once. */
  readonly opensSession: boolean;
}

/** A bootstrap that this device does not take. */
export class BootstrapRefusal extends Error {
  override readonly name = 'BootstrapRefusal';
}

const MEDIA = new Map<number | string, 'cp' | 'dm'>([
  [WSP_MEDIA.connectivityWbxml, 'cp'],
  ['text/vnd.wap.connectivity-xml', 'cp'],
  ['application/vnd.wap.connectivity-wbxml', 'cp'],
  [WSP_MEDIA.syncmlDmWbxml, 'dm'],
  ['application/vnd.syncml.dm+wbxml', 'dm'],
]);

/**
 * Reads the account out of a pushed bootstrap document, OMA CP or DM, once its MAC has shown that the sender knows the
 * IMSI, the PIN or both.
 *
 * @returns undefined when the push is none
 * @throws BootstrapRefusal when it is not proven, or has no account that can be used
 */
export function readBootstrap(push: WspPush, trust: BootstrapTrust): ReceivedAccount | undefined {
  const profile = MEDIA.get(push.contentType.media);
  if (profile === undefined) return undefined;
  verify(push, trust);
  try {
    return profile === 'cp' ? fromCp(decodeWbxml(push.body).root) : fromMessage(push.body);
  } catch (error) {
    if (error instanceof WbxmlError || error instanceof SyncmlError || error instanceof TndsError) {
      throw new BootstrapRefusal(`the bootstrap document cannot be read: ${error.message}`);
    }
    throw error;
  }
}

function verify({ contentType, body }: WspPush, trust: BootstrapTrust): void {
  const parameter = (name: number) => contentType.parameters.find((one) => one.name === name)?.value;
  const sec = parameter(WSP_PARAMETER.sec);
  const mac = parameter(WSP_PARAMETER.mac);
  if (sec === undefined) {
    if (trust.takesUnproven === true) return;
    throw new BootstrapRefusal('a bootstrap without a MAC');
  }
  const method = (Object.keys(PUSH_SECURITY) as PushSecurity[]).find((name) => PUSH_SECURITY[name] === sec);
  if (method === undefined) throw new BootstrapRefusal(`a bootstrap with the unknown SEC ${sec}`);
  try {
    if (method === 'userPinMac') {
      const typed = trust.pin ?? '';
      const pin = typed.slice(0, typed.length / 2);
      if (typed === '' || userPinWithMac(pin, body) !== typed) throw new BootstrapRefusal('the PIN does not fit');
      return;
    }
    const secret = {
      ...(trust.imsi !== undefined && { imsi: trust.imsi }),
      ...(trust.pin !== undefined && { userPin: trust.pin }),
    };
    if (verifyBootstrapMac(String(mac ?? ''), pushMacKey(method, secret), body)) return;
  } catch (error) {
    if (!(error instanceof WapError)) throw error;
    throw new BootstrapRefusal(`the MAC of a bootstrap cannot be verified: ${error.message}`);
  }
  throw new BootstrapRefusal('the MAC of a bootstrap is wrong');
}

const AUTH_OF: Readonly<Record<string, CredentialKind>> = {
  BASIC: 'basic',
  DIGEST: 'md5',
  HMAC: 'hmac',
  'syncml:auth-basic': 'basic',
  'syncml:auth-md5': 'md5',
  'syncml:auth-MAC': 'hmac',
};

function fromCp(root: Element): ReceivedAccount {
  const application = characteristicsOf(root, 'APPLICATION').find((one) => parmValue(one, 'APPID') === 'w7');
  if (application === undefined) throw new BootstrapRefusal('the document has no DM account');
  const [address] = [...characteristicsOf(application, 'APPADDR'), application].map((one) => parmValue(one, 'ADDR'));
  const credentials = (level: string) => {
    const auth = characteristicsOf(application, 'APPAUTH').find((one) => parmValue(one, 'AAUTHLEVEL') === level);
    const nonce = auth && parmValue(auth, 'AAUTHDATA');
    return {
      type: auth && parmValue(auth, 'AAUTHTYPE'),
      username: auth && parmValue(auth, 'AAUTHNAME'),
      password: auth && parmValue(auth, 'AAUTHSECRET'),
      nonce: nonce === undefined ? undefined : new Uint8Array(Buffer.from(nonce, 'base64')),
    };
  };
  return whole({
    serverId: parmValue(application, 'PROVIDER-ID'),
    address,
    client: credentials('APPSRV'),
    server: credentials('CLIENT'),
    connection: parmValue(application, 'TO-NAPID'),
    opensSession: parmValue(application, 'INIT') !== undefined,
  });
}

/** The nodes of the account, whether each stands in an Item of its own or all in a tree for the inbox. */
function fromMessage(body: Uint8Array): ReceivedAccount {
  const message = parseMessage(decodeWbxml(body).root);
  const nodes = new Map<string, string | Uint8Array | undefined>();
  for (const command of message.commands) {
    if (command.name !== 'Add') continue;
    for (const { target, data } of command.items) {
      if (target === undefined) continue;
      if (target.uri !== './Inbox') {
        if (data === undefined || typeof data === 'string' || data instanceof Uint8Array) nodes.set(target.uri, data);
      } else if (data instanceof Uint8Array) {
        for (const { locUri, value } of parseTnds(decodeWbxml(data).root).nodes) nodes.set(locUri, value);
      }
    }
  }
  const at = [...nodes.keys()].find((locUri) => /^\.\/(?:SyncML\/)?DMAcc\/[^/]+$/.test(locUri));
  if (at === undefined) throw new BootstrapRefusal('the document has no DM account');
  const text = (name: string): string | undefined => {
    const value = nodes.get(`${at}/${name}`);
    return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
  };
  const octets = (name: string): Uint8Array | undefined => {
    const value = nodes.get(`${at}/${name}`);
    return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value;
  };
  if (at.startsWith('./SyncML/')) {
    const type = text('AuthPref');
    return whole({
      serverId: text('ServerId'),
      address: text('Addr'),
      client: { type, username: text('UserName'), password: text('ClientPW'), nonce: octets('ClientNonce') },
      server: { type, username: undefined, password: text('ServerPW'), nonce: octets('ServerNonce') },
      connection: text('ConRef'),
      opensSession: true,
    });
  }
  const credentials = (level: string) => {
    const node = [...nodes].find(([locUri, value]) => locUri.startsWith(`${at}/AppAuth/`) && value === level)?.[0];
    const under = node?.slice(at.length + 1).replace(/\/AAuthLevel$/, '') ?? '';
    return {
      type: text(`${under}/AAuthType`),
      username: text(`${under}/AAuthName`),
      password: text(`${under}/AAuthSecret`),
      nonce: octets(`${under}/AAuthData`),
    };
  };
  return whole({
    serverId: text('ServerID'),
    address: text('AppAddr/1/Addr'),
    client: credentials('CLCRED'),
    server: credentials('SRVCRED'),
    connection: text('PrefConRef'),
    opensSession: true,
  });
}

interface Found {
  readonly type: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly nonce: Uint8Array | undefined;
}

function whole(found: {
  readonly serverId: string | undefined;
  readonly address: string | undefined;
  readonly client: Found;
  readonly server: Found;
  readonly connection: string | undefined;
  readonly opensSession: boolean;
}): ReceivedAccount {
  const { serverId, address, client, server, connection, opensSession } = found;
  const auth = AUTH_OF[client.type ?? ''];
  const { username, password } = client;
  const isWhole = serverId && address && auth && username && password && server.password;
  if (!isWhole) throw new BootstrapRefusal('the account in the document lacks a part');
  return {
    serverId,
    address,
    auth,
    client: { username, password, ...(client.nonce && { nonce: client.nonce }) },
    server: { password: server.password, ...(server.nonce && { nonce: server.nonce }) },
    ...(connection !== undefined && { connection }),
    opensSession,
  };
}
