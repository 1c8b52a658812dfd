/**
 * The text of a delivery receipt, which SMPP 3.4 appendix B shows as an example and everybody writes:
 * `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`.
 */
export interface ReceiptText {
  readonly messageId: string;
  /** In upper case, e.g. `DELIVRD`; a digit where the SMSC writes message_state as a number. */
  readonly stat: string;
  readonly errorCode?: string;
}

/**
 * Reads what matters of a receipt's text: the fields of the example, in any case, with blanks, quotes, commas or
 * semicolons between them, or the sentence that some SMSCs write. Undefined when it names no message or no state.
 */
export function parseReceiptText(text: string): ReceiptText | undefined {
  const told = SENTENCE.exec(text);
  if (told?.[1] !== undefined) return { messageId: told[1], stat: told[2] === undefined ? 'DELIVRD' : 'UNDELIV' };
  const messageId = MESSAGE_ID.exec(text)?.[1];
  const stat = STAT.exec(text)?.[1];
  if (messageId === undefined || stat === undefined) return undefined;
  const errorCode = ERROR.exec(text)?.[1];
  return { messageId, stat: stat.toUpperCase(), ...(errorCode === undefined ? {} : { errorCode }) };
}

const MESSAGE_ID = /(?:^|[\s;,])(?:id|msgid|message_id)\s*[:=]\s*"?([^\s;,"]+)/i;
const STAT = /(?:^|[\s;,])(?:stat|status|state)\s*[:=]\s*"?([A-Za-z]+|\d)(?![\w])/i;
const ERROR = /(?:^|[\s;,])(?:err|error)\s*[:=]\s*"?([^\s;,"]+)/i;
const SENTENCE = /^Message for [^,]{0,40}, with identification ([^\s,]+),? has (not )?been delivered/i;

/** @param submittedAt @param doneAt written to the minute, UTC */
export function buildReceiptText(receipt: ReceiptText, submittedAt: Date, doneAt: Date): string {
  const delivered = receipt.stat === 'DELIVRD' ? '001' : '000';
  return (
    `id:${receipt.messageId} sub:001 dlvrd:${delivered} submit date:${minute(submittedAt)} ` +
    `done date:${minute(doneAt)} stat:${receipt.stat} err:${receipt.errorCode ?? '000'} text:`
  );
}

/** YYMMDDhhmm */
function minute(instant: Date): string {
  return instant.toISOString().replace(/\D/g, '').slice(2, 12);
}
