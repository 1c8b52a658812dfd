/**
 * The text of a delivery receipt, which SMPP 3.4 appendix B shows as an example and everybody writes:
 * `id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`.
 */
export interface ReceiptText {
  readonly messageId: string;
  /** In upper case, e.g. `DELIVRD`. */
  readonly stat: string;
  readonly errorCode?: string;
}

/** Reads what matters of a receipt's text; undefined when it names no message or no state. */
export function parseReceiptText(text: string): ReceiptText | undefined {
  const messageId = /(?:^|\s)id:\s*(\S+)/i.exec(text)?.[1];
  const stat = /(?:^|\s)stat:\s*([A-Za-z]+)/i.exec(text)?.[1];
  if (messageId === undefined || stat === undefined) return undefined;
  const errorCode = /(?:^|\s)err:\s*(\S+)/i.exec(text)?.[1];
  return { messageId, stat: stat.toUpperCase(), ...(errorCode === undefined ? {} : { errorCode }) };
}

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
