import { z } from 'zod';
import { CONFLICT_RULES, TARGET_STATES } from '../../../domain/campaign.ts';
import type {
  CampaignForecast,
  CampaignStanding,
  CampaignTimeline,
  CountedCampaign,
} from '../../../services/campaigns.ts';
import { UI_MODES, type UiMode } from '../../../services/deliveries.ts';
import type {
  Campaign,
  CampaignFailure,
  CampaignTarget,
  TargetTransition,
} from '../../../services/ports/campaign-store.ts';
import { explainStatus } from '../../../syncml/status-codes.ts';
import { shownContent, states, termsShown } from './campaign.ts';
import { instant, pageOf, uuid } from './fields.ts';

const whole = z.int();
const principal = z.string().meta({ description: 'Id of a principal.' });

const counts = z
  .strictObject(Object.fromEntries(TARGET_STATES.map((state) => [state, whole])) as Record<string, typeof whole>)
  .meta({ id: 'CampaignCounts', description: 'Targets by state.' });

export const campaignSchema = z
  .strictObject({
    id: uuid,
    name: z.string(),
    state: states.campaign,
    reason: z.string().exactOptional().meta({ description: 'Why it is in that state, e.g. `error-threshold`.' }),
    content: shownContent,
    target: z.strictObject({ kind: z.enum(['all', 'filter', 'list']), filter: z.string().exactOptional() }),
    deviceVariables: z.record(z.string(), z.string()),
    membership: z.enum(['fixed', 'dynamic']),
    waves: z.array(termsShown.wave),
    thresholds: termsShown.thresholds,
    rate: termsShown.rate.exactOptional(),
    windows: termsShown.windows.exactOptional(),
    startAt: instant.exactOptional(),
    endAt: instant.exactOptional(),
    timeoutMs: whole,
    retry: termsShown.retry.exactOptional(),
    priority: whole,
    conflict: z.enum(CONFLICT_RULES),
    needsApproval: z.boolean(),
    sealed: z
      .strictObject({
        variables: z.array(z.string()).exactOptional(),
        settings: z.array(z.string()).exactOptional().meta({ description: 'Sections of the settings.' }),
        pin: z.boolean().exactOptional(),
      })
      .meta({ description: 'Of what is kept and not shown, the names.' }),
    createdBy: principal,
    changedBy: principal,
    approvedBy: principal.exactOptional(),
    approvedAt: instant.exactOptional(),
    createdAt: instant,
    updatedAt: instant,
    version: whole.meta({ description: 'Counts what people have done to it; also its `ETag`.' }),
    startedAt: instant.exactOptional(),
    endedAt: instant.exactOptional(),
    targets: whole.meta({ description: 'So far.' }),
    isComplete: z.boolean().meta({ description: 'Whether all targets are known.' }),
  })
  .meta({ id: 'Campaign' });
const countedCampaignSchema = campaignSchema.extend({ counts }).meta({ id: 'CountedCampaign' });
export const campaignPage = pageOf(countedCampaignSchema, 'CampaignPage');

export function presentCounted({ campaign, counts: byState }: CountedCampaign): z.output<typeof countedCampaignSchema> {
  return { ...presentCampaign(campaign), counts: { ...byState } };
}

const UI_MODE_NAMES = Object.keys(UI_MODES) as UiMode[];

export function presentCampaign(campaign: Campaign): z.output<typeof campaignSchema> {
  const { definition, createdAt, updatedAt, startedAt, endedAt, approvedAt, ...rest } = campaign;
  const { content, audience, terms, deviceVariables, needsApproval, sealed = {} } = definition;
  const { startAt, endAt, waves, windows, retry, ...others } = terms;
  return {
    ...rest,
    content:
      content.kind === 'push'
        ? content
        : {
            ...content,
            ...('properties' in content && { properties: [...content.properties] }),
            uiMode: UI_MODE_NAMES.find((name) => UI_MODES[name] === content.uiMode) ?? 'unspecified',
          },
    target: audience,
    deviceVariables: { ...deviceVariables },
    needsApproval,
    sealed: {
      ...sealed,
      ...(sealed.variables !== undefined && { variables: [...sealed.variables] }),
      ...(sealed.settings !== undefined && { settings: [...sealed.settings] }),
    },
    ...others,
    waves: [...waves],
    ...(windows !== undefined && {
      windows: {
        ...windows,
        spans: windows.spans.map(({ weekdays, ...span }) => ({
          ...span,
          ...(weekdays !== undefined && { weekdays: [...weekdays] }),
        })),
      },
    }),
    ...(retry !== undefined && { retry: { ...retry, on: [...retry.on] } }),
    ...instants({ startAt, endAt, approvedAt, startedAt, endedAt }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  } as z.output<typeof campaignSchema>;
}

function instants(given: Readonly<Record<string, Date | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, moment]) => (moment === undefined ? [] : [[name, moment.toISOString()]])),
  );
}

