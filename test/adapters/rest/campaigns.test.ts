import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLAIN_XML, RestHarness } from './rest-harness.ts';

let rest: RestHarness;
let packageId: string;
beforeEach(async () => {
  rest = await new RestHarness().start();
  packageId = (await rest.upload('apn', PLAIN_XML)).json.id;
  rest.campaigns.devices = 1_000;
});
afterEach(() => rest.stop());

const campaigns = '/api/v1/campaigns';
const order = (more: object = {}): object => ({
  name: 'roll-out',
  content: { kind: 'package', packageId },
  target: { kind: 'list', devices: ['IMEI:1', { deviceId: 'IMEI:2', variables: { apn: 'b' } }] },
  ...more,
});
const draft = async (more: object = {}): Promise<string> =>
  (await rest.call('POST', campaigns, { body: order(more) })).json.id;

describe('campaigns over REST', () => {
  it('are drafted, read back without their secrets, and listed', async () => {
    const made = await rest.call('POST', campaigns, {
      body: order({
        target: { kind: 'filter', filter: 'tags==pilot' },
        waves: [{ name: 'canary', percent: 5 }, { percent: 95 }],
        windows: { timeZone: 'Europe/Berlin', spans: [{ weekdays: ['mon'], from: '22:00', to: '05:00' }] },
        retry: { maxAttempts: 3, on: ['5xx'], firstMs: 60_000, maxMs: 600_000 },
        startAt: '2026-02-01T00:00:00+01:00',
      }),
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${campaigns}/${made.json.id}`);
    expect(made.json).toMatchObject({
      state: 'draft',
      target: { kind: 'filter', filter: 'tags==pilot' },
      content: { kind: 'package', packageId, uiMode: 'background' },
      startAt: '2026-01-31T23:00:00.000Z',
      createdBy: 'admin-token',
      thresholds: { successPercent: 90 },
    });
    expect((await rest.call('GET', `${campaigns}/${made.json.id}`)).json).toEqual(made.json);
    expect((await rest.call('GET', campaigns)).json.items).toEqual([
      { ...made.json, counts: expect.objectContaining({ waiting: 0, succeeded: 0 }) },
    ]);
    expect((await rest.call('GET', `${campaigns}?state=running`)).json.items).toEqual([]);
  });

  it('say where a filter stops being one', async () => {
    const answer = await rest.call('POST', campaigns, {
      body: order({ target: { kind: 'filter', filter: 'tags==' } }),
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'filter-invalid', position: 6 });
  });

  it('are told every fault at once, with its place', async () => {
    const answer = await rest.call('POST', campaigns, {
      body: order({
        waves: [{ percent: 50 }, { percent: 40 }],
        thresholds: { successPercent: 120, errorPercent: 5, errorCount: 0 },
        endAt: '2020-01-01T00:00:00Z',
        deviceVariables: { nobody: 'apn' },
      }),
    });
    expect(answer.status).toBe(422);
    expect(answer.json.code).toBe('campaign-faulty');
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/waves',
      '/thresholds/successPercent',
      '/thresholds/errorCount',
      '/endAt',
      '/deviceVariables/nobody',
    ]);
  });

  it('refuse a wave whose filter cannot be read, and a package that is none', async () => {
    const waves = [{ filter: 'mod==(' }, {}];
    const faulty = await rest.call('POST', campaigns, { body: order({ waves }) });
    expect(faulty.json.errors[0]).toMatchObject({ pointer: '/waves/0/filter' });
    const content = { kind: 'package', packageId: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6f' };
    expect((await rest.call('POST', campaigns, { body: order({ content }) })).json.code).toBe('package-unknown');
  });

  it('ask for a confirmation when they are about everybody, or about nobody', async () => {
    const id = await draft({ target: { kind: 'all' } });
    const asked = await rest.call('POST', `${campaigns}/${id}/start`, { body: {} });
    expect(asked.status).toBe(409);
    expect(asked.json).toMatchObject({ code: 'confirmation-needed', count: 1_000 });
    const wrong = await rest.call('POST', `${campaigns}/${id}/start`, { body: { confirmCount: 999 } });
    expect(wrong.json.code).toBe('confirmation-needed');
    const started = await rest.call('POST', `${campaigns}/${id}/start`, { body: { confirmCount: 1_000 } });
    expect(started.json.state).toBe('running');
    rest.campaigns.devices = 0;
    const nobody = await draft({ target: { kind: 'filter', filter: 'tags==none' } });
    expect((await rest.call('POST', `${campaigns}/${nobody}/start`, { body: {} })).json).toMatchObject({
      code: 'confirmation-needed',
      count: 0,
    });
  });

  it('are approved by somebody else, and by somebody else again after a change', async () => {
    const key = await rest.call('POST', '/api/v1/keys', { body: { name: 'second', role: 'operator' } });
    const token = key.json.key as string;
    const id = await draft({ needsApproval: true });
    const act = (action: string, as?: string) =>
      rest.call('POST', `${campaigns}/${id}/${action}`, {
        ...(action === 'start' && { body: {} }),
        ...(as !== undefined && { token: as }),
      });
    expect((await act('start')).json.code).toBe('approval-missing');
    expect((await act('approve')).json.code).toBe('approval-by-author');
    expect((await act('approve', token)).json.approvedBy).toBe(key.json.id);
    expect((await act('start')).json.state).toBe('running');
  });

  it('take each action only where it means something', async () => {
    const id = await draft();
    for (const action of ['pause', 'resume', 'stop', 'cancel', 'retry-failed']) {
      const answer = await rest.call('POST', `${campaigns}/${id}/${action}`);
      expect([action, answer.status, answer.json.code]).toEqual([action, 409, 'campaign-state']);
    }
    expect((await rest.call('POST', `${campaigns}/${id}/start`, { body: {} })).json.state).toBe('running');
    expect((await rest.call('POST', `${campaigns}/${id}/pause`)).json.state).toBe('paused');
    expect((await rest.call('POST', `${campaigns}/${id}/resume`)).json.state).toBe('running');
    expect((await rest.call('DELETE', `${campaigns}/${id}`)).json.code).toBe('campaign-state');
    expect((await rest.call('POST', `${campaigns}/${id}/stop`)).json.state).toBe('stopped');
    expect((await rest.call('DELETE', `${campaigns}/${id}`)).status).toBe(204);
    expect((await rest.call('GET', `${campaigns}/${id}`)).json.code).toBe('campaign-unknown');
    expect((await rest.call('GET', `${campaigns}/nonsense/progress`)).json.code).toBe('campaign-unknown');
  });

  it('start once for one idempotency key', async () => {
    const id = await draft();
    const headers = { 'Idempotency-Key': 'start-1' };
    const first = await rest.call('POST', `${campaigns}/${id}/start`, { body: {}, headers });
    const again = await rest.call('POST', `${campaigns}/${id}/start`, { body: {}, headers });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('take a list as a file, and tell its bad lines', async () => {
    const id = await draft();
    const put = (raw: string) => rest.call('PUT', `${campaigns}/${id}/members`, { raw, type: 'text/csv' });
    const lines = [
      '\ufeffdeviceid;apn',
      'IMEI:7;a.example',
      'IMEI:8;"b;c"',
      ';nobody',
      'IMEI:7;again',
      'IMEI:9;"open',
      '',
    ];
    const answer = await put(lines.join('\r\n'));
    expect(answer.json).toEqual({
      taken: 2,
      repeated: 1,
      refused: 2,
      refusals: [
        { line: 4, reason: 'no deviceId' },
        { line: 6, reason: 'column 8: a quote that is not closed' },
      ],
    });
    expect((await rest.call('POST', `${campaigns}/${id}/validate`)).json.targets).toBe(2);
    expect((await put('imei,apn\n1,2\n')).json.code).toBe('request-invalid');
  });

  it('are changed, approved, started and deleted only as they were read', async () => {
    const made = await rest.call('POST', campaigns, { body: order() });
    expect([made.headers.get('etag'), made.json.version]).toEqual(['"1"', 1]);
    const { id } = made.json;
    const at = `${campaigns}/${id}`;
    const mine = { 'If-Match': '"1"' };
    const changed = await rest.call('PUT', at, { body: order({ name: 'mine' }), headers: mine });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.json.version).toBe(2);
    for (const [method, path, body] of [
      ['PUT', at, order({ name: 'theirs' })],
      ['POST', `${at}/start`, {}],
      ['POST', `${at}/approve`, undefined],
      ['DELETE', at, undefined],
    ] as const) {
      const answer = await rest.call(method, path, { headers: mine, ...(body !== undefined && { body }) });
      expect([path, answer.status, answer.json.code]).toEqual([path, 412, 'version-stale']);
    }
    expect((await rest.call('GET', at)).json).toMatchObject({ name: 'mine', state: 'draft', version: 2 });
    const started = await rest.call('POST', `${at}/start`, { body: {}, headers: { 'If-Match': '"2"' } });
    expect([started.json.state, started.headers.get('etag')]).toEqual(['running', '"3"']);
  });

  it('keep what is not shown when they are changed or copied, and tell its names', async () => {
    const XML = PLAIN_XML.replace(/<Data>[^<]*<\/Data>/, '<Data>{{apn}}</Data>');
    const varied = (await rest.upload('varied', XML)).json.id;
    const content = { kind: 'package', packageId: varied };
    const made = await rest.call('POST', campaigns, {
      body: order({ content: { ...content, variables: { apn: 'secret.example' } }, target: { kind: 'all' } }),
    });
    expect(made.json.sealed).toEqual({ variables: ['apn'] });
    expect(JSON.stringify(made.json)).not.toContain('secret.example');
    const { id } = made.json;
    const forgot = await rest.call('PUT', `${campaigns}/${id}`, { body: order({ content, target: { kind: 'all' } }) });
    expect(forgot.json.errors[0].pointer).toBe('/content/variables');
    const kept = await rest.call('PUT', `${campaigns}/${id}`, {
      body: order({ content, target: { kind: 'all' }, from: id }),
    });
    expect(kept.json.sealed).toEqual({ variables: ['apn'] });
    expect(await rest.campaigns.secrets(id)).toEqual({ variables: { apn: 'secret.example' } });
    const byDevice = await rest.call('PUT', `${campaigns}/${id}`, {
      body: order({ content, target: { kind: 'all' }, deviceVariables: { apn: 'homeApn' }, from: id }),
    });
    expect(byDevice.json.sealed).toEqual({});
    const other = order({ target: { kind: 'all' }, from: id });
    expect((await rest.call('POST', campaigns, { body: other })).json.sealed).toEqual({});
  });

  it('are copied with their list', async () => {
    const id = await draft();
    const copy = await draft({ target: { kind: 'list' }, from: id });
    expect((await rest.call('POST', `${campaigns}/${copy}/validate`)).json.targets).toBe(2);
    const fewer = await draft({ target: { kind: 'list', devices: ['IMEI:9'] }, from: id });
    expect((await rest.call('POST', `${campaigns}/${fewer}/validate`)).json.targets).toBe(1);
    const from = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6f';
    expect((await rest.call('POST', campaigns, { body: order({ from }) })).json.code).toBe('campaign-unknown');
  });

  it('say while they run how fast they are, and when their hours begin', async () => {
    const windows = { timeZone: 'UTC', spans: [{ from: '03:00', to: '04:00' }] };
    const id = await draft({ rate: { perMinute: 60 }, windows });
    const standing = async () => (await rest.call('GET', `${campaigns}/${id}/progress`)).json;
    expect(await standing()).not.toHaveProperty('opensAt');
    await rest.call('POST', `${campaigns}/${id}/start`, { body: {} });
    expect(await standing()).toMatchObject({ perMinute: 60, opensAt: expect.stringMatching(/T03:00:00.000Z$/) });
    const own = await draft({ windows: { ...windows, timeZone: 'device', otherwise: 'UTC' } });
    await rest.call('POST', `${campaigns}/${own}/start`, { body: {} });
    expect((await rest.call('GET', `${campaigns}/${own}/progress`)).json).not.toHaveProperty('opensAt');
  });

  it('have a timeline, which begins with their start', async () => {
    const id = await draft({ waves: [{ name: 'canary', count: 1 }, {}] });
    const before = await rest.call('GET', `${campaigns}/${id}/timeline`);
    const waves = [
      { wave: 1, name: 'canary', buckets: [] },
      { wave: 2, buckets: [] },
    ];
    expect(before.json).toEqual({ id, bucketMs: 1_000, waves });
    expect((await rest.call('GET', `${campaigns}/${packageId}/timeline`)).json.code).toBe('campaign-unknown');
  });

  it('take a list in parts, each device once', async () => {
    const id = await draft();
    const more = await rest.call('POST', `${campaigns}/${id}/members`, { body: { devices: ['IMEI:2', 'IMEI:3'] } });
    expect(more.json).toEqual({ taken: 1 });
    expect((await rest.call('POST', `${campaigns}/${id}/validate`)).json).toMatchObject({
      isReady: true,
      kind: 'exact',
      targets: 3,
      needsConfirmation: false,
    });
    expect((await rest.call('DELETE', `${campaigns}/${id}/members`)).status).toBe(204);
    const filtered = await draft({ target: { kind: 'all' } });
    // A page that estimates leaves it to the start to ask for the number.
    for (const [query, kind, needsConfirmation] of [
      ['', 'exact', true],
      ['?estimate=false', 'exact', true],
      ['?estimate=true', 'estimate', false],
    ]) {
      const { json } = await rest.call('POST', `${campaigns}/${filtered}/validate${query}`);
      expect(json).toMatchObject({ kind, needsConfirmation });
    }
    expect((await rest.call('POST', `${campaigns}/${filtered}/validate?estimate=maybe`)).status).toBe(400);
    const refused = await rest.call('POST', `${campaigns}/${filtered}/members`, { body: { devices: ['IMEI:2'] } });
    expect(refused.json.code).toBe('campaign-faulty');
  });
});
