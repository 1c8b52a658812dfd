import smpp, { type PduFields } from 'smpp';
import { describe, expect, it } from 'vitest';
import { readIncomingMessage } from '../../../src/adapters/smpp/incoming-message.ts';

function deliverSm(fields: PduFields): Buffer {
  return new smpp.PDU('deliver_sm', {
    source_addr: '4917',
    destination_addr: '1',
    sequence_number: 1,
    ...fields,
  }).toBuffer();
}

const text = (value: string) => ({ short_message: Buffer.from(value, 'latin1') });
const RECEIPT = 'id:a_1 sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:';

describe('reading a deliver_sm', () => {
  it('knows a receipt by its text', () => {
    expect(readIncomingMessage(deliverSm({ esm_class: 4, ...text(RECEIPT) }))).toEqual({
      kind: 'receipt',
      receipt: { messageId: 'a_1', state: 'delivered', errorCode: '000', destination: '4917' },
    });
  });

  it('prefers the optional parameters to the text', () => {
    const frame = deliverSm({
      esm_class: 4,
      ...text(RECEIPT),
      receipted_message_id: 'tlv-id',
      message_state: 5,
      network_error_code: Buffer.from([3, 1, 2]),
    });
    expect(readIncomingMessage(frame)).toEqual({
      kind: 'receipt',
      receipt: { messageId: 'tlv-id', state: 'undeliverable', errorCode: '258', destination: '4917' },
    });
  });

  it('knows a receipt by its parameters alone, esm_class 0 and no text', () => {
    const frame = deliverSm({ esm_class: 0, ...text(''), receipted_message_id: 'x', message_state: 2 });
    expect(readIncomingMessage(frame)).toMatchObject({
      kind: 'receipt',
      receipt: { messageId: 'x', state: 'delivered' },
    });
  });

  it.each([
    ['DELIVRD', 'delivered'],
    ['DELIVERED', 'delivered'],
    ['EXPIRED', 'expired'],
    ['DELETED', 'deleted'],
    ['UNDELIV', 'undeliverable'],
    ['UNDELIVERABLE', 'undeliverable'],
    ['ACCEPTD', 'accepted'],
    ['ACCEPTED', 'accepted'],
    ['UNKNOWN', 'unknown'],
    ['REJECTD', 'rejected'],
    ['REJECTED', 'rejected'],
    ['ENROUTE', 'enroute'],
  ])('reads stat:%s as %s', (stat, state) => {
    const frame = deliverSm({ esm_class: 4, ...text(`id:1 stat:${stat} err:1`) });
    expect(readIncomingMessage(frame)).toMatchObject({ receipt: { state } });
  });

  // As SMSCs of several makers write them; the first is the example of SMPP 3.4, appendix B.
  it.each([
    [
      'id:0123456789 sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 Text: hello',
      '0123456789',
      'delivered',
    ],
    [
      'id:A1B2 sub:001 dlvrd:000 submit date:260101000000 done date:260101000130 stat:UNDELIV err:069 text:',
      'A1B2',
      'undeliverable',
    ],
    [
      'ID:17 SUB:001 DLVRD:001 SUBMIT DATE:2601010000 DONE DATE:2601010001 STAT:DELIVRD ERR:000 TEXT:',
      '17',
      'delivered',
    ],
    [
      'id: 17 sub: 1 dlvrd: 1 submit date: 2601010000 done date: 2601010001 stat: DELIVRD err: 0 text: ',
      '17',
      'delivered',
    ],
    ['id:17;sub:001;dlvrd:001;stat:EXPIRED;err:000;text:', '17', 'expired'],
    ['id:17, sub:001, stat:REJECTD, err:011', '17', 'rejected'],
    ['id:"17" sub:"001" dlvrd:"001" stat:"DELIVRD" err:"000"', '17', 'delivered'],
    ['id:17 sub:001 dlvrd:001 status:UNDELIVERABLE err:1', '17', 'undeliverable'],
    ['id:17 stat:2 err:0', '17', 'delivered'],
    ['id:17 stat:FAILED', '17', 'undeliverable'],
    ['id:17 stat:DELIVRD text:id:99 stat:UNDELIV', '17', 'delivered'],
    [
      'Message for 491701234567, with identification 0A1B2C, has been delivered on 2026-01-01 at 12:00:00.',
      '0A1B2C',
      'delivered',
    ],
    [
      'Message for 491701234567, with identification 0A1B2C has not been delivered on 2026-01-01.',
      '0A1B2C',
      'undeliverable',
    ],
  ])('reads the text %j', (written, messageId, state) => {
    expect(readIncomingMessage(deliverSm({ esm_class: 4, ...text(written) }))).toMatchObject({
      kind: 'receipt',
      receipt: { messageId, state },
    });
  });

  it('reads a receipt that comes as data_sm', () => {
    const frame = new smpp.PDU('data_sm', {
      source_addr: '4917',
      destination_addr: '1',
      esm_class: 4,
      sequence_number: 1,
      receipted_message_id: 'x',
      message_state: 2,
      message_payload: Buffer.from(RECEIPT),
    }).toBuffer();
    expect(readIncomingMessage(frame)).toMatchObject({
      kind: 'receipt',
      receipt: { messageId: 'x', state: 'delivered', destination: '4917' },
    });
  });

  it('takes everything else for a message, also a receipt that says nothing', () => {
    for (const fields of [
      { esm_class: 0, ...text('hello') },
      { esm_class: 0, ...text(RECEIPT) },
      { esm_class: 4, ...text('hello') },
      { esm_class: 4, ...text('id:1 stat:NONSENSE') },
      { esm_class: 0x20, ...text(RECEIPT) },
    ]) {
      expect(readIncomingMessage(deliverSm(fields)).kind).toBe('sms');
    }
  });
});
