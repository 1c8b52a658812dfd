import { describe, expect, it } from 'vitest';
import type { OtaSettings } from '../../src/provisioning/ota/ota-settings.ts';
import { ADDRESS, application, inside, PACKET, type Part, xml } from './expected-cp.ts';
import { FULL_SETTINGS } from './ota-samples.ts';

describe('the connection', () => {
  // The APN is no id as it stands: the dots go, and what was lost is told by a digest.
  const cases: readonly [string, OtaSettings, readonly Part[]][] = [
    [
      'packet data',
      { connection: PACKET, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        ['NAPDEF', 'NAPID=Web-nap', 'BEARER=GSM-GPRS', 'NAME=Web', ...ADDRESS],
      ],
    ],
    [
      'a name of its own',
      { connection: { ...PACKET, name: 'Two' }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        ['NAPDEF', 'NAPID=Web-nap', 'BEARER=GSM-GPRS', 'NAME=Two', ...ADDRESS],
      ],
    ],
    [
      'a default internet connection',
      { connection: { ...PACKET, isDefault: true }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        ['NAPDEF', 'NAPID=Web-nap', 'BEARER=GSM-GPRS', 'NAME=Web', 'INTERNET', ...ADDRESS],
      ],
    ],
    [
      'user and password',
      { connection: { ...PACKET, username: 'u', password: 'p' }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-GPRS',
          'NAME=Web',
          ...ADDRESS,
          ['NAPAUTHINFO', 'AUTHTYPE=PAP', 'AUTHNAME=u', 'AUTHSECRET=p'],
        ],
      ],
    ],
    [
      'CHAP',
      { connection: { ...PACKET, username: 'u', password: 'p', auth: 'CHAP' }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-GPRS',
          'NAME=Web',
          ...ADDRESS,
          ['NAPAUTHINFO', 'AUTHTYPE=CHAP', 'AUTHNAME=u', 'AUTHSECRET=p'],
        ],
      ],
    ],
    [
      'MS-CHAP without a password',
      { connection: { ...PACKET, username: 'u', auth: 'MS-CHAP' }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-GPRS',
          'NAME=Web',
          ...ADDRESS,
          ['NAPAUTHINFO', 'AUTHTYPE=MS-CHAP', 'AUTHNAME=u'],
        ],
      ],
    ],
    [
      'name servers and a time to hang up',
      { connection: { ...PACKET, dns: ['10.0.0.1', '2001:db8::1'], lingerSeconds: 300 }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-GPRS',
          'NAME=Web',
          ...ADDRESS,
          'DNS-ADDR=10.0.0.1',
          'DNS-ADDR=2001:db8::1',
          'LINGER=300',
        ],
      ],
    ],
    [
      'a data call',
      {
        connection: {
          type: 'circuit',
          number: '+358401234567',
          callType: 'isdn',
          speed: 9600,
          username: 'u',
          password: 'p',
        },
        name: 'Web',
      },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-CSD',
          'NAME=Web',
          'NAP-ADDRESS=+358401234567',
          'NAP-ADDRTYPE=E164',
          'CALLTYPE=V.110',
          'LINKSPEED=9600',
          ['NAPAUTHINFO', 'AUTHTYPE=PAP', 'AUTHNAME=u', 'AUTHSECRET=p'],
        ],
      ],
    ],
    [
      'an analogue data call at any speed',
      { connection: { type: 'circuit', number: '*99#', callType: 'analogue', speed: 'auto' }, name: 'Web' },
      [
        ['BOOTSTRAP', 'NAME=Web'],
        [
          'NAPDEF',
          'NAPID=Web-nap',
          'BEARER=GSM-CSD',
          'NAME=Web',
          'NAP-ADDRESS=*99#',
          'NAP-ADDRTYPE=E164',
          'CALLTYPE=ANALOG-MODEM',
          'LINKSPEED=AUTOBAUDING',
        ],
      ],
    ],
  ];

  it.each(cases)('is written with %s', (_, settings, expected) => {
    expect(inside(settings)).toBe(xml(...expected));
  });

  it('is named after its access point when nothing else has a name', () => {
    const content = inside({ connection: PACKET });
    expect(content).toMatch(/^<characteristic type="NAPDEF"><parm name="NAPID" value="internet-[0-9a-f]{6}-nap"\/>/);
    expect(content).toContain('<parm name="NAME" value="internet.op.test"/>');
    expect(content).not.toContain('BOOTSTRAP');
  });

  it('is the device’s own when it is left out', () => {
    expect(inside({ browser: { homePage: 'http://a.test/' } })).toContain(xml('TO-NAPID=INTERNET'));
    expect(inside({ proxy: { type: 'http', address: '10.1.1.1' } })).toContain(xml('TO-NAPID=INTERNET'));
  });
});

