import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildBootstrapDocument } from '../../src/provisioning/bootstrap-document.ts';
import { buildCpBootstrap, type CpBootstrapOptions } from '../../src/provisioning/cp/cp-bootstrap.ts';
import { type BootstrapAccount, buildDmAccount, dmAccountNodes } from '../../src/provisioning/dm-account.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { parseTnds } from '../../src/provisioning/tnds.ts';
import { SECURITY_METHODS, type SecurityName } from '../../src/services/push-security.ts';
import type { AddCommand, Message } from '../../src/syncml/message.ts';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { bootstrapMac, bootstrapPush, pushMacKey } from '../../src/wire/wap/push-mac.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { encodeWspPush } from '../../src/wire/wap/wsp-push.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { runLibwbxml } from './run-libwbxml.ts';

/** Bootstrap documents as libwbxml (Debian's libwbxml2-utils) reads them, and the key and MAC vectors of the fixtures. */
function read(wbxml: Uint8Array): Message {
  return parseMessage(decodeXml(runLibwbxml('wbxml2xml', ['-m', '0', '-k'], wbxml)).root);
}

const account: BootstrapAccount = {
  version: '1.1',
  serverId: 'omadm',
  address: 'http://dm.test/dm',
  auth: 'md5',
  client: { username: 'phone', password: 'p<w&1' },
  server: { password: 's3cret' },
};

describe('libwbxml reads a bootstrap document', () => {
  it('of 1.1 as the Add of every node that it is', () => {
    const { wbxml } = buildBootstrapDocument(account);
    expect(expectedLeaves(read(wbxml).commands as AddCommand[])).toEqual(expectedLeaves([buildDmAccount(account)]));
  });

  it('of 1.2 with the serialised tree inside, which it takes for one', () => {
    const account12: BootstrapAccount = { ...account, version: '1.2' };
    const item = (read(buildBootstrapDocument(account12).wbxml).commands[0] as AddCommand).items[0];
    const data = item?.data;
    if (typeof data !== 'object' || !('elements' in data) || data.elements[0] === undefined) throw new Error('no tree');
    const leaves = (nodes: ReturnType<typeof dmAccountNodes>) =>
      new Map(nodes.filter(({ format }) => format !== 'node').map((node) => [node.locUri, node.value]));
    expect(leaves([...parseTnds(data.elements[0]).nodes])).toEqual(leaves(dmAccountNodes(account12)));
  });
});

describe('libwbxml and a CP bootstrap document', () => {
  const options = {
    accessPoint: { name: 'Internet', apn: 'internet.test', auth: { type: 'PAP', username: 'a', password: 'b' } },
    rootCertificates: [Uint8Array.from({ length: 60 }, (_, n) => n)],
    microsoft: { role: 8, backwardRetryDisabled: true },
  } as const;
  const documents: [string, Partial<BootstrapAccount>, CpBootstrapOptions][] = [
    ['of an account alone', {}, {}],
    ['of Basic credentials', { auth: 'basic' }, {}],
    ['of HMAC', { auth: 'hmac', name: 'Zürich' }, {}],
    ['with all there is', { name: 'Acme & sons' }, options],
  ];

  it.each(documents)('make the same octets of one %s', (_, change, more) => {
    const { xml, wbxml } = buildCpBootstrap({ ...account, ...change }, more);
    // With white space between the elements left out, which is for people.
    const theirs = runLibwbxml('xml2wbxml', ['-v', '1.3', '-n'], xml.replace(/>\n\s*</g, '><'));
    expect(Buffer.from(wbxml).toString('hex')).toBe(theirs.toString('hex'));
  });

  it.each(documents)('read the same document from our octets of one %s', (_, change, more) => {
    const { xml, wbxml } = buildCpBootstrap({ ...account, ...change }, more);
    expect(decodeXml(runLibwbxml('wbxml2xml', ['-m', '0', '-k'], wbxml)).root).toEqual(decodeXml(xml).root);
  });
});

describe('the push of a bootstrap document', () => {
  it('is, with the body of the fixtures, the one that Kannel sends', () => {
    const path = new URL('../../../shared/fixtures/cp-push/vectors.json', import.meta.url);
    const vectors = JSON.parse(readFileSync(path, 'utf8'));
    const secret = { imsi: vectors.imsi as string, userPin: vectors.userPin as string };
    const body = Buffer.from(vectors.bodyHex, 'hex');
    for (const { sec, secByteHex, mac } of vectors.macs as {
      sec: SecurityName;
      secByteHex: string;
      mac: string;
    }[]) {
      const method = SECURITY_METHODS[sec];
      if (method === undefined) throw new Error(`no such security: ${sec}`);
      const push = encodeWspPush(bootstrapPush(1, 'connectivityWbxml', method, secret, body));
      const ascii = Buffer.from(mac, 'latin1').toString('hex');
      const head = `${vectors.wsp.pushHex}${vectors.wsp.headersLengthHex}1f2db691${secByteHex}92${ascii}00`;
      expect(Buffer.from(push).toString('hex')).toBe(head + vectors.bodyHex);
      const [only, ...more] = segmentSms(push, { destinationPort: 2948, sourcePort: 2948, reference: 7 });
      expect(more).toEqual([]);
      expect(Buffer.from(only?.udh ?? []).toString('hex')).toBe(vectors.sms.udhSinglePartHex);
    }
  });
});

describe('the MAC of a bootstrap push', () => {
  it('is that of every vector of the fixtures', () => {
    const path = new URL('../../../shared/fixtures/cp-push/vectors.json', import.meta.url);
    const vectors = JSON.parse(readFileSync(path, 'utf8'));
    const secret = { imsi: vectors.imsi as string, userPin: vectors.userPin as string };
    const methods = { NETWPIN: 'netwPin', USERPIN: 'userPin', USERNETWPIN: 'userNetwPin' } as const;
    const macs = vectors.macs as { sec: keyof typeof methods; keyHex: string; mac: string }[];
    expect(macs.length).toBeGreaterThanOrEqual(3);
    for (const { sec, keyHex, mac } of macs) {
      const key = pushMacKey(methods[sec], secret);
      expect(Buffer.from(key).toString('hex')).toBe(keyHex);
      expect(bootstrapMac(key, Buffer.from(vectors.bodyHex, 'hex'))).toBe(mac);
    }
  });
});
