import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, furnished, PACKAGE_XML, RestHarness, TOKEN } from './rest-harness.ts';

describe('secrets', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('stand in no answer and no log line, whatever is asked', async () => {
    const path = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}`;
    const { packageId } = await furnished(api, PACKAGE_XML);
    const order = { packageId, deviceId: DEVICE.deviceId, variables: { apn: 'VARIABLE-SECRET' } };
    await api.post('/api/v1/devices', DEVICE);
    await api.post('/api/v1/devices', { ...DEVICE, extra: 'BODY-SECRET' });
    await api.post('/api/v1/devices', { ...DEVICE, dm: { ...DEVICE.dm, auth: 'hmac' } });
    await api.post('/api/v1/devices', { ...DEVICE, dm: { ...DEVICE.dm, server: { password: 'BODY-SECRET\n' } } });
    await api.post('/api/v1/devices', undefined, { raw: '{"password": "BODY-SECRET', type: 'application/json' });
    await api.post('/api/v1/devices', undefined, { raw: '{"password": BODY-SECRET}', type: 'application/json' });
    await api.patch(path, { dm: { client: { password: 'client-SECRET-2', nonce: 'UEFUQ0gtTk9OQ0U=' } } });
    await api.patch(path, { dm: { client: { password: 17, nonce: 'BODY-SECRET' } } });
    const { json } = await api.post('/api/v1/deliveries', order, { headers: { 'Idempotency-Key': 'key-1' } });
    await api.post('/api/v1/deliveries', order, { headers: { 'Idempotency-Key': 'key-1' } });
    await api.post('/api/v1/deliveries', { ...order, variables: { other: 'VARIABLE-SECRET' } });
    await api.post('/api/v1/deliveries', { ...order, variables: { apn: 'VARIABLE-SECRET\0' } });
    await api.post(`/api/v1/deliveries/${json.id}/cancel`);
    for (const listing of ['devices', 'deliveries', 'packages', 'sessions']) await api.get(`/api/v1/${listing}`);
    await api.get(path);
    await api.get(`${path}/tree`);
    await api.get(`/api/v1/deliveries/${json.id}`);
    await api.get('/metrics');
    await api.get('/readyz');

    const nonces = [DEVICE.dm.client.nonce, DEVICE.dm.server.nonce, 'UEFUQ0gtTk9OQ0U=', 'PATCH-NONCE'];
    for (const text of [...api.said, ...api.log]) {
      expect(text).not.toContain('SECRET');
      expect(text).not.toContain(TOKEN);
      for (const nonce of nonces) expect(text).not.toContain(nonce);
    }
    expect(api.said.length).toBeGreaterThan(20);
    expect(api.log.length).toBeGreaterThan(20);
  });
});
