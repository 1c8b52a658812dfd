import type { PduFields } from 'smpp';
import { buildReceiptText } from '../../wire/smpp/receipt-text.ts';

export type ReceiptStat = 'DELIVRD' | 'UNDELIV' | 'EXPIRED' | 'REJECTD';

/** SMPP 3.4 section 5.2.28, and the words that some write in its place. */
const STATS = {
  DELIVRD: { code: 2, word: 'DELIVERED' },
  EXPIRED: { code: 3, word: 'EXPIRED' },
  UNDELIV: { code: 5, word: 'UNDELIVERABLE' },
  REJECTD: { code: 8, word: 'REJECTED' },
} as const satisfies Record<ReceiptStat, { code: number; word: string }>;

interface Told {
  readonly messageId: string;
  readonly stat: ReceiptStat;
  readonly destination: string;
  readonly submittedAt: Date;
  readonly doneAt: Date;
}

const digits = (at: Date, from: number, to: number): string => at.toISOString().replace(/\D/g, '').slice(from, to);

/** Texts that SMSCs of several makers write. */
export const RECEIPT_LAYOUTS = {
  standard: ({ messageId, stat, submittedAt, doneAt }) => buildReceiptText({ messageId, stat }, submittedAt, doneAt),
  seconds: ({ messageId, stat, submittedAt, doneAt }) =>
    `id:${messageId} sub:001 dlvrd:001 submit date:${digits(submittedAt, 2, 14)} done date:${digits(doneAt, 2, 14)} stat:${stat} err:000 Text:`,
  capitals: ({ messageId, stat, submittedAt, doneAt }) =>
    `ID:${messageId} SUB:001 DLVRD:001 SUBMIT DATE:${digits(submittedAt, 2, 12)} DONE DATE:${digits(doneAt, 2, 12)} STAT:${stat} ERR:000 TEXT:`,
  spaced: ({ messageId, stat, submittedAt, doneAt }) =>
    `id: ${messageId} sub: 1 dlvrd: 1 submit date: ${digits(submittedAt, 2, 12)} done date: ${digits(doneAt, 2, 12)} stat: ${stat} err: 0 text: `,
  semicolons: ({ messageId, stat }) => `id:${messageId};sub:001;dlvrd:001;stat:${stat};err:000;text:`,
  words: ({ messageId, stat }) => `id:${messageId} sub:001 dlvrd:001 status:${STATS[stat].word} err:000`,
  numbers: ({ messageId, stat }) => `id:${messageId} sub:001 dlvrd:001 stat:${STATS[stat].code} err:0`,
  quoted: ({ messageId, stat }) => `id:"${messageId}" sub:"001" dlvrd:"001" stat:"${stat}" err:"000"`,
  short: ({ messageId, stat }) => `id:${messageId} stat:${stat}`,
  sentence: ({ messageId, stat, destination, doneAt }) =>
    `Message for ${destination}, with identification ${messageId}, has ${stat === 'DELIVRD' ? '' : 'not '}been delivered on ${doneAt.toISOString().slice(0, 10)} at ${doneAt.toISOString().slice(11, 19)}.`,
} as const satisfies Record<string, (told: Told) => string>;

export type ReceiptLayout = keyof typeof RECEIPT_LAYOUTS;

export interface ReceiptStyle {
  readonly layout?: ReceiptLayout;
  /** The optional parameters receipted_message_id and message_state; sent unless told. */
  readonly tlvs?: boolean;
  /** The text; written unless told. */
  readonly text?: boolean;
  readonly via?: 'deliver_sm' | 'data_sm';
  /** esm_class; 4 unless told. */
  readonly esmClass?: number;
  /** Before the answer to the submit. */
  readonly early?: boolean;
  /** How often each is sent. */
  readonly copies?: number;
}

const ESM_RECEIPT = 0x04;

/** A receipt as the style has it. */
export function receiptPdu({
  messageId,
  stat,
  push,
  style,
  doneAt,
}: {
  readonly messageId: string;
  readonly stat: ReceiptStat;
  readonly push: { readonly source: string; readonly destination: string; readonly receivedAt: Date };
  readonly style: ReceiptStyle;
  readonly doneAt: Date;
}): { readonly command: string; readonly fields: PduFields } {
  const { layout = 'standard', tlvs = true, text = true, via = 'deliver_sm', esmClass = ESM_RECEIPT } = style;
  const { source, destination, receivedAt: submittedAt } = push;
  const written = text ? RECEIPT_LAYOUTS[layout]({ messageId, stat, destination, submittedAt, doneAt }) : '';
  const octets = Buffer.from(written, 'latin1');
  return {
    command: via,
    fields: {
      source_addr: destination,
      destination_addr: source,
      esm_class: esmClass,
      ...(via === 'deliver_sm' ? { short_message: octets } : octets.length > 0 ? { message_payload: octets } : {}),
      ...(tlvs ? { receipted_message_id: messageId, message_state: STATS[stat].code } : {}),
    },
  };
}
