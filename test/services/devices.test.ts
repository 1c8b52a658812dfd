import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DmAccount } from '../../src/domain/device.ts';
import { Devices } from '../../src/services/devices.ts';
import { CountingEntropy, FixedClock } from '../fakes/fixed-clock.ts';
import { MemoryDeviceStore } from '../fakes/memory-device-store.ts';

const ACCOUNT: DmAccount = {
  auth: 'md5',
  client: { username: 'u', password: 'p', nonce: Uint8Array.of(1, 2, 3) },
  server: { password: 's' },
};

describe('keeping devices', () => {
  const clock = new FixedClock();
  let store: MemoryDeviceStore;
  let devices: Devices;
  beforeEach(() => {
    store = new MemoryDeviceStore();
    devices = new Devices({ devices: store, clock, entropy: new CountingEntropy() });
  });

  it('registers a device and shows nothing of its secrets', async () => {
    const device = await devices.register({ deviceId: 'IMEI:1', account: ACCOUNT });
    expect(device).toEqual({
      id: '01980000-0000-7000-8000-000000000001',
      deviceId: 'IMEI:1',
      auth: 'md5',
      clientUsername: 'u',
      devInfo: {},
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    expect(store.row('IMEI:1')?.account).toEqual(ACCOUNT);
  });

  it.each(['basic', 'md5', 'hmac'] as const)('takes the authentication type %s', async (auth) => {
    expect((await devices.register({ deviceId: 'x', account: { ...ACCOUNT, auth } })).auth).toBe(auth);
  });

  it('asks the store for nothing when a deviceId cannot be one', async () => {
    const get = vi.spyOn(store, 'get');
    for (const deviceId of ['', 'a\0b', '\ud800', 'x'.repeat(256)]) {
      await expect(devices.get(deviceId)).rejects.toMatchObject({ code: 'device-unknown' });
      await expect(devices.tree(deviceId)).rejects.toMatchObject({ code: 'device-unknown' });
      await expect(devices.update(deviceId, {})).rejects.toMatchObject({ code: 'device-unknown' });
      await expect(devices.delete(deviceId)).rejects.toMatchObject({ code: 'device-unknown' });
    }
    expect(get).not.toHaveBeenCalled();
  });

  it('cites a deviceId of a caller in a short form', async () => {
    const refusal = await devices.get('y'.repeat(200)).catch((error: Error) => error);
    expect((refusal as Error).message.length).toBeLessThan(150);
  });
});
