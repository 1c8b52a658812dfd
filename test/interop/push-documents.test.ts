import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildPush } from '../../src/provisioning/push/build-push.ts';
import {
  decodePushDocument,
  encodePushDocument,
  type PushDocument,
  readPushDocument,
} from '../../src/provisioning/push/push-document.ts';
import { type PushKind, pushKind } from '../../src/provisioning/push/push-kinds.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { PUSH_SAMPLES } from '../provisioning/push-samples.ts';
import { runLibwbxml } from './run-libwbxml.ts';

/**
 * The documents that are pushed beside libwbxml (Debian's libwbxml2-utils), and the pushes beside what Kannel's sendota
 * sent (see the README of the fixtures).
 */
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

function read(xml: string | Uint8Array): PushDocument {
  const reading = readPushDocument(xml);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  return reading.document;
}

/** The kinds that libwbxml has a table for, with its name for the table. */
const KNOWN: readonly (readonly [PushKind, string])[] = [
  ['provisioning', 'PROV10'],
  ['serviceIndication', 'SI10'],
  ['serviceLoading', 'SL10'],
  ['cacheOperation', 'CO10'],
  ['emailNotification', 'EMN10'],
  ['rightsObject', 'DRMREL10'],
  ['browserSettings', 'OTA'],
  ['browserBookmarks', 'OTA'],
];

describe.each(KNOWN)('a document of kind %s', (kind, language) => {
  it('is read back by libwbxml as the same document', () => {
    const document = read(PUSH_SAMPLES[kind]);
    const theirs = runLibwbxml('wbxml2xml', ['-m', '0', '-k', '-l', language], encodePushDocument(document));
    expect(read(theirs).root).toEqual(document.root);
  });
});

// xml2wbxml drops the prefixes of rights objects and then has no tokens for the names.
describe.each(KNOWN.filter(([kind]) => kind !== 'rightsObject'))('a document of kind %s', (kind) => {
  const document = read(PUSH_SAMPLES[kind]);

  it('is understood as libwbxml writes it, with and without a string table, in every version', () => {
    for (const version of ['1.1', '1.2', '1.3']) {
      for (const flags of [[], ['-n']]) {
        const theirs = runLibwbxml('xml2wbxml', ['-v', version, ...flags], PUSH_SAMPLES[kind]);
        expect(decodePushDocument(kind, theirs).root).toEqual(document.root);
      }
    }
  });

  it('has the octets that libwbxml writes without a string table', () => {
    const version = pushKind(kind).wbxml?.version ?? '1.3';
    const theirs = runLibwbxml('xml2wbxml', ['-v', version, '-n'], PUSH_SAMPLES[kind]);
    expect(hex(encodePushDocument(document))).toBe(hex(theirs));
  });
});

describe('a push of a provisioning document', () => {
  const path = new URL('../../../shared/fixtures/cp-push/vectors.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(path, 'utf8'));
  const METHODS = { NETWPIN: 'netwPin', USERPIN: 'userPin', USERNETWPIN: 'userNetwPin' } as const;
  const secret = { imsi: vectors.imsi as string, userPin: vectors.userPin as string };
  const body = new Uint8Array(Buffer.from(vectors.bodyHex, 'hex'));
  const cases = vectors.macs as { sec: keyof typeof METHODS; secByteHex: string; mac: string }[];

  it.each(cases)('with $sec is Kannel’s octet for octet, in one part', ({ sec, secByteHex, mac }) => {
    const push = buildPush(1, 'provisioning', body, { security: METHODS[sec], secret });
    const wspHeader = `${vectors.wsp.pushHex}${vectors.wsp.headersLengthHex}1f2db691${secByteHex}92${hex(Buffer.from(mac))}00`;
    const [segment, ...more] = segmentSms(push.octets, { ...push, reference: 0 });
    expect(more).toEqual([]);
    expect(hex(segment?.udh ?? body)).toBe(vectors.sms.udhSinglePartHex);
    expect(hex(segment?.body ?? body)).toBe(`${wspHeader}${vectors.bodyHex}`);
  });

  it.each([2, 3, 9])('in %i parts has Kannel’s user data headers', (total) => {
    const long = new Uint8Array(vectors.sms.octetsPerPartAfterUdh * total - 60);
    const push = buildPush(1, 'provisioning', long, { security: 'netwPin', secret });
    expect(push.partCount).toBe(total);
    const segments = segmentSms(push.octets, { ...push, reference: 0x2a });
    const byte = (value: number) => value.toString(16).padStart(2, '0');
    expect(segments.map(({ udh }) => hex(udh))).toEqual(
      Array.from({ length: total }, (_, index) =>
        vectors.sms.udhConcatenatedHexTemplate
          .replace('RR', '2a')
          .replace('TT', byte(total))
          .replace('SS', byte(index + 1)),
      ),
    );
    expect(segments.slice(0, -1).every((part) => part.body.length === vectors.sms.octetsPerPartAfterUdh)).toBe(true);
    expect(Buffer.concat(segments.map((part) => part.body))).toEqual(Buffer.from(push.octets));
  });

  it('holds the document of the vectors, as it is decoded', () => {
    expect(hex(encodePushDocument(decodePushDocument('provisioning', body)))).toBe(vectors.bodyHex);
  });
});
