import { z } from 'zod';
import type { TreeJobs } from '../../../services/tree-jobs.ts';
import { defineRoute, type Route } from '../route.ts';
import { byDeviceId, deviceId, idOf, pageParameters } from '../schemas/fields.ts';
import {
  ACL_JOB_EXAMPLE,
  aclChangeSchema,
  newDiscoverySchema,
  presentTreeJob,
  TREE_JOB_EXAMPLE,
  treeJobPage,
  treeJobSchema,
} from '../schemas/tree-job.ts';

const byId = z.strictObject({ id: idOf('the job') });

const oneJob = { mediaType: 'application/json', schema: treeJobSchema, example: TREE_JOB_EXAMPLE };
const queued = (example: typeof TREE_JOB_EXAMPLE) => ({
  202: {
    description: 'Queued.',
    content: { ...oneJob, example },
    headers: { Location: 'Where its state is.' },
  },
});

export function treeJobRoutes(jobs: TreeJobs): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/devices/{deviceId}/discovery',
      operationId: 'discoverTree',
      tag: 'Tree',
      summary: "Explore a device's tree",
      description:
        'Queues a walk: in the next DM session the tree, or the part below `root`, is read node by node (at once where the ' +
        'device knows how). What is found becomes the last known values; nodes that a complete walk does not meet again ' +
        'are forgotten. It goes on in later sessions when one breaks off.',
      params: byDeviceId,
      body: {
        kind: 'json',
        schema: newDiscoverySchema,
        examples: { all: {}, part: { root: './DevDetail', maxDepth: 2, properties: ['ACL'] } },
      },
      idempotent: true,
      responses: queued({ ...TREE_JOB_EXAMPLE, state: 'queued' }),
      problems: ['device-unknown', 'loc-uri-unsuitable', 'trigger-impossible', 'expiry-past'],
      handle: async ({ params, body: { expiresAt, ...order } }) => {
        const until = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) };
        const job = await jobs.discover(params.deviceId, { ...order, ...until });
        return { status: 202, headers: { Location: `/api/v1/tree-jobs/${job.id}` }, body: presentTreeJob(job) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/{deviceId}/discovery',
      operationId: 'getLatestDiscovery',
      tag: 'Tree',
      summary: "The newest walk through a device's tree",
      params: byDeviceId,
      responses: { 200: { description: 'The job.', content: oneJob } },
      problems: ['device-unknown', 'tree-job-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        body: presentTreeJob(await jobs.latestDiscovery(params.deviceId)),
      }),
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/devices/{deviceId}/acl',
      operationId: 'changeAcl',
      tag: 'Tree',
      summary: "Change the access control list of one of a device's nodes",
      description:
        "Queues the change: in the next DM session the node's list is read, the servers named here are put in or taken " +
        'out, and the list is written back. Entries of others stay. A node that inherits its list gets its own.',
      params: byDeviceId,
      body: {
        kind: 'json',
        schema: aclChangeSchema,
        examples: {
          change: { locUri: './Vendor', add: { Get: ['omadm'], Replace: ['omadm'] }, remove: { Delete: ['other'] } },
        },
      },
      idempotent: true,
      responses: queued(ACL_JOB_EXAMPLE),
      problems: ['device-unknown', 'loc-uri-unsuitable', 'acl-unsuitable', 'trigger-impossible', 'expiry-past'],
      handle: async ({ params, body: { locUri, add = {}, remove = {}, expiresAt, ...call } }) => {
        const until = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) };
        const job = await jobs.changeAcl(params.deviceId, { locUri, change: { add, remove }, ...call, ...until });
        return { status: 202, headers: { Location: `/api/v1/tree-jobs/${job.id}` }, body: presentTreeJob(job) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tree-jobs',
      operationId: 'listTreeJobs',
      tag: 'Tree',
      summary: 'List walks and changes of access control lists, newest first',
      query: z.strictObject({
        ...pageParameters,
        deviceId: deviceId.exactOptional(),
        kind: z
          .enum(['discovery', 'acl'], { error: 'Expected "discovery" or "acl".' })
          .exactOptional()
          .meta({ description: 'Of this kind only.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: {
            mediaType: 'application/json',
            schema: treeJobPage,
            example: { items: [TREE_JOB_EXAMPLE, ACL_JOB_EXAMPLE] },
          },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await jobs.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentTreeJob) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tree-jobs/{id}',
      operationId: 'getTreeJob',
      tag: 'Tree',
      summary: 'One walk or change of an access control list',
      params: byId,
      responses: { 200: { description: 'The job.', content: oneJob } },
      problems: ['tree-job-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentTreeJob(await jobs.get(params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tree-jobs/{id}/cancel',
      operationId: 'cancelTreeJob',
      tag: 'Tree',
      summary: 'Cancel a walk or a change of an access control list',
      description: 'What the device has told stays known; a list that is with it already stays written. Takes no body.',
      params: byId,
      responses: {
        200: {
          description: 'Cancelled.',
          content: { ...oneJob, example: { ...TREE_JOB_EXAMPLE, state: 'cancelled' } },
        },
      },
      problems: ['tree-job-unknown', 'tree-job-ended'],
      handle: async ({ params }) => ({ status: 200, body: presentTreeJob(await jobs.cancel(params.id)) }),
    }),
  ];
}
