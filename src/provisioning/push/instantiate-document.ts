import { childElements, type Element, isElement } from '../../wire/element.ts';
import { checkCharacteristic } from '../cp/check-characteristic.ts';
import { FaultLog } from '../fault-log.ts';
import { fillTemplate, parseTemplate, variablesOf } from '../variables.ts';
import type { PushDocument } from './push-document.ts';

export type DocumentInstantiation =
  | { readonly ok: true; readonly document: PushDocument }
  | {
      readonly ok: false;
      /** Variables without a value, sorted, each once. */
      readonly missing: readonly string[];
      /** What the values given make wrong. Names variables and parameters. */
      readonly invalid: readonly string[];
    };

/** Everything but the characters of XML 1.0, section 2.2, without line ends and tabs. */
const NOT_ONE_LINE = /[^\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** Characters that all values together may add: more than 255 short messages carry. */
const MAX_EXPANSION = 64 * 1024;
const MAX_FAULTS = 100;

/**
 * The document for one device: in an OMA CP document every variable is replaced by its value, and what the document kept
 * of the rules for parameters it keeps afterwards. Documents of other kinds have no variables and are handed back.
 */
export function instantiateDocument(
  document: PushDocument,
  values: Readonly<Record<string, string>>,
): DocumentInstantiation {
  if (document.kind !== 'provisioning') return { ok: true, document };
  const missing = new Set<string>();
  const unwritable = new Set<string>();
  let expansion = 0;
  const value = (name: string): string => {
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (given === undefined) missing.add(name);
    else if (NOT_ONE_LINE.test(given)) unwritable.add(name);
    expansion += given?.length ?? 0;
    return expansion > MAX_EXPANSION ? '' : (given ?? '');
  };
  const fill = (element: Element): Element => ({
    ...element,
    attributes: element.attributes.map((attribute) => {
      const template = parseTemplate(attribute.value);
      return variablesOf(template).length === 0 && !attribute.value.includes('{{')
        ? attribute
        : { ...attribute, value: fillTemplate(template, value) };
    }),
    children: element.children.map((child) => (isElement(child) ? fill(child) : child)),
  });
  const root = fill(document.root);
  const invalid = [...unwritable].sort().map((name) => `{{${name}}} has a character that a line of XML cannot hold`);
  if (expansion > MAX_EXPANSION) invalid.push(`the values add more than ${MAX_EXPANSION} characters`);
  if (missing.size === 0 && invalid.length === 0) invalid.push(...brokenRules(root));
  if (missing.size > 0 || invalid.length > 0) return { ok: false, missing: [...missing].sort(), invalid };
  return { ok: true, document: { kind: document.kind, root } };
}

function brokenRules(root: Element): string[] {
  const faults = new FaultLog(() => undefined, MAX_FAULTS);
  for (const child of childElements(root)) checkCharacteristic(child, undefined, faults, 'part');
  return faults.sorted().map(({ message }) => message);
}
