import { beforeEach, describe, expect, it } from 'vitest';
import type { DmAccount } from '../../src/domain/device.ts';
import { Deliveries } from '../../src/services/deliveries.ts';
import { Packages } from '../../src/services/packages.ts';
import { CountingEntropy, FixedClock } from '../fakes/fixed-clock.ts';
import { inlineCompiler } from '../fakes/inline-compiler.ts';
import { MemoryDeliveryStore } from '../fakes/memory-delivery-store.ts';
import { MemoryDeviceStore } from '../fakes/memory-device-store.ts';
import { MemoryPackageStore } from '../fakes/memory-package-store.ts';

const ACCOUNT: DmAccount = { auth: 'md5', client: { username: 'u', password: 'p' }, server: { password: 's' } };

const replace = (cmdId: number, locUri: string, data: string, format = 'chr'): string =>
  `<Replace><CmdID>${cmdId}</CmdID><Item><Target><LocURI>${locUri}</LocURI></Target>` +
  `<Meta><Format xmlns="syncml:metinf">${format}</Format></Meta><Data>${data}</Data></Item></Replace>`;

describe('ordering a delivery', () => {
  const clock = new FixedClock();
  let packages: MemoryPackageStore;
  let devices: MemoryDeviceStore;
  let store: MemoryDeliveryStore;
  let deliveries: Deliveries;
  let upload: (...commands: string[]) => Promise<string>;

  beforeEach(async () => {
    const entropy = new CountingEntropy();
    packages = new MemoryPackageStore();
    devices = new MemoryDeviceStore();
    store = new MemoryDeliveryStore(packages);
    const ports = { packages, devices, deliveries: store, clock, entropy };
    deliveries = new Deliveries(ports, { ttlMs: 60_000, serverId: 'omadm' });
    upload = async (...commands) => {
      const xml = `<SyncBody>${commands.join('')}<Final/></SyncBody>`;
      return (await new Packages({ ...ports, compiler: inlineCompiler }).upload('p', new TextEncoder().encode(xml))).id;
    };
    for (const device of [{ deviceId: 'IMEI:1234', msisdn: '+4917', imsi: '26201' }, { deviceId: 'MAC:1' }]) {
      await devices.create({ ...device, id: entropy.id(), account: ACCOUNT, createdAt: clock.now() });
    }
  });

  it('triggers a device that has an msisdn unless told not to', async () => {
    const packageId = await upload(replace(1, './A', 'x'));
    await deliveries.order({ packageId, deviceId: 'IMEI:1234' });
    await deliveries.order({ packageId, deviceId: 'IMEI:1234', trigger: false });
    await deliveries.order({ packageId, deviceId: 'MAC:1' });
    expect(store.created.map(({ trigger }) => trigger?.uiMode)).toEqual([1, undefined, undefined]);
  });

  it('gives Package #0 the user interaction mode that was asked for', async () => {
    const packageId = await upload(replace(1, './A', 'x'));
    await deliveries.order({ packageId, deviceId: 'IMEI:1234', uiMode: 'interactive' });
    expect(store.created[0]?.trigger?.uiMode).toBe(3);
  });

  it('ends after the time to live unless told when', async () => {
    const packageId = await upload(replace(1, './A', 'x'));
    const order = { packageId, deviceId: 'MAC:1' };
    expect((await deliveries.order(order)).expiresAt).toEqual(new Date(clock.now().getTime() + 60_000));
    const expiresAt = new Date('2026-03-01T00:00:00Z');
    expect((await deliveries.order({ ...order, expiresAt })).expiresAt).toEqual(expiresAt);
    await expect(deliveries.order({ ...order, expiresAt: clock.now() })).rejects.toMatchObject({ code: 'expiry-past' });
  });

  it('knows the built-in variables of a device without being told', async () => {
    const packageId = await upload(replace(1, './A', '{{imei}} {{msisdn}} {{imsi}} {{deviceId}} {{serverId}}'));
    await deliveries.order({ packageId, deviceId: 'IMEI:1234' });
    expect(store.created[0]?.variables).toEqual({});
  });

  it('names every variable that has no value, built-in ones the record lacks among them', async () => {
    const packageId = await upload(replace(1, './A', '{{imei}} {{msisdn}} {{apn}} {{deviceId}}'));
    await expect(deliveries.order({ packageId, deviceId: 'MAC:1' })).rejects.toMatchObject({
      code: 'variables-missing',
      details: { missing: ['apn', 'imei', 'msisdn'] },
    });
  });

  it('takes a value for a built-in variable the record lacks, and none that contradicts it', async () => {
    const packageId = await upload(replace(1, './A', '{{imsi}}'));
    await deliveries.order({ packageId, deviceId: 'MAC:1', variables: { imsi: '26202' } });
    expect(store.created[0]?.variables).toEqual({ imsi: '26202' });
    const contradiction = { packageId, deviceId: 'IMEI:1234', variables: { imsi: '26202' } };
    await expect(deliveries.order(contradiction)).rejects.toMatchObject({
      code: 'variables-clashing',
      details: { clashing: ['imsi'] },
    });
  });

  it('refuses names the package does not have, to catch a slip of the pen', async () => {
    const packageId = await upload(replace(1, './A', '{{apn}}'));
    const order = { packageId, deviceId: 'MAC:1', variables: { apn: 'x', APN: 'x', __proto__x: 'y' } };
    await expect(deliveries.order(order)).rejects.toMatchObject({
      code: 'variables-unknown',
      details: { unknown: ['APN', '__proto__x'], known: ['apn'] },
    });
  });

  it('refuses values that spoil their place, without repeating them', async () => {
    const packageId = await upload(replace(1, './A', '{{port}}', 'int'));
    const order = { packageId, deviceId: 'MAC:1', variables: { port: 'eighty-SECRET' } };
    const refusal = await deliveries.order(order).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'variables-unsuitable', details: { places: [{ locUri: './A' }] } });
    expect(JSON.stringify(refusal)).not.toContain('SECRET');
    expect(store.created).toEqual([]);
  });
});
