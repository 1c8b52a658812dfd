/** What an SMSC refuses a bind with (SMPP 3.4 section 5.1.3), and what that means for whoever set the link up. */
const BIND_STATUSES = [
  { status: 0x01, name: 'ESME_RINVMSGLEN', meaning: 'it could not read the bind' },
  { status: 0x03, name: 'ESME_RINVCMDID', meaning: 'it does not know this kind of bind' },
  { status: 0x04, name: 'ESME_RINVBNDSTS', meaning: 'the account may not bind in this way' },
  { status: 0x05, name: 'ESME_RALYBND', meaning: 'the account is bound already and may not be once more' },
  { status: 0x08, name: 'ESME_RSYSERR', meaning: 'it has a fault of its own' },
  { status: 0x0d, name: 'ESME_RBINDFAIL', meaning: 'it takes no bind of this account at the moment' },
  { status: 0x0e, name: 'ESME_RINVPASWD', meaning: 'the password is wrong' },
  { status: 0x0f, name: 'ESME_RINVSYSID', meaning: 'it does not know the system ID' },
  { status: 0x14, name: 'ESME_RMSGQFUL', meaning: 'its queue is full' },
  { status: 0x53, name: 'ESME_RINVSYSTYP', meaning: 'it does not take the system type' },
  { status: 0x58, name: 'ESME_RTHROTTLED', meaning: 'there are too many binds in too short a time' },
] as const satisfies readonly { readonly status: number; readonly name: string; readonly meaning: string }[];

const BY_STATUS = new Map<number, (typeof BIND_STATUSES)[number]>(BIND_STATUSES.map((row) => [row.status, row]));

/** A refused bind in plain words, with the name and the number that an operator of the SMSC knows. */
export function sayBindRefused(status: number): string {
  const hex = `0x${status.toString(16).padStart(8, '0')}`;
  const known = BY_STATUS.get(status);
  return known === undefined
    ? `the SMSC refused the bind with status ${hex}`
    : `the SMSC refused the bind: ${known.meaning} (${known.name}, ${hex})`;
}
