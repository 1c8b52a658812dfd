import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemEntropy } from '../../src/adapters/secrets/system-entropy.ts';
import { SmppLink } from '../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../src/adapters/smpp/smpp-url.ts';
import type { PendingAccount } from '../../src/domain/device.ts';
import { otaPushDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import { buildPush, type PushPayload } from '../../src/provisioning/push/build-push.ts';
import { encodePushDocument, readPushDocument } from '../../src/provisioning/push/push-document.ts';
import type { PushKind } from '../../src/provisioning/push/push-kinds.ts';
import { Bootstrap, type BootstrapOrder } from '../../src/services/bootstrap.ts';
import type { ClaimedPush } from '../../src/services/ports/push-outbox.ts';
import { renderPush } from '../../src/services/render-push.ts';
import { startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { parsePackage0 } from '../../src/wire/wap/package0.ts';
import { bootstrapMac, pushMacKey } from '../../src/wire/wap/push-mac.ts';
import { decodeWspPush, WSP_PARAMETER } from '../../src/wire/wap/wsp-push.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { FixedClock } from '../fakes/fixed-clock.ts';
import { MemoryBootstrapStore } from '../fakes/memory-bootstrap-store.ts';
import { MemoryDeviceStore } from '../fakes/memory-device-store.ts';
import { FULL_SETTINGS } from '../provisioning/ota-samples.ts';
import { PUSH_SAMPLES } from '../provisioning/push-samples.ts';
import { InMemoryPushOutbox } from '../services/push-outbox-in-memory.ts';
import { pcapOf, type Recorded, recordingRelay, SMSC_PORT } from './capture.ts';

/*
 * What our link says to an SMSC, read by Wireshark's dissectors (Debian package tshark). The octets are recorded by a
 * relay between the two and written as a capture file, which needs no right to capture.
 */

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tshark-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Submits the pushes over a real link to the simulated SMSC and gives what went over the wire. */
async function record(pushes: readonly ClaimedPush[]): Promise<readonly Recorded[]> {
  const smsc = await startSmsc({ deliverWithoutHandset: true });
  const { port, recorded, close } = await recordingRelay(smsc.port);
  const link = new SmppLink(parseSmppUrl(`smpp://esme:pw@127.0.0.1:${port}?sourceAddr=1234`));
  const receipts: string[] = [];
  link.onReceipt(async ({ messageId }) => {
    receipts.push(messageId);
  });
  await new Promise<void>((resolve) => {
    link.onStateChange((state) => state === 'bound' && resolve());
  });
  let parts = 0;
  for (const push of pushes) {
    for (const segment of renderPush(push)) {
      parts += 1;
      expect((await link.submit({ destination: push.destination, ...segment })).kind).toBe('accepted');
    }
  }
  await expect.poll(() => receipts.length).toBe(parts);
  await link.close();
  await smsc.close();
  await close();
  return recorded;
}

/** What tshark says of the packets. */
async function tshark(recorded: readonly Recorded[], options: readonly string[]): Promise<string> {
  const file = join(folder, 'link.pcap');
  await writeFile(file, pcapOf(recorded));
  const { stdout } = await run('tshark', [
    ...['-r', file, '-d', `tcp.port==${SMSC_PORT},smpp`, '-o', 'gsm_sms_ud.port_number_udh_means_wsp:TRUE'],
    ...options,
  ]);
  return stdout;
}

/** The fields of the packets that match, one list of values a packet. */
async function dissect(recorded: readonly Recorded[], filter: string, fields: readonly string[]): Promise<string[][]> {
  const text = await tshark(recorded, [
    ...['-Y', filter, '-T', 'fields', '-E', 'separator=|'],
    ...fields.flatMap((field) => ['-e', field]),
  ]);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'));
}

/** What the service puts into the outbox. */
async function bootstrapPushOf(
  order: Omit<BootstrapOrder, 'deviceId'>,
): Promise<{ payload: Uint8Array; account: PendingAccount; partCount: number }> {
  const devices = new MemoryDeviceStore();
  const outbox = new InMemoryPushOutbox();
  const bootstraps = new MemoryBootstrapStore(devices, outbox);
  const clock = new FixedClock();
  const account = { auth: 'md5' as const, client: { username: 'u', password: 'p' }, server: { password: 's' } };
  const deviceId = 'IMEI:1';
  await devices.create({ id: '1', deviceId, msisdn: '1', imsi: '244051234567890', account, createdAt: clock.now() });
  const bootstrap = new Bootstrap(
    { devices, bootstraps, outbox, clock, entropy: new SystemEntropy() },
    { serverId: 'omadm', address: () => 'https://dm.test/dm', ttlMs: 1_000 },
  );
  const { partCount } = await bootstrap.start({ deviceId, ...order });
  const [started] = bootstraps.started;
  if (started === undefined) throw new Error('nothing was started');
  return { payload: started.push.content.payload, account: started.account, partCount };
}

const TRIGGER: ClaimedPush = {
  pushId: 'trigger',
  destination: '+491701234567',
  attempt: 1,
  acceptedParts: [],
  lane: '',
  refusedBy: [],
  kind: 'package0',
  sessionId: 0xbeef,
  uiMode: 1,
  account: { serverId: 'omadm', serverPassword: 'secret', serverNonce: Uint8Array.from([1, 2, 3]) },
};

function rawPush({ octets, destinationPort, sourcePort }: PushPayload): ClaimedPush {
  const { account, sessionId, uiMode, ...base } = TRIGGER as Extract<ClaimedPush, { kind: 'package0' }>;
  return { ...base, kind: 'raw', destinationPort, sourcePort, payload: octets };
}

describe('our link, read by tshark', () => {
  it('submits Package #0 as SMPP, user data header for port 2948, WSP push of a SyncML notification', async () => {
    const recorded = await record([TRIGGER]);
    const fields = {
      'smpp.command_id': '0x00000004',
      'smpp.destination_addr': '491701234567',
      'smpp.dest_addr_ton': '0x01',
      'smpp.dest_addr_npi': '0x01',
      'smpp.source_addr': '1234',
      'smpp.data_coding': '0x04',
      'smpp.esm.submit.features': '0x01',
      'smpp.regdel.receipt': '0x01',
      'gsm_sms.destination_port': '2948',
      'wsp.pdu_type': '0x06',
      'wsp.header.content_type': 'application/vnd.syncml.notification',
      'wsp.header.x_wap_application_id': 'x-wap-application:syncml.dm',
    };
    const [values] = await dissect(recorded, 'smpp.command_id == 0x00000004', Object.keys(fields));
    expect(values).toEqual(Object.values(fields));
  });

  it('hands tshark the octets of the trigger as they were built', async () => {
    const recorded = await record([TRIGGER]);
    const [[octets = ''] = []] = await dissect(recorded, 'smpp.command_id == 0x00000004', ['media.type']);
    expect(parsePackage0(Buffer.from(octets.replaceAll(':', ''), 'hex'))).toMatchObject({
      sessionId: 0xbeef,
      serverId: 'omadm',
      version: '1.1',
      uiMode: 1,
      initiator: 1,
    });
  });

  it('submits a long push in parts that tshark puts together', async () => {
    const payload = Buffer.concat([Buffer.from('010603c4af87', 'hex'), Buffer.alloc(300, 0x55)]);
    const recorded = await record([
      rawPush({ octets: payload, destinationPort: 2948, sourcePort: 9200, partCount: 3 }),
    ]);
    const parts = await dissect(recorded, 'smpp.command_id == 0x00000004', [
      'gsm_sms.udh.mm.msg_parts',
      'gsm_sms.udh.mm.msg_part',
      'smpp.sm_length',
    ]);
    expect(parts).toEqual([
      ['3', '1', '140'],
      ['3', '2', '140'],
      ['3', '3', '62'],
    ]);
    const whole = await dissect(recorded, 'wsp', ['wsp.header.content_type', 'media.type']);
    expect(whole.map(([type, octets = '']) => [type, octets.replaceAll(':', '')])).toEqual([
      ['application/vnd.syncml.notification', '55'.repeat(300)],
    ]);
  });

  it('submits settings with SEC and MAC in several parts that tshark reads down to the WBXML', async () => {
    const secret = { imsi: '244051234567890', userPin: '1234' };
    // tshark cuts texts as long as a certificate's.
    const { rootCertificates: _, ...settings } = FULL_SETTINGS;
    const document = otaPushDocument(settings);
    const body = encodePushDocument(document);
    const push = buildPush(1, 'provisioning', body, { security: 'userNetwPin', secret });
    const recorded = await record([rawPush(push)]);
    const parts = await dissect(recorded, 'smpp.command_id == 0x00000004', ['gsm_sms.udh.mm.msg_part']);
    expect(parts).toHaveLength(push.partCount);
    expect(push.partCount).toBeGreaterThan(10);
    const fields = {
      'wsp.pdu_type': '0x06',
      'wsp.header.content_type': 'application/vnd.wap.connectivity-wbxml',
      'wsp.parameter.sec': '0x02',
      'wsp.parameter.mac': bootstrapMac(pushMacKey('userNetwPin', secret), body),
      'wbxml.version': '0x03',
      'wbxml.public_id.known': '0x0000000b',
      'wbxml.charset': '106',
    };
    expect(await dissect(recorded, 'wsp', Object.keys(fields))).toEqual([Object.values(fields)]);
    // The last column of the rows that stand for tokens is the document as tshark writes it.
    const rows = (await tshark(recorded, ['-Y', 'wsp', '-O', 'wbxml']))
      .split('\n')
      .filter((row) => / \|.* \| /.test(row));
    const rendered = rows.slice(1).map((row) => row.slice(row.lastIndexOf('|') + 1));
    const xml = encodeXml(document.root, { declaration: false });
    const bare = (text: string) => text.replace(/&quot;|[\s"']/g, '');
    const unescaped = xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    // Its table lacks values of page 1, such as BASIC.
    const pieces = bare(rendered.join('')).split('(Requestedtokennotdefinedforthiscontenttype)');
    const pattern = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[A-Z,-]+');
    expect(pieces.length).toBeLessThan(8);
    expect(bare(unescaped)).toMatch(new RegExp(`^${pattern}$`));
    expect(await dissect(recorded, '_ws.malformed || _ws.expert.severity >= 0x00800000', ['frame.number'])).toEqual([]);
  });

  it.each<[PushKind, string, string, string]>([
    ['provisioning', '2948', 'application/vnd.wap.connectivity-wbxml', ''],
    ['serviceIndication', '2948', 'application/vnd.wap.sic', ''],
    ['serviceLoading', '2948', 'application/vnd.wap.slc', ''],
    ['cacheOperation', '2948', 'application/vnd.wap.coc', ''],
    // OMNA's number of application/vnd.wap.emn+wbxml, which tshark's list does not reach.
    ['emailNotification', '2948', '<Unknown media type identifier 0x30A>', 'x-wap-application:emn.ua'],
    ['rightsObject', '2948', 'application/vnd.oma.drm.rights+wbxml', 'x-wap-application:drm.ua'],
    ['roapTrigger', '2948', 'application/vnd.oma.drm.roap-trigger+xml', 'x-wap-application:drm.ua'],
    // OMNA's number of application/vnd.oma.drm.roap-trigger+wbxml, beyond tshark's list, too.
    ['roapTrigger21', '2948', '<Unknown media type identifier 0x316>', 'x-wap-application:drm.ua'],
    ['browserBookmarks', '49999', 'application/x-wap-prov.browser-bookmarks', ''],
    ['browserSettings', '49999', 'application/x-wap-prov.browser-settings', ''],
    ['syncSettings', '49996', 'application/vnd.nokia.syncset+wbxml', ''],
  ])('submits a push of kind %s to port %s as %s', async (kind, port, type, application) => {
    const reading = readPushDocument(PUSH_SAMPLES[kind]);
    if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
    const recorded = await record([rawPush(buildPush(1, kind, encodePushDocument(reading.document)))]);
    const [[first = ''] = []] = await dissect(recorded, 'smpp.command_id == 0x00000004', ['gsm_sms.destination_port']);
    expect(first).toBe(port);
    const fields = ['wsp.header.content_type', 'wsp.header.x_wap_application_id'];
    expect(await dissect(recorded, 'wsp', fields)).toEqual([[type, application]]);
    expect(await dissect(recorded, '_ws.malformed || _ws.expert.severity >= 0x00800000', ['frame.number'])).toEqual([]);
  });
  it.each([
    ['cp', '1.1', 'application/vnd.wap.connectivity-wbxml'],
    ['plain', '1.1', 'application/vnd.syncml.dm+wbxml'],
    ['plain', '1.2', 'application/vnd.syncml.dm+wbxml'],
  ] as const)(
    'submits a %s bootstrap of DM %s, which tshark reads down to its WBXML',
    async (profile, version, type) => {
      const { payload, account, partCount } = await bootstrapPushOf({ profile, version });
      const { account: _, sessionId: __, uiMode: ___, ...base } = TRIGGER as Extract<ClaimedPush, { kind: 'package0' }>;
      const raw = { kind: 'raw', destinationPort: 2948, sourcePort: 2948, payload } as const;
      const recorded = await record([{ ...base, ...raw }]);
      const parts = await dissect(recorded, 'smpp.command_id == 0x00000004', ['gsm_sms.udh.mm.msg_parts']);
      expect(parts).toEqual(Array.from({ length: partCount }, () => [String(partCount)]));
      const file = join(folder, 'link.pcap');
      const { stdout } = await run('tshark', [
        ...['-r', file, '-d', `tcp.port==${SMSC_PORT},smpp`, '-o', 'gsm_sms_ud.port_number_udh_means_wsp:TRUE'],
        ...['-Y', 'wsp', '-O', 'wsp,wbxml'],
      ]);
      expect(stdout).toContain(`Content-Type: ${type}`);
      expect(stdout).toContain('SEC: NETWPIN');
      const mac = decodeWspPush(payload).contentType.parameters.find(({ name }) => name === WSP_PARAMETER.mac)?.value;
      expect(stdout).toContain(`MAC: ${mac}`);
      expect(stdout).not.toMatch(/malformed|invalid token/i);
      // The tree for the inbox of 1.2 is WBXML inside WBXML, which tshark leaves closed.
      if (version === '1.1') expect(stdout).toContain(account.client.password);
      expect(stdout).toContain(profile === 'cp' ? 'wap-provisioningdoc' : 'SyncML');
    },
  );

  it('says nothing that tshark finds malformed, either way', async () => {
    const recorded = await record([TRIGGER]);
    const commands = await dissect(recorded, 'smpp', ['smpp.command_id']);
    expect(commands.flatMap(([ids = '']) => ids.split(','))).toEqual(
      expect.arrayContaining([
        '0x00000009',
        '0x80000009',
        '0x00000004',
        '0x80000004',
        '0x00000005',
        '0x80000005',
        '0x00000006',
      ]),
    );
    expect(await dissect(recorded, '_ws.malformed || _ws.expert.severity >= 0x00800000', ['frame.number'])).toEqual([]);
  });
});
