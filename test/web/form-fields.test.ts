import { beforeAll, describe, expect, it } from 'vitest';
import { openApiOfRoutes } from '../../scripts/openapi-of-routes.ts';
import { EMPTY_VALUES, mergeValues, NEW_RULE } from '../../src/web/pages/links/link-values.ts';
import { orderOf as deliveryOrderOf, startValues } from '../../src/web/pages/packages/delivery-order.ts';
import { orderOf, START_VALUES } from '../../src/web/parts/settings/ota-values.ts';
import { SECTIONS, type SettingsField } from '../../src/web/parts/settings/settings-fields.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly additionalProperties?: unknown;
}

let schemas: Readonly<Record<string, Schema>>;
beforeAll(async () => {
  const document = (await openApiOfRoutes()) as { components: { schemas: Record<string, Schema> } };
  schemas = document.components.schemas;
});

/** A schema that may be this or that: by the value of the member that tells them apart. */
function variantsOf(schema: Schema): ReadonlyMap<string | undefined, Schema> {
  const several = schema.oneOf ?? schema.anyOf;
  if (several === undefined) return new Map([[undefined, schema]]);
  return new Map(several.map((one) => [one.properties?.['type']?.const ?? one.properties?.['type']?.enum?.[0], one]));
}

/** What is different between the fields of the form and the members of the schema. */
function differences(at: string, fields: readonly SettingsField[], schema: Schema): string[] {
  return [...variantsOf(schema)].flatMap(([type, { properties = {}, required = [] }]) => {
    const shown = fields.filter(({ when }) => when?.({ type }) !== false);
    const where = type === undefined ? at : `${at} (${type})`;
    const members = Object.keys(properties);
    const named = shown.map(({ name }) => name);
    return [
      ...members.filter((name) => !named.includes(name)).map((name) => `${where}: no field for ${name}`),
      ...named.filter((name) => !members.includes(name)).map((name) => `${where}: no member for the field ${name}`),
      ...shown
        .filter(({ name, required: isRequired, kind }) => {
          // A list that may be empty is there anyway.
          return kind !== 'rows' && (isRequired === true) !== required.includes(name);
        })
        .map(({ name }) => `${where}: only one of them has to have ${name}`),
      ...shown.flatMap((field) => {
        const member = properties[field.name];
        if (member === undefined) return [];
        if (field.kind === 'group') return differences(`${where}.${field.name}`, field.fields, member);
        if (field.kind === 'rows') return differences(`${where}.${field.name}`, field.fields, member.items ?? {});
        const choices = (field.kind === 'several' ? member.items?.enum : member.enum) ?? [];
        if (choices.length === 0 || field.kind === 'text') return [];
        const offered: readonly string[] = 'choices' in field ? field.choices : [];
        return choices.join() === offered.join() ? [] : [`${where}.${field.name}: ${offered} for ${choices}`];
      }),
    ];
  });
}

describe('the form of OTA settings', () => {
  it('has every section and every field that the API takes, and none beside', () => {
    const { properties = {} } = schemas['OtaSettings'] ?? {};
    expect(SECTIONS.map(({ name }) => name).toSorted()).toEqual(
      Object.keys(properties)
        .filter((name) => name !== 'name')
        .toSorted(),
    );
    const found = SECTIONS.flatMap(({ name, fields, listOf }) => {
      const member = properties[name] ?? {};
      if (listOf === 'texts') return member.items?.type === 'string' ? [] : [`${name} is no list of texts`];
      return differences(name, fields, listOf === undefined ? member : (member.items ?? {}));
    });
    expect(found).toEqual([]);
  });

  it('sends everything else that an order takes', () => {
    const { properties = {} } = schemas['NewOta'] ?? {};
    const values = {
      ...START_VALUES,
      recipients: '+491701',
      variables: { apn: 'internet' },
      priority: 7,
      expiresAt: '2026-01-31T12:00',
    };
    const sent = (['settings', 'document'] as const).map((source) => orderOf(values, { source }));
    const stored = orderOf(values, { source: 'package', packageId: 'one' });
    const members = new Set([...sent, stored].flatMap((order) => Object.keys(order)));
    expect([...members].toSorted()).toEqual(Object.keys(properties).toSorted());
  });
});

describe('the form of links', () => {
  it('has every field that the API takes, of a new link and of a change, and none beside', () => {
    for (const name of ['NewLink', 'LinkPatch']) {
      expect(Object.keys(EMPTY_VALUES).toSorted()).toEqual(Object.keys(schemas[name]?.properties ?? {}).toSorted());
    }
    const rule = schemas['NewLink']?.properties?.['destRules']?.items?.properties ?? {};
    expect(Object.keys(NEW_RULE).toSorted()).toEqual(Object.keys(rule).toSorted());
  });

  it('keeps what was typed when somebody else has changed the link, and says where both did', () => {
    const before = { ...EMPTY_VALUES, name: 'one', host: 'a', window: 50 };
    const now = { ...before, host: 'b', window: 9, weight: 3, destRules: [NEW_RULE] };
    const { values, clashes } = mergeValues({ ...before, window: 7, binds: 2, weight: 3 }, before, now);
    expect(values).toEqual({ ...now, window: 7, binds: 2 });
    expect(clashes).toEqual(['window']);
  });
});

it('the form that sends a package says everything that an order of a delivery takes', () => {
  const order = deliveryOrderOf('one', {
    ...startValues(['apn'], 'IMEI:1'),
    isAwaited: true,
    uiMode: 'informative',
    expiresAt: '2026-01-31T12:00',
  });
  expect(Object.keys(order).toSorted()).toEqual(Object.keys(schemas['NewDelivery']?.properties ?? {}).toSorted());
});
