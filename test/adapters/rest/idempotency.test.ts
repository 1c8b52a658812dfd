import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEVICE, furnished, PLAIN_XML, RestHarness } from './rest-harness.ts';

describe('the Idempotency-Key', () => {
  let api: RestHarness;
  const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('answers a repeat like the first and carries nothing out again', async () => {
    const { packageId } = await furnished(api);
    const order = { packageId, deviceId: DEVICE.deviceId };
    const first = await api.post('/api/v1/deliveries', order, keyed('k1'));
    const second = await api.post('/api/v1/deliveries', order, keyed('k1'));
    expect(first.status).toBe(202);
    expect(first.headers.has('Idempotency-Replayed')).toBe(false);
    expect([second.status, second.json]).toEqual([202, first.json]);
    expect(second.headers.get('Location')).toBe(first.headers.get('Location'));
    expect(second.headers.get('Idempotency-Replayed')).toBe('true');
    expect(api.deliveries.created).toHaveLength(1);
  });

  it('works for uploads and devices alike', async () => {
    const upload = await api.upload('apn', PLAIN_XML, keyed('k1'));
    expect((await api.upload('apn', PLAIN_XML, keyed('k1'))).json).toEqual(upload.json);
    const device = await api.post('/api/v1/devices', DEVICE, keyed('k1'));
    const again = await api.post('/api/v1/devices', DEVICE, keyed('k1'));
    expect([again.status, again.json]).toEqual([201, device.json]);
  });

  it('is refused with another request', async () => {
    await api.upload('apn', PLAIN_XML, keyed('k1'));
    for (const answer of [
      await api.upload('apn', `${PLAIN_XML}\n`, keyed('k1')),
      await api.upload('other', PLAIN_XML, keyed('k1')),
    ]) {
      expect([answer.status, answer.json.code]).toEqual([422, 'idempotency-key-reused']);
    }
  });

  it('holds a second request off while the first is being done', async () => {
    const create = api.devices.create.bind(api.devices);
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    vi.spyOn(api.devices, 'create').mockImplementation(async (device) => {
      await gate;
      return create(device);
    });
    const first = api.post('/api/v1/devices', DEVICE, keyed('k1'));
    await vi.waitFor(() => expect(api.devices.create).toHaveBeenCalled(), { timeout: 30_000 });
    const second = await api.post('/api/v1/devices', DEVICE, keyed('k1'));
    expect([second.status, second.json.code, second.headers.get('Retry-After')]).toEqual([
      409,
      'idempotency-in-progress',
      '1',
    ]);
    go();
    expect((await first).status).toBe(201);
    expect((await api.post('/api/v1/devices', DEVICE, keyed('k1'))).status).toBe(201);
  });

  it('is free again after a refusal, which changed nothing', async () => {
    const { packageId } = await furnished(api);
    const order = { packageId, deviceId: 'MAC:1' };
    expect((await api.post('/api/v1/deliveries', order, keyed('k1'))).status).toBe(404);
    await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'MAC:1' });
    expect((await api.post('/api/v1/deliveries', order, keyed('k1'))).status).toBe(202);
  });

  it('is forgotten after a day', async () => {
    await api.upload('apn', PLAIN_XML, keyed('k1'));
    api.clock.advance(24 * 3_600_000);
    expect((await api.upload('apn', PLAIN_XML, keyed('k1'))).json.revision).toBe(2);
  });

  it.each(['x'.repeat(256), 'a b'])('is refused when it is %j', async (key) => {
    const { status, json } = await api.upload('apn', PLAIN_XML, keyed(key));
    expect([status, json.code, json.errors[0].in]).toEqual([400, 'request-invalid', 'header']);
  });

  it('succeeds even when the answer cannot be kept, and says so in the log', async () => {
    vi.spyOn(api.idempotency, 'finish').mockRejectedValue(new Error('no room'));
    expect((await api.upload('apn', PLAIN_XML, keyed('k1'))).status).toBe(201);
    expect(api.log.join('')).toContain('no room');
  });

  it('keeps nothing that tells of the passwords in a request', async () => {
    await api.post('/api/v1/devices', DEVICE, keyed('k1'));
    const kept = JSON.stringify([...api.idempotency.rows]);
    expect(kept).toContain(DEVICE.deviceId);
    expect(kept).not.toMatch(/SECRET|bm9uY2U|bm9uY2Ut/);
  });
});
