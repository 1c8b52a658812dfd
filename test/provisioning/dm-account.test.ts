import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BootstrapOptions, buildBootstrapDocument } from '../../src/provisioning/bootstrap-document.ts';
import {
  type BootstrapAccount,
  BootstrapAccountError,
  buildDmAccount,
  dmAccountNodes,
} from '../../src/provisioning/dm-account.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { parseTnds } from '../../src/provisioning/tnds.ts';
import type { TndsNode } from '../../src/provisioning/tnds-node.ts';
import type { AddCommand } from '../../src/syncml/message.ts';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { isSecretNode } from '../../src/syncml/secret-nodes.ts';
import { decodeWbxml } from '../../src/wire/wbxml/decode-wbxml.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { ACCESS_POINT } from './cp-documents.ts';

const account: BootstrapAccount = {
  version: '1.1',
  accountName: 'acme',
  serverId: 'omadm',
  name: 'Acme',
  address: 'https://dm.test:8443/dm',
  connection: './SyncML/Con/gprs',
  auth: 'md5',
  client: { username: 'phone', password: 'p<w&1', nonce: Uint8Array.of(1, 2) },
  server: { password: 's3cret', nonce: Uint8Array.of(0, 255) },
};
const account12: BootstrapAccount = { ...account, version: '1.2', connection: 'internet' };

const values = (of: BootstrapAccount) => dmAccountNodes(of).map(({ locUri, format, value }) => [locUri, format, value]);

function add(of: BootstrapAccount, encoding: 'xml' | 'wbxml', options?: BootstrapOptions): AddCommand {
  const { xml, wbxml } = buildBootstrapDocument(of, options);
  const message = parseMessage(encoding === 'xml' ? decodeXml(xml).root : decodeWbxml(wbxml).root);
  expect(message.final).toBe(true);
  expect(message.header.cred).toBeUndefined();
  expect(message.header.source).toEqual({ uri: of.serverId });
  expect(message.commands).toHaveLength(1);
  return message.commands[0] as AddCommand;
}

/** The tree that stands in the one Item of a document for the inbox. */
function inboxTree(command: AddCommand): readonly TndsNode[] {
  const item = command.items[0];
  if (item?.target?.uri !== './Inbox' || item.data === undefined || typeof item.data === 'string')
    throw new Error('no tree');
  if (item.data instanceof Uint8Array) {
    expect(item.meta).toEqual({ format: 'bin', type: 'application/vnd.syncml.dmtnds+wbxml' });
    return parseTnds(decodeWbxml(item.data).root).nodes;
  }
  expect(item.meta).toEqual({ format: 'xml', type: 'application/vnd.syncml.dmtnds+xml' });
  const [root] = item.data.elements;
  if (root === undefined) throw new Error('no tree');
  return parseTnds(root).nodes;
}

