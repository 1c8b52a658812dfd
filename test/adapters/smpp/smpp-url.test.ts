import { describe, expect, it } from 'vitest';
import { parseSmppUrl, SmppUrlError } from '../../../src/adapters/smpp/smpp-url.ts';

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
