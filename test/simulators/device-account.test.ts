import { describe, expect, it } from 'vitest';
import { buildDmAccount, dmAccountNodes } from '../../src/provisioning/dm-account.ts';
import type { PackageCommand } from '../../src/provisioning/package-command.ts';
import { DmMessages } from '../../src/services/dm-messages.ts';
import type { WalkPlan } from '../../src/session/tree-plan.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { parseContentType } from '../../src/syncml/media-type.ts';
import { isSecretNode } from '../../src/syncml/secret-nodes.ts';
import { MemorySessionStore } from '../fakes/memory-session-store.ts';

const DEVICE = 'IMEI:490154203237518';
const SECRETS = ['phone-secret', 'our-secret'];

function serverWithDevice(dmVersion: '1.1' | '1.2', encoding: 'wbxml' | 'xml') {
  const sessions = new MemorySessionStore();
  const account = {
    client: { username: 'user', password: 'client-pw', nonce: Buffer.from('agreed') },
    server: { password: 'server-pw', nonce: Buffer.from('agreed') },
  };
  sessions.addDevice(DEVICE, { auth: 'md5', ...account });
  let count = 0;
  const silent = (): void => {};
  const server = new DmMessages(
    {
      sessions,
      clock: { now: () => new Date() },
      entropy: { bytes: (length) => Buffer.alloc(length, ++count), id: () => `id-${++count}` },
      metrics: { messageHandled: silent, sessionOpened: silent, sessionClosed: silent, deliveryEnded: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    },
    { serverId: 'omadm', maxMsgSize: 65_536, maxObjSize: 262_144 },
  );
  const device = new VirtualDevice({
    deviceId: DEVICE,
    serverUrl: 'http://server/dm',
    client: account.client,
    server: { id: 'omadm', ...account.server },
    auth: 'md5',
    dmVersion,
    encoding,
    transport: async ({ contentType, body }) => {
      const type = parseContentType(contentType);
      if (type === undefined) throw new Error(`no SyncML type: ${contentType}`);
      const answer = await server.handle({ ...type, body });
      if (answer.kind !== 'reply') throw new Error(answer.reason);
      return { status: 200, ...answer.reply };
    },
  });
  return { sessions, device };
}

const WALK: WalkPlan = {
  kind: 'discovery',
  root: '.',
  limits: { depth: 32, nodes: 500, messages: 50 },
  properties: [],
  lists: ['TNDS', 'StructData'],
  asks: ['.'],
  nodes: 1,
  messages: 0,
  cut: {},
  refused: [],
  refusals: 0,
};

const ways = (['1.1', '1.2'] as const).flatMap((version) =>
  (['wbxml', 'xml'] as const).map((encoding) => ({ version, encoding })),
);

describe.each(ways)('the DM account of a DM/$version device that speaks $encoding', ({ version, encoding }) => {
  it('is written and read node by node, and its secrets show nowhere', async () => {
    const { sessions, device } = serverWithDevice(version, encoding);
    const account = {
      version,
      serverId: 'other.example.com',
      address: 'https://dm.example.com/dm',
      auth: 'md5' as const,
      client: { username: 'phone', password: 'phone-secret' },
      server: { password: 'our-secret' },
    };
    const nodes = dmAccountNodes(account);
    const leaves = nodes.filter(({ format }) => format !== 'node');
    const add = buildDmAccount(account);
    const write: PackageCommand[] = [{ name: 'Add', line: 1, items: add.items as never }];
    const read: PackageCommand[] = leaves.map(({ locUri }) => ({
      name: 'Get',
      line: 1,
      items: [{ target: { uri: locUri } }],
    }));
    sessions.queue(DEVICE, 'write', write);
    sessions.queue(DEVICE, 'read', read);
    sessions.queue(DEVICE, 'walk', [], { plan: WALK });
    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    for (const id of ['write', 'read', 'walk']) expect(sessions.delivery(id)).toMatchObject({ state: 'succeeded' });

    const held = device.tree.leaves();
    const known = sessions.devices.get(DEVICE)?.nodes;
    const results = [...sessions.delivery('read').results.values()];
    for (const { locUri, value } of leaves) {
      expect([locUri, held.get(locUri)?.value]).toEqual([locUri, value ?? '']);
      const seen = isSecretNode(locUri) ? undefined : (value ?? '');
      expect([locUri, known?.get(locUri)?.value]).toEqual([locUri, seen]);
      expect([locUri, results.find((one) => one.locUri === locUri)?.data]).toEqual([locUri, seen]);
    }
    expect(leaves.filter(({ locUri }) => isSecretNode(locUri)).length).toBeGreaterThanOrEqual(2);
    const kept = JSON.stringify([known === undefined ? [] : [...known], results, sessions.delivery('walk')]);
    const log = Buffer.concat(sessions.log.map(({ masked }) => masked)).toString('latin1');
    for (const secret of SECRETS) {
      expect(kept).not.toContain(secret);
      expect(log).not.toContain(secret);
      expect(log).not.toContain(Buffer.from(secret).toString('base64'));
    }
  });
});
