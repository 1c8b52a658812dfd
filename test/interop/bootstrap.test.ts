import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBootstrapDocument } from '../../src/provisioning/bootstrap-document.ts';
import { type BootstrapAccount, buildDmAccount, dmAccountNodes } from '../../src/provisioning/dm-account.ts';
import { expectedLeaves } from '../../src/provisioning/expected-leaves.ts';
import { parseTnds } from '../../src/provisioning/tnds.ts';
import type { AddCommand, Message } from '../../src/syncml/message.ts';
import { parseMessage } from '../../src/syncml/parse-message.ts';
import { bootstrapMac, pushMacKey } from '../../src/wire/wap/push-mac.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';

/** Bootstrap documents as libwbxml (Debian's libwbxml2-utils) reads them, and the key and MAC vectors of the fixtures. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootstrap-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(wbxml: Uint8Array): Message {
  const [input, output] = [join(folder, 'in.wbxml'), join(folder, 'out.xml')];
  writeFileSync(input, wbxml);
  try {
    execFileSync('wbxml2xml', ['-m', '0', '-k', '-o', output, input], { stdio: 'pipe', timeout: 10_000 });
  } catch (cause) {
    throw new Error('wbxml2xml failed; Debian has it in libwbxml2-utils', { cause });
  }
  return parseMessage(decodeXml(readFileSync(output)).root);
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
