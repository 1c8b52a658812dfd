import { childElements, type Element } from '../../wire/element.ts';
import { quoted } from '../fault.ts';
import type { FaultLog } from '../fault-log.ts';
import { CHARACTERISTICS, type CharacteristicRow, type CpExtent, PARM_VALUES } from './characteristics.ts';
import { checkCertificateStore } from './check-certificate-store.ts';
import { checkDmApplication } from './check-dm-application.ts';
import { attributeOf, parmValue } from './parms.ts';

interface Rule {
  readonly row: CharacteristicRow;
  readonly parms: ReadonlyMap<string, { readonly isNeeded: boolean; readonly isMany: boolean }>;
}

const RULES: ReadonlyMap<string, Rule> = new Map(
  CHARACTERISTICS.map((row: CharacteristicRow) => [
    row.type,
    {
      row,
      parms: new Map(
        row.parms.map((parm) => [
          parm.replace(/[!*]$/, ''),
          { isNeeded: parm.endsWith('!'), isMany: parm.endsWith('*') },
        ]),
      ),
    },
  ]),
);
const PARM_NAMES: ReadonlySet<string> = new Set([...RULES.values()].flatMap(({ parms }) => [...parms.keys()]));

/**
 * Holds a characteristic with all inside against the rules of OMA Client Provisioning (OMA-WAP-TS-ProvCont-V1_1, 4):
 * where it may stand, which parameters it needs, takes once or takes elsewhere only, and the form of their values.
 *
 * Characteristics and parameters the specification does not know belong to a vendor and are let pass, as devices do
 * (4.3), but for names that differ from a known one in case alone: those are slips, for names are case-sensitive.
 * Values with variables are not looked at.
 *
 * @param extent of a `whole` document everything needed must be there; a `part` adds to what a device holds already
 */
export function checkCharacteristic(
  element: Element,
  parent: string | undefined,
  faults: FaultLog,
  extent: CpExtent,
): void {
  if (faults.full) return;
  const type = attributeOf(element, 'type');
  // Under a vendor's characteristic a type is the vendor's, too.
  const isVendors = parent !== undefined && !RULES.has(parent);
  const rule = type === undefined || isVendors ? undefined : RULES.get(type);
  if (type !== undefined && !isVendors) {
    if (rule === undefined) checkCase(element, type, RULES, 'the type', faults);
    else checkPlace(element, rule, parent, faults);
    if (rule !== undefined) checkParms(element, rule, faults, extent);
    if (type === 'CertificateStore' && parent === undefined) checkCertificateStore(element, faults);
    if (type === 'APPLICATION' && parmValue(element, 'APPID') === 'w7') checkDmApplication(element, faults, extent);
  }
  for (const child of childElements(element)) {
    if (child.name === 'characteristic') checkCharacteristic(child, type ?? '', faults, extent);
  }
}

function checkPlace(element: Element, { row }: Rule, parent: string | undefined, faults: FaultLog): void {
  const { type, parents } = row;
  const fits = parent === undefined ? parents.length === 0 : parents.includes(parent);
  if (fits) return;
  const where = parents.length === 0 ? 'at the top of the document' : `in ${parents.join(', ')}`;
  faults.add(element, 'misplaced-characteristic', `${type} stands ${where}`);
}

function checkParms(element: Element, { row, parms }: Rule, faults: FaultLog, extent: CpExtent): void {
  const seen = new Set<string>();
  for (const child of childElements(element)) {
    const name = child.name === 'parm' ? attributeOf(child, 'name') : undefined;
    if (name === undefined || name.includes('{{')) continue;
    const known = parms.get(name);
    if (known === undefined) {
      checkCase(child, name, parms, 'the parm', faults);
      if (row.isOpen !== true && PARM_NAMES.has(name)) {
        faults.add(child, 'misplaced-parm', `${row.type} takes no parm ${name}`);
      }
      continue;
    }
    if (seen.has(name) && !known.isMany) faults.add(child, 'repeated-parm', `${row.type} has a parm ${name} already`);
    seen.add(name);
    checkValue(child, name, faults);
  }
  // Microsoft writes each NAPDEF and PXLOGICAL inside another, whose type is its id.
  const isVendors = childElements(element).some(
    (child) => child.name === 'characteristic' && !RULES.has(attributeOf(child, 'type') ?? ''),
  );
  if (isVendors || extent === 'part') return;
  for (const [name, { isNeeded }] of parms) {
    if (isNeeded && !seen.has(name)) faults.add(element, 'missing-element', `${row.type} needs a parm ${name}`);
  }
  for (const { row: inner } of RULES.values()) {
    if (inner.neededIn?.includes(row.type) !== true) continue;
    const isThere = childElements(element).some((child) => attributeOf(child, 'type') === inner.type);
    if (!isThere) faults.add(element, 'missing-element', `${row.type} needs a characteristic ${inner.type}`);
  }
}

function checkValue(parm: Element, name: string, faults: FaultLog): void {
  const value = attributeOf(parm, 'value');
  const form = PARM_VALUES.find((row) => row.parm === name);
  if (form === undefined || value?.includes('{{') === true) return;
  if (value === undefined || !form.isGood(value)) {
    faults.add(parm, 'bad-parm', `${name} is ${form.what}, not ${value === undefined ? 'nothing' : quoted(value)}`);
  }
}

function checkCase(
  element: Element,
  name: string,
  known: ReadonlyMap<string, unknown>,
  what: string,
  faults: FaultLog,
): void {
  const upper = name.toUpperCase();
  if (name !== upper && known.has(upper)) {
    faults.add(element, 'bad-parm', `${what} ${upper} is written in capitals, not ${quoted(name)}`);
  }
}
