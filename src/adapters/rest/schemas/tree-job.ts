import { z } from 'zod';
import { DELIVERY_STATES } from '../../../domain/delivery.ts';
import { UI_MODES, type UiMode } from '../../../services/deliveries.ts';
import type { TreeJob } from '../../../services/ports/tree-job-store.ts';
import { WALK_LIMITS } from '../../../services/tree-jobs.ts';
import { ACL_COMMANDS } from '../../../syncml/access-control-list.ts';
import { NODE_PROPERTY_NAMES } from '../../../syncml/node-properties.ts';
import { explainStatus } from '../../../syncml/status-codes.ts';
import { deviceId, instant, pageOf, text, uuid } from './fields.ts';

const MAX_SERVERS = 64;

const call = {
  trigger: z
    .boolean({ error: 'Expected true or false.' })
    .exactOptional()
    .meta({ description: 'Whether to send Package #0 by SMS. Left out: when the device has an msisdn.' }),
  uiMode: z
    .enum(Object.keys(UI_MODES) as [UiMode, ...UiMode[]], {
      error: `Expected one of ${Object.keys(UI_MODES).join(', ')}.`,
    })
    .exactOptional()
    .meta({ description: 'What Package #0 asks the device to show its user; `background` unless told.' }),
  expiresAt: instant.exactOptional().meta({ description: 'Until then the job waits for the device.' }),
};

const locUri = text(2048).meta({ examples: ['./DevDetail'] });

function upTo({ usual, most }: { readonly usual: number; readonly most: number }, what: string) {
  const error = `Expected a whole number from 1 to ${most}.`;
  return z
    .int({ error })
    .min(1, error)
    .max(most, error)
    .exactOptional()
    .meta({ description: `${what}; ${usual} unless told.` });
}

export const newDiscoverySchema = z
  .strictObject(
    {
      root: locUri.exactOptional().meta({ description: 'Where to begin; `.`, the root of the tree, unless told.' }),
      maxDepth: upTo(
        WALK_LIMITS.depth,
        'How many levels below the root; given, the tree is walked level by level, else asked for at once first',
      ),
      maxNodes: upTo(WALK_LIMITS.nodes, 'How many nodes, the root counted'),
      maxMessages: upTo(WALK_LIMITS.messages, 'How many messages to the device'),
      properties: z
        .array(z.enum(NODE_PROPERTY_NAMES, { error: `Expected one of ${NODE_PROPERTY_NAMES.join(', ')}.` }))
        .max(NODE_PROPERTY_NAMES.length, 'Expected each property once.')
        .exactOptional()
        .meta({ description: 'Properties to fetch of every node, beside its value.' }),
      ...call,
    },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'NewDiscovery' });

const server = text(255);
const servers = z
  .strictObject(
    Object.fromEntries(
      ACL_COMMANDS.map((command) => [
        command,
        z.array(server).max(MAX_SERVERS, `Expected at most ${MAX_SERVERS} servers.`).exactOptional(),
      ]),
    ),
    { error: `Expected an object of server identifiers by command: ${ACL_COMMANDS.join(', ')}.` },
  )
  .meta({ id: 'AclServers', description: 'Server identifiers by command; `*` stands for every server.' });

export const aclChangeSchema = z
  .strictObject(
    { locUri, add: servers.exactOptional(), remove: servers.exactOptional(), ...call },
    { error: 'Expected an object.' },
  )
  .meta({ id: 'AclChange' });

const count = z.int().min(0);

export const treeJobSchema = z
  .strictObject({
    id: uuid,
    kind: z.enum(['discovery', 'acl']),
    deviceId,
    state: z.enum(DELIVERY_STATES),
    triggerSessionId: z.int().min(1).max(65_535).exactOptional(),
    discovery: z
      .strictObject({
        root: z.string(),
        limits: z.strictObject({ depth: count, nodes: count, messages: count }),
        properties: z.array(z.string()).meta({ description: 'Less those the device does not keep.' }),
        nodes: count.meta({ description: 'Heard of so far.' }),
        waiting: count.meta({ description: 'Questions still to be asked, as far as they are known.' }),
        messages: count.meta({ description: 'Sent so far.' }),
        cut: z
          .strictObject({ depth: count.exactOptional(), nodes: count.exactOptional(), messages: count.exactOptional() })
          .meta({ description: 'What was left out, by the limit it was beyond. Empty: nothing.' }),
        refusals: count,
        refused: z
          .array(z.strictObject({ locUri: z.string(), status: z.int().exactOptional(), meaning: z.string() }))
          .meta({ description: 'Branches the device would not show; the first 200.' }),
      })
      .exactOptional(),
    acl: z
      .strictObject({
        locUri: z.string(),
        before: z.string().exactOptional().meta({ description: 'In force before; of a node above if it inherited.' }),
        after: z.string().exactOptional(),
      })
      .exactOptional(),
    failure: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
    createdAt: instant,
    updatedAt: instant,
    expiresAt: instant,
    endedAt: instant.exactOptional(),
  })
  .meta({ id: 'TreeJob' });

export const treeJobPage = pageOf(treeJobSchema, 'TreeJobPage');

export function presentTreeJob(job: TreeJob): z.output<typeof treeJobSchema> {
  const { id, plan, state, triggerSessionId, failure, endedAt } = job;
  return {
    id,
    kind: plan.kind,
    deviceId: job.deviceId,
    state,
    ...(triggerSessionId === undefined ? {} : { triggerSessionId }),
    ...(plan.kind === 'discovery'
      ? {
          discovery: {
            root: plan.root,
            limits: plan.limits,
            properties: [...plan.properties],
            nodes: plan.nodes,
            waiting: plan.asks.length,
            messages: plan.messages,
            cut: plan.cut,
            refusals: plan.refusals,
            refused: plan.refused.map(({ locUri, status }) => ({
              locUri,
              ...(status === undefined ? {} : { status }),
              meaning: status === undefined ? 'The device has not answered.' : explainStatus(status),
            })),
          },
        }
      : {
          acl: {
            locUri: plan.locUri,
            ...(plan.before === undefined ? {} : { before: plan.before }),
            ...(plan.after === undefined ? {} : { after: plan.after }),
          },
        }),
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
    createdAt: job.createdAt.toISOString(),
    updatedAt: job.updatedAt.toISOString(),
    expiresAt: job.expiresAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}

export const TREE_JOB_EXAMPLE: z.output<typeof treeJobSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a',
  kind: 'discovery',
  deviceId: 'IMEI:493005100592800',
  state: 'succeeded',
  discovery: {
    root: '.',
    limits: { depth: 32, nodes: 5_000, messages: 500 },
    properties: ['ACL'],
    nodes: 117,
    waiting: 0,
    messages: 4,
    cut: {},
    refusals: 1,
    refused: [{ locUri: './Vendor/Secret', status: 425, meaning: explainStatus(425) }],
  },
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:09.000Z',
  expiresAt: '2026-02-07T12:00:00.000Z',
  endedAt: '2026-01-31T12:00:09.000Z',
};

export const ACL_JOB_EXAMPLE: z.output<typeof treeJobSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b',
  kind: 'acl',
  deviceId: 'IMEI:493005100592800',
  state: 'queued',
  acl: { locUri: './Vendor' },
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2026-02-07T12:00:00.000Z',
};
