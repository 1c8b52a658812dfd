import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, furnished, RestHarness } from './rest-harness.ts';

const PATH = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}`;

describe('walks and changes of access control lists over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await furnished(api);
  });
  afterEach(() => api.stop());

  it('queues a walk, shows how far it is, and cancels it', async () => {
    const { status, json, headers } = await api.post(`${PATH}/discovery`, {});
    expect(status).toBe(202);
    expect(headers.get('Location')).toBe(`/api/v1/tree-jobs/${json.id}`);
    expect(json).toMatchObject({
      kind: 'discovery',
      state: 'queued',
      triggerSessionId: 1,
      discovery: { root: '.', limits: { depth: 32, nodes: 5_000, messages: 500 }, nodes: 1, cut: {} },
    });
    const job = await api.treeJobs.get(json.id);
    if (job?.plan.kind !== 'discovery') throw new Error('no walk');
    api.treeJobs.change(json.id, {
      state: 'delivering',
      plan: {
        ...job.plan,
        nodes: 9,
        asks: ['./A'],
        cut: { depth: 2 },
        refusals: 1,
        refused: [{ locUri: './B', status: 425 }],
      },
    });
    expect((await api.get(`${PATH}/discovery`)).json).toMatchObject({
      state: 'delivering',
      discovery: {
        nodes: 9,
        waiting: 1,
        cut: { depth: 2 },
        refused: [{ locUri: './B', status: 425, meaning: expect.stringContaining('ermission') }],
      },
    });
    expect((await api.post(`/api/v1/tree-jobs/${json.id}/cancel`)).json.state).toBe('cancelled');
    expect((await api.post(`/api/v1/tree-jobs/${json.id}/cancel`)).status).toBe(409);
    expect((await api.get(`/api/v1/tree-jobs?kind=discovery`)).json.items).toHaveLength(1);
    expect((await api.get(`/api/v1/tree-jobs?kind=acl`)).json.items).toEqual([]);
  });

  it('walks level by level where a depth is given', async () => {
    const { json } = await api.post(`${PATH}/discovery`, {
      root: 'DevDetail',
      maxDepth: 2,
      properties: ['ACL', 'ACL'],
    });
    expect((await api.treeJobs.get(json.id))?.plan).toMatchObject({
      root: './DevDetail',
      lists: [],
      asks: ['./DevDetail'],
      properties: ['ACL'],
    });
  });

  it('queues a change of an access control list', async () => {
    const { status, json } = await api.put(`${PATH}/acl`, {
      locUri: './Vendor',
      add: { Get: ['omadm'] },
      trigger: false,
    });
    expect(status).toBe(202);
    expect(json).toMatchObject({ kind: 'acl', state: 'queued', acl: { locUri: './Vendor' } });
    expect((await api.get(`/api/v1/tree-jobs/${json.id}`)).json).toEqual(json);
  });

  it('refuses what cannot be', async () => {
    const refused = async (path: string, body: unknown, put = false) => {
      const { status, json } = await (put ? api.put(path, body) : api.post(path, body));
      return [status, json.code];
    };
    expect(await refused('/api/v1/devices/nobody/discovery', {})).toEqual([404, 'device-unknown']);
    expect((await api.get(`${PATH}/discovery`)).status).toBe(404);
    expect((await api.get('/api/v1/tree-jobs/nothing')).status).toBe(404);
    expect(await refused(`${PATH}/discovery`, { root: '/A' })).toEqual([422, 'loc-uri-unsuitable']);
    expect(await refused(`${PATH}/discovery`, { root: './A?prop=ACL' })).toEqual([422, 'loc-uri-unsuitable']);
    expect(await refused(`${PATH}/discovery`, { maxNodes: 0 })).toEqual([400, 'request-invalid']);
    expect(await refused(`${PATH}/discovery`, { properties: ['Colour'] })).toEqual([400, 'request-invalid']);
    expect(await refused(`${PATH}/discovery`, { expiresAt: '2000-01-01T00:00:00Z' })).toEqual([422, 'expiry-past']);
    expect(await refused(`${PATH}/acl`, { locUri: './A' }, true)).toEqual([422, 'acl-unsuitable']);
    for (const server of ['a b', 'a=b', 'a&b', 'a+b', '**']) {
      expect(await refused(`${PATH}/acl`, { locUri: './A', add: { Get: [server] } }, true)).toEqual([
        422,
        'acl-unsuitable',
      ]);
    }
    expect(await refused(`${PATH}/acl`, { locUri: './A', add: { Copy: ['omadm'] } }, true)).toEqual([
      400,
      'request-invalid',
    ]);
  });
});
