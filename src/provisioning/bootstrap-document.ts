import { buildMessage } from '../syncml/build-message.ts';
import type { Item, Message } from '../syncml/message.ts';
import { TNDS_WBXML, TNDS_XML } from '../syncml/serialised-tree.ts';
import { VERSION_NAMES } from '../syncml/version.ts';
import { encodeWbxml } from '../wire/wbxml/encode-wbxml.ts';
import { encodeXml } from '../wire/xml/encode-xml.ts';
import { accessPointNodes } from './access-point-nodes.ts';
import type { AccessPoint } from './cp/access-point.ts';
import { type BootstrapAccount, BootstrapAccountError, buildDmAccount, dmAccountNodes } from './dm-account.ts';
import { buildTnds } from './tnds.ts';
import type { TndsNode } from './tnds-node.ts';

/**
 * - `commands`: an Add of every node. All that 1.1 knows, and what a session can send.
 * - `inbox`: one Add of the account as a serialised tree to `./Inbox`, as 1.2 has it
 *   (OMA-TS-DM_Bootstrap-V1_2, 5.4).
 */
export type BootstrapForm = 'commands' | 'inbox';

export interface BootstrapOptions {
  /** The device as it calls itself, e.g. `IMEI:493005100592800`; default `./`, whoever receives it. */
  readonly deviceId?: string;
  /** Default `inbox` for 1.2, `commands` for 1.1, which has no other. */
  readonly form?: BootstrapForm;
  /** Upper-case hexadecimal; default `1`. */
  readonly sessionId?: string;
  /** Set up in the same tree, for the account to use; only the inbox can bring one. */
  readonly accessPoint?: AccessPoint;
}

export interface BootstrapDocument {
  /** For people, files and devices that are handed one. */
  readonly xml: string;
  /** What is pushed, and what the MAC is made of (`wire/wap/push-mac.ts`). */
  readonly wbxml: Uint8Array;
}

const ANY_DEVICE = './';

/**
 * The plain profile's bootstrap document: an OMA DM message with the account (OMA-TS-DM_Bootstrap-V1_2, 5.4). It has no
 * credentials, for the device has none yet: its MAC, or the way it comes, is what makes it trusted.
 *
 * In the XML octets stand in base64. In the WBXML they are OPAQUE, and the serialised tree is WBXML inside WBXML.
 *
 * @throws BootstrapAccountError for an account that cannot be written down; `form` when 1.1 is to use the inbox,
 *   `connection` when an access point has no place in the form
 */
export function buildBootstrapDocument(given: BootstrapAccount, options: BootstrapOptions = {}): BootstrapDocument {
  const { version } = given;
  const { form = version === '1.2' ? 'inbox' : 'commands', accessPoint } = options;
  if (form === 'inbox' && version !== '1.2') throw new BootstrapAccountError('form', 'DM 1.1 has no inbox');
  if (form !== 'inbox' && accessPoint !== undefined) {
    throw new BootstrapAccountError('connection', 'has no standardised object here; name one that the device has');
  }
  const access = accessPoint && accessPointNodes(accessPoint, given.serverId);
  const account = access === undefined ? given : { ...given, connection: access.reference };
  const nodes = [...(access?.nodes ?? []), ...dmAccountNodes(account)];
  const command = buildDmAccount(account);
  const message = (encoding: 'xml' | 'wbxml'): Message => ({
    header: {
      verDtd: VERSION_NAMES[version].verDtd,
      verProto: VERSION_NAMES[version].verProto,
      sessionId: options.sessionId ?? '1',
      msgId: '1',
      target: { uri: options.deviceId ?? ANY_DEVICE },
      source: { uri: account.serverId },
    },
    commands: [{ ...command, ...(form === 'inbox' && { items: [inboxItem(nodes, encoding)] }), cmdId: '1' }],
    final: true,
  });
  return {
    xml: encodeXml(buildMessage(message('xml'), 'xml')),
    wbxml: encodeWbxml(buildMessage(message('wbxml'), 'wbxml'), { language: `syncml-${version}` }),
  };
}

function inboxItem(nodes: readonly TndsNode[], encoding: 'xml' | 'wbxml'): Item {
  const target = { uri: './Inbox' };
  const tree = buildTnds(nodes, { encoding });
  return encoding === 'xml'
    ? { target, meta: { format: 'xml', type: TNDS_XML }, data: { elements: [tree] } }
    : { target, meta: { format: 'bin', type: TNDS_WBXML }, data: encodeWbxml(tree, { language: 'dm-ddf-1.2' }) };
}
