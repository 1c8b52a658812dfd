import { z } from 'zod';
import { CAMPAIGN_STATES, CONFLICT_RULES, TARGET_STATES, WAVE_STATES } from '../../../domain/campaign.ts';
import { ATTEMPT_FAULTS } from '../../../domain/campaign-retry.ts';
import { DEFAULT_THRESHOLDS } from '../../../domain/campaign-thresholds.ts';
import { MAX_WAVES } from '../../../domain/campaign-waves.ts';
import { WEEKDAYS } from '../../../domain/campaign-window.ts';
import { FAILURE_POLICIES } from '../../../domain/delivery.ts';
import { MAX_FILTER_LENGTH } from '../../../domain/device-filter.ts';
import type { ContentOrder, NewCampaignOrder } from '../../../services/campaign-order.ts';
import { CAMPAIGN_SECURITY } from '../../../services/campaign-parcels.ts';
import { MAX_MEMBERS_AT_ONCE } from '../../../services/campaigns.ts';
import { UI_MODES, type UiMode } from '../../../services/deliveries.ts';
import type { CampaignMember } from '../../../services/ports/campaign-store.ts';
import type { SecurityName } from '../../../services/push-security.ts';
import { WALK_LIMITS } from '../../../services/tree-jobs.ts';
import { NODE_PROPERTY_NAMES } from '../../../syncml/node-properties.ts';
import { deviceId, instant, text, uuid } from './fields.ts';
import { otaSettingsSchema } from './ota-settings.ts';

const number = z.number({ error: 'Expected a number.' });
const whole = z.int({ error: 'Expected a whole number.' });
const filter = z
  .string({ error: 'Expected text.' })
  .max(MAX_FILTER_LENGTH, `Expected at most ${MAX_FILTER_LENGTH} characters.`)
  .meta({ description: 'RSQL over what is kept of a device.', examples: ['tags==pilot;model==Pixel*'] });
const values = z
  .record(z.string().max(64), z.string({ error: 'Expected text.' }).max(2_048), {
    error: 'Expected an object of texts.',
  })
  .meta({ writeOnly: true });
const uiMode = z.enum(Object.keys(UI_MODES) as [UiMode, ...UiMode[]], {
  error: `Expected one of ${Object.keys(UI_MODES).join(', ')}.`,
});

const content = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('package'),
        packageId: uuid.meta({ description: 'A stored package of kind `dm`.' }),
        variables: values.exactOptional().meta({ description: 'The same for every device.' }),
        onFailure: z.enum(FAILURE_POLICIES).exactOptional(),
        uiMode: uiMode.exactOptional(),
      }),
      z.strictObject({
        kind: z.literal('discovery'),
        root: text(2_048)
          .exactOptional()
          .meta({ description: 'The tree below it is read; the whole tree unless told.' }),
        maxDepth: whole.min(1).max(WALK_LIMITS.depth.most).exactOptional(),
        maxNodes: whole.min(1).max(WALK_LIMITS.nodes.most).exactOptional(),
        maxMessages: whole.min(1).max(WALK_LIMITS.messages.most).exactOptional(),
        properties: z.array(z.enum(NODE_PROPERTY_NAMES)).max(NODE_PROPERTY_NAMES.length).exactOptional(),
        uiMode: uiMode.exactOptional(),
      }),
      z.strictObject({
        kind: z.literal('push'),
        packageId: uuid.exactOptional().meta({ description: 'A stored package of kind `cp` or `push`.' }),
        settings: otaSettingsSchema.exactOptional(),
        security: z.enum(CAMPAIGN_SECURITY as [SecurityName, ...SecurityName[]]).exactOptional(),
        pin: z.string({ error: 'Expected text.' }).max(20).exactOptional().meta({ writeOnly: true }),
        variables: values.exactOptional(),
        successAt: z
          .enum(['sent', 'delivered'])
          .exactOptional()
          .meta({ description: 'When the SMSC has it, or when the phone has (`delivered`, unless told).' }),
      }),
    ],
    { error: 'Expected an object with "kind": "package", "discovery" or "push".' },
  )
  .meta({
    id: 'CampaignContent',
    description:
      'What every device gets: the commands of a package, a question for its tree, or a document that is pushed (of ' +
      '`packageId` and `settings` one).',
  });

