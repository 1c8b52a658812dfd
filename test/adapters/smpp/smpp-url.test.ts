import { describe, expect, it } from 'vitest';
import { parseSmppUrl, parseSmppUrls, SmppUrlError } from '../../../src/adapters/smpp/smpp-url.ts';

function faultsOf(url: string): readonly string[] {
  try {
    parseSmppUrl(url);
  } catch (error) {
    if (error instanceof SmppUrlError) return error.faults;
    throw error;
  }
  throw new Error('was taken');
}

describe('the SMPP URL', () => {
  it('needs little and fills in the rest', () => {
    expect(parseSmppUrl('smpp://esme:pw@smsc.example')).toMatchObject({
      host: 'smsc.example',
      port: 2775,
      tls: false,
      systemId: 'esme',
      password: 'pw',
      window: 50,
      esmClass: 0x40,
      destTon: 1,
      destNpi: 1,
      verify: true,
    });
  });

  it('speaks TLS with its own port, and verifies unless told otherwise', () => {
    expect(parseSmppUrl('ssmpp://esme:pw@smsc.example')).toMatchObject({ port: 3550, tls: true, verify: true });
    expect(parseSmppUrl('ssmpp://esme:pw@smsc.example:99?verify=false&caFile=/ca.pem')).toMatchObject({
      port: 99,
      verify: false,
      caFile: '/ca.pem',
    });
  });

  it('decodes what is percent-encoded, and takes IPv6', () => {
    expect(parseSmppUrl('smpp://e%40x:p%2F%23%3F%3A@[::1]:1')).toMatchObject({
      host: '::1',
      systemId: 'e@x',
      password: 'p/#?:',
    });
  });

  it('takes options', () => {
    expect(
      parseSmppUrl('smpp://e:p@h:1?window=7&enquireMs=100&responseMs=200&sourceAddr=1234&sourceTon=5&esmClass=0x43'),
    ).toMatchObject({ window: 7, enquireMs: 100, responseMs: 200, sourceAddr: '1234', sourceTon: 5, esmClass: 67 });
  });

  it('names every fault at once', () => {
    expect(faultsOf('http://h/path?window=0&nonsense=1&sourceTon=300&verify=maybe&window=3')).toEqual([
      'the scheme is neither smpp nor ssmpp',
      'a path stands after the port',
      'the system id is missing',
      'option "nonsense" is not known',
      'option window stands twice',
      'option verify is neither true nor false',
      'options verify and caFile go with ssmpp only',
      'option sourceTon is not a whole number from 0 to 255',
    ]);
  });

  it.each(['', 'smpp', 'smpp://u:s3cret@', 'smpp://u:s3cret@h:99999', 'smpp://u:s3c/ret@h', 'smpp://u:s3cret%zz@h'])(
    'refuses %j without saying the password',
    (url) => {
      let message = '';
      try {
        parseSmppUrl(url);
      } catch (error) {
        message = error instanceof SmppUrlError ? error.message : '';
      }
      expect(message).toContain('SMPP URL: ');
      expect(message).not.toContain('s3c');
    },
  );

  it('refuses a system id or password that no SMSC takes', () => {
    expect(faultsOf(`smpp://${'x'.repeat(16)}:p@h`)).toEqual(['the system id is longer than 15 characters']);
    expect(faultsOf(`smpp://e:${'x'.repeat(65)}@h`)).toEqual(['the password is longer than 64 characters']);
    expect(faultsOf('smpp://e:p%00@h')).toEqual(['the password is not printable ASCII']);
  });
});

describe('several SMPP URLs', () => {
  it('are links of their own, each with a name', () => {
    const links = parseSmppUrls(
      'smpp://a:p@one?prefixes=49,43&weight=3&binds=2, ssmpp://b:p@two:9?name=spare&weight=0',
    );
    expect(links).toMatchObject([
      { id: 'a@one:2775', enabled: true, settings: { prefixes: ['49', '43'], weight: 3, binds: 2, tls: false } },
      { id: 'spare', name: 'spare', settings: { prefixes: [], weight: 0, host: 'two', port: 9, tls: true } },
    ]);
  });

  it('may not share a name, and every fault is said with its link', () => {
    const faults = (text: string): readonly string[] => {
      try {
        parseSmppUrls(text);
      } catch (error) {
        if (error instanceof SmppUrlError) return error.faults;
      }
      return [];
    };
    expect(faults('smpp://a:p@h,smpp://a:q@h')).toEqual([
      'two links are called "a@h:2775": option name tells them apart',
    ]);
    expect(faults('smpp://a:p@h?prefixes=x&destRules=1:2&bind=both,smpp://b:p@h?name=a%20b')).toEqual([
      'link 1: option prefixes is not digits separated by commas',
      'link 1: option destRules is not prefix:ton:npi[:strip[:prepend]] separated by commas',
      'link 1: option bind is none of transceiver, separate',
      'link 2: option name is not 1 to 60 characters without blanks and commas',
    ]);
  });
});
