import type { components } from '../../api/schema.d.ts';
import { type DocumentSource, type PushSettings, settingsOf } from './push-settings.ts';

export type NewCampaign = components['schemas']['NewCampaign'];
export type WaveKind = 'all' | 'percent' | 'count' | 'filter';
export type Weekday = (typeof WEEKDAYS)[number];
/** A number of a field; left empty it is an empty text. */
type Typed = number | string;

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const UI_MODES = ['background', 'informative', 'interactive', 'unspecified'] as const;
export const PROPERTIES = ['ACL', 'Format', 'Type', 'Size', 'Title', 'VerNo', 'TStamp', 'Name'] as const;
export const CONFLICTS = ['wait', 'skip', 'parallel'] as const;
/** By what an attempt can end that is tried again; statuses are typed. */
export const RETRY_REASONS = [
  'silent',
  'expired',
  'trigger-failed',
  'push-failed',
  'aborted',
  'command-unanswered',
  '5xx',
] as const;

/** Where a variable of the document gets its value from. */
export interface VariableValues {
  readonly name: string;
  from: 'value' | 'attribute' | 'list';
  value: string;
  attribute: string;
}

export interface SpanValues {
  /** None: every day. */
  weekdays: Weekday[];
  from: string;
  to: string;
}

/** What the wizard holds; named like the body of the request where it can be, so that faults find their fields. */
export interface CampaignValues {
  name: string;
  content: {
    kind: 'package' | 'discovery' | 'push';
    source: DocumentSource;
    packageId: string;
    document: string;
    onFailure: 'continue' | 'stop';
    uiMode: (typeof UI_MODES)[number];
    root: string;
    maxDepth: Typed;
    maxNodes: Typed;
    maxMessages: Typed;
    properties: string[];
    security: 'none' | 'USERPIN' | 'NETWPIN' | 'USERNETWPIN';
    pin: string;
    successAt: 'sent' | 'delivered';
  };
  settings: PushSettings;
  variables: VariableValues[];
  target: { kind: 'filter' | 'all' | 'list'; filter: string; devices: string };
  isDynamic: boolean;
  waveKind: WaveKind;
  waves: { name: string; percent: Typed; count: Typed; filter: string }[];
  thresholds: { successPercent: Typed; errorPercent: Typed; errorMinimum: Typed; errorCount: Typed };
  needsApproval: boolean;
  rate: { perMinute: Typed; growth: { factor: Typed; perSuccesses: Typed; maxPerMinute: Typed } };
  grows: boolean;
  startAt: string;
  endAt: string;
  /** Hours. */
  timeoutMs: Typed;
  /** Pauses in minutes. */
  retry: { maxAttempts: Typed; on: string[]; firstMs: Typed; maxMs: Typed; silentMs: Typed };
  hasWindows: boolean;
  windows: { timeZone: string; otherwise: string; spans: SpanValues[] };
  priority: Typed;
  conflict: (typeof CONFLICTS)[number];
}

export const NEW_SPAN: SpanValues = { weekdays: [], from: '22:00', to: '05:00' };
export const NEW_WAVE: CampaignValues['waves'][number] = { name: '', percent: '', count: '', filter: '' };
/** Every clock of a browser knows its own zone. */
const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

