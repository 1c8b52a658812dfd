import { childElements, type Element } from '../../wire/element.ts';

export function attributeOf(element: Element, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

/** The values of the parms of that name which stand directly in a characteristic; `''` for one without a value. */
export function parmValues(characteristic: Element, name: string): string[] {
  return childElements(characteristic)
    .filter((child) => child.name === 'parm' && attributeOf(child, 'name') === name)
    .map((child) => attributeOf(child, 'value') ?? '');
}

/** The first of {@link parmValues}. */
export function parmValue(characteristic: Element, name: string): string | undefined {
  return parmValues(characteristic, name)[0];
}

/** The characteristics of that type which stand directly in an element. */
export function characteristicsOf(parent: Element, type: string): Element[] {
  return childElements(parent).filter(
    (child) => child.name === 'characteristic' && attributeOf(child, 'type') === type,
  );
}