const member = z
  .strictObject({ deviceId, variables: values.exactOptional() }, { error: 'Expected an object with "deviceId".' })
  .meta({ id: 'CampaignMember' });

const members = z
  .array(z.union([deviceId, member], { error: 'Expected a deviceId, or an object with one.' }))
  .max(MAX_MEMBERS_AT_ONCE, `Expected at most ${MAX_MEMBERS_AT_ONCE} devices at once.`);

const target = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('all') }),
      z.strictObject({ kind: z.literal('filter'), filter }),
      z.strictObject({
        kind: z.literal('list'),
        devices: members.exactOptional().meta({ description: 'The first of the list; more is appended to it later.' }),
      }),
    ],
    { error: 'Expected an object with "kind": "all", "filter" or "list".' },
  )
  .meta({ id: 'CampaignAudience' });

const wave = z
  .strictObject({
    name: text(100).exactOptional(),
    percent: number.exactOptional(),
    count: whole.exactOptional(),
    filter: filter.exactOptional(),
  })
  .meta({
    id: 'CampaignWaveOrder',
    description:
      'One of `percent` (all together 100), `count` and `filter`, the same in all of them; of counts and filters the last ' +
      'wave says nothing and is the rest.',
  });

const thresholds = z
  .strictObject({
    successPercent: number.meta({ description: 'Of a wave that has to succeed before the next one opens.' }),
    errorPercent: number
      .exactOptional()
      .meta({ description: 'Of the finished targets of a wave that fail: the campaign pauses.' }),
    errorMinimum: whole
      .exactOptional()
      .meta({ description: 'So many have to be finished before the percentage counts; 20 unless told.' }),
    errorCount: whole.exactOptional().meta({ description: 'Targets of a wave that fail: the campaign pauses.' }),
  })
  .meta({
    id: 'CampaignThresholds',
    description: `${DEFAULT_THRESHOLDS.successPercent} % and ${DEFAULT_THRESHOLDS.errorPercent} % unless told. What cannot be computed pauses the campaign.`,
  });

const rate = z
  .strictObject({
    perMinute: number.meta({ description: 'Triggers a minute.' }),
    growth: z
      .strictObject({ factor: number, perSuccesses: whole, maxPerMinute: number })
      .exactOptional()
      .meta({ description: 'Times `factor` for every `perSuccesses` targets that have succeeded.' }),
  })
  .meta({ id: 'CampaignRate' });

const windows = z
  .strictObject({
    timeZone: text(64).meta({
      description: 'Of the IANA database, or `device`: each its own.',
      examples: ['Europe/Berlin'],
    }),
    otherwise: text(64).exactOptional().meta({ description: 'With `device`: the zone of those that have none.' }),
    spans: z.array(
      z.strictObject({
        weekdays: z.array(z.enum(WEEKDAYS)).exactOptional().meta({ description: 'Every day unless told.' }),
        from: z.string(),
        to: z.string().meta({ description: 'Before `from`: on the day after.' }),
      }),
    ),
  })
  .meta({ id: 'CampaignWindows', description: 'When triggers may be sent, by the clock on the wall.' });

const retry = z
  .strictObject({
    maxAttempts: whole,
    on: z.array(z.string()).meta({
      description: `Statuses (\`503\`), classes of them (\`5xx\`), and ${ATTEMPT_FAULTS.map((one) => `\`${one}\``).join(', ')}. Every status that a device refused with has to be among them. \`silent\`: the device has not come, and is triggered again for the same delivery.`,
    }),
    firstMs: whole.meta({ description: 'The pause after the first attempt; it doubles.' }),
    maxMs: whole,
    silentMs: whole.exactOptional().meta({ description: 'After that long without a sign a device is silent.' }),
  })
  .meta({ id: 'CampaignRetry', description: 'One attempt unless told. Every trigger is an attempt.' });

