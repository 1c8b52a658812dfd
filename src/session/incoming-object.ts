import { decodeBase64Piece, decodeBase64Pieces, octetsInBase64 } from '../syncml/base64-pieces.ts';
import type { Data, Item, Meta } from '../syncml/message.ts';
import { isSecretNode } from '../syncml/secret-nodes.ts';
import type { ObjectRef } from './report-node.ts';
import type { IncomingObject, KeptPieces } from './session-state.ts';
import type { Turn } from './turn.ts';

/** A value of the device of at most this many octets is put together in the session's state; larger ones are kept apart. */
export const MAX_OBJECT_IN_STATE = 16_384;

const MAX_TREE_IN_STATE = 262_144;
/** TNDS in either encoding (OMA-TS-DM_TNDS). */
const SERIALISED_TREE = /^application\/vnd\.syncml\.dmtnds\+/i;

/** Where a value comes from. */
export interface ObjectPlace {
  /** What all pieces of one value have in common: MsgRef and CmdRef of Results, or the name of the device's command. */
  readonly ref: string;
  readonly locUri: string;
  /** The Meta of the command. */
  readonly inherited: Meta | undefined;
  /** The delivery whose Get is answered. */
  readonly deliveryId?: string;
}

/** What an Item of a device came to. */
export type Taken =
  /** All of a value: the Item as if it had come in one piece, or without its data where that is kept as an object. */
  | { readonly kind: 'whole'; readonly item: Item; readonly object?: ObjectRef }
  /** A piece; more are to come. */
  | { readonly kind: 'kept' }
  /**
   * 411: the first piece does not name the size. 413: larger than we said we take. 424: not as large as was said.
   * `isFirst` is false for what still comes of one that was refused before.
   */
  | { readonly kind: 'refused'; readonly code: Refusal; readonly isFirst: boolean };

type Refusal = 411 | 413 | 424;

/**
 * Puts objects together that the device sends in pieces (OMA-TS-DM_Protocol, 7): one at a time, and nothing of it counts
 * before all of it is there. Small ones stand in the session's state; of a larger one the state only knows how far it
 * has come, and its pieces leave the engine as effects.
 */
export class ObjectIntake {
  readonly #turn: Turn;
  #object: IncomingObject | undefined;
  #interrupted: string | undefined;
  #hasProgress = false;
  /** Told of a value that is given up because its end did not come. */
  onBreakOff: (object: IncomingObject) => void = () => undefined;

  constructor(turn: Turn, object: IncomingObject | undefined) {
    this.#turn = turn;
    this.#object = object;
  }

  /** A value that has not come to its end. */
  get incoming(): IncomingObject | undefined {
    return this.#object;
  }

  /** LocURI of a value whose end was left out; it is to be told by alert 1225. */
  get interrupted(): string | undefined {
    return this.#interrupted;
  }

  /** A piece came. */
  get hasProgress(): boolean {
    return this.#hasProgress;
  }

  take(place: ObjectPlace, item: Item): Taken {
    if (this.#object !== undefined && !continues(this.#object, place)) this.breakOff();
    const before = this.#object;
    if (before === undefined && item.moreData !== true) return { kind: 'whole', item };
    const isLast = item.moreData !== true;
    if (before?.isRefused === true) {
      if (isLast) this.#object = undefined;
      return { kind: 'refused', code: before.code ?? 413, isFirst: false };
    }
    const object = before ?? this.#begin(place, item);
    if (object === undefined) return this.#refuse(place, 411, isLast);
    const { limits } = this.#turn.input;
    const grown = object.kept === undefined ? inState(object, item.data) : this.#keep(object, object.kept, place, item);
    if (grown === undefined) return this.#refuse(place, 424, isLast, object);
    const { octets, text } = lengthsOf(grown);
    if (Math.max(object.size, octets) > limits.maxObjSize) return this.#refuse(place, 413, isLast, object);
    // Size is that of the object; some count its base64 where it travels in that.
    if (Math.min(octets, text) > object.size) return this.#refuse(place, 424, isLast, object);
    this.#hasProgress = true;
    if (!isLast) {
      this.#object = grown;
      return { kind: 'kept' };
    }
    if (octets !== object.size && text !== object.size) return this.#refuse(place, 424, isLast, object);
    return this.#finish(grown, item, place);
  }

  /** What has come of a value is dropped: something else came, or the package ended. */
  breakOff(): void {
    const object = this.#object;
    this.#object = undefined;
    if (object === undefined || object.isRefused === true) return;
    this.#drop(object);
    this.#interrupted = object.locUri;
    this.#turn.note(`the end of the value of ${object.locUri} did not come; what had come is dropped`);
    this.onBreakOff(object);
  }

  #begin({ ref, locUri, inherited }: ObjectPlace, item: Item): IncomingObject | undefined {
    const { size, format, type } = { ...inherited, ...item.meta };
    if (size === undefined) return undefined;
    const known = { ...(format !== undefined && { format }), ...(type !== undefined && { type }) };
    const object = { ref, locUri, size, ...known, base64: '' };
    // A serialised tree is read node by node once it is there, so more of it is held.
    const most = type !== undefined && SERIALISED_TREE.test(type) ? MAX_TREE_IN_STATE : MAX_OBJECT_IN_STATE;
    if (size <= most || size > this.#turn.input.limits.maxObjSize) return object;
    // Secrets are not kept anywhere: of theirs only the size is watched.
    const id = isSecretNode(locUri) ? '' : this.#turn.input.newId();
    return { ...object, kept: { id, pieces: 0, octets: 0, text: 0, rest: '' } };
  }

  #keep(object: IncomingObject, kept: KeptPieces, place: ObjectPlace, item: Item): IncomingObject | undefined {
    const isLast = item.moreData !== true;
    const sent = octetsOf(item.data);
    const decoded = object.format === 'b64' ? decodeBase64Piece(kept.rest, latin1(sent), isLast) : undefined;
    if (object.format === 'b64' && decoded === undefined) return undefined;
    const octets = decoded?.octets ?? sent;
    if (kept.id !== '' && octets.length > 0) {
      const { size, format, type, locUri } = object;
      const begins = {
        locUri,
        size,
        ...(format !== undefined && { format }),
        ...(type !== undefined && { type }),
        ...(place.deliveryId !== undefined && { deliveryId: place.deliveryId }),
      };
      const piece = { id: kept.id, place: kept.pieces, octets };
      this.#turn.do({ kind: 'keepPiece', piece: kept.pieces === 0 ? { ...piece, begins } : piece });
    }
    return {
      ...object,
      kept: {
        id: kept.id,
        pieces: kept.pieces + (octets.length > 0 ? 1 : 0),
        octets: kept.octets + octets.length,
        text: kept.text + sent.length,
        rest: decoded?.rest ?? '',
      },
    };
  }

