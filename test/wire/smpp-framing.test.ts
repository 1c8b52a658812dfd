import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessagePdu, TLV_MESSAGE_STATE, TLV_RECEIPTED_MESSAGE_ID } from '../../src/wire/smpp/message-pdu.ts';
import { PduFramer, readPduHeader } from '../../src/wire/smpp/pdu-framer.ts';
import { buildReceiptText, parseReceiptText } from '../../src/wire/smpp/receipt-text.ts';
import { SmppFrameError } from '../../src/wire/smpp/smpp-frame-error.ts';

function pdu(id: number, sequence: number, body: Uint8Array = new Uint8Array(), status = 0): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(16 + body.length, 0);
  head.writeUInt32BE(id, 4);
  head.writeUInt32BE(status, 8);
  head.writeUInt32BE(sequence, 12);
  return Buffer.concat([head, body]);
}

function frames(chunks: readonly Buffer[], framer = new PduFramer()): string[] {
  const got: string[] = [];
  for (const chunk of chunks) {
    framer.feed(chunk, (frame) => {
      got.push(frame.toString('hex'));
      return true;
    });
  }
  return got;
}

describe('cutting a stream into PDUs', () => {
  const stream = [
    pdu(0x15, 1),
    pdu(0x80000004, 2, Buffer.from('id\0')),
    pdu(0x5, 3, Buffer.alloc(40, 1)),
    pdu(0x15, 4),
  ];
  const whole = Buffer.concat(stream);
  const expected = stream.map((frame) => frame.toString('hex'));

  it('gives the same PDUs wherever the stream is cut in two', () => {
    for (let at = 0; at <= whole.length; at++) {
      expect(frames([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
    }
  });

  it('gives the same PDUs octet by octet', () => {
    expect(frames(Array.from(whole, (octet) => Buffer.from([octet])))).toEqual(expected);
  });

  it('gives the same PDUs in chunks of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(whole.subarray(at, at + size));
          at += size;
        }
        chunks.push(whole.subarray(at));
        expect(frames(chunks)).toEqual(expected);
      }),
    );
  });

  it('reads the header', () => {
    expect(readPduHeader(pdu(0x80000004, 7, Buffer.from('x'), 0x58))).toEqual({
      length: 17,
      commandId: 0x80000004,
      commandStatus: 0x58,
      sequence: 7,
    });
  });

  it.each([
    [Buffer.from([0, 0, 0, 15]), 'length-too-small'],
    [Buffer.from([0, 0, 0, 0]), 'length-too-small'],
    [Buffer.from('HTTP/1.1 400'), 'length-too-large'],
    [Buffer.from([0, 0, 0x40, 1]), 'length-too-large'],
  ])('refuses a stream that goes on with %s', (garbage, code) => {
    const framer = new PduFramer();
    const got: number[] = [];
    const feed = (chunk: Buffer) =>
      framer.feed(chunk, (frame) => {
        got.push(frame.length);
        return true;
      });
    expect(() => feed(Buffer.concat([pdu(0x15, 1), garbage]))).toThrow(expect.objectContaining({ code }));
    expect(got).toEqual([16]);
    expect(() => feed(pdu(0x15, 2))).toThrow(SmppFrameError);
  });

  it('finds a bad length also when it comes in pieces', () => {
    const framer = new PduFramer();
    framer.feed(Buffer.from([0xff]), () => true);
    expect(() => framer.feed(Buffer.from([0, 0, 0]), () => true)).toThrow(SmppFrameError);
  });

  it('keeps no more than one unfinished PDU', () => {
    const framer = new PduFramer();
    const endless = Buffer.alloc(16_384);
    endless.writeUInt32BE(16_384, 0);
    framer.feed(endless.subarray(0, 16_383), () => true);
    expect(framer.pendingOctets).toBe(16_383);
    expect(frames([endless.subarray(16_383)], framer)).toHaveLength(1);
    expect(framer.pendingOctets).toBe(0);
  });

  it('stops when it is told to', () => {
    const framer = new PduFramer();
    let count = 0;
    framer.feed(whole, () => {
      count += 1;
      return count < 2;
    });
    expect(count).toBe(2);
  });
});

