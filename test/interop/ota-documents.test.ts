import { describe, expect, it } from 'vitest';
import { otaPushDocument } from '../../src/provisioning/ota/build-ota-document.ts';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { decodePushDocument, encodePushDocument } from '../../src/provisioning/push/push-document.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { FULL_SETTINGS } from '../provisioning/ota-samples.ts';
import { runLibwbxml } from './run-libwbxml.ts';

/** The documents that settings make, beside libwbxml (Debian's libwbxml2-utils). */
const { connection, proxy, ...rest } = FULL_SETTINGS;
const SETTINGS: readonly (readonly [string, OtaSettings])[] = [
  ['every section', FULL_SETTINGS],
  ['a data call', { name: 'Call', connection: { type: 'circuit', number: '+358401', callType: 'isdn', speed: 9600 } }],
  ['an empty proxy', { name: 'Web', ...(connection && { connection }), proxy: { type: 'blank' } }],
  ...(['wsp', 'wsp-secure', 'wsp-connectionless', 'wsp-connectionless-secure', 'http'] as const).map(
    (type) => [`a proxy of type ${type}`, { name: 'Web', proxy: { type, address: '10.1.1.1' } }] as const,
  ),
  ...Object.entries(rest).flatMap(([section, value]) =>
    section === 'name' ? [] : [[section, { name: 'Operator', [section]: value } as OtaSettings] as const],
  ),
];

describe.each(SETTINGS)('the document of settings with %s', (_, settings) => {
  const document = otaPushDocument(settings);
  const xml = encodeXml(document.root, {
    doctype: { publicId: '-//WAPFORUM//DTD PROV 1.0//EN', systemId: 'http://www.wapforum.org/DTD/prov.dtd' },
  });

  it('has the octets that libwbxml writes for its XML', () => {
    const theirs = runLibwbxml('xml2wbxml', ['-v', '1.3', '-n'], xml);
    expect(Buffer.from(encodePushDocument(document)).toString('hex')).toBe(theirs.toString('hex'));
    expect(decodePushDocument('provisioning', theirs).root).toEqual(document.root);
  });

  it('is read by libwbxml as the same document', () => {
    const theirs = runLibwbxml('wbxml2xml', ['-m', '0', '-k'], encodePushDocument(document));
    expect(decodeXml(theirs).root).toEqual(document.root);
  });
});
