import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CP_XML, DEVICE, furnished, PACKAGE_XML, PLAIN_XML, RestHarness } from './rest-harness.ts';

describe('deliveries over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('queues a package for a device and says where to look', async () => {
    const { packageId } = await furnished(api);
    const answer = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      packageId,
      deviceId: DEVICE.deviceId,
      state: 'queued',
      progress: { done: 0, sent: 0, total: 2 },
      onFailure: 'continue',
      triggerSessionId: 1,
      expiresAt: '2026-02-07T12:00:00.000Z',
    });
    const found = await api.get(answer.headers.get('Location') ?? '');
    expect(found.json).toMatchObject({ ...answer.json, results: [], pushes: [{ state: 'queued', attempts: 0 }] });
  });

  it('keeps the values of variables to itself', async () => {
    const { packageId } = await furnished(api, PACKAGE_XML);
    const order = { packageId, deviceId: DEVICE.deviceId, variables: { apn: 'a-VALUE-nobody-sees' } };
    const { status, json } = await api.post('/api/v1/deliveries', order);
    expect(status).toBe(202);
    expect(api.deliveries.created[0]?.variables).toEqual({ apn: 'a-VALUE-nobody-sees' });
    await api.get(`/api/v1/deliveries/${json.id}`);
    expect(api.said.join('\n')).not.toContain('a-VALUE-nobody-sees');
  });

  it('explains each status in plain words', async () => {
    const { packageId } = await furnished(api);
    const { json } = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId, trigger: false });
    api.deliveries.change(json.id, {
      state: 'failed',
      position: 2,
      failure: { code: 'command-refused', message: 'The device refused a command.' },
      endedAt: api.clock.now(),
      results: [
        { path: [0], item: 0, command: 'Get', locUri: './DevInfo/Man', status: 200, data: 'Acme', format: 'chr' },
        { path: [1], item: 0, command: 'Replace', locUri: './AP/Name', status: 405 },
        { path: [2, 0], item: 1, command: 'Add', locUri: './AP/X' },
      ],
    });
    const answer = await api.get(`/api/v1/deliveries/${json.id}`);
    expect(answer.json).toMatchObject({ state: 'failed', failure: { code: 'command-refused' } });
    expect(answer.json.results[0]).toMatchObject({ command: 'Get', status: 200, data: 'Acme', format: 'chr' });
    expect(answer.json.results[0].statusText).toBe('OK. Done.');
    expect(answer.json.results[1].statusText).toMatch(/^Command not allowed\./);
    expect(answer.json.results[2]).not.toHaveProperty('status');
    expect(answer.json.results[2].statusText).toMatch(/not answered/);
    expect(answer.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'answered',
      'answered',
      'unanswered',
    ]);
  });

  it('tells commands that were never sent from those that were not answered', async () => {
    const three = PLAIN_XML.replace(
      '<Final/>',
      '<Get><CmdID>3</CmdID><Item><Target><LocURI>./C</LocURI></Target></Item></Get><Final/>',
    );
    const { packageId } = await furnished(api, three);
    const order = { packageId, deviceId: DEVICE.deviceId, trigger: false, onFailure: 'stop' };
    const { json } = await api.post('/api/v1/deliveries', order);
    expect(json.onFailure).toBe('stop');
    api.deliveries.change(json.id, {
      state: 'expired',
      position: 1,
      sent: 2,
      endedAt: api.clock.now(),
      results: [{ path: [0], item: 0, command: 'Get', locUri: './DevInfo/Man', status: 404 }],
    });
    const { json: ended } = await api.get(`/api/v1/deliveries/${json.id}`);
    expect(ended.progress).toEqual({ done: 1, sent: 2, total: 3 });
    expect(
      ended.results.map((one: Record<string, unknown>) => [one['locUri'], one['outcome'], one['statusText']]),
    ).toEqual([
      ['./DevInfo/Man', 'answered', 'Not found. There is no such node on the device.'],
      ['./AP/Name', 'unanswered', 'The device has not answered this command.'],
      ['./C', 'not-sent', 'The delivery ended before this command was sent.'],
    ]);
  });

  it.each([
    ['an unknown package', { packageId: '01980000-0000-7000-8000-ffffffffffff' }, 404, 'package-unknown'],
    ['a package id that is none', { packageId: 'nope' }, 404, 'package-unknown'],
    ['an unknown device', { deviceId: 'IMEI:0' }, 404, 'device-unknown'],
    ['an expiry in the past', { expiresAt: '2026-01-31T11:59:59+00:00' }, 422, 'expiry-past'],
    ['a variable the package lacks', { variables: { colour: 'red' } }, 422, 'variables-unknown'],
    ['an expiry that is no instant', { expiresAt: 'tomorrow' }, 400, 'request-invalid'],
    ['a policy nobody knows', { onFailure: 'pause' }, 400, 'request-invalid'],
    ['a trigger that is no boolean', { trigger: 'yes' }, 400, 'request-invalid'],
  ])('refuses %s', async (_, change, status, code) => {
    const { packageId } = await furnished(api);
    const answer = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId, ...change });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(api.deliveries.created).toEqual([]);
  });

  it('names the variables that are missing', async () => {
    const { packageId } = await furnished(api, PACKAGE_XML);
    const { status, json } = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId });
    expect([status, json.code, json.missing]).toEqual([422, 'variables-missing', ['apn']]);
  });

  it('refuses an OMA CP document', async () => {
    await furnished(api);
    const { json: cp } = await api.upload('w7', CP_XML);
    const { status, json } = await api.post('/api/v1/deliveries', { packageId: cp.id, deviceId: DEVICE.deviceId });
    expect([status, json.code]).toEqual([422, 'package-kind-unsuitable']);
  });

  it('refuses to trigger a device without an msisdn, and waits for it when not told to trigger', async () => {
    const { packageId } = await furnished(api);
    const { msisdn: _, ...device } = { ...DEVICE, deviceId: 'MAC:1' };
    await api.post('/api/v1/devices', device);
    const refused = await api.post('/api/v1/deliveries', { packageId, deviceId: 'MAC:1', trigger: true });
    expect([refused.status, refused.json.code]).toEqual([422, 'trigger-impossible']);
    const waits = await api.post('/api/v1/deliveries', { packageId, deviceId: 'MAC:1' });
    expect(waits.status).toBe(202);
    expect(waits.json).not.toHaveProperty('triggerSessionId');
  });

  it('lists deliveries by device, package and state', async () => {
    const { packageId } = await furnished(api);
    const { json: one } = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId });
    const { json: two } = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId });
    await api.post(`/api/v1/deliveries/${one.id}/cancel`);
    const ids = async (query: string) =>
      (await api.get(`/api/v1/deliveries${query}`)).json.items.map(({ id }: { id: string }) => id);
    expect(await ids(`?deviceId=${encodeURIComponent(DEVICE.deviceId)}`)).toEqual([two.id, one.id]);
    expect(await ids('?state=cancelled')).toEqual([one.id]);
    expect(await ids(`?packageId=${packageId}&state=queued`)).toEqual([two.id]);
    expect(await ids('?packageId=nope')).toEqual([]);
    expect((await api.get('/api/v1/deliveries?state=lost')).status).toBe(400);
  });

  it('cancels an open delivery once', async () => {
    const { packageId } = await furnished(api);
    const { json } = await api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId });
    const cancelled = await api.post(`/api/v1/deliveries/${json.id}/cancel`);
    expect([cancelled.status, cancelled.json.state]).toEqual([200, 'cancelled']);
    const again = await api.post(`/api/v1/deliveries/${json.id}/cancel`);
    expect([again.status, again.json.code]).toEqual([409, 'delivery-ended']);
  });

  it.each(['nope', '01980000-0000-7000-8000-ffffffffffff'])('knows no delivery %s', async (id) => {
    expect((await api.get(`/api/v1/deliveries/${id}`)).json.code).toBe('delivery-unknown');
    expect((await api.post(`/api/v1/deliveries/${id}/cancel`)).json.code).toBe('delivery-unknown');
  });
});
