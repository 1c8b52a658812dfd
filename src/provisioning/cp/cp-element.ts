import { type Element, element } from '../../wire/element.ts';

/** A characteristic with what stands in it, in that order; `undefined` is left out, so that optional parts read as a list. */
export function characteristic(type: string, ...children: readonly (Element | undefined)[]): Element {
  return element(
    'characteristic',
    '',
    children.filter((child) => child !== undefined),
    [{ name: 'type', value: type }],
  );
}

/** A parm; undefined when there is no value to give. */
export function parm(name: string, value: string | number | undefined): Element | undefined {
  if (value === undefined) return undefined;
  return element('parm', '', undefined, [
    { name: 'name', value: name },
    { name: 'value', value: String(value) },
  ]);
}

/** A parm that says something by being there (OMA-WAP-TS-ProvCont-V1_1, 4: parm without a value). */
export function flag(name: string, isSet: boolean | undefined): Element | undefined {
  return isSet === true ? element('parm', '', undefined, [{ name: 'name', value: name }]) : undefined;
}

export function cpDocument(...characteristics: readonly (Element | undefined)[]): Element {
  return element(
    'wap-provisioningdoc',
    '',
    characteristics.filter((one) => one !== undefined),
    [{ name: 'version', value: '1.1' }],
  );
}
