import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceAlert } from '../../../src/domain/device-alert.ts';
import { DEVICE, furnished, RestHarness } from './rest-harness.ts';

const AT = new Date('2026-01-31T12:00:00Z');

const alert = (id: number, more: Partial<DeviceAlert> = {}): DeviceAlert => ({
  id,
  deviceId: DEVICE.deviceId,
  sessionId: '01980000-0000-7000-8000-00000000000a',
  code: 1226,
  type: 'urn:x',
  format: 'chr',
  at: AT,
  ...more,
});

describe('alerts over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await furnished(api);
  });
  afterEach(() => api.stop());

  it('come oldest first, with a cursor to poll on with', async () => {
    const empty = await api.get('/api/v1/alerts');
    expect(empty.json).toEqual({ items: [], next: expect.any(String) });
    const whole = { mark: 'fatal', correlator: 'c', source: './A', target: './B', data: 'AP8=', format: 'bin' };
    api.alerts.alerts.push(alert(1, whole), alert(2), alert(3));
    const first = await api.get(`/api/v1/alerts?limit=2&after=${empty.json.next}`);
    expect(first.json.items).toEqual([
      { ...alert(1, whole), at: '2026-01-31T12:00:00.000Z' },
      { ...alert(2), at: '2026-01-31T12:00:00.000Z' },
    ]);
    const second = await api.get(`/api/v1/alerts?after=${first.json.next}`);
    expect(second.json.items.map(({ id }: { id: number }) => id)).toEqual([3]);
    const end = await api.get(`/api/v1/alerts?after=${second.json.next}`);
    expect(end.json).toEqual({ items: [], next: second.json.next });
  });

  it('are filtered by device, type and code, and read by device', async () => {
    api.alerts.alerts.push(alert(1), alert(2, { deviceId: 'B', type: 'urn:y' }), alert(3, { code: 1224 }));
    const ids = async (path: string) => (await api.get(path)).json.items.map(({ id }: { id: number }) => id);
    const device = encodeURIComponent(DEVICE.deviceId);
    expect(await ids(`/api/v1/alerts?deviceId=${device}`)).toEqual([1, 3]);
    expect(await ids('/api/v1/alerts?type=urn%3Ay')).toEqual([2]);
    expect(await ids('/api/v1/alerts?code=1224')).toEqual([3]);
    expect(await ids(`/api/v1/devices/${device}/alerts?code=1226`)).toEqual([1]);
  });

  it('are refused to whoever asks for what is not there, or without the token', async () => {
    expect((await api.get('/api/v1/devices/nobody/alerts')).json).toMatchObject({
      status: 404,
      code: 'device-unknown',
    });
    expect((await api.get('/api/v1/alerts?after=x')).json).toMatchObject({ status: 400, code: 'cursor-invalid' });
    for (const query of ['code=1100', 'code=x', 'limit=0', 'type=', 'cursor=x']) {
      expect([query, (await api.get(`/api/v1/alerts?${query}`)).json.code]).toEqual([query, 'request-invalid']);
    }
    expect((await api.get('/api/v1/alerts', { token: null })).status).toBe(401);
  });
});
