import { describe, expect, it } from 'vitest';
import { CHARACTERISTICS } from '../../src/provisioning/cp/characteristics.ts';
import { checkCpDocument } from '../../src/provisioning/cp-document.ts';
import { ElementReader } from '../../src/provisioning/element-reader.ts';
import { FaultLog } from '../../src/provisioning/fault-log.ts';
import { decodeXml } from '../../src/wire/xml/decode-xml.ts';

const cp = (inner: string) => `<wap-provisioningdoc version="1.1">${inner}</wap-provisioningdoc>`;
const parm = (name: string, value = 'x') => `<parm name="${name}" value="${value}"/>`;
const characteristic = (type: string, ...inner: string[]) =>
  `<characteristic type="${type}">${inner.join('\n')}</characteristic>`;
function faultsOf(inner: string, extent: 'whole' | 'part' = 'whole'): string[] {
  const { root, positionOf } = decodeXml(cp(inner), { positions: true });
  const faults = new FaultLog(positionOf, 100);
  checkCpDocument(root, faults, new ElementReader(faults), extent);
  return faults.sorted().map(({ code, message }) => `${code}: ${message}`);
}

const NAP = [parm('NAPID'), parm('NAME'), parm('NAP-ADDRESS'), parm('NAP-ADDRTYPE', 'APN')];
const PHYSICAL = characteristic('PXPHYSICAL', parm('PHYSICAL-PROXY-ID'), parm('PXADDR'), parm('TO-NAPID'));
const PROXY = [parm('PROXY-ID'), parm('NAME')];
const W7 = [parm('APPID', 'w7'), parm('PROVIDER-ID'), parm('ADDR', 'http://dm.test')];