describe('the proxy', () => {
  const pxlogical = (...inner: Part[]): string => xml(['PXLOGICAL', 'PROXY-ID=Web-proxy', 'NAME=Web', ...inner]);
  const physical = (...inner: Part[]): Part => ['PXPHYSICAL', 'PHYSICAL-PROXY-ID=Web-physical', ...inner];
  const port = (number: number, ...service: string[]): Part => ['PORT', `PORTNBR=${number}`, ...service];

  it.each<[string, OtaSettings['proxy'], string]>([
    [
      'HTTP',
      { type: 'http', address: '10.1.1.1' },
      pxlogical(physical('PXADDR=10.1.1.1', 'PXADDRTYPE=IPV4', 'TO-NAPID=Web-nap', port(8080))),
    ],
    [
      'HTTP at any port',
      { type: 'http', address: 'proxy.op.test', port: 3128 },
      pxlogical(physical('PXADDR=proxy.op.test', 'PXADDRTYPE=ALPHA', 'TO-NAPID=Web-nap', port(3128))),
    ],
    [
      'WSP, connection-oriented',
      { type: 'wsp', address: '10.1.1.1' },
      pxlogical(physical('PXADDR=10.1.1.1', 'PXADDRTYPE=IPV4', 'TO-NAPID=Web-nap', port(9201, 'SERVICE=CO-WSP'))),
    ],
    [
      'WSP with WTLS',
      { type: 'wsp-secure', address: '10.1.1.1' },
      pxlogical(physical('PXADDR=10.1.1.1', 'PXADDRTYPE=IPV4', 'TO-NAPID=Web-nap', port(9203, 'SERVICE=CO-SEC-WSP'))),
    ],
    [
      'WSP, connectionless',
      { type: 'wsp-connectionless', address: '10.1.1.1' },
      pxlogical(physical('PXADDR=10.1.1.1', 'PXADDRTYPE=IPV4', 'TO-NAPID=Web-nap', port(9200, 'SERVICE=CL-WSP'))),
    ],
    [
      'WSP, connectionless, with WTLS',
      { type: 'wsp-connectionless-secure', address: '2001:db8::5' },
      pxlogical(
        physical('PXADDR=2001:db8::5', 'PXADDRTYPE=IPV6', 'TO-NAPID=Web-nap', port(9202, 'SERVICE=CL-SEC-WSP')),
      ),
    ],
    [
      'login, domains and a home page',
      {
        type: 'http',
        address: '10.1.1.1',
        username: 'u',
        password: 'p',
        domains: ['op.test'],
        homePage: 'http://op.test/',
      },
      pxlogical(
        'DOMAIN=op.test',
        'STARTPAGE=http://op.test/',
        ['PXAUTHINFO', 'PXAUTH-TYPE=HTTP-BASIC', 'PXAUTH-ID=u', 'PXAUTH-PW=p'],
        physical('PXADDR=10.1.1.1', 'PXADDRTYPE=IPV4', 'TO-NAPID=Web-nap', port(8080)),
      ),
    ],
    [
      'an empty address, for phones that know no TO-NAPID',
      { type: 'blank' },
      pxlogical(physical('PXADDR=', 'TO-NAPID=Web-nap')),
    ],
  ])('is written with %s', (_, proxy, expected) => {
    expect(inside({ name: 'Web', connection: PACKET, ...(proxy && { proxy }) })).toBe(
      xml(['BOOTSTRAP', 'NAME=Web'], ['NAPDEF', 'NAPID=Web-nap', 'BEARER=GSM-GPRS', 'NAME=Web', ...ADDRESS]) + expected,
    );
  });

  it('has a name of its own', () => {
    const content = inside({ name: 'Web', proxy: { type: 'http', address: '10.1.1.1', name: 'P' } });
    expect(content).toContain(xml('PROXY-ID=Web-proxy', 'NAME=P'));
  });

  it.each<[OtaSettings['proxy'], Record<string, string>]>([
    [
      undefined,
      {
        w2: 'TO-NAPID=Web-nap',
        w4: 'TO-NAPID=Web-nap',
        wA: 'TO-NAPID=Web-nap',
        w5: 'TO-NAPID=Web-nap',
        110: 'TO-NAPID=Web-nap',
        25: 'TO-NAPID=Web-nap',
        w7: 'TO-NAPID=Web-nap',
      },
    ],
    [
      { type: 'http', address: '10.1.1.1' },
      {
        w2: 'TO-PROXY=Web-proxy',
        w4: 'TO-PROXY=Web-proxy',
        wA: 'TO-PROXY=Web-proxy',
        w5: 'TO-PROXY=Web-proxy',
        110: 'TO-NAPID=Web-nap',
        25: 'TO-NAPID=Web-nap',
        w7: 'TO-NAPID=Web-nap',
      },
    ],
    [
      { type: 'blank' },
      {
        w2: 'TO-PROXY=Web-proxy',
        w4: 'TO-PROXY=Web-proxy',
        wA: 'TO-PROXY=Web-proxy',
        w5: 'TO-PROXY=Web-proxy',
        110: 'TO-PROXY=Web-proxy',
        25: 'TO-PROXY=Web-proxy',
        w7: 'TO-PROXY=Web-proxy',
      },
    ],
  ])('%j is where applications are sent, as far as they can use it', (proxy, routes) => {
    const { proxy: _, ...settings } = FULL_SETTINGS;
    const given: OtaSettings = { ...settings, name: 'Web', connection: PACKET, ...(proxy && { proxy }) };
    for (const [appId, route] of Object.entries(routes)) {
      const found = [...application(given, appId).matchAll(/<parm name="(TO-[A-Z]+)" value="([^"]*)"\/>/g)];
      expect([appId, ...found.map(([, name, value]) => `${name}=${value}`)]).toEqual([appId, route]);
    }
  });
});

describe('ids', () => {
  const idOf = (name: string) => /NAPID" value="([^"]*)"/.exec(inside({ name, connection: PACKET }))?.[1] ?? '';

  it('are the name when that will do', () => {
    expect(idOf('Internet')).toBe('Internet-nap');
  });

  it('are short, plain and different for different names', () => {
    const names = ['A B', 'A  B', 'A-B', 'Интернет', '互联网', 'x'.repeat(60), `${'x'.repeat(60)}y`, '"&<>'];
    const ids = names.map(idOf);
    expect(new Set(ids).size).toBe(names.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]{0,15}-nap$/);
  });
});
