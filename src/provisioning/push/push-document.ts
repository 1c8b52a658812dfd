import { Buffer } from 'node:buffer';
import type { Element } from '../../wire/element.ts';
import { decodeWbxml } from '../../wire/wbxml/decode-wbxml.ts';
import { encodeWbxml } from '../../wire/wbxml/encode-wbxml.ts';
import { decodeXml, type XmlDocument } from '../../wire/xml/decode-xml.ts';
import { encodeXml } from '../../wire/xml/encode-xml.ts';
import { XmlError } from '../../wire/xml/xml-error.ts';
import { checkCpDocument } from '../cp-document.ts';
import { ElementReader } from '../element-reader.ts';
import { quoted } from '../fault.ts';
import { FaultLog } from '../fault-log.ts';
import { type Refusal, readUpload, refused } from '../read-upload.ts';
import { checkPushDocument } from './push-grammar.ts';
import { type PushKind, pushKind, pushKindOf, UNSENDABLE_ROOTS } from './push-kinds.ts';
import { checkRightsObject, rightsFromWbxml, rightsToWbxml } from './rights-object.ts';
import { triggerFromWbxml, triggerToWbxml } from './roap-trigger.ts';

/** An XML document that can be pushed. */
export interface PushDocument {
  readonly kind: PushKind;
  readonly root: Element;
  /** As it was uploaded, without a byte order mark. Absent for a document that was built here. */
  readonly xml?: string;
}

export interface PushReadOptions {
  /** Octets of the XML; default 64 KiB: far more than 255 short messages carry. */
  readonly maxBytes?: number;
  /** Faults reported; default 100. One more says that there are more. */
  readonly maxFaults?: number;
}

export const PUSH_READ_LIMITS: Required<PushReadOptions> = { maxBytes: 64 * 1024, maxFaults: 100 };

export type PushReading = { readonly ok: true; readonly document: PushDocument } | Refusal;

/**
 * Reads an uploaded document, tells its kind by its root element and holds it against that kind's rules; never throws for
 * a bad one. Comments, processing instructions and a DOCTYPE may be there, an internal subset may not.
 */
export function readPushDocument(input: Uint8Array | string, options: PushReadOptions = {}): PushReading {
  const limits = { ...PUSH_READ_LIMITS, ...options };
  const upload = readUpload(input, limits.maxBytes);
  if (!upload.ok) return upload;
  let document: XmlDocument;
  try {
    document = decodeXml(upload.text, { positions: true });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return refused(error, 'xml', error.reason);
  }
  const { root } = document;
  const faults = new FaultLog(document.positionOf, limits.maxFaults);
  const kind = checkSendable(root, faults);
  const found = faults.sorted();
  if (kind === undefined || found.length > 0) return { ok: false, faults: found };
  return { ok: true, document: { kind, root, xml: upload.text.replace(/^\uFEFF/, '') } };
}

/** The kind of a document, which is held against that kind's rules; undefined, with a fault, when it is of none. */
export function checkSendable(root: Element, faults: FaultLog): PushKind | undefined {
  const kind = pushKindOf(root);
  if (kind === undefined) {
    faults.add(root, 'unknown-root', unknownRoot(root));
    return undefined;
  }
  if (kind === 'provisioning') checkCpDocument(root, faults, new ElementReader(faults));
  checkPushDocument(root, kind, faults);
  if (kind === 'rightsObject') checkRightsObject(root, faults);
  return kind;
}

function unknownRoot({ name, namespace }: Element): string {
  const why = UNSENDABLE_ROOTS.find(({ root }) => root === name)?.why;
  if (why !== undefined) return `a document ${quoted(name)} cannot be pushed: ${why}`;
  const place = namespace === '' ? '' : ` in the namespace ${quoted(namespace)}`;
  return `no kind of document to push has the root ${quoted(name)}${place}`;
}

/** Of kinds whose tree is another in WBXML. */
const TREES: Partial<Record<PushKind, Record<'toWbxml' | 'fromWbxml', (root: Element) => Element>>> = {
  rightsObject: { toWbxml: rightsToWbxml, fromWbxml: rightsFromWbxml },
  roapTrigger21: { toWbxml: triggerToWbxml, fromWbxml: triggerFromWbxml },
};

/**
 * The body of the push: WBXML in the kind's language, or the XML itself where the kind has none.
 *
 * @throws WbxmlError, XmlError for text that cannot be written, which a document that was read does not have
 */
export function encodePushDocument({ kind, root, xml }: PushDocument): Uint8Array {
  const { wbxml } = pushKind(kind);
  if (wbxml === undefined) return new Uint8Array(Buffer.from(xml ?? encodeXml(root), 'utf8'));
  return encodeWbxml(TREES[kind]?.toWbxml(root) ?? root, wbxml);
}

/**
 * The reverse of {@link encodePushDocument}, to show what was sent.
 *
 * @throws WbxmlError, XmlError for octets that are none of that kind
 */
export function decodePushDocument(kind: PushKind, body: Uint8Array): PushDocument {
  const { wbxml } = pushKind(kind);
  if (wbxml === undefined) {
    const xml = Buffer.from(body).toString('utf8');
    return { kind, root: decodeXml(body).root, xml };
  }
  const { root } = decodeWbxml(body, { assumeLanguage: wbxml.language });
  return { kind, root: TREES[kind]?.fromWbxml(root) ?? root };
}

/** The document as XML for people, indented. An uploaded one is shown as it came. */
export function showPushDocument({ root, xml }: PushDocument): string {
  return xml ?? encodeXml(root, { indent: true });
}
