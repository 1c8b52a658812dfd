import { z } from 'zod';
import {
  BIND_MODES,
  DEFAULT_LINK_SETTINGS,
  LINK_NUMBERS,
  LINK_TEXTS,
  type LinkNumber,
  type LinkSettings,
  type LinkText,
  MESSAGE_ID_FORMS,
} from '../../../domain/link.ts';
import type { LinkView } from '../../../services/links.ts';
import type { LinkPatch } from '../../../services/ports/link-store.ts';
import { instant } from './fields.ts';

const MAX_RULES = 1_000;
const MAX_PEM = 65_536;

function printable(maxLength: number) {
  return z
    .string({ error: 'Expected text.' })
    .max(maxLength, `Expected at most ${maxLength} characters.`)
    .regex(/^[ -~]*$/, 'Expected printable ASCII.');
}

function numberField(name: LinkNumber) {
  const { min, max, default: usual } = LINK_NUMBERS[name];
  const error = `Expected a whole number from ${min} to ${max}.`;
  return z.int({ error }).min(min, error).max(max, error).meta({ default: usual });
}

function byName<K extends string, T>(names: readonly K[], field: (name: K) => T): { readonly [N in K]: T } {
  return Object.fromEntries(names.map((name) => [name, field(name)])) as { readonly [N in K]: T };
}

const NUMBER_NAMES = (Object.keys(LINK_NUMBERS) as LinkNumber[]).filter(
  (name): name is Exclude<LinkNumber, 'sourceTon' | 'sourceNpi'> => name !== 'sourceTon' && name !== 'sourceNpi',
);
const TEXT_NAMES = Object.keys(LINK_TEXTS) as LinkText[];

/** Stands in metrics and lanes: no blanks, no commas. */
const name = z
  .string({ error: 'Expected text.' })
  .regex(/^[!-+.-~-]{1,60}$/, 'Expected 1 to 60 characters of printable ASCII without blanks and commas.')
  .refine((value) => value !== '-', 'Expected more than a hyphen.')
  .meta({ description: 'For people and metrics; unique.', examples: ['operator-one'] });
const host = z
  .string({ error: 'Expected text.' })
  .regex(/^[^\s/@]{1,255}$/, 'Expected a host name or address.')
  .meta({ examples: ['smsc.example'] });
const port = z
  .int({ error: 'Expected a port.' })
  .min(1, 'Expected a port, 1 to 65535.')
  .max(65_535, 'Expected a port, 1 to 65535.')
  .meta({ description: '2775 unless told, 3550 with TLS.' });
const systemId = printable(15).min(1, 'Expected at least one character.');
const password = printable(64).meta({ writeOnly: true, description: 'Kept encrypted; never comes back out.' });
const flag = z.boolean({ error: 'Expected true or false.' });
const prefix = z
  .string({ error: 'Expected text.' })
  .regex(/^\d{1,15}$/, 'Expected the first digits of numbers in international format, without the plus.');
const octet = z.int({ error: 'Expected 0 to 255.' }).min(0, 'Expected 0 to 255.').max(255, 'Expected 0 to 255.');

const destinationRule = z
  .strictObject({
    prefix,
    ton: octet,
    npi: octet,
    strip: z.int().min(0).max(20).default(0).meta({ description: 'Digits to take off the front.' }),
    prepend: z
      .string()
      .regex(/^\d{0,15}$/, 'Expected digits.')
      .default('')
      .meta({ description: 'Digits to put there instead.' }),
  })
  .meta({ description: 'How numbers that begin so are written for this SMSC.' });