export const newCampaignSchema = z
  .strictObject(
    {
      name: text(200),
      content,
      target,
      deviceVariables: z
        .record(z.string().max(64), z.string().max(64))
        .exactOptional()
        .meta({ description: 'Variables, each from an attribute of the device: `{"apn": "homeApn"}`.' }),
      membership: z
        .enum(['fixed', 'dynamic'])
        .exactOptional()
        .meta({ description: '`dynamic`: devices that come to match later join the last wave.' }),
      waves: z.array(wave).min(1).max(MAX_WAVES).exactOptional().meta({ description: 'All at once unless told.' }),
      thresholds: thresholds.exactOptional(),
      rate: rate.exactOptional(),
      windows: windows.exactOptional(),
      startAt: instant.exactOptional(),
      endAt: instant.exactOptional(),
      timeoutMs: whole.exactOptional().meta({ description: 'How long a device has for one attempt.' }),
      retry: retry.exactOptional(),
      priority: whole
        .min(0)
        .max(9)
        .exactOptional()
        .meta({ description: 'Of its pushes, and among campaigns; 2 unless told.' }),
      conflict: z
        .enum(CONFLICT_RULES)
        .exactOptional()
        .meta({
          description:
            'With a device that another campaign is busy with: `wait` (unless told) until that has ended, `skip` it, or both ' +
            'in `parallel`. A device that a campaign of higher priority is about to trigger is left to that.',
        }),
      needsApproval: z
        .boolean()
        .exactOptional()
        .meta({ description: 'Somebody else than its author has to approve it before it starts.' }),
      from: uuid.exactOptional().meta({
        description:
          'A campaign from which is taken what is not shown and not said here: variables, settings and PIN, as long as it is ' +
          'about the same document; and, for a new campaign whose `target` is a list that says no `devices`, its list.',
      }),
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewCampaign' });

export const newMembersSchema = z
  .strictObject({ devices: members }, { error: 'Expected an object with "devices".' })
  .meta({ id: 'NewCampaignMembers' });

export function memberOf(given: z.output<typeof members>[number]): CampaignMember {
  return typeof given === 'string' ? { deviceId: given } : given;
}

export function campaignOrder(body: z.output<typeof newCampaignSchema>): NewCampaignOrder {
  const { target: audience, content: given, startAt, endAt, ...rest } = body;
  return {
    ...rest,
    content: given as ContentOrder,
    audience:
      audience.kind === 'list'
        ? { kind: 'list' }
        : audience.kind === 'filter'
          ? { kind: 'filter', filter: audience.filter }
          : { kind: 'all' },
    ...(audience.kind === 'list' && audience.devices !== undefined && { members: audience.devices.map(memberOf) }),
    ...(startAt !== undefined && { startAt: new Date(startAt) }),
    ...(endAt !== undefined && { endAt: new Date(endAt) }),
  };
}

/** What is told of a campaign; secrets are not among it. */
export const shownContent = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('package'),
      packageId: uuid,
      onFailure: z.enum(FAILURE_POLICIES),
      uiMode,
    }),
    z.strictObject({
      kind: z.literal('discovery'),
      root: z.string(),
      maxDepth: whole.exactOptional(),
      maxNodes: whole.exactOptional(),
      maxMessages: whole.exactOptional(),
      properties: z.array(z.string()).exactOptional(),
      uiMode,
    }),
    z.strictObject({
      kind: z.literal('push'),
      packageId: uuid.exactOptional(),
      security: z.string(),
      successAt: z.enum(['sent', 'delivered']),
    }),
  ])
  .meta({ id: 'CampaignContentShown' });

export const termsShown = { wave, thresholds, rate, windows, retry };
export const states = {
  campaign: z.enum(CAMPAIGN_STATES),
  wave: z.enum(WAVE_STATES),
  target: z.enum(TARGET_STATES),
};
