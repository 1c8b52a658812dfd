import { childElements, type Element, isElement } from '../wire/element.ts';
import type { CpExtent } from './cp/characteristics.ts';
import { checkCharacteristic } from './cp/check-characteristic.ts';
import type { ElementReader } from './element-reader.ts';
import { quoted } from './fault.ts';
import type { FaultLog } from './fault-log.ts';

export const CP_ROOT = 'wap-provisioningdoc';

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  [CP_ROOT]: ['version'],
  characteristic: ['type'],
  parm: ['name', 'value'],
};

/**
 * Checks that a `wap-provisioningdoc` is built of characteristics and parms (OMA-WAP-TS-ProvCont-V1_1, 4): names, nesting,
 * attributes; then that what the specification knows stands where it may and has what it needs. Variables may stand in
 * the values of attributes.
 *
 * @param extent an upload is a `part` (default): it may add to what the device holds already
 */
export function checkCpDocument(
  root: Element,
  faults: FaultLog,
  reader: ElementReader,
  extent: CpExtent = 'part',
): void {
  checkAttributes(root, faults, reader);
  const before = root.children.some((node) => isElement(node) && node.name === 'characteristic');
  if (!before) faults.add(root, 'empty-package', `${CP_ROOT} needs a characteristic`);
  checkContent(root, faults, reader);
  for (const child of childElements(root)) {
    if (child.name === 'characteristic') checkCharacteristic(child, undefined, faults, extent);
  }
}

function checkContent(parent: Element, faults: FaultLog, reader: ElementReader): void {
  let stray = false;
  for (const node of parent.children) {
    if (faults.full) return;
    if (!isElement(node)) {
      if (!stray && typeof node === 'string' && node.trim() !== '') {
        stray = true;
        faults.add(parent, 'unexpected-text', `${parent.name} holds elements, not text: ${quoted(node.trim())}`);
      }
      continue;
    }
    const fits =
      node.name === 'characteristic'
        ? parent.name !== 'parm'
        : node.name === 'parm' && parent.name === 'characteristic';
    if (!Object.hasOwn(ATTRIBUTES, node.name)) {
      faults.add(node, 'unknown-element', `no element ${quoted(node.name)} is known in ${parent.name}`);
      continue;
    }
    if (!fits) {
      faults.add(node, 'misplaced-element', `${node.name} may not stand in ${parent.name}`);
      continue;
    }
    checkAttributes(node, faults, reader);
    checkContent(node, faults, reader);
  }
}

function checkAttributes(element: Element, faults: FaultLog, reader: ElementReader): void {
  const allowed = ATTRIBUTES[element.name] ?? [];
  const present = new Set<string>();
  for (const { name, value } of element.attributes) {
    present.add(name);
    if (!allowed.includes(name)) {
      faults.add(element, 'unexpected-attribute', `${element.name} takes no attribute ${quoted(name)}`);
    } else {
      reader.template(value, element);
    }
  }
  const required = element.name === 'characteristic' ? 'type' : element.name === 'parm' ? 'name' : undefined;
  if (required !== undefined && !present.has(required)) {
    faults.add(element, 'missing-attribute', `${element.name} needs the attribute ${required}`);
  }
}
