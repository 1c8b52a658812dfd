import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCALHOST_CERT } from '../smpp/localhost-certificate.ts';
import { DEVICE, RestHarness } from './rest-harness.ts';

const path = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}`;
const CONNECTION = {
  name: 'Internet',
  apn: 'apn.test',
  auth: { type: 'PAP', username: 'web', password: 'APN-SECRET' },
};

describe('POST /api/v1/devices/{deviceId}/bootstrap', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await api.post('/api/v1/devices', DEVICE);
  });
  afterEach(() => api.stop());

  it('answers 202 with the push and how many short messages it takes, and says how far it is', async () => {
    expect((await api.get(`${path}/bootstrap`)).json).toEqual({ deviceId: DEVICE.deviceId, state: 'none' });
    const { status, json, headers } = await api.post(`${path}/bootstrap`, {});
    expect(status).toBe(202);
    expect(json).toEqual({ pushId: expect.any(String), partCount: 3, expiresAt: '2026-02-07T12:00:00.000Z' });
    expect(headers.get('Location')).toBe(`${path}/bootstrap`);
    expect((await api.get(`${path}/bootstrap`)).json).toEqual({
      deviceId: DEVICE.deviceId,
      state: 'pending',
      at: '2026-01-31T12:00:00.000Z',
      push: { id: json.pushId, state: 'queued', attempts: 0, partsAccepted: 0 },
    });
    expect((await api.get(path)).json.bootstrap).toEqual({ state: 'pending', at: '2026-01-31T12:00:00.000Z' });
  });

  it('is carried out once when it is repeated under its idempotency key', async () => {
    const call = { headers: { 'Idempotency-Key': 'once' } };
    const order = { security: 'USERPINMAC', pin: '4711' };
    const first = await api.post(`${path}/bootstrap`, order, call);
    const second = await api.post(`${path}/bootstrap`, order, call);
    expect(first.json.pinSuffix).toMatch(/^\d{4}$/);
    expect(second.text).toBe(first.text);
    expect(api.bootstraps.started).toHaveLength(1);
  });

  it('shows a document without sending it on a dry run, its passwords good for nothing', async () => {
    const rootCertificates = [
      LOCALHOST_CERT,
      Buffer.from(LOCALHOST_CERT.replace(/-.*-/g, ''), 'base64').toString('base64'),
    ];
    const order = { dryRun: true, connection: CONNECTION, rootCertificates, microsoft: { role: 8 } };
    const { status, json } = await api.post(`${path}/bootstrap`, order);
    expect(status).toBe(200);
    expect(json).toMatchObject({ profile: 'cp', version: '1.1', security: 'NETWPIN' });
    expect(json.xml.match(/EncodedCertificate/g)).toHaveLength(2);
    expect(json.wbxml).toMatch(/^030b6a00/);
    expect(api.bootstraps.started).toEqual([]);
  });

  it('shows a plain document as XML too', async () => {
    const { json } = await api.post(`${path}/bootstrap`, { dryRun: true, profile: 'plain', version: '1.2' });
    expect(json.xml).toContain('<LocURI>./Inbox</LocURI>');
    expect(json.wbxml).toMatch(/^02a4016a00/);
  });

  it.each([
    ['a PIN of letters', { security: 'USERPIN', pin: 'abcd' }, '/pin'],
    ['an unknown security', { security: 'PIN' }, '/security'],
    ['an unknown profile', { profile: 'w7' }, '/profile'],
    ['an unknown version', { version: '1.3' }, '/version'],
    ['a connection that is neither', { connection: 7 }, '/connection'],
    ['a field nobody knows', { PIN: '1234' }, '/PIN'],
  ])('refuses %s with 400 and the place', async (_, body, pointer) => {
    const { status, json } = await api.post(`${path}/bootstrap`, body);
    expect([status, json.code, json.errors[0].pointer]).toEqual([400, 'request-invalid', pointer]);
  });

  it.each([
    ['a PIN that is missing', { security: 'USERPIN' }, 'pin'],
    ['an address that is none', { address: 'nowhere' }, 'address'],
    ['a certificate that is none', { rootCertificates: ['AAAA'] }, 'rootCertificates/0'],
  ])('refuses %s with 422 and the field', async (_, body, field) => {
    const { status, json } = await api.post(`${path}/bootstrap`, body);
    expect([status, json.code, json.field]).toEqual([422, 'bootstrap-impossible', field]);
  });

  it('answers 404 for a device nobody knows', async () => {
    expect((await api.post('/api/v1/devices/nobody/bootstrap', {})).status).toBe(404);
    expect((await api.get('/api/v1/devices/nobody/bootstrap')).status).toBe(404);
  });

  it('tells no secret, in answers and in the log', async () => {
    const order = { security: 'USERNETWPIN', pin: '47114711', connection: CONNECTION };
    await api.post(`${path}/bootstrap`, order);
    await api.post(`${path}/bootstrap`, { ...order, dryRun: true });
    await api.post(`${path}/bootstrap`, { ...order, connection: { ...CONNECTION, apn: '!' } });
    await api.get(`${path}/bootstrap`);
    await api.get(path);
    const account = api.bootstraps.started[0]?.account;
    const secrets = [account?.client.password, account?.server.password, 'APN-SECRET', '47114711'];
    for (const secret of secrets) {
      expect(secret).toBeTruthy();
      for (const text of [...api.said, ...api.log]) expect(text).not.toContain(secret);
    }
  });
});

describe('a device registered without an account', () => {
  it('has none until it is bootstrapped, and takes one by hand only whole', async () => {
    const api = await new RestHarness().start();
    const { dm: _, ...device } = DEVICE;
    const { status, json } = await api.post('/api/v1/devices', device);
    expect([status, json.dm, json.bootstrap]).toEqual([201, undefined, { state: 'none' }]);
    expect((await api.get(path)).json.dm).toBeUndefined();
    expect((await api.post(`${path}/bootstrap`, {})).status).toBe(202);
    await api.stop();
  });
});