export const START_VALUES: CampaignValues = {
  name: '',
  content: {
    kind: 'package',
    source: 'package',
    packageId: '',
    document: '',
    onFailure: 'continue',
    uiMode: 'background',
    root: '',
    maxDepth: '',
    maxNodes: '',
    maxMessages: '',
    properties: [],
    security: 'none',
    pin: '',
    successAt: 'delivered',
  },
  settings: { name: '' },
  variables: [],
  target: { kind: 'filter', filter: '', devices: '' },
  isDynamic: false,
  waveKind: 'percent',
  waves: [
    { ...NEW_WAVE, name: 'canary', percent: 5 },
    { ...NEW_WAVE, percent: 95 },
  ],
  thresholds: { successPercent: 90, errorPercent: 10, errorMinimum: 20, errorCount: '' },
  needsApproval: false,
  rate: { perMinute: '', growth: { factor: 2, perSuccesses: 500, maxPerMinute: '' } },
  grows: false,
  startAt: '',
  endAt: '',
  timeoutMs: '',
  retry: { maxAttempts: 1, on: ['silent', 'trigger-failed', 'expired'], firstMs: 60, maxMs: 1_440, silentMs: 240 },
  hasWindows: false,
  windows: { timeZone: 'device', otherwise: HERE, spans: [NEW_SPAN] },
  priority: '',
  conflict: 'wait',
};

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/** As the body has it. @param from a campaign whose list and secrets count where these say nothing */
export function newCampaignOf(values: CampaignValues, from?: string): NewCampaign {
  const { name, isDynamic, needsApproval, rate, grows, timeoutMs, retry, hasWindows, windows, priority } = values;
  const { startAt, endAt, thresholds, variables, conflict } = values;
  const attempts = Number(retry.maxAttempts);
  const byAttribute = variables.filter((one) => one.from === 'attribute' && values.content.kind !== 'discovery');
  return {
    name,
    content: contentOf(values),
    target: targetOf(values.target),
    ...(byAttribute.length > 0 && {
      deviceVariables: Object.fromEntries(byAttribute.map((one) => [one.name, one.attribute])),
    }),
    ...(isDynamic && values.target.kind !== 'list' && { membership: 'dynamic' as const }),
    waves: wavesOf(values),
    thresholds: {
      successPercent: Number(thresholds.successPercent),
      ...numbers(thresholds, ['errorPercent', 'errorCount']),
      ...(thresholds.errorPercent !== '' && numbers(thresholds, ['errorMinimum'])),
    },
    ...(needsApproval && { needsApproval }),
    ...(rate.perMinute !== '' && {
      rate: {
        perMinute: Number(rate.perMinute),
        ...(grows && {
          growth: {
            factor: Number(rate.growth.factor),
            perSuccesses: Number(rate.growth.perSuccesses),
            maxPerMinute: Number(rate.growth.maxPerMinute),
          },
        }),
      },
    }),
    ...(startAt !== '' && { startAt: new Date(startAt).toISOString() }),
    ...(endAt !== '' && { endAt: new Date(endAt).toISOString() }),
    ...(timeoutMs !== '' && { timeoutMs: Math.round(Number(timeoutMs) * HOUR_MS) }),
    ...(attempts > 1 && {
      retry: {
        maxAttempts: attempts,
        on: retry.on,
        firstMs: milliseconds(retry.firstMs),
        maxMs: milliseconds(retry.maxMs),
        ...(retry.on.includes('silent') && { silentMs: milliseconds(retry.silentMs) }),
      },
    }),
    ...(hasWindows && {
      windows: {
        timeZone: windows.timeZone,
        ...(windows.timeZone === 'device' && { otherwise: windows.otherwise }),
        spans: windows.spans.map(({ weekdays, from: begin, to }) => ({
          ...(weekdays.length > 0 && { weekdays: WEEKDAYS.filter((day) => weekdays.includes(day)) }),
          from: begin,
          // Midnight at the end of a day has a name of its own.
          to: to === '00:00' ? '24:00' : to,
        })),
      },
    }),
    ...(priority !== '' && { priority: Number(priority) }),
    ...(conflict !== 'wait' && { conflict }),
    ...(from !== undefined && { from }),
  };
}

function milliseconds(minutes: Typed): number {
  return Math.round(Number(minutes) * MINUTE_MS);
}

/** Those that were typed. */
function numbers<K extends string>(given: Readonly<Record<K, Typed>>, names: readonly K[]): { [N in K]?: number } {
  const typed = names.filter((name) => given[name] !== '');
  return Object.fromEntries(typed.map((name) => [name, Number(given[name])])) as { [N in K]?: number };
}

function contentOf(values: CampaignValues): NewCampaign['content'] {
  const { kind, source, packageId, onFailure, uiMode, root, properties, security, pin, successAt } = values.content;
  const typed = values.variables.filter(({ from, value }) => from === 'value' && value !== '');
  const variables =
    typed.length > 0 ? { variables: Object.fromEntries(typed.map(({ name, value }) => [name, value])) } : {};
  const ui = uiMode === 'background' ? {} : { uiMode };
  switch (kind) {
    case 'package':
      return { kind, packageId, onFailure, ...ui, ...variables };
    case 'discovery':
      return {
        kind,
        ...(root !== '' && { root }),
        ...numbers(values.content, ['maxDepth', 'maxNodes', 'maxMessages']),
        ...(properties.length > 0 && { properties: PROPERTIES.filter((one) => properties.includes(one)) }),
        ...ui,
      };
    case 'push': {
      const settings = source === 'settings' ? settingsOf(values.settings) : undefined;
      return {
        kind,
        ...(source !== 'settings' && { packageId }),
        ...(settings !== undefined && { settings }),
        security,
        ...(security.startsWith('USER') && pin !== '' && { pin }),
        ...variables,
        ...(successAt === 'sent' && { successAt }),
      };
    }
  }
}

function wavesOf({ waves, waveKind }: CampaignValues): NonNullable<NewCampaign['waves']> {
  if (waveKind === 'all') return [{}];
  return waves.map(({ name, percent, count, filter }, place) => {
    const isRest = waveKind !== 'percent' && place === waves.length - 1;
    return {
      ...(name !== '' && { name }),
      ...(!isRest && waveKind === 'percent' && percent !== '' && { percent: Number(percent) }),
      ...(!isRest && waveKind === 'count' && count !== '' && { count: Number(count) }),
      ...(!isRest && waveKind === 'filter' && filter !== '' && { filter }),
    };
  });
}

function targetOf({ kind, filter, devices }: CampaignValues['target']): NewCampaign['target'] {
  switch (kind) {
    case 'all':
      return { kind };
    case 'filter':
      return { kind, filter };
    case 'list': {
      const ids = devices.split(/[\s,;]+/).filter((one) => one !== '');
      return { kind, ...(ids.length > 0 && { devices: ids }) };
    }
  }
}
