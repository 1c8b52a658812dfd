import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otaSettingsSchema } from '../../../src/adapters/rest/schemas/ota-settings.ts';
import { arbitraryOtaSettings } from '../../provisioning/arbitrary-ota-settings.ts';
import { FULL_SETTINGS } from '../../provisioning/ota-samples.ts';

const pointersOf = (settings: unknown): string[] => {
  const outcome = otaSettingsSchema.safeParse(settings);
  return outcome.success ? [] : outcome.error.issues.map(({ path }) => path.map((key) => `/${String(key)}`).join(''));
};

const CONNECTION = { type: 'packet', apn: 'a.example' };

describe('the schema of settings', () => {
  it('takes every settings that a document can be made of, as they are', () => {
    expect(otaSettingsSchema.parse(FULL_SETTINGS)).toEqual(FULL_SETTINGS);
    fc.assert(
      fc.property(arbitraryOtaSettings, (settings) => {
        expect(otaSettingsSchema.parse(settings)).toEqual(settings);
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, unknown, string[]]>([
    ['no section', {}, ['']],
    ['a bad APN', { connection: { type: 'packet', apn: 'a b' } }, ['/connection/apn']],
    ['a bad phone number', { connection: { type: 'circuit', number: 'call me' } }, ['/connection/number']],
    ['a connection of no known type', { connection: { type: 'pigeon' } }, ['/connection/type']],
    ['a bad port', { proxy: { type: 'http', address: 'p.example', port: 65_536 } }, ['/proxy/port']],
    ['a bad host', { proxy: { type: 'wsp', address: 'not a host' } }, ['/proxy/address']],
    ['a bad URL', { browser: { homePage: 'operator' } }, ['/browser/homePage']],
    ['characters outside the charset', { name: 'a\u0007b', connection: CONNECTION }, ['/name']],
    ['half of a surrogate pair', { name: '\ud800', connection: CONNECTION }, ['/name']],
    ['two faults at once', { name: '', connection: { type: 'packet', apn: '-' } }, ['/name', '/connection/apn']],
    ['a field nobody knows', { connection: { ...CONNECTION, colour: 'red' } }, ['/connection']],
    ['a password for nobody', { connection: { ...CONNECTION, password: 'x' } }, ['/connection/password']],
    ['a certificate that is none', { rootCertificates: ['AAAA'] }, ['/rootCertificates/0']],
    [
      'a vendor parameter with slashes',
      { vendorConfigs: [{ name: 'a', parameters: { 'a/b~c': '' } }] },
      ['/vendorConfigs/0/parameters/a/b~c'],
    ],
    ['no object', [], ['']],
  ])('refuses %s and says where', (_, settings, pointers) => {
    expect(pointersOf(settings).toSorted()).toEqual(pointers.toSorted());
  });

  it('quotes no value', () => {
    const outcome = otaSettingsSchema.safeParse({ email: { address: 'SECRET', incoming: { protocol: 'SECRET' } } });
    expect(JSON.stringify(outcome.error?.issues)).not.toContain('SECRET"}');
    expect(outcome.error?.issues.map(({ message }) => message).join()).not.toContain('SECRET');
  });
});
