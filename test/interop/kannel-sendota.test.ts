import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Kannel, startKannel } from '../../scripts/start-kannel.ts';
import { otaPushDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { buildPush, type PushProtection } from '../../src/provisioning/push/build-push.ts';
import {
  decodePushDocument,
  encodePushDocument,
  type PushDocument,
  readPushDocument,
} from '../../src/provisioning/push/push-document.ts';
import { type Smsc, type SmscPush, startSmsc } from '../../src/simulators/smsc/smsc.ts';
import { type PushSecurity, pushMacKey, verifyBootstrapMac } from '../../src/wire/wap/push-mac.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { decodeWspPush, WSP_PARAMETER } from '../../src/wire/wap/wsp-push.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { FULL_SETTINGS } from '../provisioning/ota-samples.ts';
import { PUSH_SAMPLES } from '../provisioning/push-samples.ts';

/*
 * Kannel (Debian packages kannel and kannel-extras) gets the same document, SEC and secret as we do, and sends it to the
 * simulated SMSC: what arrives there is held against what we would have sent.
 */

const SECRET = { imsi: '244051234567890', userPin: '1234' };
const WAIT = { timeout: 30_000, interval: 50 };
const DOCTYPE = { publicId: '-//WAPFORUM//DTD PROV 1.0//EN', systemId: 'http://www.wapforum.org/DTD/prov.dtd' };

let smsc: Smsc;
let kannel: Kannel;

beforeAll(async () => {
  smsc = await startSmsc({ deliverWithoutHandset: true });
  kannel = await startKannel(smsc, 1);
}, 130_000);

afterAll(async () => {
  kannel?.close();
  await smsc?.close();
});

/** Every octet as %XX: a PIN is binary. */
const percent = (octets: Uint8Array) =>
  Array.from(octets, (octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');

/** The short messages that Kannel makes of a document. */
async function sendota(xml: string, type: string, sec = '', pin: Uint8Array = new Uint8Array()): Promise<SmscPush[]> {
  const before = smsc.pushes.length;
  const query = `phonenumber=%2B491701234567&type=${type}&sec=${sec}&pin=${percent(pin)}`;
  const text = percent(Buffer.from(xml, 'utf8'));
  const response = await fetch(`${kannel.sendotaUrl}&${query}&text=${text}`);
  const answer = await response.text();
  if (response.status !== 202) {
    throw new Error(`sendota: ${answer} ${kannel.log()}`);
  }
  // The part's header says how many there are.
  const total = () => smsc.pushes[before]?.udh[10] ?? 1;
  await vi.waitFor(() => {
    if (smsc.pushes.length < before + total()) throw new Error('Kannel sends fewer short messages');
  }, WAIT);
  return smsc.pushes.slice(before);
}

interface Sms {
  readonly udh: string;
  readonly body: string;
}

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

/** What we would send, with Kannel's transaction id and concatenation reference. */
function ours(document: PushDocument, theirs: readonly SmscPush[], protection?: PushProtection): Sms[] {
  const [first] = theirs;
  const push = buildPush(first?.body[0] ?? 0, document.kind, encodePushDocument(document), protection);
  const reference = theirs.length > 1 ? (first?.udh[9] ?? 0) : 0;
  return segmentSms(push.octets, { ...push, reference }).map(({ udh, body }) => ({ udh: hex(udh), body: hex(body) }));
}

const shown = (pushes: readonly SmscPush[]): Sms[] =>
  pushes.map(({ udh, body }) => ({ udh: hex(udh), body: hex(body) }));

const METHODS: readonly (readonly [PushSecurity, string])[] = [
  ['netwPin', 'netwpin'],
  ['userPin', 'userpin'],
  ['userNetwPin', 'usernetwpin'],
];

const { imps: _imps, sync: _sync, deviceManagement: _account, ...plain } = FULL_SETTINGS;
const SETTINGS: readonly (readonly [string, OtaSettings])[] = [
  ['an access point', { name: 'Web', connection: { type: 'packet', apn: 'internet.op.test' } }],
  ['a data call', { name: 'Call', connection: { type: 'circuit', number: '+358401', callType: 'isdn', speed: 9600 } }],
  ['a WAP gateway', { name: 'Wap', proxy: { type: 'wsp-secure', address: '10.1.1.1' } }],
  ['browser, MMS, e-mail, vendor, identity and certificates', plain],
];

describe('Kannel’s sendota and we, of the same document and secret,', () => {
  for (const [name, settings] of SETTINGS) {
    it.each(METHODS)(`send the same short messages for ${name} with %s`, async (security, sec) => {
      const document = otaPushDocument(settings);
      const xml = encodeXml(document.root, { doctype: DOCTYPE });
      const protection = { security, secret: SECRET };
      const theirs = await sendota(xml, 'oma-settings', sec, pushMacKey(security, SECRET));
      expect(ours(document, theirs, protection)).toEqual(shown(theirs));
      for (const { esmClass, dataCoding } of theirs) expect([esmClass & 0x40, dataCoding]).toEqual([0x40, 0x04]);
    });
  }

  // The values APPSRV, BASIC and DIGEST have tokens on page 1. There libwbxml, whose octets we write, says the page of
  // VALUE first and Kannel does not; and libwbxml makes SERVICES of the token SERVICE.
  it('say the same with other octets where values have tokens of page 1, and we accept its MAC', async () => {
    const document = otaPushDocument(FULL_SETTINGS);
    const xml = encodeXml(document.root, { doctype: DOCTYPE });
    const key = pushMacKey('netwPin', SECRET);
    const theirs = await sendota(xml, 'oma-settings', 'netwpin', key);
    const push = decodeWspPush(new Uint8Array(Buffer.concat(theirs.map(({ body }) => body))));
    const mac = push.contentType.parameters.find(({ name }) => name === WSP_PARAMETER.mac)?.value;
    expect(verifyBootstrapMac(String(mac), key, push.body)).toBe(true);
    expect(decodePushDocument('provisioning', push.body).root).toEqual(document.root);
  });

  it.each([
    ['browserSettings', 'settings'],
    ['browserBookmarks', 'bookmarks'],
    ['syncSettings', 'syncsettings'],
  ] as const)('send the same short messages for %s', async (kind, type) => {
    const reading = readPushDocument(PUSH_SAMPLES[kind]);
    if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
    // Its compiler of SyncML settings needs white space before the first element inside another.
    const theirs = await sendota(encodeXml(reading.document.root, { indent: true }), type);
    expect(ours(reading.document, theirs)).toEqual(shown(theirs));
  });
});
