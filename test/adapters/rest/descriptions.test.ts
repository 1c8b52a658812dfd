import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEVICE, RestHarness } from './rest-harness.ts';

const node = (name: string, access: string, format: string, inside = ''): string =>
  `<Node><NodeName>${name}</NodeName><DFProperties><AccessType>${access}</AccessType><DFFormat><${format}/></DFFormat>
<Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties>${inside}</Node>`;
const DDF = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Man>Example</Man><Mod>One</Mod>
${node('AP', '<Get/>', 'node', node('Name', '<Get/><Replace/>', 'chr') + node('Id', '<Get/>', 'int'))}
</MgmtTree>`;

const PACKAGE = `<SyncBody>
  <Replace><Item><Target><LocURI>./AP/Name</LocURI></Target><Data>x</Data></Item></Replace>
  <Sequence>
      <Replace><Item><Target><LocURI>./AP/Id</LocURI></Target><Meta><Format>int</Format></Meta><Data>1</Data></Item></Replace>
  </Sequence>
  <Get><Item><Target><LocURI>./Other</LocURI></Target></Item></Get>
</SyncBody>`;

describe('device descriptions over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await api.post('/api/v1/devices', DEVICE);
    api.devices.report(DEVICE.deviceId, { man: 'Example', mod: 'One' }, new Date());
  });
  afterEach(() => api.stop());

  const describeDevices = async (query = '', raw = DDF) =>
    api.call('POST', `/api/v1/descriptions${query}`, { raw, type: 'application/xml' });
  const order = async (packageId: string, more: object = {}) =>
    api.post('/api/v1/deliveries', { packageId, deviceId: DEVICE.deviceId, trigger: false, ...more });

  it('are uploaded, listed, shown octet for octet and deleted', async () => {
    const { status, json, headers } = await describeDevices('?mod=One*&firmware=2.*');
    expect(status).toBe(201);
    expect(json).toMatchObject({ man: 'Example', mod: 'One*', firmware: '2.*', version: '1.2', nodeCount: 3 });
    expect(headers.get('Location')).toBe(`/api/v1/descriptions/${json.id}`);
    expect((await api.get('/api/v1/descriptions')).json.items).toEqual([json]);
    expect((await api.get(`/api/v1/descriptions/${json.id}`)).json).toEqual(json);
    expect((await api.get(`/api/v1/descriptions/${json.id}/xml`)).text).toBe(DDF);
    expect((await api.delete(`/api/v1/descriptions/${json.id}`)).status).toBe(204);
    expect((await api.delete(`/api/v1/descriptions/${json.id}`)).json.code).toBe('description-unknown');
    expect((await api.get('/api/v1/descriptions/nothing')).status).toBe(404);
  });

  it('with faults are refused with every place', async () => {
    const { status, json } = await describeDevices('', DDF.replace('<int/>', '<number/>').replace('<One/>', '<Two/>'));
    expect(status).toBe(422);
    expect(json.code).toBe('description-faulty');
    expect(json.faults.length).toBeGreaterThanOrEqual(2);
    expect(json.faults[0]).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    const nobody = await describeDevices('', DDF.replace('<Mod>One</Mod>', ''));
    expect(nobody.json.code).toBe('description-for-nobody');
  });

  it('are what a package is held against when it is uploaded: line and column of what such a device would refuse', async () => {
    const { json } = await describeDevices();
    const { status, json: problem } = await api.call('POST', `/api/v1/packages?name=p&description=${json.id}`, {
      raw: PACKAGE,
      type: 'application/xml',
    });
    expect([status, problem.code]).toEqual([422, 'package-faulty']);
    expect(problem.faults).toEqual([
      { line: 4, column: 7, code: 'ddf-access', locUri: './AP/Id', reason: expect.stringContaining('Replace') },
      { line: 6, column: 3, code: 'ddf-unknown-node', locUri: './Other', reason: expect.stringContaining('./Other') },
    ]);
    const unknown = await api.call('POST', '/api/v1/packages?name=p&description=nothing', {
      raw: PACKAGE,
      type: 'application/xml',
    });
    expect(unknown.json.code).toBe('description-unknown');
  });

  it('are what an order is held against when the device is of that kind; force sends it all the same', async () => {
    const { json: document } = await api.upload('p', PACKAGE);
    expect((await order(document.id)).status).toBe(202);
    const { json: description } = await describeDevices();
    const { status, json } = await order(document.id);
    expect([status, json.code]).toEqual([422, 'package-unsuitable']);
    expect(json.places.map(({ line, code, locUri }: Record<string, unknown>) => [line, code, locUri])).toEqual([
      [4, 'access', './AP/Id'],
      [6, 'unknown-node', './Other'],
    ]);
    expect(json.descriptions).toEqual([description.id]);
    expect((await order(document.id, { force: true })).status).toBe(202);
    api.devices.report(DEVICE.deviceId, { man: 'Example', mod: 'Two' }, new Date());
    expect((await order(document.id)).status).toBe(202);
  });

  it('of one firmware are for devices that were last known to have it', async () => {
    const { json: document } = await api.upload('p', PACKAGE);
    await describeDevices('?firmware=2.*');
    expect((await order(document.id)).status).toBe(202);
    api.devices.trees.set(DEVICE.deviceId, [{ locUri: './DevDetail/FwV', value: '2.7', at: new Date() }]);
    expect((await order(document.id)).status).toBe(422);
  });

  it('of several parts of a device are taken together', async () => {
    const { json: document } = await api.upload('p', PACKAGE);
    await describeDevices();
    const more = `<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>${node('Other', '<Get/>', 'chr')}</MgmtTree>`;
    await describeDevices('?man=*&mod=*', more);
    expect((await order(document.id)).json.places).toHaveLength(1);
  });
});