describe('the DM account', () => {
  it('has the nodes of the 1.1.2 standardised object', () => {
    expect(values(account)).toEqual([
      ['./SyncML/DMAcc/acme', 'node', undefined],
      ['./SyncML/DMAcc/acme/Addr', 'chr', 'https://dm.test:8443/dm'],
      ['./SyncML/DMAcc/acme/AddrType', 'chr', '1'],
      ['./SyncML/DMAcc/acme/PortNbr', 'chr', '8443'],
      ['./SyncML/DMAcc/acme/ConRef', 'chr', './SyncML/Con/gprs'],
      ['./SyncML/DMAcc/acme/ServerId', 'chr', 'omadm'],
      ['./SyncML/DMAcc/acme/ServerPW', 'chr', 's3cret'],
      ['./SyncML/DMAcc/acme/ServerNonce', 'bin', Uint8Array.of(0, 255)],
      ['./SyncML/DMAcc/acme/UserName', 'chr', 'phone'],
      ['./SyncML/DMAcc/acme/ClientPW', 'chr', 'p<w&1'],
      ['./SyncML/DMAcc/acme/ClientNonce', 'bin', Uint8Array.of(1, 2)],
      ['./SyncML/DMAcc/acme/AuthPref', 'chr', 'syncml:auth-md5'],
      ['./SyncML/DMAcc/acme/Name', 'chr', 'Acme'],
    ]);
  });

  it('has the nodes of the 1.2 standardised object, and the rights of the server on it', () => {
    const at = './DMAcc/acme';
    expect(dmAccountNodes(account12)[0]).toEqual({
      locUri: at,
      format: 'node',
      ddfName: 'urn:oma:mo:oma-dm-dmacc:1.0',
      acl: 'Get=omadm&Replace=omadm&Delete=omadm',
    });
    expect(values(account12).slice(1)).toEqual([
      [`${at}/AppID`, 'chr', 'w7'],
      [`${at}/ServerID`, 'chr', 'omadm'],
      [`${at}/Name`, 'chr', 'Acme'],
      [`${at}/PrefConRef`, 'chr', 'internet'],
      [`${at}/AppAddr`, 'node', undefined],
      [`${at}/AppAddr/1`, 'node', undefined],
      [`${at}/AppAddr/1/Addr`, 'chr', 'https://dm.test:8443/dm'],
      [`${at}/AppAddr/1/AddrType`, 'chr', 'URI'],
      [`${at}/AppAddr/1/Port`, 'node', undefined],
      [`${at}/AppAddr/1/Port/1`, 'node', undefined],
      [`${at}/AppAddr/1/Port/1/PortNbr`, 'chr', '8443'],
      [`${at}/AAuthPref`, 'chr', 'DIGEST'],
      [`${at}/AppAuth`, 'node', undefined],
      [`${at}/AppAuth/CLCRED`, 'node', undefined],
      [`${at}/AppAuth/CLCRED/AAuthLevel`, 'chr', 'CLCRED'],
      [`${at}/AppAuth/CLCRED/AAuthType`, 'chr', 'DIGEST'],
      [`${at}/AppAuth/CLCRED/AAuthName`, 'chr', 'phone'],
      [`${at}/AppAuth/CLCRED/AAuthSecret`, 'chr', 'p<w&1'],
      [`${at}/AppAuth/CLCRED/AAuthData`, 'bin', Uint8Array.of(1, 2)],
      [`${at}/AppAuth/SRVCRED`, 'node', undefined],
      [`${at}/AppAuth/SRVCRED/AAuthLevel`, 'chr', 'SRVCRED'],
      [`${at}/AppAuth/SRVCRED/AAuthType`, 'chr', 'DIGEST'],
      [`${at}/AppAuth/SRVCRED/AAuthName`, 'chr', 'omadm'],
      [`${at}/AppAuth/SRVCRED/AAuthSecret`, 'chr', 's3cret'],
      [`${at}/AppAuth/SRVCRED/AAuthData`, 'bin', Uint8Array.of(0, 255)],
    ]);
  });

  it('leaves out what is not known and takes the port from the address', () => {
    const least = { serverId: 'omadm', address: 'http://dm.test/', auth: 'basic' } as const;
    const secrets = { client: { username: 'u', password: 'c' }, server: { password: 's' } };
    const leaf = (version: '1.1' | '1.2', address: string, port?: number) =>
      dmAccountNodes({ ...least, ...secrets, version, address, ...(port === undefined ? {} : { port }) }).find((node) =>
        node.locUri.endsWith('/PortNbr'),
      )?.value;
    expect(leaf('1.1', 'http://dm.test/')).toBe('80');
    expect(leaf('1.2', 'https://dm.test/')).toBe('443');
    expect(leaf('1.2', 'https://dm.test/', 8443)).toBe('8443');
    expect(values({ ...least, ...secrets, version: '1.1' }).map(([uri]) => String(uri).replace(/.*\//, ''))).toEqual([
      'omadm',
      'Addr',
      'AddrType',
      'PortNbr',
      'ServerId',
      'ServerPW',
      'UserName',
      'ClientPW',
      'AuthPref',
    ]);
  });

  it.each([
    ['basic', 'syncml:auth-basic', 'BASIC'],
    ['md5', 'syncml:auth-md5', 'DIGEST'],
    ['hmac', 'syncml:auth-MAC', 'HMAC'],
  ] as const)('asks for %s from the first message on', (auth, in11, in12) => {
    const pref = (of: BootstrapAccount) =>
      dmAccountNodes({ ...of, auth }).find(({ locUri }) => /AAuthPref$|AuthPref$/.test(locUri));
    expect(pref(account)?.value).toBe(in11);
    expect(pref(account12)?.value).toBe(in12);
  });

  it('keeps every secret in a node whose values are masked', () => {
    for (const of of [account, account12]) {
      const secrets = [of.client.password, of.server.password, of.client.nonce, of.server.nonce];
      const holders = dmAccountNodes(of).filter(
        ({ value }) => value !== undefined && secrets.includes(value as string),
      );
      expect(holders).toHaveLength(4);
      for (const { locUri } of holders) expect(isSecretNode(locUri)).toBe(true);
    }
  });

  it.each<[string, Partial<BootstrapAccount>, string]>([
    ['no server id', { serverId: '' }, 'serverId'],
    ['a server id that would widen an access list', { serverId: 'a+b' }, 'serverId'],
    ['a server id with a blank', { serverId: 'a b' }, 'serverId'],
    ['an account name that is a path', { accountName: 'a/b' }, 'accountName'],
    ['an account name that climbs', { accountName: '..' }, 'accountName'],
    ['an account name with a query', { accountName: 'a?prop=ACL' }, 'accountName'],
    ['an address that is none', { address: 'dm.test' }, 'address'],
    ['an address of another kind', { address: 'ftp://dm.test/' }, 'address'],
    ['an address with credentials', { address: 'http://u:hunter2@dm.test/' }, 'address'],
    ['a port that is none', { port: 0 }, 'port'],
    ['a port too high', { port: 65_536 }, 'port'],
    ['a port that is no whole number', { port: 80.5 }, 'port'],
    ['two ports', { port: 443 }, 'port'],
    ['an empty user name', { client: { username: '', password: 'hunter2' } }, 'client.username'],
    ['a password XML cannot carry', { client: { username: 'u', password: 'hunter2\0' } }, 'client.password'],
    ['a password of two lines', { server: { password: 'hunter2\n' } }, 'server.password'],
    ['an empty name', { name: '' }, 'name'],
    ['a lone surrogate', { connection: '\ud800' }, 'connection'],
  ])('refuses %s and says where', (_, change, field) => {
    for (const of of [account, account12]) {
      expect(() => buildBootstrapDocument({ ...of, ...change })).toThrow(
        expect.objectContaining({ name: 'BootstrapAccountError', field }),
      );
      expect(() => buildDmAccount({ ...of, ...change })).toThrow(expect.not.objectContaining({ message: /hunter2/ }));
    }
  });
});

describe('the bootstrap document of the plain profile', () => {
  it('is an Add of every node in 1.1, the same in XML and WBXML', () => {
    const { header } = parseMessage(decodeXml(buildBootstrapDocument(account).xml).root);
    expect(header).toMatchObject({
      verDtd: '1.1',
      verProto: 'DM/1.1',
      sessionId: '1',
      msgId: '1',
      target: { uri: './' },
    });
    const leaves = expectedLeaves([buildDmAccount(account)]);
    expect(leaves.get('./SyncML/DMAcc/acme/ClientNonce')).toEqual({ value: 'AQI=', format: 'bin' });
    expect(expectedLeaves([add(account, 'xml')]).size).toBe(leaves.size);
    expect(expectedLeaves([add(account, 'wbxml')])).toEqual(leaves);
    expect(add(account, 'xml').items[7]).toEqual({
      target: { uri: './SyncML/DMAcc/acme/ServerNonce' },
      meta: { format: 'b64' },
      data: 'AP8=',
    });
  });

  it('is a serialised tree for the inbox in 1.2, the same in XML and WBXML', () => {
    const { xml } = buildBootstrapDocument(account12, { deviceId: 'IMEI:493005100592800', sessionId: 'A1' });
    const { header } = parseMessage(decodeXml(xml).root);
    expect(header).toMatchObject({ verProto: 'DM/1.2', sessionId: 'A1', target: { uri: 'IMEI:493005100592800' } });
    const byLocUri = (nodes: readonly TndsNode[]) => nodes.toSorted((a, b) => (a.locUri < b.locUri ? -1 : 1));
    const expected = byLocUri(dmAccountNodes(account12));
    expect(byLocUri(inboxTree(add(account12, 'xml')))).toEqual(expected);
    expect(byLocUri(inboxTree(add(account12, 'wbxml')))).toEqual(expected);
  });

  it('can be an Add of every node in 1.2 too, while 1.1 has no inbox', () => {
    expect(expectedLeaves([add(account12, 'wbxml', { form: 'commands' })])).toEqual(
      expectedLeaves([buildDmAccount(account12)]),
    );
    expect(() => buildBootstrapDocument(account, { form: 'inbox' })).toThrow(
      expect.objectContaining({ field: 'form' }),
    );
  });

  it('brings an access point in the same tree, with rights of its own, and the account refers to it by the inbox', () => {
    const options = { accessPoint: { ...ACCESS_POINT, id: 'acme-nap' } };
    for (const encoding of ['xml', 'wbxml'] as const) {
      const nodes = inboxTree(add(account12, encoding, options));
      const node = (locUri: string) => nodes.find((one) => one.locUri === locUri);
      expect(node('./acme-nap')).toMatchObject({
        ddfName: 'urn:oma:mo:oma-connmo-nap:1.0',
        acl: 'Get=omadm&Replace=omadm&Delete=omadm',
      });
      expect(node('./DMAcc/acme')?.acl).toBe('Get=omadm&Replace=omadm&Delete=omadm');
      expect(node('./DMAcc/acme/PrefConRef')?.value).toBe('./Inbox/acme-nap');
      expect(node('./acme-nap/Addr')?.value).toBe('internet.operator.test');
      expect(node('./acme-nap/AuthInfo/AuthSecret')?.value).toBe('w3b');
    }
  });

  it('says that it has no place for an access point where it has none', () => {
    const accessPoint = ACCESS_POINT;
    expect(() => buildBootstrapDocument(account, { accessPoint })).toThrow(
      expect.objectContaining({ field: 'connection' }),
    );
    expect(() => buildBootstrapDocument(account12, { accessPoint: { ...accessPoint, id: 'a/b' } })).toThrow(
      expect.objectContaining({ field: 'connection.id' }),
    );
  });

  it('with all there is fits into seven short messages in 1.1 and eleven in 1.2', () => {
    const parts = (of: BootstrapAccount) => Math.ceil((buildBootstrapDocument(of).wbxml.length + 60) / 128);
    expect([parts(account), parts(account12)]).toEqual([7, 11]);
  });

  it('is made or refused with its own error, whatever the account', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('x', 'http://a/', 'https://b:1/c', '..', ''));
    const party = fc.record({ username: text, password: text, nonce: fc.uint8Array({ maxLength: 20 }) });
    fc.assert(
      fc.property(
        fc.record(
          {
            version: fc.constantFrom('1.1' as const, '1.2' as const),
            serverId: text,
            address: fc.oneof(text, fc.webUrl()),
            auth: fc.constantFrom('basic' as const, 'md5' as const, 'hmac' as const),
            client: party,
            server: party,
            accountName: text,
            name: text,
            connection: text,
            port: fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.double()),
          },
          { requiredKeys: ['version', 'serverId', 'address', 'auth', 'client', 'server'] },
        ),
        (of) => {
          try {
            add(of, 'xml');
            add(of, 'wbxml', { form: 'commands' });
          } catch (error) {
            if (!(error instanceof BootstrapAccountError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