  #finish(object: IncomingObject, item: Item, { inherited, deliveryId, locUri }: ObjectPlace): Taken {
    this.#object = undefined;
    const { format, type, kept } = object;
    const known = { ...(format !== undefined && { format }), ...(type !== undefined && { type }) };
    const { moreData: _more, data: _data, ...rest } = item;
    const whole = { ...rest, meta: { ...inherited, ...item.meta, ...known } };
    if (kept === undefined) return { kind: 'whole', item: { ...whole, data: dataInState(object) } };
    if (kept.id === '') return { kind: 'whole', item: whole };
    const replaces = deliveryId === undefined ? { replaces: locUri } : {};
    this.#turn.do({ kind: 'completeObject', id: kept.id, size: kept.octets, ...replaces });
    return { kind: 'whole', item: whole, object: { id: kept.id, size: kept.octets } };
  }

  #refuse({ ref, locUri }: ObjectPlace, code: Refusal, isLast: boolean, object?: IncomingObject): Taken {
    if (object !== undefined) this.#drop(object);
    this.#object = isLast ? undefined : { ref, locUri, size: 0, base64: '', isRefused: true, code };
    return { kind: 'refused', code, isFirst: true };
  }

  #drop({ kept }: IncomingObject): void {
    if (kept !== undefined && kept.id !== '') this.#turn.do({ kind: 'dropObject', id: kept.id });
  }
}

/** Is this the next piece of that object? Pieces may come under the CmdRef of one command and the LocURI of one Item only. */
function continues(object: IncomingObject, { ref, locUri }: ObjectPlace): boolean {
  return object.ref === ref && object.locUri === locUri;
}

function inState(object: IncomingObject, data: Data | undefined): IncomingObject {
  const octets = Buffer.concat([Buffer.from(object.base64, 'base64'), octetsOf(data)]);
  return { ...object, base64: octets.toString('base64') };
}

/** How long it is so far: as octets, and as the text it travels in where that is base64. */
function lengthsOf({ kept, base64, format }: IncomingObject): { octets: number; text: number } {
  if (kept !== undefined) return kept;
  const sent = Buffer.from(base64, 'base64');
  return { octets: format === 'b64' ? lengthOfBase64(sent) : sent.length, text: sent.length };
}

function lengthOfBase64(sent: Buffer): number {
  return decodeBase64Pieces(sent.toString('latin1'))?.length ?? octetsInBase64(sent.toString('latin1'));
}

function octetsOf(data: Data | undefined): Uint8Array {
  if (data === undefined) return Buffer.alloc(0);
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return data instanceof Uint8Array ? data : Buffer.alloc(0);
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text unless the format, or the octets themselves, say otherwise; a piece may have ended inside a character. */
function dataInState({ base64, format }: IncomingObject): Data {
  const octets = Buffer.from(base64, 'base64');
  if (format === 'bin') return octets;
  if (format === 'b64') {
    const decoded = decodeBase64Pieces(octets.toString('latin1'));
    if (decoded !== undefined) return Buffer.from(decoded).toString('base64');
  }
  try {
    return strictUtf8.decode(octets);
  } catch {
    return octets;
  }
}