const fields = {
  tls: flag.meta({ default: false }),
  verify: flag.meta({ description: "TLS: whether the SMSC's certificate has to be valid.", default: true }),
  bind: z
    .enum(BIND_MODES, { error: `Expected one of ${BIND_MODES.join(', ')}.` })
    .meta({ description: '`separate`: a transmitter and a receiver for every bind.', default: 'transceiver' }),
  messageIds: z.enum(MESSAGE_ID_FORMS, { error: `Expected one of ${MESSAGE_ID_FORMS.join(', ')}.` }).meta({
    description:
      'How message ids are written in answers and in receipts. `auto` tries the other notation when no message has the ' +
      'id and the numbers agree; where ids are small numbers, say it.',
    default: 'auto',
  }),
  destRules: z
    .array(destinationRule, { error: 'Expected a list of rules.' })
    .max(MAX_RULES, `Expected at most ${MAX_RULES}.`)
    .meta({ description: 'The rule with the longest prefix counts; without one destTon and destNpi do.', default: [] }),
  prefixes: z
    .array(prefix, { error: 'Expected a list of prefixes.' })
    .max(MAX_RULES, `Expected at most ${MAX_RULES}.`)
    .meta({ description: 'Beginnings of the numbers it takes; empty: every number.', default: [] }),
  ...byName(NUMBER_NAMES, numberField),
  ...byName(TEXT_NAMES, (field) => printable(LINK_TEXTS[field]).meta({ default: '' })),
};

/** What may be taken away again. */
const clearable = {
  sourceTon: octet.meta({ description: 'Left out: it follows from the look of sourceAddr.' }),
  sourceNpi: octet.meta({ description: 'Left out: it follows from the look of sourceAddr.' }),
  ca: z
    .string({ error: 'Expected text.' })
    .max(MAX_PEM, `Expected at most ${MAX_PEM} characters.`)
    .regex(/^-----BEGIN CERTIFICATE-----/, 'Expected certificates in PEM.')
    .meta({ description: 'TLS: authorities to trust in place of the built-in ones.' }),
};

function optional<T extends Record<string, z.ZodType>>(shape: T) {
  return Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, field.exactOptional()])) as {
    [K in keyof T]: z.ZodExactOptional<T[K]>;
  };
}

export const newLinkSchema = z
  .strictObject(
    {
      name,
      enabled: flag.exactOptional().meta({ default: true }),
      host,
      port: port.exactOptional(),
      systemId,
      password,
      ...optional(fields),
      ...optional(clearable),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewLink' });

export const linkPatchSchema = z
  .strictObject(
    {
      ...optional({ name, enabled: flag, host, port, systemId, password, ...fields }),
      sourceTon: clearable.sourceTon.nullable().exactOptional(),
      sourceNpi: clearable.sourceNpi.nullable().exactOptional(),
      ca: clearable.ca.nullable().exactOptional(),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'LinkPatch', description: 'What is left out stays; `null` takes a value away.' });

const linkState = z.enum(['connecting', 'bound', 'waiting', 'closed']);

const status = {
  state: linkState,
  binds: z.array(
    z.strictObject({
      role: z.enum(['transceiver', 'transmitter', 'receiver']),
      state: linkState,
      unanswered: z.int().meta({ description: 'Submits that wait for their answer.' }),
      fault: z.string().exactOptional().meta({ description: 'Why it is not bound, or was not last time.' }),
    }),
  ),
};

const inProcessSchema = z
  .strictObject({
    process: z.string().meta({ description: 'Host, process id and a name that is new at every start.' }),
    seenAt: instant.meta({ description: 'When the process said so.' }),
    ...status,
  })
  .meta({ id: 'LinkInProcess' });

const statusSchema = z.strictObject(status).meta({
  id: 'LinkStatus',
  description: 'In the server process that answers; absent when the link is not in use there.',
});

export const linkSchema = z
  .strictObject({
    id: z.string(),
    name,
    origin: z
      .enum(['api', 'environment'])
      .meta({ description: '`environment`: it stands in SMPP_URL and is changed there only.' }),
    enabled: z.boolean(),
    host,
    port,
    systemId,
    ...fields,
    ...optional(clearable),
    createdAt: instant.exactOptional(),
    updatedAt: instant.exactOptional(),
    status: statusSchema.exactOptional(),
    processes: z.array(inProcessSchema).meta({
      description: 'In every server process that uses it and was heard within the last 20 seconds.',
    }),
  })
  .meta({ id: 'Link' });

export const linkListSchema = z.strictObject({ items: z.array(linkSchema) }).meta({ id: 'LinkList' });

export const linkProbeSchema = z
  .strictObject({
    ok: z.boolean(),
    detail: z.string(),
    durationMs: z.int(),
  })
  .meta({ id: 'LinkProbe' });

export function presentLink(link: LinkView): z.output<typeof linkSchema> {
  const { password: _, caFile: __, sourceTon, sourceNpi, ca, ...open } = link.settings;
  const { id, origin, enabled, createdAt, updatedAt, status, processes } = link;
  return {
    id,
    name: link.name,
    origin,
    enabled,
    ...open,
    prefixes: [...open.prefixes],
    destRules: open.destRules.map((rule) => ({ ...rule })),
    ...(sourceTon === undefined ? {} : { sourceTon }),
    ...(sourceNpi === undefined ? {} : { sourceNpi }),
    ...(ca === undefined ? {} : { ca }),
    ...(createdAt === undefined ? {} : { createdAt: createdAt.toISOString() }),
    ...(updatedAt === undefined ? {} : { updatedAt: updatedAt.toISOString() }),
    ...(status === undefined
      ? {}
      : { status: { state: status.state, binds: status.binds.map((bind) => ({ ...bind })) } }),
    processes: processes.map(({ processId, seenAt, state, binds }) => ({
      process: processId,
      seenAt: seenAt.toISOString(),
      state,
      binds: binds.map((bind) => ({ ...bind })),
    })),
  };
}

/** A body as the use case takes it: `null` becomes nothing. */
export function linkPatchOf({ name, enabled, ...settings }: z.output<typeof linkPatchSchema>): LinkPatch {
  const cleared = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value === null ? undefined : value]),
  ) as Partial<LinkSettings>;
  return {
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(Object.keys(cleared).length === 0 ? {} : { settings: cleared }),
  };
}