export const progressSchema = z
  .strictObject({
    id: uuid,
    state: states.campaign,
    reason: z.string().exactOptional(),
    targets: whole,
    isComplete: z.boolean(),
    opensAt: instant
      .exactOptional()
      .meta({ description: 'It runs, and its windows are closed: when they open. Not with those of each device.' }),
    perMinute: z.number().exactOptional().meta({ description: 'Triggers a minute, as its rate has grown so far.' }),
    counts,
    waves: z.array(
      z.strictObject({
        wave: whole,
        name: z.string().exactOptional(),
        state: states.wave,
        reason: z.string().exactOptional(),
        openedAt: instant.exactOptional(),
        counts,
      }),
    ),
  })
  .meta({ id: 'CampaignProgress' });

export function presentProgress({
  campaign,
  progress: { waves },
  opensAt,
  perMinute,
}: CampaignStanding): z.output<typeof progressSchema> {
  const { id, state, reason, targets, isComplete, definition } = campaign;
  const sum = Object.fromEntries(
    TARGET_STATES.map((one) => [one, waves.reduce((total, wave) => total + wave.counts[one], 0)]),
  );
  return {
    id,
    state,
    ...(reason !== undefined && { reason }),
    targets,
    isComplete,
    ...(opensAt !== undefined && { opensAt: opensAt.toISOString() }),
    ...(perMinute !== undefined && { perMinute }),
    counts: sum,
    waves: waves.map(({ wave, state: at, reason: why, openedAt, counts: byState }) => {
      const name = definition.terms.waves[wave - 1]?.name;
      return {
        wave,
        ...(name !== undefined && { name }),
        state: at,
        ...(why !== undefined && { reason: why }),
        ...(openedAt !== undefined && { openedAt: openedAt.toISOString() }),
        counts: { ...byState },
      };
    }),
  };
}

export const timelineSchema = z
  .strictObject({
    id: uuid,
    from: instant
      .exactOptional()
      .meta({ description: 'Where the first bucket begins. Absent: it has not been started.' }),
    until: instant.exactOptional().meta({ description: 'Now while it goes on, otherwise when its last target ended.' }),
    bucketMs: whole.meta({
      description: 'How long a bucket is. It grows with the campaign: there are some 200 at most.',
    }),
    waves: z.array(
      z.strictObject({
        wave: whole,
        name: z.string().exactOptional(),
        buckets: z
          .array(
            z.strictObject({
              at: instant.meta({ description: 'Where it begins.' }),
              succeeded: whole,
              failed: whole.meta({ description: 'Or expired. Below 0 where more were put back to be tried again.' }),
            }),
          )
          .meta({ description: 'In order; those in which nothing changed are left out.' }),
      }),
    ),
  })
  .meta({ id: 'CampaignTimeline' });

export function presentTimeline({ campaign, span, pace }: CampaignTimeline): z.output<typeof timelineSchema> {
  return {
    id: campaign.id,
    ...(span !== undefined && { from: span.from.toISOString(), until: span.until.toISOString() }),
    bucketMs: span?.bucketMs ?? 1_000,
    waves: campaign.definition.terms.waves.map(({ name }, index) => ({
      wave: index + 1,
      ...(name !== undefined && { name }),
      buckets: pace
        .filter(({ wave }) => wave === index + 1)
        .map(({ at, succeeded, failed }) => ({ at: at.toISOString(), succeeded, failed })),
    })),
  };
}

export const forecastSchema = z
  .strictObject({
    isReady: z.boolean(),
    faults: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })),
    kind: z.enum(['exact', 'estimate']),
    targets: whole,
    devices: whole.meta({ description: 'All that are registered.' }),
    unknown: whole.meta({ description: 'Of a list: devices that are not registered.' }),
    withoutMsisdn: whole.meta({ description: 'Targets that cannot be triggered: they are waited for.' }),
    needsConfirmation: z.boolean().meta({ description: 'The start has to say `confirmCount`.' }),
  })
  .meta({ id: 'CampaignForecast' });

export function presentForecast({
  faults,
  count,
  needsConfirmation,
}: CampaignForecast): z.output<typeof forecastSchema> {
  return { isReady: faults.length === 0, faults: [...faults], ...count, needsConfirmation };
}

const targetFields = {
  deviceId: z.string(),
  isRegistered: z.boolean().meta({ description: 'False: the device was deleted.' }),
  wave: whole,
  state: states.target,
  attempt: whole.meta({ description: 'Triggers so far.' }),
  dueAt: instant.exactOptional().meta({ description: 'While waiting: when it may be triggered.' }),
  deliveryId: uuid.exactOptional(),
  pushId: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  at: instant.meta({ description: 'Since when it is in that state.' }),
};
export const targetSchema = z.strictObject(targetFields).meta({ id: 'CampaignTarget' });
export const targetPage = pageOf(targetSchema, 'CampaignTargetPage');
export const targetWithHistorySchema = z
  .strictObject({
    ...targetFields,
    history: z.array(
      z.strictObject({
        from: states.target.exactOptional(),
        to: states.target,
        reason: z.string().exactOptional(),
        attempt: whole.exactOptional(),
        at: instant,
      }),
    ),
  })
  .meta({ id: 'CampaignTargetWithHistory' });