describe('the rules for provisioning documents', () => {
  it.each([
    [
      'an access point with credentials',
      characteristic('NAPDEF', ...NAP, characteristic('NAPAUTHINFO', parm('AUTHTYPE', 'PAP'))),
    ],
    ['several bearers', characteristic('NAPDEF', ...NAP, parm('BEARER', 'GSM-GPRS'), parm('BEARER', 'GSM-CSD'))],
    [
      'a proxy with its ports',
      characteristic(
        'PXLOGICAL',
        ...PROXY,
        characteristic('PORT', parm('PORTNBR', '9201'), parm('SERVICE'), parm('SERVICE')),
        PHYSICAL,
      ),
    ],
    [
      'a proxy that says nothing of its access point',
      characteristic('PXLOGICAL', ...PROXY, characteristic('PXPHYSICAL', parm('PHYSICAL-PROXY-ID'), parm('PXADDR'))),
    ],
    [
      'an application with parameters of its own',
      characteristic('APPLICATION', parm('APPID', 'w4'), parm('CM', 'P'), parm('Role')),
    ],
    [
      "a vendor's characteristics, whatever stands in them",
      characteristic('CM_GPRSEntries', characteristic('NAPAUTHINFO', parm('NAPID'))),
    ],
    ["Microsoft's way to name an access point", characteristic('NAPDEF', characteristic('NAP1', parm('NAME')))],
    ['variables for values and names', characteristic('NAPDEF', ...NAP, parm('LINGER', '{{linger}}'))],
    ['a VENDORCONFIG', characteristic('VENDORCONFIG', parm('NAME'), parm('anything'))],
    ['a DM account', characteristic('APPLICATION', ...W7, characteristic('APPAUTH', parm('AAUTHLEVEL', 'APPSRV')))],
    [
      'a role in the certificate store',
      characteristic('CertificateStore', characteristic('ROOT', characteristic('x', parm('Role', '16')))),
    ],
  ])('let pass %s', (_, document) => {
    expect(faultsOf(document)).toEqual([]);
  });

  it.each([
    [
      'an access point inside an application',
      characteristic('APPLICATION', parm('APPID'), characteristic('NAPDEF', ...NAP)),
      'misplaced-characteristic: NAPDEF stands at the top of the document',
    ],
    [
      'credentials at the top',
      characteristic('NAPAUTHINFO', parm('AUTHTYPE')),
      'misplaced-characteristic: NAPAUTHINFO stands in NAPDEF',
    ],
    [
      'an access point without an address',
      characteristic('NAPDEF', ...NAP.filter((one) => !one.includes('NAP-ADDRESS'))),
      'missing-element: NAPDEF needs a parm NAP-ADDRESS',
    ],
    ['a second name', characteristic('NAPDEF', ...NAP, parm('NAME')), 'repeated-parm: NAPDEF has a parm NAME already'],
    [
      'a parm of another characteristic',
      characteristic('NAPDEF', ...NAP, parm('PXADDR')),
      'misplaced-parm: NAPDEF takes no parm PXADDR',
    ],
    [
      'a proxy without a physical one',
      characteristic('PXLOGICAL', ...PROXY),
      'missing-element: PXLOGICAL needs a characteristic PXPHYSICAL',
    ],
    [
      'a port out of range',
      characteristic(
        'APPLICATION',
        parm('APPID'),
        characteristic('APPADDR', characteristic('PORT', parm('PORTNBR', '70000'))),
      ),
      'bad-parm: PORTNBR is a port from 1 to 65535, not "70000"',
    ],
    [
      'a type of address that is none',
      characteristic('NAPDEF', ...NAP.slice(0, 3), parm('NAP-ADDRTYPE', 'apn')),
      'bad-parm: NAP-ADDRTYPE is a type of address, such as APN or E164, not "apn"',
    ],
    [
      'a type in small letters',
      characteristic('napdef', ...NAP),
      'bad-parm: the type NAPDEF is written in capitals, not "napdef"',
    ],
    [
      'a parm in small letters',
      characteristic('NAPDEF', ...NAP, parm('bearer')),
      'bad-parm: the parm BEARER is written in capitals, not "bearer"',
    ],
    [
      'a DM account of nobody',
      characteristic('APPLICATION', parm('APPID', 'w7'), parm('ADDR')),
      'missing-element: a DM account (w7) needs PROVIDER-ID, the id of the server',
    ],
    [
      'a DM account without an address',
      characteristic('APPLICATION', ...W7.slice(0, 2)),
      'missing-element: a DM account (w7) needs an ADDR, there or in an APPADDR',
    ],
    [
      'DM credentials without a direction',
      characteristic('APPLICATION', ...W7, characteristic('APPAUTH', parm('AAUTHNAME'))),
      'missing-element: APPAUTH of a DM account (w7) needs AAUTHLEVEL',
    ],
    [
      'DM credentials of an unknown direction',
      characteristic('APPLICATION', ...W7, characteristic('APPAUTH', parm('AAUTHLEVEL', 'SRV'))),
      'bad-parm: AAUTHLEVEL is APPSRV, CLIENT, OBEX, not "SRV"',
    ],
    [
      'DM credentials of one direction twice',
      characteristic(
        'APPLICATION',
        ...W7,
        ...[1, 2].map(() => characteristic('APPAUTH', parm('AAUTHLEVEL', 'CLIENT'))),
      ),
      'repeated-parm: a second APPAUTH of the level CLIENT',
    ],
    [
      'a certificate that is no base64',
      characteristic(
        'CertificateStore',
        characteristic('ROOT', characteristic('0'.repeat(40), parm('EncodedCertificate', '<')).replace('<"', '&lt;"')),
      ),
      'bad-parm: EncodedCertificate is a certificate (DER) in base64',
    ],
    [
      'a certificate under a name',
      characteristic(
        'CertificateStore',
        characteristic('ROOT', characteristic('mine', parm('EncodedCertificate', 'AQID'))),
      ),
      'bad-parm: a certificate stands under its SHA-1 in hexadecimal, not "mine"',
    ],
    [
      'a certificate under the hash of another',
      characteristic(
        'CertificateStore',
        characteristic('ROOT', characteristic('0'.repeat(40), parm('EncodedCertificate', 'AQID'))),
      ),
      `bad-parm: the SHA-1 of the certificate is not ${'0'.repeat(40)}`,
    ],
  ])('refuse %s, and say why', (_, document, fault) => {
    expect(faultsOf(document)).toEqual([fault]);
  });

  it('let an upload leave out what the device may hold already', () => {
    const parts = characteristic('NAPDEF', parm('NAP-ADDRESS')) + characteristic('APPLICATION', parm('APPID', 'w7'));
    expect(faultsOf(parts, 'part')).toEqual([]);
    expect(faultsOf(parts, 'whole')).toHaveLength(4);
  });

  it('know every characteristic and where it stands, and none stands in one that is unknown', () => {
    const types = CHARACTERISTICS.map(({ type }) => type as string);
    expect(new Set(types).size).toBe(types.length);
    for (const { parents } of CHARACTERISTICS) for (const parent of parents) expect(types).toContain(parent);
  });
});
