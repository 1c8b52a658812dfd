import { describe, expect, it } from 'vitest';
import { nameOfRecipient, plainMsisdn, readRecipients } from '../../src/services/ota-recipients.ts';

describe('recipients in a text', () => {
  it('are numbers between commas, semicolons and line ends', () => {
    const reading = readRecipients('+49 170 123-4567, 491701234568;\r\n\n(0170) 1, ');
    const numbers = ['+49 170 123-4567', '491701234568', '(0170) 1'];
    expect(reading).toEqual({ ok: true, recipients: numbers.map((msisdn) => ({ msisdn })) });
  });

  it.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('are CSV between %s when the first line names columns, in any case, others being variables', (_, separator) => {
    const text = [
      ['MSISDN', 'imsi', 'Pin', 'apn'],
      ['+491701234567', '262011234567890', '0123', 'a.example'],
      ['+491701234568', '', '', ''],
      ['', '', '', ''],
    ]
      .map((row) => row.join(separator))
      .join('\r\n');
    expect(readRecipients(`\uFEFF${text}`)).toEqual({
      ok: true,
      recipients: [
        { msisdn: '+491701234567', imsi: '262011234567890', pin: '0123', variables: { apn: 'a.example' } },
        { msisdn: '+491701234568' },
      ],
    });
  });

  it('may have fields in quotation marks, with separators, line ends and quotation marks in them', () => {
    const text = 'deviceId,"name"\n"IMEI:1" , "a, ""b""\nc"\nIMEI:2,d';
    expect(readRecipients(text)).toEqual({
      ok: true,
      recipients: [
        { deviceId: 'IMEI:1', variables: { name: 'a, "b"\nc' } },
        { deviceId: 'IMEI:2', variables: { name: 'd' } },
      ],
    });
  });

  it('may miss fields at the end of a record, but have none too many', () => {
    expect(readRecipients('msisdn,pin\n1234\n')).toEqual({ ok: true, recipients: [{ msisdn: '1234' }] });
    expect(readRecipients('msisdn,pin\n1234,1,2')).toMatchObject({
      ok: false,
      reason: 'Record 2 has more fields than the first line has columns.',
    });
  });

  it.each([
    ['msisdn\n"123', 'Record 2 has a quotation mark where none may stand, or one too few.'],
    ['msisdn,pin\n1"2,3', 'Record 2 has a quotation mark where none may stand, or one too few.'],
    ['msisdn,PIN,pin\n1,2,3', 'The column "pin" is there twice.'],
  ])('are refused when the CSV is broken: %j', (text, reason) => {
    expect(readRecipients(text)).toEqual({ ok: false, reason });
  });

  it.each(['"'.repeat(200_001), `msisdn\n${' '.repeat(200_000)}"x`, `msisdn\n"${'""'.repeat(100_000)}`])(
    'are read in linear time, whatever they are (%#)',
    (text) => {
      readRecipients(text);
    },
    10_000,
  );
});

describe('a recipient', () => {
  it('is called by what the caller named it, never by an IMSI or a PIN', () => {
    expect(nameOfRecipient({ msisdn: '12\u00003', imsi: '262011234567890', pin: '1234' })).toBe('12\ufffd3');
    expect(nameOfRecipient({ deviceId: 'IMEI:1', msisdn: '123' })).toBe('IMEI:1');
    expect(nameOfRecipient({ pin: '1234' })).toBe('');
  });

  it.each([
    ['+49 (170) 123-45/67', '+491701234567'],
    ['123', '123'],
    ['12', undefined],
    ['1234567890123456', undefined],
    ['+49170abc', undefined],
    ['++49170', undefined],
    ['', undefined],
  ])('has a number that people may group: %j is %j', (text, number) => {
    expect(plainMsisdn(text)).toBe(number);
  });
});
