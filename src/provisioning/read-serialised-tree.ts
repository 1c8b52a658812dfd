import type { Data } from '../syncml/message.ts';
import { canonicalLocUri } from '../syncml/node-name.ts';
import type { NodeProperty } from '../syncml/node-properties.ts';
import { serialisedTreeType } from '../syncml/serialised-tree.ts';
import { childElements, childOf, type Element, textOf } from '../wire/element.ts';
import { decodeWbxml } from '../wire/wbxml/decode-wbxml.ts';
import { WbxmlError } from '../wire/wbxml/wbxml-error.ts';
import { decodeXml } from '../wire/xml/decode-xml.ts';
import { XmlError } from '../wire/xml/xml-error.ts';
import type { PackageData } from './package-command.ts';
import { parseTnds } from './tnds.ts';
import { TndsError, type TndsNode } from './tnds-node.ts';

/** A node of a serialised tree: text, or base64 with format `b64`. */
export interface ReadNode {
  readonly locUri: string;
  readonly format: string;
  readonly value?: string;
  readonly type?: string;
  readonly properties: readonly { readonly name: NodeProperty; readonly value: string }[];
}

/**
 * Reads the serialised tree in the data of a command or of Results (OMA-TS-DM_TNDS-V1_2), whichever way it is carried:
 * as elements, as XML in text, as WBXML in octets or in base64.
 *
 * @param type of the data; without one only elements are taken for what they look like
 * @param locUri the node the data is of; a tree without a Path hangs there, or is that node itself when it is called so
 * @returns undefined when the data is no serialised tree, or a faulty one
 */
export function readSerialisedTree(
  data: Data | undefined,
  type: string | undefined,
  locUri: string,
): readonly ReadNode[] | undefined {
  try {
    const root = treeIn(data, type);
    if (root === undefined) return undefined;
    return parseTnds(root, { base: baseOf(root, canonicalLocUri(locUri)) }).nodes.map(readNode);
  } catch (error) {
    if (error instanceof TndsError) return undefined;
    throw error;
  }
}

/** The MgmtTree in the data; undefined when there is none. */
export function treeIn(data: Data | undefined, type: string | undefined): Element | undefined {
  if (data === undefined) return undefined;
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
    const [root, second] = data.elements;
    return second === undefined && root?.name === 'MgmtTree' ? root : undefined;
  }
  if (serialisedTreeType(type) === undefined) return undefined;
  try {
    if (typeof data === 'string' && data.trimStart().startsWith('<')) return decodeXml(data.trim()).root;
    const octets = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
    // XML may come as octets, too; no WBXML begins with a "<".
    if (octets[0] === 0x3c || octets[0] === 0xef) return decodeXml(octets).root;
    return decodeWbxml(octets, { assumeLanguage: 'dm-ddf-1.2' }).root;
  } catch (error) {
    if (error instanceof WbxmlError || error instanceof XmlError) return undefined;
    throw error;
  }
}

/**
 * What is wrong with the serialised tree that a command of a package carries, or undefined. Values are not looked at, for
 * they may be variables still.
 */
export function serialisedTreeFault(data: PackageData, type: string, locUri: string): string | undefined {
  if (typeof data !== 'string' && 'base64' in data && data.base64.includes('{{')) return undefined;
  const carried = typeof data !== 'string' && 'base64' in data ? Buffer.from(data.base64, 'base64') : data;
  const root = treeIn(carried, type);
  if (root === undefined) return 'there is no MgmtTree in it, or it is not well-formed';
  try {
    parseTnds(root, { base: baseOf(root, canonicalLocUri(locUri)) });
    return undefined;
  } catch (error) {
    if (!(error instanceof TndsError)) throw error;
    return error.code === 'bad-value' ? undefined : error.message;
  }
}

/** A tree may begin with the node asked for, or with what is below it; only its name tells. */
function baseOf(root: Element, locUri: string): string {
  if (locUri === '.') return '.';
  const at = locUri.lastIndexOf('/');
  const isItself = childElements(root).some((node) => {
    const name = node.name === 'Node' ? childOf(node, 'NodeName') : undefined;
    return name !== undefined && childOf(node, 'Path') === undefined && textOf(name).trim() === locUri.slice(at + 1);
  });
  return isItself ? locUri.slice(0, at) : locUri;
}

function readNode({ locUri, format, type, ddfName, value, acl, name, size, title, tStamp, verNo }: TndsNode): ReadNode {
  const properties: { name: NodeProperty; value: string }[] = [];
  const add = (property: NodeProperty, said: string | number | undefined): void => {
    if (said !== undefined) properties.push({ name: property, value: String(said) });
  };
  add('ACL', acl);
  add('Name', name);
  add('Size', size);
  add('Title', title);
  add('TStamp', tStamp);
  add('VerNo', verNo);
  const isBinary = value instanceof Uint8Array;
  const mime = type ?? ddfName;
  return {
    locUri,
    format: isBinary ? 'b64' : format,
    ...(value !== undefined && { value: isBinary ? Buffer.from(value).toString('base64') : value }),
    ...(mime !== undefined && { type: mime }),
    properties,
  };
}
