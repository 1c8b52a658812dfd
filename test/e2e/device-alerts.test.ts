import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliveryReport } from '../../scripts/api-client.ts';
import type { DeviceEvent } from '../../src/simulators/device/device-options.ts';
import { EVERY_WAY, registerDevice, type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

interface Feed {
  readonly items: readonly { readonly id: number; readonly code: number; readonly data?: string }[];
  readonly next: string;
}

let server: ServerUnderTest;
let count = 0;
beforeAll(async () => {
  server = await startServerUnderTest();
});
afterAll(() => server?.stop());

const DO = './Vendor/Update/Install';
/** Written for DM 1.2: an Exec with a Correlator and one without, and a format that DM 1.1 does not have. */
const PACKAGE = `<SyncBody xmlns="SYNCML:SYNCML1.2">
  <Add><Item><Target><LocURI>${DO}</LocURI></Target><Meta><Format xmlns="syncml:metinf">null</Format></Meta></Item></Add>
  <Exec><Item><Target><LocURI>${DO}</LocURI></Target></Item></Exec>
  <Exec><Correlator>by-name</Correlator><Item><Target><LocURI>${DO}</LocURI></Target></Item></Exec>
  <Add><Item><Target><LocURI>./Vendor/Update/When</LocURI></Target><Meta><Format xmlns="syncml:metinf">date</Format></Meta>
    <Data>2004-02-29</Data></Item></Add>
</SyncBody>`;

const newId = (): string => `IMEI:49015420423${100 + ++count}`;

async function order(deviceId: string, xml: string): Promise<string> {
  const { id: packageId } = await server.api.upload<{ id: string }>('/api/v1/packages?name=alerts', Buffer.from(xml));
  return (await server.api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId, trigger: false })).id;
}

const delivery = (id: string) => server.api.get<DeliveryReport>(`/api/v1/deliveries/${id}`);
const execs = async (id: string) => (await delivery(id)).results.filter(({ command }) => command === 'Exec');
const alertsOf = (deviceId: string, query = '') =>
  server.api.get<Feed>(`/api/v1/devices/${encodeURIComponent(deviceId)}/alerts${query}`);

describe.each(EVERY_WAY)('a DM/$dmVersion device that speaks $encoding with $auth credentials', (way) => {
  it('tells of events and of what an Exec came to, in the session after it; programs read it by polling', async () => {
    const deviceId = newId();
    const registered = await registerDevice(server, { deviceId, auth: way.auth });
    const answered: number[] = [];
    const device = registered.start({
      ...way,
      observe: (event: DeviceEvent) => {
        if (event.kind === 'alertAnswered') answered.push(event.status);
      },
    });
    let turn = 200;
    device.tree.registerExecutable(DO, () => turn++, { later: { alertType: 'urn:example:install' } });
    device.queueAlert({ code: 1224, type: 'application/octet-stream', data: Uint8Array.of(0, 255, 1) });
    const id = await order(deviceId, PACKAGE);
    const before = await alertsOf(deviceId);
    expect(before.items).toEqual([]);

    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    const told = await alertsOf(deviceId, `?after=${before.next}`);
    expect(told.items).toMatchObject([{ code: 1224, type: 'application/octet-stream', data: 'AP8B' }]);
    expect((await delivery(id)).state).toBe('succeeded');
    const is12 = way.dmVersion === '1.2';
    expect(await execs(id)).toMatchObject(
      [`${id}.1`, 'by-name'].map((correlator) => ({
        status: 202,
        ...(is12 && { execOutcome: { state: 'pending', correlator } }),
      })),
    );
    const when = device.tree.leaves().get('./Vendor/Update/When');
    expect(when).toMatchObject({ format: is12 ? 'date' : 'chr', value: '2004-02-29' });

    expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
    expect(answered).toEqual([200, 200, 200]);
    expect(device.waitingAlerts).toEqual([]);
    const rest = await alertsOf(deviceId, `?after=${told.next}`);
    expect(rest.items).toMatchObject(
      [`${id}.1`, 'by-name'].map((correlator, place) => ({
        code: is12 ? 1226 : 1224,
        type: 'urn:example:install',
        source: DO,
        data: String(200 + place),
        ...(is12 && { correlator, mark: 'informational' }),
      })),
    );
    const outcomes = (await execs(id)).map(({ execOutcome }) => execOutcome);
    if (is12) {
      expect(outcomes).toMatchObject([
        { state: 'reported', correlator: `${id}.1`, data: '200', type: 'urn:example:install' },
        { state: 'reported', correlator: 'by-name', data: '201' },
      ]);
    } else expect(outcomes).toEqual([undefined, undefined]);
    const all = await server.api.get<Feed>(`/api/v1/alerts?deviceId=${encodeURIComponent(deviceId)}`);
    expect(all.items.map(({ id: one }) => one)).toEqual([...told.items, ...rest.items].map(({ id: one }) => one));
  });
});

describe('a package that DM 1.1 has no words for', () => {
  it('fails for a device of 1.1 with the reason and reaches one of 1.2', async () => {
    const xml = '<Get><Item><Target><LocURI>./DevInfo?list=TNDS</LocURI></Target></Item></Get>';
    const states: unknown[] = [];
    for (const dmVersion of ['1.1', '1.2'] as const) {
      const deviceId = newId();
      const device = (await registerDevice(server, { deviceId, auth: 'md5' })).start({ dmVersion });
      const id = await order(deviceId, xml);
      await device.runSession();
      const { state, failure, results } = await delivery(id);
      states.push([state, failure?.code, results.some(({ status }) => status !== undefined)]);
    }
    expect(states).toEqual([
      ['failed', 'version-unsuitable', false],
      ['succeeded', undefined, true],
    ]);
  });
});
