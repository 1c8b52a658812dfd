import { describe, expect, it } from 'vitest';
import { buildPush, buildWspPush } from '../../src/provisioning/push/build-push.ts';
import {
  decodePushDocument,
  encodePushDocument,
  type PushDocument,
  readPushDocument,
  showPushDocument,
} from '../../src/provisioning/push/push-document.ts';
import { PUSH_KINDS, type PushKind, pushKind } from '../../src/provisioning/push/push-kinds.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { decodeWspPush, encodeWspPush } from '../../src/wire/wap/wsp-push.ts';
import { PUSH_SAMPLES } from './push-samples.ts';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const SAMPLES = Object.entries(PUSH_SAMPLES) as [PushKind, string][];

function read(xml: string | Uint8Array): PushDocument {
  const reading = readPushDocument(xml);
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults));
  return reading.document;
}

function faultsOf(xml: string | Uint8Array): string[] {
  const reading = readPushDocument(xml);
  return reading.ok ? [] : reading.faults.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('a document to push', () => {
  it('has a sample for every kind of the table', () => {
    expect(new Set(SAMPLES.map(([kind]) => kind))).toEqual(new Set(PUSH_KINDS.map(({ kind }) => kind)));
  });

  it.each(SAMPLES)('is recognised as %s by its root', (kind, xml) => {
    expect(read(xml).kind).toBe(kind);
    expect(read(new TextEncoder().encode(`\uFEFF${xml}`)).kind).toBe(kind);
  });

  it.each(SAMPLES)('of kind %s comes back as it was written', (kind, xml) => {
    const document = read(xml);
    expect(decodePushDocument(kind, encodePushDocument(document)).root).toEqual(document.root);
  });

  it.each(SAMPLES)('of kind %s is shown as XML that says the same', (kind, xml) => {
    const document = read(xml);
    expect(showPushDocument(document)).toBe(xml);
    const { root } = decodePushDocument(kind, encodePushDocument(document));
    expect(read(showPushDocument({ kind, root })).root).toEqual(document.root);
  });

  it.each([
    ['1.0', '<wap-provisioningdoc version="1.0">'],
    ['1.1', '<wap-provisioningdoc version="1.1">'],
    ['no version', '<wap-provisioningdoc>'],
  ])('of client provisioning says %s in its octets as in its XML', (_, root) => {
    const document =
      read(`${root}<characteristic type="CLIENTIDENTITY"><parm name="CLIENT-ID" value="7"/></characteristic
      ></wap-provisioningdoc>`);
    expect(decodePushDocument('provisioning', encodePushDocument(document)).root).toEqual(document.root);
  });

  it('of a kind without tokens keeps every octet, for a signature may be over them', () => {
    const xml = PUSH_SAMPLES.roapTrigger;
    expect(Buffer.from(encodePushDocument(read(`\uFEFF${xml}`))).toString('utf8')).toBe(xml);
  });
});

describe('the octets of a push', () => {
  it.each<[string, PushKind, string, string]>([
    [
      'the service indication of its specification (WAP-167-ServiceInd)',
      'serviceIndication',
      `<si><indication href="http://www.xyz.com/email/123/abc.wml" created="1999-06-25T15:23:15Z"
         si-expires="1999-06-30T00:00:00Z">You have 4 new emails</indication></si>`,
      `02056a00 45c6 0d0378797a00 85 03656d61696c2f3132332f6162632e776d6c00 0ac30719990625152315 10c30419990630 01
       03596f752068617665 2034206e657720656d61696c7300 01 01`,
    ],
    [
      'the service loading of its specification (WAP-168-ServiceLoad)',
      'serviceLoading',
      '<sl href="http://www.xyz.com/ppaid/123/abc.wml"/>',
      '02066a00 85 0a0378797a00 85 0370706169642f3132332f6162632e776d6c00 01',
    ],
  ])('are those of %s', (_, kind, xml, expected) => {
    const document = read(xml);
    expect(document.kind).toBe(kind);
    expect(hex(encodePushDocument(document))).toBe(hex(bytes(expected)));
  });

  it('of a rights object are read as a foreign content toolkit wrote them, and written back so', () => {
    // Nokia Content Publishing Toolkit, as posted by a user in August 2004.
    const theirs = bytes(`030E6A00C505850686078701464703312E30000101494A4648036369643A32303034303831303135
      313931392D3231343430353731333840687474703A2F2F6D79776562616464726573732E64652F63
      6F6E74656E7449640001014B4CC310F8DE3707745A0EBB603D57D6CE3302570101014D4F52530333
      0001545503323030342D30382D31305431353A31393A313900015603323030342D30382D32305431
      353A31393A31390001010101010101`);
    const document = decodePushDocument('rightsObject', theirs);
    expect(read(showPushDocument(document)).root).toEqual(document.root);
    expect(showPushDocument(document)).toContain('+N43B3RaDrtgPVfWzjMCVw==');
    expect(hex(encodePushDocument(document))).toBe(hex(theirs));
  });

  it('of a trigger of OMA DRM 2.1 are a third of its XML, with the tokens of devices', () => {
    const xml = PUSH_SAMPLES.roapTrigger21;
    const ascii = (text: string) => `03 ${hex(Buffer.from(text, 'latin1'))} 00`;
    // roap:roapTrigger xmlns:roap xmlns:xsi version="1.1"; roAcquisition id; riID; keyIdentifier xsi:type; hash …
    const expected = `03 13 6a 00 c5 06 85 07 8b 0d 90 01 c7 0f ${ascii('id1')} 01
      4c d7 05 8c 01 58 ${ascii('I94/ovDhizE5m/K6t5f1holSdLM=')} 01 01 01
      4d ${ascii('Operator')} 01 4e ${ascii('sdfknjvfda438790fdjkl4rq')} 01
      4f ${ascii('http://ri.operator.example/roap')} 01 53 ${ascii('n8yu98hy0e2109eu09ewf09u')} 01
      55 ${ascii('cid:4567829547@foo.com')} 01 01 01`;
    expect(hex(encodePushDocument(read(xml)))).toBe(hex(bytes(expected)));
  });

  it.each<[string, (xml: string) => string]>([
    ['is of OMA DRM 2.0', (xml) => xml.replace('version="1.1"', 'version="1.0"')],
    ['says no version', (xml) => xml.replace('version="1.1"', '')],
    ['is signed', (xml) => xml.replace('</roap:roapTrigger>', '<signature/></roap:roapTrigger>')],
    ['has a name without a token', (xml) => xml.replace('</roap:roapTrigger>', '<later/></roap:roapTrigger>')],
    ['has a namespace without a prefix', (xml) => xml.replace('<riAlias>', '<riAlias xmlns="urn:x">')],
    ['names a type by another prefix', (xml) => xml.replaceAll('roap:', 'r:').replace('xmlns:roap', 'xmlns:r')],
    ['is of a later ROAP', (xml) => xml.replace('roap-1.0', 'roap-1.1')],
  ])('of a trigger that %s are its XML, untouched', (_, change) => {
    const xml = change(PUSH_SAMPLES.roapTrigger21);
    expect(xml).not.toBe(PUSH_SAMPLES.roapTrigger21);
    const document = read(xml);
    expect(document.kind).toBe('roapTrigger');
    expect(Buffer.from(encodePushDocument(document)).toString('utf8')).toBe(xml);
  });

  it('of SyncML settings are those that Kannel’s compiler writes', () => {
    const xml = '<SyncSettings><HostAddr>http://a.b/</HostAddr><RemoteDB><URI>c</URI></RemoteDB></SyncSettings>';
    expect(hex(encodePushDocument(read(xml)))).toBe(
      hex(bytes('01016a00 55 5003687474703a2f2f612e622f0001 54 56036300 01 01 01')),
    );
  });

  it.each<[PushKind, string]>([
    ['provisioning', '010601b6'],
    ['serviceIndication', '010601ae'],
    ['serviceLoading', '010601b0'],
    ['cacheOperation', '010601b2'],
    ['emailNotification', '01060603 02030a af89'.replace(/ /g, '')],
    // As the users of handsets found it to work.
    ['rightsObject', '010603cbaf88'],
    ['roapTrigger', `01062b${Buffer.from('application/vnd.oma.drm.roap-trigger+xml\0').toString('hex')}af88`],
    ['roapTrigger21', '01060603 020316 af88'.replace(/ /g, '')],
    // The next three as Kannel writes them.
    ['browserBookmarks', `01062d1f2b${Buffer.from('application/x-wap-prov.browser-bookmarks\0').toString('hex')}81ea`],
    ['browserSettings', `01062c1f2a${Buffer.from('application/x-wap-prov.browser-settings\0').toString('hex')}81ea`],
    ['syncSettings', '010606050202 0b81ea'.replace(/ /g, '')],
  ])('of kind %s begin with its WSP header', (kind, header) => {
    const body = encodePushDocument(read(PUSH_SAMPLES[kind]));
    const octets = encodeWspPush(buildWspPush(1, kind, body));
    expect(hex(octets.subarray(0, octets.length - body.length))).toBe(header);
    expect(decodeWspPush(octets)).toEqual(buildWspPush(1, kind, body));
  });

  it.each<[PushKind, number, number]>([
    ['provisioning', 2948, 2948],
    ['serviceIndication', 2948, 49_154],
    ['rightsObject', 2948, 49_154],
    ['browserSettings', 49_999, 49_154],
    ['browserBookmarks', 49_999, 49_154],
    ['syncSettings', 49_996, 49_154],
  ])('of kind %s go to its port', (kind, destinationPort, sourcePort) => {
    const body = encodePushDocument(read(PUSH_SAMPLES[kind]));
    expect(buildPush(1, kind, body)).toMatchObject({ destinationPort, sourcePort });
  });

  it('are counted in short messages as they will be cut', () => {
    for (let length = 0; length <= 600; length++) {
      const push = buildPush(1, 'provisioning', new Uint8Array(length));
      expect(segmentSms(push.octets, { ...push, reference: 1 })).toHaveLength(push.partCount);
    }
    const most = 255 * 128 - 4;
    expect(buildPush(1, 'provisioning', new Uint8Array(most)).partCount).toBe(255);
    expect(() => buildPush(1, 'provisioning', new Uint8Array(most + 1))).toThrow(
      'the push has 32641 octets and would take 256 short messages; 255 are possible',
    );
  });

  it('carry SEC and MAC on provisioning documents only', () => {
    const protection = { security: 'userPin', secret: { userPin: '1234' } } as const;
    expect(buildWspPush(1, 'provisioning', new Uint8Array(1), protection).contentType.parameters).toHaveLength(2);
    for (const { kind, isSecured } of PUSH_KINDS.map(
      ({ kind }) => pushKind(kind) as { kind: PushKind; isSecured?: true },
    )) {
      if (isSecured) continue;
      expect(() => buildWspPush(1, kind, new Uint8Array(1), protection)).toThrow('has no PIN');
    }
  });
});

describe('a document that cannot be pushed', () => {
  it('is refused by its name', () => {
    const message = (xml: string) => {
      const reading = readPushDocument(xml);
      return reading.ok ? undefined : reading.faults[0]?.message;
    };
    expect(message('<wml><card/></wml>')).toBe('no kind of document to push has the root "wml"');
    expect(message('<rights xmlns="urn:x"/>')).toBe(
      'no kind of document to push has the root "rights" in the namespace "urn:x"',
    );
    expect(message('<WVSettings/>')).toContain('a document "WVSettings" cannot be pushed: its content type');
    expect(message('<SyncML xmlns="SYNCML:SYNCML1.1"/>')).toContain('delivered in a session');
  });

  it.each<[string, string, string[]]>([
    ['is not well formed', '<si>\n <indication>', ['2:13 xml']],
    ['declares entities', '<!DOCTYPE si [<!ENTITY a "b">]>\n<si/>', ['1:31 xml']],
    ['says another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><si/>', ['1:21 encoding']],
    ['lacks what it needs', '<si/>', ['1:1 missing-element']],
    ['has elements of its own', '<si><indication>x</indication><b/></si>', ['1:31 unknown-element']],
    [
      'has elements in the wrong place',
      '<si><indication>x<item class="a"/></indication></si>',
      ['1:18 misplaced-element'],
    ],
    ['says things twice', '<si><indication>x</indication><indication>y</indication></si>', ['1:31 repeated-element']],
    ['has text where none belongs', '<sl href="http://a/">x</sl>', ['1:1 unexpected-text']],
    ['lacks an attribute', '<sl/>', ['1:1 missing-attribute']],
    ['has attributes of its own', '<sl href="http://a/" b="c"/>', ['1:1 unexpected-attribute']],
    ['has a value that is none', '<sl href="http://a/" action="now"/>', ['1:1 bad-data']],
    ['has a date that is none', '<emn mailbox="a" timestamp="2003-02-30T12:00Z"/>', ['1:1 bad-data']],
    ['is empty where something belongs', '<co/>', ['1:1 missing-element']],
    [
      'is a rights object of another rights language',
      '<o-ex:rights xmlns:o-ex="http://odrl.net/1.1/ODRL-EX"><context xmlns="urn:x"/><o-ex:agreement/></o-ex:rights>',
      ['1:55 missing-element', '1:55 unknown-namespace', '1:79 missing-element'],
    ],
    [
      'is a provisioning document with text',
      '<wap-provisioningdoc><characteristic type="NAPDEF">x</characteristic></wap-provisioningdoc>',
      ['1:22 unexpected-text'],
    ],
  ])('%s', (_, xml, expected) => {
    expect(faultsOf(xml)).toEqual(expect.arrayContaining(expected));
    expect(readPushDocument(xml).ok).toBe(false);
  });

  it('is not in UTF-8, and where', () => {
    expect(
      faultsOf(Uint8Array.from([...Buffer.from('<si>\n<indication>'), 0xe4, ...Buffer.from('</indication></si>')])),
    ).toEqual(['2:13 encoding']);
    expect(faultsOf(new Uint8Array(Buffer.from('\uFEFF<si/>', 'utf16le')))).toEqual(['1:1 encoding']);
  });

  it('is a rights object with a key that is not base64', () => {
    expect(faultsOf(PUSH_SAMPLES.rightsObject.replace('gg==', 'g!'))).toEqual(['9:19 bad-data']);
  });

  it('is larger than any push', () => {
    expect(faultsOf(`<si>${' '.repeat(70_000)}</si>`)).toEqual(['1:1 too-large']);
  });
});