export const NEW_LINK_EXAMPLE: z.input<typeof newLinkSchema> = {
  name: 'operator-one',
  host: 'smsc.example',
  port: 3550,
  tls: true,
  systemId: 'omadm',
  password: 'change me',
  sourceAddr: 'Operator',
  prefixes: ['49', '43'],
  weight: 3,
  window: 20,
  ratePerSecond: 100,
  binds: 2,
};

export const LINK_EXAMPLE: z.output<typeof linkSchema> = presentLink({
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  name: NEW_LINK_EXAMPLE.name,
  origin: 'api',
  enabled: true,
  settings: {
    ...DEFAULT_LINK_SETTINGS,
    host: 'smsc.example',
    port: 3550,
    tls: true,
    systemId: 'omadm',
    password: '',
    sourceAddr: 'Operator',
    prefixes: ['49', '43'],
    weight: 3,
    window: 20,
    ratePerSecond: 100,
    binds: 2,
  },
  createdAt: new Date('2026-01-31T12:00:00.000Z'),
  updatedAt: new Date('2026-01-31T12:00:00.000Z'),
  status: {
    state: 'bound',
    binds: [
      { role: 'transceiver', state: 'bound', unanswered: 3 },
      { role: 'transceiver', state: 'waiting', unanswered: 0, fault: 'connection lost: closed by the SMSC' },
    ],
  },
  processes: [
    {
      processId: 'dm-1 4711 0f4c8a52-7c0e-4c53-8f5a-0f9d8a1b2c3d',
      seenAt: new Date('2026-01-31T12:00:04.000Z'),
      state: 'bound',
      binds: [{ role: 'transceiver', state: 'bound', unanswered: 3 }],
    },
    {
      processId: 'dm-2 4711 5e1d9b60-2a4f-4b8e-9c1d-7a6b5c4d3e2f',
      seenAt: new Date('2026-01-31T12:00:02.000Z'),
      state: 'bound',
      binds: [{ role: 'transceiver', state: 'bound', unanswered: 0 }],
    },
  ],
});
