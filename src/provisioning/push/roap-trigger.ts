import { type Element, isElement } from '../../wire/element.ts';
import { DRM_ROAP_2_1 } from '../../wire/wbxml/languages/drm-roap.ts';
import { type PrefixRow, prefixOf, withNamespaces, withPrefixes } from './prefixed-names.ts';

const ROAP = 'urn:oma:bac:dldrm:roap-1.0';
/** Namespaces of ROAP triggers, with the prefixes that WBXML has tokens for (OMA-TS-DRM-DRM-V2_1). */
const NAMESPACES = [
  { prefix: 'roap', namespace: ROAP },
  { prefix: 'xsi', namespace: 'http://www.w3.org/2001/XMLSchema-instance' },
  { prefix: 'xenc', namespace: 'http://www.w3.org/2001/04/xmlenc#' },
  { prefix: 'ds', namespace: 'http://www.w3.org/2000/09/xmldsig#' },
] as const satisfies readonly PrefixRow[];

const NAMES: ReadonlySet<string> = new Set(DRM_ROAP_2_1.tags.map(({ name }) => name));
/** The version of triggers of OMA DRM 2.0, whose devices know XML only. */
const XML_ONLY = '1.0';

/**
 * Whether a trigger can go as WBXML: it is for OMA DRM 2.1, has names with tokens only, and is not signed. A signature is
 * over the XML as it was written, prefixes and blanks included.
 */
export function isTokenisable(trigger: Element): boolean {
  const version = trigger.attributes.find(({ name }) => name === 'version')?.value;
  return version !== undefined && version !== XML_ONLY && hasTokens(trigger);
}

function hasTokens(node: Element): boolean {
  const prefix = prefixOf(node.namespace, NAMESPACES);
  if (prefix === undefined || node.name === 'signature') return false;
  if (!NAMES.has(prefix === '' ? node.name : `${prefix}:${node.name}`)) return false;
  // A type is a name with a prefix, and prefixes are not kept: only with the usual one it still means the same.
  if (typeOf(node)?.startsWith('roap:') === false) return false;
  return node.children.every((child) => !isElement(child) || hasTokens(child));
}

/** The tree as WBXML has it. The trigger {@link isTokenisable}. */
export function triggerToWbxml(root: Element): Element {
  return withPrefixes(withTypes(root), NAMESPACES);
}

/** The reverse of {@link triggerToWbxml}. */
export function triggerFromWbxml(root: Element): Element {
  return withNamespaces(root, NAMESPACES);
}

/** xsi:type, which only a keyIdentifier has; elsewhere `type` is an attribute of ROAP. */
function typeOf({ name, attributes }: Element): string | undefined {
  return name === 'keyIdentifier' ? attributes.find((attribute) => attribute.name === 'type')?.value : undefined;
}

function withTypes(node: Element): Element {
  const attributes =
    typeOf(node) === undefined
      ? node.attributes
      : node.attributes.map((one) => (one.name === 'type' ? { ...one, name: 'xsi:type' } : one));
  return {
    ...node,
    attributes,
    children: node.children.map((child) => (isElement(child) ? withTypes(child) : child)),
  };
}
