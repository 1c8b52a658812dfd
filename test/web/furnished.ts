import { readFileSync } from 'node:fs';
import { endOfDelivery } from '../../scripts/api-client.ts';
import { registerDevice, type ServerUnderTest } from '../e2e/server-under-test.ts';

/** Something to look at: packages, devices with sessions behind them, users, keys, and what they have done. */
export async function furnish(server: ServerUnderTest): Promise<void> {
  const { api } = server;
  for (const [name, role] of [
    ['ada', 'operator'],
    ['grace', 'admin'],
    ['vera', 'viewer'],
  ]) {
    await api.post('/api/v1/users', { name, role, password: 'a long password' });
  }
  for (const [name, role] of [
    ['nightly import', 'operator'],
    ['dashboard', 'viewer'],
  ]) {
    await api.post('/api/v1/keys', { name, role });
  }
  const xml = readFileSync(new URL('../../provisioning-xml/apn-and-browser.xml', import.meta.url));
  const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=apn-and-browser', xml);
  for (const [index, auth] of (['basic', 'md5', 'hmac'] as const).entries()) {
    const device = await registerDevice(server, { deviceId: `IMEI:35209900176148${index}`, auth });
    const { id } = await api.post<{ id: string }>('/api/v1/deliveries', {
      packageId,
      deviceId: device.deviceId,
      trigger: false,
    });
    await device.start().runSession();
    await endOfDelivery(api, id);
  }
  const waiting = await registerDevice(server, { deviceId: 'IMEI:352099001761489', auth: 'md5' });
  await api.post('/api/v1/deliveries', { packageId, deviceId: waiting.deviceId, trigger: false });
}
