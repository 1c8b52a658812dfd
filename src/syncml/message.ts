import type { Element } from '../wire/element.ts';

/**
 * The typed form of a DM message: what the Representation Protocol (OMA-TS-DM_RepPro) calls SyncML, SyncHdr,
 * SyncBody and the commands inside. Only shapes live here; `parse-message.ts` and `build-message.ts` move
 * between these and the `Element` tree.
 *
 * Everything but {@link Data} bytes and elements serialises to JSON.
 */
export type DmVersion = '1.1' | '1.2';

export interface Message {
  readonly header: Header;
  readonly commands: readonly Command[];
  /** The message is the last one of its package (section 6.1.x, `Final`). */
  readonly final: boolean;
}

export interface Header {
  /** `1.1` or `1.2` in a message we understand; kept as text so that nonsense can be answered with 505. */
  readonly verDtd: string;
  /** `DM/1.1` or `DM/1.2`. */
  readonly verProto: string;
  readonly sessionId: string;
  /** As sent: a decimal number in practice. */
  readonly msgId: string;
  readonly target: Location;
  readonly source: Location;
  readonly respUri?: string;
  readonly noResp?: boolean;
  readonly cred?: Cred;
  readonly meta?: Meta;
}

export interface Location {
  readonly uri: string;
  readonly name?: string;
}

export type AuthType = 'syncml:auth-basic' | 'syncml:auth-md5' | 'syncml:auth-MAC';

export interface Cred {
  /** An {@link AuthType}, or whatever the peer wrote; an absent Type means Basic. */
  readonly type: string;
  readonly format?: string;
  /** As on the wire: base64 text. */
  readonly data: string;
}

export interface Chal {
  readonly type: string;
  readonly format?: string;
  /** As on the wire: base64 of the raw nonce. */
  readonly nextNonce?: string;
}

/** Meta Information DTD (OMA-SyncML-MetaInfo), the elements DM uses. Sizes are octets. */
export interface Meta {
  /** `chr int bool bin b64 xml node null date time float`; absent means `chr`. */
  readonly format?: string;
  /** MIME type; absent means `text/plain`. */
  readonly type?: string;
  readonly mark?: string;
  readonly size?: number;
  readonly nextNonce?: string;
  readonly maxMsgSize?: number;
  readonly maxObjSize?: number;
}

/**
 * What stands inside `Data`. Text; raw bytes (WBXML OPAQUE that its Meta calls `bin`); or elements
 * (an embedded XML value such as a TNDS tree).
 */
export type Data = string | Uint8Array | { readonly elements: readonly Element[] };

export interface Item {
  readonly target?: Location;
  readonly source?: Location;
  readonly meta?: Meta;
  readonly data?: Data;
  readonly moreData?: boolean;
}

/** Commands a server (or an uploaded package) can send: they have a CmdID and are answered with a Status. */
export type RequestCommand =
  | AlertCommand
  | AddCommand
  | ReplaceCommand
  | DeleteCommand
  | CopyCommand
  | GetCommand
  | ExecCommand
  | AtomicCommand
  | SequenceCommand;

/** A command element we do not know; it is answered 406. */
export interface UnknownCommand extends CommandBase {
  readonly name: 'Unknown';
  readonly element: string;
}

export type Command = RequestCommand | StatusCommand | ResultsCommand | UnknownCommand;
export type CommandName = Command['name'];

interface CommandBase {
  /** 1…; `0` is the header's and never stands here. As sent: kept as text. */
  readonly cmdId: string;
  readonly noResp?: boolean;
}

interface ItemsCommand<N extends string> extends CommandBase {
  readonly name: N;
  readonly meta?: Meta;
  readonly items: readonly Item[];
}

export type AddCommand = ItemsCommand<'Add'>;
export type ReplaceCommand = ItemsCommand<'Replace'>;
export type DeleteCommand = ItemsCommand<'Delete'>;
export type CopyCommand = ItemsCommand<'Copy'>;
export type GetCommand = ItemsCommand<'Get'>;
export type ExecCommand = ItemsCommand<'Exec'> & { readonly correlator?: string };

export interface AlertCommand extends CommandBase {
  readonly name: 'Alert';
  /** The alert code, e.g. 1201. An absent or non-numeric Data is NaN. */
  readonly code: number;
  readonly correlator?: string;
  readonly items: readonly Item[];
}

export interface AtomicCommand extends CommandBase {
  readonly name: 'Atomic';
  readonly meta?: Meta;
  readonly commands: readonly RequestCommand[];
}

export interface SequenceCommand extends CommandBase {
  readonly name: 'Sequence';
  readonly meta?: Meta;
  readonly commands: readonly RequestCommand[];
}

export interface StatusCommand extends CommandBase {
  readonly name: 'Status';
  readonly msgRef: string;
  /** `0` for the header. */
  readonly cmdRef: string;
  /** The command answered, e.g. `SyncHdr`, `Replace`. */
  readonly cmd: string;
  readonly targetRefs: readonly string[];
  readonly sourceRefs: readonly string[];
  readonly cred?: Cred;
  readonly chal?: Chal;
  /** The status code; NaN when the peer wrote something else. */
  readonly code: number;
  readonly items: readonly Item[];
}

export interface ResultsCommand extends CommandBase {
  readonly name: 'Results';
  /** Absent means the message is answered to the same MsgID (1.1); kept absent. */
  readonly msgRef?: string;
  readonly cmdRef: string;
  readonly meta?: Meta;
  readonly targetRef?: string;
  readonly sourceRef?: string;
  readonly items: readonly Item[];
}
