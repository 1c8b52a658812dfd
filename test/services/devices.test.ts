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
    const { device, warnings } = await devices.register({ deviceId: 'IMEI:1', account: ACCOUNT });
    expect(warnings).toEqual([]);
    expect(device).toEqual({
      id: '01980000-0000-7000-8000-000000000001',
      deviceId: 'IMEI:1',
      auth: 'md5',
      clientUsername: 'u',
      hasAccount: true,
      bootstrap: { state: 'none' },
      devInfo: {},
      tags: [],
      attributes: {},
      createdAt: clock.now(),
      updatedAt: clock.now(),
      revision: expect.any(String),
    });
    expect(store.row('IMEI:1')?.account).toEqual(ACCOUNT);
  });

  it.each(['basic', 'md5', 'hmac'] as const)('takes the authentication type %s', async (auth) => {
    expect((await devices.register({ deviceId: 'x', account: { ...ACCOUNT, auth } })).device.auth).toBe(auth);
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

  it('makes the passwords that are left out, each of at least 16 octets and no two alike', async () => {
    for (const deviceId of ['a', 'b']) {
      await devices.register({ deviceId, account: { auth: 'md5', client: { username: 'u' } } });
    }
    const made = ['a', 'b'].flatMap((deviceId) => {
      const account = store.row(deviceId)?.account;
      return [account?.client.password ?? '', account?.server.password ?? ''];
    });
    expect(new Set(made).size).toBe(4);
    for (const password of made) {
      expect(Buffer.from(password, 'base64url').length).toBeGreaterThanOrEqual(16);
      expect(password).not.toContain(':');
    }
  });

  it('tells when a password of the server is in use for another device', async () => {
    expect((await devices.register({ deviceId: 'a', account: ACCOUNT })).warnings).toEqual([]);
    expect((await devices.register({ deviceId: 'b', account: ACCOUNT })).warnings).toEqual([
      'server-credentials-shared',
    ]);
    expect((await devices.update('b', { server: { password: 'own' } })).warnings).toEqual([]);
    expect((await devices.update('b', { server: { password: 's' } })).warnings).toEqual(['server-credentials-shared']);
    expect((await devices.update('b', { msisdn: '+4917' })).warnings).toEqual([]);
  });

  it('refuses a kind of credentials below the least that is taken, at registration and in a change', async () => {
    const strict = new Devices({ devices: store, clock, entropy: new CountingEntropy() }, { minAuth: 'md5' });
    await expect(strict.register({ deviceId: 'a', account: { ...ACCOUNT, auth: 'basic' } })).rejects.toMatchObject({
      code: 'auth-not-allowed',
      message: 'dm.auth: "basic" is weaker than "md5", the least this server is set to.',
      details: { field: 'dm.auth', minimum: 'md5' },
    });
    const server = { password: 's', auth: 'basic' } as const;
    await expect(strict.register({ deviceId: 'a', account: { ...ACCOUNT, server } })).rejects.toMatchObject({
      details: { field: 'dm.server.auth' },
    });
    await strict.register({ deviceId: 'a', account: ACCOUNT });
    await expect(strict.update('a', { auth: 'basic' })).rejects.toMatchObject({ code: 'auth-not-allowed' });
    expect((await strict.update('a', { auth: 'hmac' })).device.auth).toBe('hmac');
  });

  it('refuses MACs on one side only', async () => {
    const mixed = { ...ACCOUNT, server: { password: 's', auth: 'hmac' } } as const;
    await expect(devices.register({ deviceId: 'a', account: mixed })).rejects.toMatchObject({
      code: 'auth-not-allowed',
      details: { field: 'dm.server.auth' },
    });
    await devices.register({ deviceId: 'a', account: { ...ACCOUNT, server: { password: 's', auth: 'basic' } } });
    await expect(devices.update('a', { auth: 'hmac' })).rejects.toMatchObject({ code: 'auth-not-allowed' });
    expect((await devices.update('a', { auth: 'hmac', server: { auth: null } })).device).toMatchObject({
      auth: 'hmac',
    });
  });
});
