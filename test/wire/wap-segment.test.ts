import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_WAITING, type ReassemblyState, reassemble } from '../../src/wire/wap/reassemble.ts';
import { segmentSms } from '../../src/wire/wap/segment.ts';
import { decodeUdh } from '../../src/wire/wap/udh.ts';
import { WapError } from '../../src/wire/wap/wap-error.ts';

const options = { destinationPort: 2948, sourcePort: 49_154, reference: 7 };
const payload = (length: number) => Uint8Array.from({ length }, (_, n) => n % 251);
const segment = (length: number, reference = 7) => segmentSms(payload(length), { ...options, reference });

function feed(
  parts: readonly { udh: Uint8Array; body: Uint8Array }[],
  sender = '1',
  from = NOTHING_WAITING,
  nowMs = 0,
) {
  let state: ReassemblyState = from;
  const messages: Uint8Array[] = [];
  for (const part of parts) {
    const step = reassemble(state, { ...part, sender }, nowMs);
    state = step.state;
    if (step.message) messages.push(step.message.payload);
  }
  return { state, messages };
}

describe('cutting a payload into short messages', () => {
  it('leaves up to 133 octets in one message with a port address only', () => {
    for (const length of [0, 1, 133]) {
      const parts = segment(length);
      expect(parts).toHaveLength(1);
      expect(Buffer.from(parts[0]?.udh ?? []).toString('hex')).toBe('0605040b84c002');
      expect(parts[0]?.body).toEqual(payload(length));
    }
  });

  it('cuts more into parts of 128 octets, each of 140 with its header', () => {
    const parts = segment(300);
    expect(parts.map((part) => part.body.length)).toEqual([128, 128, 44]);
    expect(parts.map((part) => Buffer.from(part.udh).toString('hex'))).toEqual([
      '0b05040b84c0020003070301',
      '0b05040b84c0020003070302',
      '0b05040b84c0020003070303',
    ]);
    expect(segment(134)).toHaveLength(2);
    expect(segment(256)).toHaveLength(2);
    expect(segment(257)).toHaveLength(3);
  });

  it('takes 255 parts and refuses 256', () => {
    expect(segment(255 * 128)).toHaveLength(255);
    expect(() => segment(255 * 128 + 1)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('refuses ports and references that do not fit', () => {
    expect(() => segmentSms(payload(1), { ...options, destinationPort: 70_000 })).toThrow(WapError);
    expect(() => segmentSms(payload(200), { ...options, reference: 256 })).toThrow(WapError);
  });
});

describe('putting short messages together', () => {
  it('gives back what was cut, in any order and with parts that come twice', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1_500 }),
        fc.integer({ min: 0, max: 255 }),
        fc.infiniteStream(fc.nat()),
        (whole, reference, numbers) => {
          const parts = segmentSms(whole, { ...options, reference });
          const shuffled = [...parts, ...parts.slice(1)]
            .map((part) => ({ part, key: numbers.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ part }) => part);
          expect(feed(shuffled).messages[0]).toEqual(whole);
        },
      ),
    );
  });

  it('tells senders, references and ports apart', () => {
    const [first, second] = segment(200);
    const [, other] = segment(200, 8);
    if (!first || !second || !other) throw new Error('two parts');
    const begun = feed([first], '1');
    expect(feed([second], '2', begun.state).messages).toEqual([]);
    expect(feed([other], '1', begun.state).messages).toEqual([]);
    expect(feed([second], '1', begun.state).messages).toEqual([payload(200)]);
  });

  it('hands a message without a header straight through', () => {
    expect(feed([{ udh: new Uint8Array(), body: payload(5) }]).messages).toEqual([payload(5)]);
  });

  it('says on which port the message came', () => {
    const [part] = segment(5);
    if (!part) throw new Error('one part');
    expect(reassemble(NOTHING_WAITING, { ...part, sender: '1' }, 0).message).toEqual({
      sender: '1',
      ports: { destination: 2948, source: 49_154 },
      payload: payload(5),
    });
  });

  it('forgets what stays unfinished too long', () => {
    const [first, second] = segment(200);
    if (!first || !second) throw new Error('two parts');
    const begun = feed([first], '1', NOTHING_WAITING, 0);
    expect(feed([second], '1', begun.state, 3_600_001).messages).toEqual([]);
  });

  it('keeps no more unfinished messages than its limit, the oldest go', () => {
    let state = NOTHING_WAITING;
    for (let n = 0; n < 1_000; n++) {
      const [first] = segment(200, n % 256);
      if (!first) throw new Error('two parts');
      state = reassemble(state, { ...first, sender: `${n}` }, n).state;
    }
    expect(state.groups).toHaveLength(64);
  });

  it('is left as it was by a faulty header', () => {
    const [first] = segment(200);
    if (!first) throw new Error('two parts');
    const { state } = feed([first]);
    expect(() => reassemble(state, { udh: Uint8Array.from([9, 0]), body: payload(1), sender: '1' }, 0)).toThrow(
      WapError,
    );
    expect(decodeUdh(first.udh).concatenation?.sequence).toBe(1);
    expect(state.groups).toHaveLength(1);
  });
});
