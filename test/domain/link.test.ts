import { describe, expect, it } from 'vitest';
import { destinationAddressOf, sourceAddressOf, validityPeriod } from '../../src/domain/link.ts';
import { otherMessageIds, receiptedMessageId, submittedMessageId } from '../../src/domain/message-id.ts';

describe('addresses', () => {
  const source = (sourceAddr: string, sourceTon?: number, sourceNpi?: number) =>
    sourceAddressOf({ sourceAddr, sourceTon, sourceNpi });

  it('take type and plan of the source from its look, unless they are set', () => {
    expect(source('Operator')).toEqual({ ton: 5, npi: 0, addr: 'Operator' });
    expect(source('+491701')).toEqual({ ton: 1, npi: 1, addr: '491701' });
    expect(source('12345')).toEqual({ ton: 0, npi: 0, addr: '12345' });
    expect(source('')).toEqual({ ton: 0, npi: 0, addr: '' });
    expect(source('12345', 3, 9)).toEqual({ ton: 3, npi: 9, addr: '12345' });
  });

  it('are written by the rule with the longest prefix', () => {
    const settings = {
      destTon: 1,
      destNpi: 1,
      destRules: [
        { prefix: '49', ton: 2, npi: 1, strip: 2, prepend: '0' },
        { prefix: '4919', ton: 3, npi: 0, strip: 4, prepend: '' },
      ],
    };
    expect(destinationAddressOf('491701', settings)).toEqual({ ton: 2, npi: 1, addr: '01701' });
    expect(destinationAddressOf('49191234', settings)).toEqual({ ton: 3, npi: 0, addr: '1234' });
    expect(destinationAddressOf('33601', settings)).toEqual({ ton: 1, npi: 1, addr: '33601' });
  });
});

describe('the validity period', () => {
  it('is relative time, and nothing when it is left to the SMSC', () => {
    expect(validityPeriod(0)).toBe('');
    expect(validityPeriod(90)).toBe('000000000130000R');
    expect(validityPeriod(86_400 * 3 + 3_600 * 5 + 61)).toBe('000003050101000R');
    expect(validityPeriod(86_400 * 441)).toBe('010076000000000R');
  });
});

describe('message ids', () => {
  it('meet in one notation where the link says which it uses', () => {
    for (const [form, submitted, receipted] of [
      ['hex-then-decimal', '0012AB', '4779'],
      ['decimal-then-hex', '4779', '000012ab'],
      ['same', 'Ab-1', 'Ab-1'],
      ['auto', '17', '17'],
    ] as const) {
      expect(submittedMessageId(submitted, form)).toBe(receiptedMessageId(receipted, form));
    }
    expect(submittedMessageId('not hex', 'hex-then-decimal')).toBe('not hex');
    expect(receiptedMessageId('4779', 'same')).not.toBe(submittedMessageId('12AB', 'same'));
  });

  it('know the other ways to write a number, and none for what is no number', () => {
    expect(otherMessageIds('4779')).toEqual(expect.arrayContaining(['12ab', '12AB', '000012ab', '000012AB']));
    expect(otherMessageIds('000012AB')).toEqual(expect.arrayContaining(['4779', '0000004779', '12ab', '12AB']));
    expect(otherMessageIds('4779')).not.toContain('4779');
    expect(otherMessageIds('a_1')).toEqual([]);
    expect(otherMessageIds('9'.repeat(200))).toEqual([]);
    expect(otherMessageIds('')).toEqual([]);
  });
});
