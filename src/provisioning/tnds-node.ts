import type { DataFormat } from './data-format.ts';

/** One node of a serialised tree with the properties it was given; what is absent was not said. */
export interface TndsNode {
  /** `./` in front, percent-encoded where it must be only; see `canonicalLocUri`. */
  readonly locUri: string;
  /** `b64` never stands here: it is a way to carry `bin`. */
  readonly format: DataFormat;
  /** A leaf's MIME type. */
  readonly type?: string;
  /** An interior node's type: the identifier of the management object that begins there. */
  readonly ddfName?: string;
  /** Text, or octets when the format is `bin`. */
  readonly value?: string | Uint8Array;
  /** As on the wire, e.g. `Get=*&Replace=omadm` (OMA-TS-DM_TND-V1_2_1, 7.7.1). */
  readonly acl?: string;
  readonly name?: string;
  /** Octets. */
  readonly size?: number;
  readonly title?: string;
  /** As on the wire: ISO 8601 basic, e.g. `20010711T163817Z`. */
  readonly tStamp?: string;
  readonly verNo?: number;
}

export interface TndsTree {
  readonly man?: string;
  readonly mod?: string;
  /** In the order of the document: a node before what is below it, wherever it stands nested. */
  readonly nodes: readonly TndsNode[];
}

export type TndsErrorCode =
  /** The root is not MgmtTree. */
  | 'not-tnds'
  /** VerDTD is absent or another than 1.2. */
  | 'version'
  | 'missing'
  /** An element that is not known, not here or not twice. */
  | 'unexpected'
  /** A name or path that makes no LocURI. */
  | 'bad-loc-uri'
  /** Two nodes of one LocURI. */
  | 'duplicate'
  | 'bad-format'
  /** A value that is not of its format, or where none may stand. */
  | 'bad-value'
  /** More nodes, or nodes deeper, than allowed. */
  | 'too-large';

/**
 * A serialised tree that cannot be read or written. `path` says where: the element, counted among its like-named
 * siblings (`MgmtTree/Node[2]/RTProperties/Format`), or when writing the node's LocURI. Values are never quoted.
 */
export class TndsError extends Error {
  override readonly name = 'TndsError';
  readonly code: TndsErrorCode;
  readonly path: string;

  constructor(code: TndsErrorCode, path: string, message: string) {
    super(`${path}: ${message}`);
    this.code = code;
    this.path = path;
  }
}
