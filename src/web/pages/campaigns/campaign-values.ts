import type { components } from '../../api/schema.d.ts';

type NewCampaign = components['schemas']['NewCampaign'];

/** What the wizard holds; named like the body of the request. A number that is left empty is an empty text. */
export interface CampaignValues {
  name: string;
  content: {
    kind: 'package' | 'discovery' | 'push';
    packageId: string;
    onFailure: 'continue' | 'stop';
    root: string;
    maxDepth: number | string;
    security: 'none' | 'USERPIN' | 'NETWPIN' | 'USERNETWPIN';
    pin: string;
  };
  target: { kind: 'filter' | 'all' | 'list'; filter: string; devices: string };
  isDynamic: boolean;
  waves: { name: string; percent: number | string }[];
  thresholds: { successPercent: number | string; errorPercent: number | string; errorMinimum: number | string };
  needsApproval: boolean;
  rate: { perMinute: number | string };
  startAt: string;
  endAt: string;
  timeoutMs: number | string;
  retry: { maxAttempts: number | string };
  hasWindows: boolean;
  windows: { timeZone: string; otherwise: string; spans: { from: string; to: string }[] };
}

export const START_VALUES: CampaignValues = {
  name: '',
  content: { kind: 'package', packageId: '', onFailure: 'continue', root: '', maxDepth: '', security: 'none', pin: '' },
  target: { kind: 'filter', filter: '', devices: '' },
  isDynamic: false,
  waves: [
    { name: 'canary', percent: 5 },
    { name: '', percent: 95 },
  ],
  thresholds: { successPercent: 90, errorPercent: 10, errorMinimum: 20 },
  needsApproval: false,
  rate: { perMinute: '' },
  startAt: '',
  endAt: '',
  timeoutMs: '',
  retry: { maxAttempts: 1 },
  hasWindows: false,
  windows: { timeZone: 'device', otherwise: 'Europe/Berlin', spans: [{ from: '22:00', to: '05:00' }] },
};

const HOUR_MS = 3_600_000;

export function newCampaignOf(values: CampaignValues): NewCampaign {
  const { name, isDynamic, waves, thresholds, needsApproval, rate, timeoutMs, retry, hasWindows, windows } = values;
  const attempts = Number(retry.maxAttempts);
  return {
    name,
    content: contentOf(values.content),
    target: targetOf(values.target),
    ...(isDynamic && values.target.kind !== 'list' && { membership: 'dynamic' as const }),
    waves: waves.map((wave) => ({ ...(wave.name !== '' && { name: wave.name }), percent: Number(wave.percent) })),
    thresholds: {
      successPercent: Number(thresholds.successPercent),
      ...(thresholds.errorPercent !== '' && { errorPercent: Number(thresholds.errorPercent) }),
      ...(thresholds.errorMinimum !== '' && { errorMinimum: Number(thresholds.errorMinimum) }),
    },
    ...(needsApproval && { needsApproval }),
    ...(rate.perMinute !== '' && { rate: { perMinute: Number(rate.perMinute) } }),
    ...(values.startAt !== '' && { startAt: new Date(values.startAt).toISOString() }),
    ...(values.endAt !== '' && { endAt: new Date(values.endAt).toISOString() }),
    ...(timeoutMs !== '' && { timeoutMs: Math.round(Number(timeoutMs) * HOUR_MS) }),
    ...(attempts > 1 && {
      retry: {
        maxAttempts: attempts,
        on: ['silent', 'trigger-failed', 'expired'],
        firstMs: HOUR_MS,
        maxMs: 24 * HOUR_MS,
        silentMs: 4 * HOUR_MS,
      },
    }),
    ...(hasWindows && {
      windows: {
        timeZone: windows.timeZone,
        ...(windows.timeZone === 'device' && { otherwise: windows.otherwise }),
        spans: windows.spans,
      },
    }),
  } as NewCampaign;
}

function contentOf(given: CampaignValues['content']): NewCampaign['content'] {
  const { kind, packageId, onFailure, root, maxDepth, security, pin } = given;
  switch (kind) {
    case 'package':
      return { kind, packageId, onFailure };
    case 'discovery':
      return { kind, ...(root !== '' && { root }), ...(maxDepth !== '' && { maxDepth: Number(maxDepth) }) };
    case 'push':
      return { kind, packageId, security, ...(pin !== '' && { pin }) };
  }
}

function targetOf({ kind, filter, devices }: CampaignValues['target']): NewCampaign['target'] {
  switch (kind) {
    case 'all':
      return { kind };
    case 'filter':
      return { kind, filter };
    case 'list':
      return { kind, devices: devices.split(/[\s,;]+/).filter((one) => one !== '') };
  }
}