/** Field by field after SMPP 3.4 section 4.4.1. */
function message(options: {
  esmClass: number;
  dataCoding?: number;
  shortMessage: Uint8Array;
  tlvs?: Buffer[];
}): Buffer {
  const text = (value: string) => Buffer.from(`${value}\0`, 'latin1');
  const body = Buffer.concat([
    text('WAP'),
    Buffer.from([1, 1]),
    text('4917'),
    Buffer.from([1, 1]),
    text('1234'),
    Buffer.from([options.esmClass, 0, 0]),
    text(''),
    text(''),
    Buffer.from([1, 0, options.dataCoding ?? 4, 0, options.shortMessage.length]),
    options.shortMessage,
    ...(options.tlvs ?? []),
  ]);
  return pdu(0x5, 1, body);
}

function tlv(tag: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(tag, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

describe('reading a message PDU', () => {
  const userData = Buffer.from('0605040b84c002010603c4af8700ff', 'hex');

  it('keeps the user data as octets, header and body apart, in any data coding', () => {
    for (const dataCoding of [0, 1, 4, 8, 0xf5]) {
      const read = readMessagePdu(message({ esmClass: 0x40, dataCoding, shortMessage: userData }));
      expect(read).toMatchObject({
        source: '4917',
        destination: '1234',
        esmClass: 0x40,
        dataCoding,
        registeredDelivery: 1,
      });
      expect(Buffer.from(read.udh).toString('hex')).toBe('0605040b84c002');
      expect(Buffer.from(read.body).toString('hex')).toBe('010603c4af8700ff');
    }
  });

  it('takes the payload parameter when the short message is empty', () => {
    const frame = message({ esmClass: 0, shortMessage: new Uint8Array(), tlvs: [tlv(0x0424, Buffer.from('long'))] });
    expect(Buffer.from(readMessagePdu(frame).body).toString()).toBe('long');
  });

  it('reads optional parameters', () => {
    const tlvs = [tlv(TLV_RECEIPTED_MESSAGE_ID, Buffer.from('abc\0')), tlv(TLV_MESSAGE_STATE, Buffer.from([2]))];
    const read = readMessagePdu(message({ esmClass: 4, shortMessage: Buffer.from('x'), tlvs }));
    expect(read.tlvs.get(TLV_RECEIPTED_MESSAGE_ID)?.toString()).toBe('abc\0');
    expect(read.tlvs.get(TLV_MESSAGE_STATE)?.[0]).toBe(2);
  });

  it('throws its own error wherever it is cut', () => {
    const frame = message({ esmClass: 0x40, shortMessage: userData, tlvs: [tlv(1, Buffer.from('abc'))] });
    const intact = frame.length - 7;
    for (let length = 16; length < frame.length; length++) {
      if (length === intact) continue;
      expect(() => readMessagePdu(frame.subarray(0, length))).toThrow(SmppFrameError);
    }
  });

  it('refuses user data that ends inside its header', () => {
    expect(() => readMessagePdu(message({ esmClass: 0x40, shortMessage: Buffer.from([9, 0]) }))).toThrow(
      SmppFrameError,
    );
  });
});

describe('the text of a receipt', () => {
  it('is read as others write it', () => {
    expect(
      parseReceiptText(
        'id:0123456789 sub:001 dlvrd:001 submit date:0601011200 done date:0601011201 stat:DELIVRD err:000 text:hi',
      ),
    ).toEqual({ messageId: '0123456789', stat: 'DELIVRD', errorCode: '000' });
    expect(parseReceiptText('ID: a-b_c Stat: undeliv')).toEqual({ messageId: 'a-b_c', stat: 'UNDELIV' });
  });

  it('comes back as it was written', () => {
    const receipt = { messageId: 'f00', stat: 'UNDELIV', errorCode: '012' };
    const text = buildReceiptText(receipt, new Date(Date.UTC(2026, 0, 2, 3, 4)), new Date(Date.UTC(2026, 0, 2, 3, 5)));
    expect(text).toContain('submit date:2601020304 done date:2601020305');
    expect(parseReceiptText(text)).toEqual(receipt);
  });

  it('is none when it names no message or no state', () => {
    for (const text of ['', 'hello', 'id:1', 'stat:DELIVRD', 'bid:1 xstat:DELIVRD']) {
      expect(parseReceiptText(text)).toBeUndefined();
    }
  });
});