export function presentTarget({ dueAt, at, ...rest }: CampaignTarget): z.output<typeof targetSchema> {
  return { ...rest, ...(dueAt !== undefined && { dueAt: dueAt.toISOString() }), at: at.toISOString() };
}

export function presentHistory({
  history,
  ...target
}: CampaignTarget & { readonly history: readonly TargetTransition[] }): z.output<typeof targetWithHistorySchema> {
  return { ...presentTarget(target), history: history.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })) };
}

export const failureSchema = z
  .strictObject({
    id: whole,
    reason: z.string().meta({ description: '`command-refused`, `expired`, `trigger-failed`…' }),
    command: z.string().exactOptional(),
    locUri: z.string().exactOptional(),
    status: whole.exactOptional(),
    meaning: z.string().exactOptional(),
    devices: whole,
  })
  .meta({ id: 'CampaignFailure', description: 'Targets that failed in one way.' });
export const failurePage = pageOf(failureSchema, 'CampaignFailurePage');

export function presentFailure(failure: CampaignFailure): z.output<typeof failureSchema> {
  return { ...failure, ...(failure.status !== undefined && { meaning: explainStatus(failure.status) }) };
}

export const CAMPAIGN_EXAMPLE: z.output<typeof campaignSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  name: 'APN of the new network',
  state: 'running',
  content: {
    kind: 'package',
    packageId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b',
    onFailure: 'continue',
    uiMode: 'background',
  },
  target: { kind: 'filter', filter: 'tags==pilot' },
  deviceVariables: {},
  membership: 'fixed',
  waves: [{ name: 'canary', percent: 5 }, { percent: 95 }],
  thresholds: { successPercent: 90, errorPercent: 10, errorMinimum: 50 },
  timeoutMs: 604_800_000,
  priority: 2,
  conflict: 'wait',
  needsApproval: false,
  sealed: {},
  createdBy: 'admin-token',
  changedBy: 'admin-token',
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:05:00.000Z',
  version: 2,
  startedAt: '2026-01-31T12:05:00.000Z',
  targets: 20_000,
  isComplete: true,
};

const NONE = { waiting: 0, triggered: 0, delivering: 0, succeeded: 0, failed: 0, expired: 0, cancelled: 0, skipped: 0 };

export const PROGRESS_EXAMPLE: z.output<typeof progressSchema> = {
  id: CAMPAIGN_EXAMPLE.id,
  state: 'running',
  targets: 20_000,
  isComplete: true,
  counts: { ...NONE, waiting: 18_000, triggered: 970, delivering: 30, succeeded: 980, failed: 20 },
  waves: [
    {
      wave: 1,
      name: 'canary',
      state: 'completed',
      openedAt: '2026-01-31T12:05:00.000Z',
      counts: { ...NONE, succeeded: 980, failed: 20 },
    },
    {
      wave: 2,
      state: 'open',
      openedAt: '2026-01-31T12:25:00.000Z',
      counts: { ...NONE, waiting: 18_000, triggered: 970, delivering: 30 },
    },
  ],
};

export const COUNTED_EXAMPLE: z.output<typeof countedCampaignSchema> = {
  ...CAMPAIGN_EXAMPLE,
  counts: PROGRESS_EXAMPLE.counts,
};

export const TIMELINE_EXAMPLE: z.output<typeof timelineSchema> = {
  id: CAMPAIGN_EXAMPLE.id,
  from: '2026-01-31T12:05:00.000Z',
  until: '2026-01-31T12:26:10.000Z',
  bucketMs: 10_000,
  waves: [
    {
      wave: 1,
      name: 'canary',
      buckets: [
        { at: '2026-01-31T12:05:20.000Z', succeeded: 610, failed: 5 },
        { at: '2026-01-31T12:05:30.000Z', succeeded: 370, failed: 15 },
      ],
    },
    { wave: 2, buckets: [] },
  ],
};

export const TARGET_EXAMPLE: z.output<typeof targetSchema> = {
  deviceId: 'IMEI:493005100592800',
  isRegistered: true,
  wave: 1,
  state: 'failed',
  attempt: 2,
  deliveryId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6c',
  reason: 'command-refused',
  at: '2026-01-31T12:20:00.000Z',
};

export const FAILURE_EXAMPLE: z.output<typeof failureSchema> = {
  id: 1,
  reason: 'command-refused',
  command: 'Replace',
  locUri: './Vendor/Apn',
  status: 404,
  meaning: explainStatus(404),
  devices: 20,
};
