import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, RestHarness } from './rest-harness.ts';

describe('devices over REST', () => {
  let api: RestHarness;
  const path = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}`;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('registers a device with its nonces as octets, and keeps every secret to itself', async () => {
    const { status, headers, json } = await api.post('/api/v1/devices', DEVICE);
    expect(status).toBe(201);
    expect(headers.get('Location')).toBe('/api/v1/devices/IMEI%3A493005100592800');
    expect(json).toEqual({
      deviceId: DEVICE.deviceId,
      msisdn: DEVICE.msisdn,
      imsi: DEVICE.imsi,
      dm: { auth: 'md5', client: { username: 'device1' } },
      bootstrap: { state: 'none' },
      devInfo: {},
      tags: [],
      attributes: {},
      createdAt: '2026-01-31T12:00:00.000Z',
      updatedAt: '2026-01-31T12:00:00.000Z',
    });
    expect(api.devices.row(DEVICE.deviceId)?.account).toEqual({
      auth: 'md5',
      client: {
        username: 'device1',
        password: 'client-SECRET-1',
        nonce: new TextEncoder().encode('client-nonce-1'),
      },
      server: { password: 'server-SECRET-1', nonce: new TextEncoder().encode('server-nonce-1') },
    });
  });

  it('refuses a second device of the same deviceId', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const { status, json } = await api.post('/api/v1/devices', DEVICE);
    expect([status, json.code]).toEqual([409, 'device-exists']);
  });

  it('takes every authentication type, at registration and in a change', async () => {
    await api.post('/api/v1/devices', DEVICE);
    for (const auth of ['hmac', 'basic', 'md5']) {
      const { status, json } = await api.patch(path, { dm: { auth } });
      expect([status, (json as { dm?: { auth?: string } }).dm?.auth]).toEqual([200, auth]);
    }
  });

  it('takes a kind for each side and how often the device proves itself, and gives them back', async () => {
    const dm = { ...DEVICE.dm, client: { ...DEVICE.dm.client, scope: 'message' }, server: { auth: 'basic' } };
    const { status, json } = await api.post('/api/v1/devices', { ...DEVICE, dm });
    const shown = { auth: 'md5', client: { username: 'device1', scope: 'message' }, server: { auth: 'basic' } };
    expect([status, json.dm]).toEqual([201, shown]);
    expect((await api.get(path)).json.dm).toEqual(shown);
    const changed = await api.patch(path, { dm: { client: { scope: null }, server: { auth: null } } });
    expect(changed.json.dm).toEqual({ auth: 'md5', client: { username: 'device1' } });
    const mixed = await api.patch(path, { dm: { server: { auth: 'hmac' } } });
    expect([mixed.status, mixed.json.code, mixed.json.detail]).toEqual([
      422,
      'auth-not-allowed',
      'dm.server.auth: "hmac" cannot go with dm.auth "md5": where one side uses MACs, both do.',
    ]);
  });

  it('makes passwords that are left out, and gives none of them away', async () => {
    const dm = { auth: 'md5', client: { username: 'device1' } };
    const { status, text } = await api.post('/api/v1/devices', { deviceId: DEVICE.deviceId, dm });
    const account = api.devices.row(DEVICE.deviceId)?.account;
    expect(status).toBe(201);
    for (const password of [account?.client.password ?? '', account?.server.password ?? '']) {
      expect(password.length).toBeGreaterThan(20);
      expect([text, ...api.log].join()).not.toContain(password);
    }
  });

  it('warns of a server password that another device has, too', async () => {
    expect((await api.post('/api/v1/devices', DEVICE)).json).not.toHaveProperty('warnings');
    const { status, json } = await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'other' });
    expect([status, json.warnings]).toEqual([
      201,
      [{ code: 'server-credentials-shared', detail: expect.stringContaining('pretend to be this server') }],
    ]);
    expect((await api.get('/api/v1/devices/other')).json).not.toHaveProperty('warnings');
  });

  it('finds a device by its URL-encoded deviceId, with or without the colon encoded', async () => {
    await api.post('/api/v1/devices', DEVICE);
    expect((await api.get(path)).status).toBe(200);
    expect((await api.get('/api/v1/devices/IMEI:493005100592800')).status).toBe(200);
  });

  it('takes a deviceId with slashes, blanks and letters beyond ASCII', async () => {
    const deviceId = 'urn:x/y z?ü#%25';
    const { headers } = await api.post('/api/v1/devices', { ...DEVICE, deviceId });
    const { status, json } = await api.get(headers.get('Location') ?? '');
    expect([status, json.deviceId]).toEqual([200, deviceId]);
  });

  it('lists devices by prefix, msisdn, manufacturer and model', async () => {
    await api.post('/api/v1/devices', DEVICE);
    await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'MAC:001122334455', msisdn: '4900' });
    api.devices.report('MAC:001122334455', { man: 'Acme', mod: 'One' }, api.clock.now());
    const ids = async (query: string) =>
      (await api.get(`/api/v1/devices${query}`)).json.items.map(({ deviceId }: { deviceId: string }) => deviceId);
    expect(await ids('')).toEqual(['MAC:001122334455', DEVICE.deviceId]);
    expect(await ids('?deviceId=IMEI%3A49')).toEqual([DEVICE.deviceId]);
    expect(await ids('?msisdn=%2B491701234567')).toEqual([DEVICE.deviceId]);
    expect(await ids('?man=Acme&mod=One')).toEqual(['MAC:001122334455']);
    expect(await ids('?man=Nobody')).toEqual([]);
  });

  it('changes what a patch names and leaves the rest', async () => {
    await api.post('/api/v1/devices', DEVICE);
    api.clock.advance(1_000);
    const { status, json } = await api.patch(path, {
      msisdn: null,
      dm: { auth: 'basic', client: { password: 'client-SECRET-2' }, server: { nonce: 'AAEC' } },
    });
    expect(status).toBe(200);
    expect(json).not.toHaveProperty('msisdn');
    expect(json).toMatchObject({ imsi: DEVICE.imsi, dm: { auth: 'basic' }, updatedAt: '2026-01-31T12:00:01.000Z' });
    expect(api.devices.row(DEVICE.deviceId)?.account).toMatchObject({
      client: { username: 'device1', password: 'client-SECRET-2' },
      server: { password: 'server-SECRET-1', nonce: Uint8Array.of(0, 1, 2) },
    });
  });

  it('takes a patch as application/merge-patch+json', async () => {
    await api.post('/api/v1/devices', DEVICE);
    const answer = await api.call('PATCH', path, { raw: '{"imsi":null}', type: 'application/merge-patch+json' });
    expect(answer.json).not.toHaveProperty('imsi');
  });

  it('deletes a device, but not while deliveries are open', async () => {
    await api.post('/api/v1/devices', DEVICE);
    api.devices.busy.add(DEVICE.deviceId);
    expect((await api.delete(path)).json).toMatchObject({ status: 409, code: 'device-has-open-deliveries' });
    api.devices.busy.clear();
    expect((await api.delete(path)).status).toBe(204);
    expect((await api.get(path)).status).toBe(404);
  });

  it('shows the last known values of the tree', async () => {
    await api.post('/api/v1/devices', DEVICE);
    api.devices.trees.set(DEVICE.deviceId, [
      { locUri: './AP', at: api.clock.now() },
      { locUri: './DevInfo/Man', value: 'Acme', format: 'chr', type: 'text/plain', at: api.clock.now() },
    ]);
    expect((await api.get(`${path}/tree`)).json).toEqual({
      deviceId: DEVICE.deviceId,
      nodes: [
        { locUri: './AP', at: '2026-01-31T12:00:00.000Z' },
        {
          locUri: './DevInfo/Man',
          value: 'Acme',
          format: 'chr',
          type: 'text/plain',
          at: '2026-01-31T12:00:00.000Z',
        },
      ],
    });
  });

  it.each(['IMEI:1', '%00', '%E0%A4%A', 'x'.repeat(300)])('knows no device %s', async (id) => {
    for (const answer of [
      await api.get(`/api/v1/devices/${id}`),
      await api.get(`/api/v1/devices/${id}/tree`),
      await api.delete(`/api/v1/devices/${id}`),
      await api.patch(`/api/v1/devices/${id}`, { imsi: null }),
    ]) {
      expect([answer.status, answer.json.code]).toEqual([404, 'device-unknown']);
    }
  });

  it('changes and removes a device only as it was read, when If-Match says so', async () => {
    const made = await api.post('/api/v1/devices', DEVICE);
    const etag = made.headers.get('ETag') ?? '';
    expect((await api.get(path)).headers.get('ETag')).toBe(etag);
    const change = (ifMatch: string, body: object) => api.patch(path, body, { headers: { 'If-Match': ifMatch } });
    const first = await change(etag, { tags: ['a'] });
    expect([first.status, first.headers.get('ETag') === etag]).toEqual([200, false]);
    const stale = await change(etag, { tags: ['b'] });
    expect([stale.status, stale.json.code]).toEqual([412, 'version-stale']);
    expect((await api.call('DELETE', path, { headers: { 'If-Match': etag } })).status).toBe(412);
    expect((await api.get(path)).json.tags).toEqual(['a']);
    const odd = await change('W/"1"', { tags: ['c'] });
    expect([odd.status, odd.json.errors[0].pointer]).toEqual([400, '/If-Match']);
    expect((await change('*', { tags: ['c'] })).status).toBe(200);
    const present = (await api.get(path)).headers.get('ETag') ?? '';
    expect((await api.call('DELETE', path, { headers: { 'If-Match': present } })).status).toBe(204);
  });

  it('names every fault of a body by JSON Pointer at once', async () => {
    const { status, json } = await api.post('/api/v1/devices', {
      deviceId: '',
      msisdn: 'call me',
      imsi: 12,
      colour: 'red',
      dm: { auth: 'none', client: { username: 'a:b', password: 'x', nonce: 'not base64' }, server: 'none' },
    });
    expect([status, json.code]).toEqual([400, 'request-invalid']);
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/colour',
      '/deviceId',
      '/dm/auth',
      '/dm/client/nonce',
      '/dm/client/username',
      '/dm/server',
      '/imsi',
      '/msisdn',
    ]);
  });

  it.each([
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['a line end', 'a\nb'],
  ])('refuses text with %s, which no store can hold', async (_, password) => {
    const body = { ...DEVICE, dm: { ...DEVICE.dm, server: { password } } };
    const { status, json } = await api.post('/api/v1/devices', body);
    expect([status, json.errors[0].pointer]).toEqual([400, '/dm/server/password']);
  });
});
