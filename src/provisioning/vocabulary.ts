/**
 * Which elements a package may be made of: the part of the SyncML and MetInf DTDs that OMA DM uses from server to client
 * (OMA-TS-DM_RepPro-V1_2, 6; OMA-TS-SyncML_RepPro-V1_2 for the content models). Order among siblings is not checked: the
 * session writes the elements anew, in the order of the DTD.
 */
export type Occurrence = 'one' | 'many';
export type Content = Readonly<Record<string, Occurrence>>;

export const COMMANDS: Content = {
  Add: 'many',
  Replace: 'many',
  Delete: 'many',
  Copy: 'many',
  Get: 'many',
  Exec: 'many',
  Alert: 'many',
  Atomic: 'many',
  Sequence: 'many',
};

export const SYNC_ML: Content = { SyncHdr: 'one', SyncBody: 'one' };

/** Recognised and left aside: the session writes its own header. */
export const SYNC_HDR: Content = {
  VerDTD: 'one',
  VerProto: 'one',
  SessionID: 'one',
  MsgID: 'one',
  Target: 'one',
  Source: 'one',
  RespURI: 'one',
  Meta: 'one',
};

export const BODY: Content = { ...COMMANDS, Final: 'one' };
export const GROUP: Content = { CmdID: 'one', Meta: 'one', ...COMMANDS };
export const ITEMS_COMMAND: Content = { CmdID: 'one', Meta: 'one', Item: 'many' };
export const EXEC: Content = { ...ITEMS_COMMAND, Correlator: 'one' };
export const ALERT: Content = { CmdID: 'one', Data: 'one', Correlator: 'one', Item: 'many' };
export const ITEM: Content = { Target: 'one', Source: 'one', Meta: 'one', Data: 'one' };
export const LOCATION: Content = { LocURI: 'one', LocName: 'one' };
export const META: Content = { Format: 'one', Type: 'one', Mark: 'one', Size: 'one' };
export const HEADER_META: Content = { ...META, MaxMsgSize: 'one', MaxObjSize: 'one', EMI: 'many' };

const KNOWN: ReadonlySet<string> = new Set(
  [SYNC_ML, SYNC_HDR, BODY, GROUP, EXEC, ALERT, ITEM, LOCATION, META, ['SyncML']].flatMap((content) =>
    Array.isArray(content) ? content : Object.keys(content),
  ),
);

const IN_THE_SESSION = 'the session negotiates it';
const SYNCHRONISATION = 'it is for data synchronisation';

/** Elements of SyncML that a package never has, and why (OMA-TS-DM_RepPro-V1_2, 6.1 names those DM leaves out). */
const REFUSED: Readonly<Record<string, string>> = {
  Cred: "credentials come from the device's account, never from a package",
  Chal: 'challenges are made by the session',
  MoreData: 'a package holds whole values; the session splits those that are too large',
  NoResp: 'in OMA DM every command is answered',
  NoResults: 'in OMA DM every command is answered',
  Archive: SYNCHRONISATION,
  SftDel: SYNCHRONISATION,
  Lang: SYNCHRONISATION,
  NumberOfChanges: SYNCHRONISATION,
  SourceParent: SYNCHRONISATION,
  TargetParent: SYNCHRONISATION,
  Filter: SYNCHRONISATION,
  Field: SYNCHRONISATION,
  Record: SYNCHRONISATION,
  FilterType: SYNCHRONISATION,
  MapItem: SYNCHRONISATION,
  Anchor: SYNCHRONISATION,
  Last: SYNCHRONISATION,
  Next: SYNCHRONISATION,
  FieldLevel: SYNCHRONISATION,
  Mem: SYNCHRONISATION,
  SharedMem: SYNCHRONISATION,
  FreeMem: SYNCHRONISATION,
  FreeID: SYNCHRONISATION,
  Version: SYNCHRONISATION,
  EMI: 'experimental meta-information means nothing to a device in general',
  NextNonce: IN_THE_SESSION,
  MaxMsgSize: IN_THE_SESSION,
  MaxObjSize: IN_THE_SESSION,
  Cmd: 'it belongs to Status',
  CmdRef: 'it belongs to Status and Results',
  MsgRef: 'it belongs to Status and Results',
  TargetRef: 'it belongs to Status and Results',
  SourceRef: 'it belongs to Status and Results',
};

/** Commands that a package cannot send, and why. */
const REFUSED_COMMANDS: Readonly<Record<string, string>> = {
  Status: 'it answers a command',
  Results: 'it answers a Get',
  Map: SYNCHRONISATION,
  Move: SYNCHRONISATION,
  Put: SYNCHRONISATION,
  Search: SYNCHRONISATION,
  Sync: SYNCHRONISATION,
};

/** Elements that may be in the MetInf namespace; Meta itself, because several tools write it so. */
const METINF: ReadonlySet<string> = new Set([
  'Meta',
  ...Object.keys(HEADER_META),
  'Version',
  'NextNonce',
  'Anchor',
  'Mem',
]);

export type ElementStanding =
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'refused-command'; readonly why: string }
  | { readonly kind: 'unknown' };

/** What a name means in a package, wherever it stands. */
export function standingOf(name: string): ElementStanding {
  if (KNOWN.has(name)) return { kind: 'known' };
  if (Object.hasOwn(REFUSED_COMMANDS, name)) return { kind: 'refused-command', why: REFUSED_COMMANDS[name] ?? '' };
  if (Object.hasOwn(REFUSED, name)) return { kind: 'refused', why: REFUSED[name] ?? '' };
  return { kind: 'unknown' };
}

export function isCommandName(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

export function mayBeMetInf(name: string): boolean {
  return METINF.has(name);
}
