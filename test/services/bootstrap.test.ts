import { X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { SystemEntropy } from '../../src/adapters/secrets/system-entropy.ts';
import { AppError } from '../../src/services/app-error.ts';
import { Bootstrap, type BootstrapOrder } from '../../src/services/bootstrap.ts';
import { SECURITY_NAMES } from '../../src/services/push-security.ts';
import { renderPush } from '../../src/services/render-push.ts';
import { readBootstrap } from '../../src/simulators/device/bootstrap-reader.ts';
import { decodeWspPush } from '../../src/wire/wap/wsp-push.ts';
import { LOCALHOST_CERT } from '../adapters/smpp/localhost-certificate.ts';
import { FixedClock } from '../fakes/fixed-clock.ts';
import { MemoryBootstrapStore } from '../fakes/memory-bootstrap-store.ts';
import { MemoryDeviceStore } from '../fakes/memory-device-store.ts';
import { InMemoryPushOutbox } from './push-outbox-in-memory.ts';

const DEVICE = 'IMEI:490154203237518';
const IMSI = '262011234567890';
const CONNECTION = {
  name: 'Internet',
  apn: 'apn.test',
  auth: { type: 'PAP', username: 'web', password: 'APN-SECRET' },
} as const;

describe('a bootstrap', () => {
  let devices: MemoryDeviceStore;
  let bootstraps: MemoryBootstrapStore;
  let outbox: InMemoryPushOutbox;
  let clock: FixedClock;
  let bootstrap: Bootstrap;

  beforeEach(async () => {
    devices = new MemoryDeviceStore();
    outbox = new InMemoryPushOutbox();
    bootstraps = new MemoryBootstrapStore(devices, outbox);
    clock = new FixedClock();
    bootstrap = new Bootstrap(
      { devices, bootstraps, outbox, clock, entropy: new SystemEntropy() },
      { serverId: 'omadm', address: () => 'https://dm.test/dm', ttlMs: 86_400_000 },
    );
    await devices.create({
      id: 'row',
      deviceId: DEVICE,
      msisdn: '+491701234567',
      imsi: IMSI,
      account: { auth: 'hmac', client: { username: 'old', password: 'old' }, server: { password: 'old' } },
      createdAt: clock.now(),
    });
  });

  const pushed = () => {
    const content = bootstraps.started.at(-1)?.push.content;
    if (content === undefined) throw new Error('nothing was pushed');
    expect([content.destinationPort, content.sourcePort]).toEqual([2948, 2948]);
    return decodeWspPush(content.payload);
  };
  const fault = async (order: Omit<BootstrapOrder, 'deviceId'>): Promise<AppError> => {
    const error = await bootstrap.start({ deviceId: DEVICE, ...order }).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
    expect(bootstraps.started).toEqual([]);
    return error;
  };

  it.each([
    ['cp', '1.1'],
    ['cp', '1.2'],
    ['plain', '1.1'],
    ['plain', '1.2'],
  ] as const)('in the profile %s for DM %s brings the account that is stored', async (profile, version) => {
    const { pushId, partCount, expiresAt, ...rest } = await bootstrap.start({ deviceId: DEVICE, profile, version });
    expect(rest).toEqual({});
    expect(expiresAt).toEqual(new Date(clock.now().getTime() + 86_400_000));
    const account = bootstraps.started[0]?.account;
    expect(account).toMatchObject({ auth: 'hmac' });
    expect(readBootstrap(pushed(), { imsi: IMSI })).toMatchObject({
      serverId: 'omadm',
      address: 'https://dm.test/dm',
      auth: 'hmac',
      client: account?.client,
      server: account?.server,
      opensSession: true,
    });
    const [claim] = await outbox.claimDue(1, clock.now(), 1_000, 'a');
    if (claim === undefined) throw new Error('nothing is in the outbox');
    expect([claim.pushId, claim.destination]).toEqual([pushId, '+491701234567']);
    expect(renderPush(claim)).toHaveLength(partCount);
  });

  it('has secrets of sixteen octets of chance, printable, and never the same ones', async () => {
    for (let count = 0; count < 20; count++) await bootstrap.start({ deviceId: DEVICE });
    const secrets = bootstraps.started.flatMap(({ account: { client, server } }) => [
      client.password,
      server.password,
      ...[client.nonce, server.nonce].map((nonce) => Buffer.from(nonce ?? []).toString('latin1')),
    ]);
    expect(new Set(secrets).size).toBe(80);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/);
    for (const { account } of bootstraps.started) expect(account.client.username).toMatch(/^[A-Za-z0-9_-]{8}$/);
  });

  it.each(['NETWPIN', 'USERPIN', 'USERNETWPIN'] as const)('is proven with %s, and not without', async (security) => {
    const pin = security === 'NETWPIN' ? {} : { pin: '4711' };
    await bootstrap.start({ deviceId: DEVICE, security, ...pin });
    expect(readBootstrap(pushed(), { imsi: IMSI, pin: '4711' })).toBeDefined();
    expect(() => readBootstrap(pushed(), { imsi: '262011234567891', pin: '4712' })).toThrow(/MAC/);
  });

  it('with USERPINMAC says what the user types after the PIN', async () => {
    const { pinSuffix = '' } = await bootstrap.start({ deviceId: DEVICE, security: 'USERPINMAC', pin: '4711' });
    expect(pinSuffix).toMatch(/^\d{4}$/);
    expect(readBootstrap(pushed(), { pin: `4711${pinSuffix}` })).toBeDefined();
    const wrong = String((Number(pinSuffix) + 1) % 10_000).padStart(4, '0');
    expect(() => readBootstrap(pushed(), { pin: `4711${wrong}` })).toThrow(/PIN/);
  });

  it('without security has neither SEC nor MAC', async () => {
    await bootstrap.start({ deviceId: DEVICE, security: 'none' });
    expect(pushed().contentType.parameters).toEqual([]);
    expect(() => readBootstrap(pushed(), { imsi: IMSI })).toThrow(/without a MAC/);
    expect(readBootstrap(pushed(), { takesUnproven: true })).toBeDefined();
    expect(SECURITY_NAMES).toEqual(['none', 'NETWPIN', 'USERPIN', 'USERNETWPIN', 'USERPINMAC']);
  });

  it('can bring an access point and a root certificate, given in PEM or DER', async () => {
    const der = new Uint8Array(new X509Certificate(LOCALHOST_CERT).raw);
    const rootCertificates = [LOCALHOST_CERT, der];
    const order = { deviceId: DEVICE, connection: CONNECTION, rootCertificates };
    const { document, partCount } = await bootstrap.preview(order);
    expect(document.xml.match(/EncodedCertificate/g)).toHaveLength(2);
    expect(document.xml).toContain('apn.test');
    expect(partCount).toBe((await bootstrap.start(order)).partCount);
    expect(readBootstrap(pushed(), { imsi: IMSI })?.connection).toBe('dm');
  });

  it('of a dry run is shown with credentials that are good for nothing, and changes nothing', async () => {
    const order = { deviceId: DEVICE, connection: CONNECTION };
    const { document, ...rest } = await bootstrap.preview(order);
    expect(rest).toEqual({ profile: 'cp', version: '1.1', security: 'NETWPIN', partCount: 4 });
    expect(document.xml).toContain('AAUTHSECRET');
    expect(document.xml).not.toContain('APN-SECRET');
    expect(Buffer.from(document.wbxml).toString('latin1')).not.toContain('APN-SECRET');
    expect(bootstraps.started).toEqual([]);
    expect(outbox.rows.size).toBe(0);
    expect((await devices.get(DEVICE))?.bootstrap).toEqual({ state: 'none' });
  });

  it('is for a device without an account by MD5, unless told', async () => {
    const account = { auth: 'basic' as const, client: { username: 'x', password: 'x' }, server: { password: 'x' } };
    await devices.create({
      id: '2',
      deviceId: 'new',
      msisdn: '1234',
      imsi: IMSI,
      account,
      hasAccount: false,
      createdAt: clock.now(),
    });
    await bootstrap.start({ deviceId: 'new' });
    await bootstrap.start({ deviceId: 'new', auth: 'basic' });
    expect(bootstraps.started.map(({ account: { auth } }) => auth)).toEqual(['md5', 'basic']);
  });

  it('shows how far it is', async () => {
    expect(await bootstrap.status(DEVICE)).toEqual({ bootstrap: { state: 'none' } });
    const { pushId } = await bootstrap.start({ deviceId: DEVICE });
    expect(await bootstrap.status(DEVICE)).toMatchObject({
      bootstrap: { state: 'pending', at: clock.now(), pushId },
      push: { pushId, state: 'queued' },
    });
  });

  it.each<[string, Omit<BootstrapOrder, 'deviceId'>, string]>([
    ['a PIN that is missing', { security: 'USERPIN' }, 'pin'],
    ['a PIN that no one asks for', { pin: '1234' }, 'pin'],
    ['a PIN too long to carry a MAC', { security: 'USERPINMAC', pin: '1'.repeat(21) }, 'pin'],
    ['an address that is none', { address: 'dm.test' }, 'address'],
    ['an APN that is none', { connection: { name: 'x', apn: 'a b' } }, 'connection.apn'],
    ['an access point where 1.1 has no place for it', { profile: 'plain', connection: CONNECTION }, 'connection'],
    ['a certificate that is none', { rootCertificates: ['-----BEGIN CERTIFICATE-----'] }, 'rootCertificates/0'],
    ['a certificate in a DM message', { profile: 'plain', rootCertificates: [LOCALHOST_CERT] }, 'rootCertificates'],
    ["Microsoft's parameters in a DM message", { profile: 'plain', microsoft: { role: 8 } }, 'microsoft'],
  ])('refuses %s and says which field', async (_, order, field) => {
    const error = await fault(order);
    expect([error.code, error.details['field']]).toEqual(['bootstrap-impossible', field]);
    expect(error.message).not.toContain('APN-SECRET');
  });

  it('refuses a device without a number, or without the IMSI it is to be proven with', async () => {
    await devices.update(DEVICE, { imsi: null }, clock.now());
    expect((await fault({})).details).toEqual({ field: 'imsi' });
    await devices.update(DEVICE, { imsi: IMSI, msisdn: null }, clock.now());
    expect((await fault({})).details).toEqual({ field: 'msisdn' });
  });

  it('refuses a document of more than 255 short messages', async () => {
    const rootCertificates = Array.from({ length: 80 }, () => LOCALHOST_CERT);
    expect(await fault({ rootCertificates })).toMatchObject({ code: 'bootstrap-impossible' });
  });

  it('refuses an end that is over, and a device nobody knows', async () => {
    expect((await fault({ expiresAt: clock.now() })).code).toBe('expiry-past');
    await expect(bootstrap.start({ deviceId: 'nobody' })).rejects.toMatchObject({ code: 'device-unknown' });
    await expect(bootstrap.preview({ deviceId: 'nobody' })).rejects.toMatchObject({ code: 'device-unknown' });
    await expect(bootstrap.status('no\nbody')).rejects.toMatchObject({ code: 'device-unknown' });
  });
});
