import type { Campaign } from './campaign-types.ts';
import { type CampaignValues, HOUR_MS, MINUTE_MS, NEW_WAVE, START_VALUES, type WaveKind } from './campaign-values.ts';

/** A campaign as the wizard has it, for a change or a copy. What is sealed is not among it. */
export function valuesOf(campaign: Campaign): CampaignValues {
  const { name, membership, needsApproval, thresholds, rate, retry, windows, startAt, endAt } = campaign;
  const start = START_VALUES;
  return {
    ...start,
    name,
    content: contentOf(campaign),
    variables: [
      ...(campaign.sealed.variables ?? []).map((one) => variable(one, 'value', '')),
      ...Object.entries(campaign.deviceVariables).map(([one, attribute]) => variable(one, 'attribute', attribute)),
    ],
    target: { ...start.target, kind: campaign.target.kind, filter: campaign.target.filter ?? '' },
    isDynamic: membership === 'dynamic',
    ...wavesOf(campaign),
    thresholds: {
      successPercent: thresholds.successPercent,
      errorPercent: thresholds.errorPercent ?? '',
      errorMinimum: thresholds.errorMinimum ?? start.thresholds.errorMinimum,
      errorCount: thresholds.errorCount ?? '',
    },
    needsApproval,
    rate: { perMinute: rate?.perMinute ?? '', growth: rate?.growth ?? start.rate.growth },
    grows: rate?.growth !== undefined,
    startAt: localOf(startAt),
    endAt: localOf(endAt),
    timeoutMs: campaign.timeoutMs / HOUR_MS,
    retry:
      retry === undefined
        ? start.retry
        : {
            maxAttempts: retry.maxAttempts,
            on: [...retry.on],
            firstMs: retry.firstMs / MINUTE_MS,
            maxMs: retry.maxMs / MINUTE_MS,
            silentMs: retry.silentMs === undefined ? start.retry.silentMs : retry.silentMs / MINUTE_MS,
          },
    hasWindows: windows !== undefined,
    windows:
      windows === undefined
        ? start.windows
        : {
            timeZone: windows.timeZone,
            otherwise: windows.otherwise ?? start.windows.otherwise,
            spans: windows.spans.map(({ weekdays, from, to }) => ({
              weekdays: [...(weekdays ?? [])],
              from,
              to: to === '24:00' ? '00:00' : to,
            })),
          },
    priority: campaign.priority,
    conflict: campaign.conflict,
  };
}

function variable(name: string, from: 'value' | 'attribute', attribute: string): CampaignValues['variables'][number] {
  return { name, from, value: '', attribute };
}

function contentOf({ content, sealed }: Campaign): CampaignValues['content'] {
  const start = START_VALUES.content;
  switch (content.kind) {
    case 'package':
      return { ...start, ...content };
    case 'discovery':
      return { ...start, ...content, properties: [...(content.properties ?? [])] };
    case 'push': {
      const { kind, packageId = '', successAt } = content;
      const security = content.security as CampaignValues['content']['security'];
      const source = sealed.settings === undefined ? 'package' : 'settings';
      return { ...start, kind, packageId, source, security, successAt };
    }
  }
}

function wavesOf({ waves }: Campaign): Pick<CampaignValues, 'waveKind' | 'waves'> {
  const [first] = waves;
  if (waves.length === 1) return { waveKind: 'all', waves: START_VALUES.waves };
  const kind: WaveKind = first?.filter !== undefined ? 'filter' : first?.count !== undefined ? 'count' : 'percent';
  return { waveKind: kind, waves: waves.map((wave) => ({ ...NEW_WAVE, ...wave })) };
}

/** As a field for date and time takes it: by the clock of who looks. */
function localOf(at: string | undefined): string {
  if (at === undefined) return '';
  const moment = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
