/**
 * What an SMSC's command_status means for a push (SMPP 3.4 section 5.1.3). One row per status; the lookup map
 * is derived.
 *
 * - `accepted`   the SMSC took the message;
 * - `retry-now`  the connection's fault, not the message's: send again as soon as the link is bound;
 * - `throttled`  the SMSC is busy: send again soon, and slower. Never counts as an attempt;
 * - `retry-later` a fault that may pass: send again after the back-off;
 * - `reroute`    this link does not take it (its number, its source address, its account), another one may: send there
 *   at once, and give up when there is none;
 * - `give-up`    the message or the account is wrong: sending the same octets again cannot help.
 */
export type RetryClass = 'accepted' | 'retry-now' | 'throttled' | 'retry-later' | 'reroute' | 'give-up';

export interface CommandStatusRow {
  readonly code: number;
  readonly name: string;
  readonly retry: RetryClass;
}

export const COMMAND_STATUSES = [
  { code: 0x00, name: 'ESME_ROK', retry: 'accepted' },
  { code: 0x01, name: 'ESME_RINVMSGLEN', retry: 'give-up' },
  { code: 0x02, name: 'ESME_RINVCMDLEN', retry: 'give-up' },
  { code: 0x03, name: 'ESME_RINVCMDID', retry: 'reroute' },
  { code: 0x04, name: 'ESME_RINVBNDSTS', retry: 'retry-now' },
  { code: 0x05, name: 'ESME_RALYBND', retry: 'retry-later' },
  { code: 0x06, name: 'ESME_RINVPRTFLG', retry: 'give-up' },
  { code: 0x07, name: 'ESME_RINVREGDLVFLG', retry: 'reroute' },
  { code: 0x08, name: 'ESME_RSYSERR', retry: 'retry-later' },
  { code: 0x0a, name: 'ESME_RINVSRCADR', retry: 'reroute' },
  { code: 0x0b, name: 'ESME_RINVDSTADR', retry: 'reroute' },
  { code: 0x0c, name: 'ESME_RINVMSGID', retry: 'give-up' },
  { code: 0x0d, name: 'ESME_RBINDFAIL', retry: 'retry-later' },
  { code: 0x0e, name: 'ESME_RINVPASWD', retry: 'retry-later' },
  { code: 0x0f, name: 'ESME_RINVSYSID', retry: 'retry-later' },
  { code: 0x11, name: 'ESME_RCANCELFAIL', retry: 'give-up' },
  { code: 0x13, name: 'ESME_RREPLACEFAIL', retry: 'give-up' },
  { code: 0x14, name: 'ESME_RMSGQFUL', retry: 'throttled' },
  { code: 0x15, name: 'ESME_RINVSERTYP', retry: 'reroute' },
  { code: 0x33, name: 'ESME_RINVNUMDESTS', retry: 'give-up' },
  { code: 0x34, name: 'ESME_RINVDLNAME', retry: 'give-up' },
  { code: 0x40, name: 'ESME_RINVDESTFLAG', retry: 'give-up' },
  { code: 0x42, name: 'ESME_RINVSUBREP', retry: 'give-up' },
  { code: 0x43, name: 'ESME_RINVESMCLASS', retry: 'give-up' },
  { code: 0x44, name: 'ESME_RCNTSUBDL', retry: 'give-up' },
  { code: 0x45, name: 'ESME_RSUBMITFAIL', retry: 'retry-later' },
  { code: 0x48, name: 'ESME_RINVSRCTON', retry: 'reroute' },
  { code: 0x49, name: 'ESME_RINVSRCNPI', retry: 'reroute' },
  { code: 0x50, name: 'ESME_RINVDSTTON', retry: 'reroute' },
  { code: 0x51, name: 'ESME_RINVDSTNPI', retry: 'reroute' },
  { code: 0x53, name: 'ESME_RINVSYSTYP', retry: 'reroute' },
  { code: 0x54, name: 'ESME_RINVREPFLAG', retry: 'give-up' },
  { code: 0x55, name: 'ESME_RINVNUMMSGS', retry: 'give-up' },
  { code: 0x58, name: 'ESME_RTHROTTLED', retry: 'throttled' },
  { code: 0x61, name: 'ESME_RINVSCHED', retry: 'give-up' },
  { code: 0x62, name: 'ESME_RINVEXPIRY', retry: 'reroute' },
  { code: 0x63, name: 'ESME_RINVDFTMSGID', retry: 'give-up' },
  { code: 0x64, name: 'ESME_RX_T_APPN', retry: 'retry-later' },
  { code: 0x65, name: 'ESME_RX_P_APPN', retry: 'give-up' },
  { code: 0x66, name: 'ESME_RX_R_APPN', retry: 'reroute' },
  { code: 0x67, name: 'ESME_RQUERYFAIL', retry: 'retry-later' },
  { code: 0xc0, name: 'ESME_RINVOPTPARSTREAM', retry: 'give-up' },
  { code: 0xc1, name: 'ESME_ROPTPARNOTALLWD', retry: 'reroute' },
  { code: 0xc2, name: 'ESME_RINVPARLEN', retry: 'give-up' },
  { code: 0xc3, name: 'ESME_RMISSINGOPTPARAM', retry: 'give-up' },
  { code: 0xc4, name: 'ESME_RINVOPTPARAMVAL', retry: 'give-up' },
  { code: 0xfe, name: 'ESME_RDELIVERYFAILURE', retry: 'retry-later' },
  { code: 0xff, name: 'ESME_RUNKNOWNERR', retry: 'retry-later' },
] as const satisfies readonly CommandStatusRow[];

export type CommandStatusName = (typeof COMMAND_STATUSES)[number]['name'];

const byCode: ReadonlyMap<number, CommandStatusRow> = new Map(COMMAND_STATUSES.map((row) => [row.code, row]));

/**
 * The row for a code. A code without a row (reserved, or a vendor's own from 0x400 on) is answered with its
 * number as the name and `retry-later`: nothing says that the message is at fault.
 */
export function commandStatus(code: number): CommandStatusRow {
  return byCode.get(code) ?? { code, name: `0x${code.toString(16).padStart(8, '0')}`, retry: 'retry-later' };
}
