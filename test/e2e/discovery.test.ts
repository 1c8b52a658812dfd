import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../scripts/api-client.ts';
import { freePort } from '../../scripts/free-port.ts';
import { buildTnds } from '../../src/provisioning/tnds.ts';
import type { VirtualDeviceOptions } from '../../src/simulators/device/device-options.ts';
import { createHttpTransport, type Transport } from '../../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../../src/simulators/device/virtual-device.ts';
import { encodeWbxml } from '../../src/wire/wbxml/encode-wbxml.ts';
import { encodeXml } from '../../src/wire/xml/encode-xml.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN, ServerProcess } from './server-process.ts';

let database: TestDatabase;
let server: ServerProcess;
let api: ApiClient;
let count = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  server = new ServerProcess({ databaseUrl: database.url, port: await freePort() });
  await server.start();
  api = new ApiClient(server.url, ADMIN_TOKEN);
});

afterAll(async () => {
  await server.kill();
  await database.drop();
});

interface Job {
  readonly id: string;
  readonly state: string;
  readonly discovery: {
    readonly nodes: number;
    readonly cut: object;
    readonly refusals: number;
    readonly messages: number;
  };
}

interface Node {
  readonly locUri: string;
  readonly value?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, { readonly value: string }>>;
}

async function phone(options: Pick<VirtualDeviceOptions, 'dmVersion' | 'encoding'> & Partial<VirtualDeviceOptions>) {
  const deviceId = `IMEI:4901542032376${String(++count).padStart(2, '0')}`;
  const account = {
    client: { username: `phone${count}`, password: 'client-secret', nonce: randomBytes(16) },
    server: { password: 'server-secret', nonce: randomBytes(16) },
  };
  await api.post('/api/v1/devices', {
    deviceId,
    dm: {
      auth: 'md5',
      client: { ...account.client, nonce: account.client.nonce.toString('base64') },
      server: { ...account.server, nonce: account.server.nonce.toString('base64') },
    },
  });
  const device = new VirtualDevice({
    deviceId,
    serverUrl: `${server.url}/dm`,
    auth: 'md5',
    client: account.client,
    server: { id: 'omadm', ...account.server },
    maxMsgSize: 1_500,
    ...options,
  });
  furnish(device);
  return { device, path: `/api/v1/devices/${encodeURIComponent(deviceId)}` };
}

function furnish({ tree }: VirtualDevice): void {
  for (let index = 0; index < 40; index++) tree.add(`./Vendor/Apps/App%20${index}/Name`, { value: `App ${index}` });
  tree.add('./Vendor/Octets', { value: Uint8Array.of(0, 255, 7), format: 'bin' });
  tree.add('./Vendor/Number', { value: '7', format: 'int' });
  tree.add('./Vendor/Mail/Password', { value: 'hidden' });
  tree.replace('./Vendor?prop=ACL', { value: 'Add=*&Delete=omadm&Get=*&Replace=omadm' });
  tree.replace('./Vendor/Number?prop=Title', { value: 'A number' });
}

/** The known tree against the device's, node by node. */
async function expectSameTree(device: VirtualDevice, path: string): Promise<void> {
  const { nodes } = await api.get<{ nodes: Node[] }>(`${path}/tree`);
  const known = nodes.filter(({ format }) => format !== 'node').map(({ locUri, value }) => [locUri, value]);
  const held = [...device.tree.leaves()].map(([locUri, { value }]) => [
    locUri,
    locUri.endsWith('Password') ? undefined : typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
  ]);
  const byName = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (String(a) < String(b) ? -1 : 1);
  expect(known.sort(byName)).toEqual(held.sort(byName));
  expect(JSON.stringify(nodes)).not.toContain('hidden');
}

const refusesLists = (name: string, locUri: string): number | undefined =>
  name === 'Get' && locUri.includes('?list=') ? 406 : undefined;
const refusesTnds = (name: string, locUri: string): number | undefined =>
  name === 'Get' && locUri.includes('?list=TNDS') ? 405 : undefined;

const ways = (['1.1', '1.2'] as const).flatMap((dmVersion) =>
  (['wbxml', 'xml'] as const).flatMap((encoding) => [
    { dmVersion, encoding, how: 'that knows every list', refuse: undefined },
    { dmVersion, encoding, how: 'that knows no serialised trees', refuse: refusesTnds },
    { dmVersion, encoding, how: 'that knows no lists', refuse: refusesLists },
  ]),
);

describe.each(ways)(
  'a walk through a DM/$dmVersion device that speaks $encoding, $how',
  ({ dmVersion, encoding, refuse }) => {
    it('finds every node, and forgets those that have gone', async () => {
      const { device, path } = await phone({ dmVersion, encoding, ...(refuse !== undefined && { refuse }) });
      const { id } = await api.post<Job>(`${path}/discovery`, {});
      expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
      const job = await api.get<Job>(`/api/v1/tree-jobs/${id}`);
      expect(job).toMatchObject({ state: 'succeeded', discovery: { cut: {}, refusals: 0, waiting: 0 } });
      await expectSameTree(device, path);
      expect(await api.get(path)).toMatchObject({ devInfo: { fwV: '1.0' } });

      device.tree.delete('./Vendor/Apps/App%207');
      device.tree.replace('./Vendor/Number', { value: '8' });
      await api.post<Job>(`${path}/discovery`, {});
      await device.runSession();
      expect(await api.get<Job>(`${path}/discovery`)).toMatchObject({ state: 'succeeded' });
      await expectSameTree(device, path);
    });
  },
);

describe('a walk', () => {
  it('goes on where it was when the server is killed in the middle of it, again and again', {
    timeout: 120_000,
  }, async () => {
    const http = createHttpTransport();
    let message = 0;
    const murderous: Transport = async (request) => {
      if (++message % 2 === 1) {
        await http(request); // taken, and the answer lost together with the server
        await server.killAndRestart();
      }
      return http(request);
    };
    const { device, path } = await phone({
      dmVersion: '1.2',
      encoding: 'wbxml',
      refuse: refusesLists,
      transport: murderous,
    });
    const { id } = await api.post<Job>(`${path}/discovery`, { properties: ['ACL', 'Title'] });
    expect(await device.runSession()).toMatchObject({ end: 'completed' });
    expect(await api.get<Job>(`/api/v1/tree-jobs/${id}`)).toMatchObject({
      state: 'succeeded',
      discovery: { refusals: 0 },
    });
    await expectSameTree(device, path);
    expect(server.kills).toBeGreaterThanOrEqual(4);
    const { nodes } = await api.get<{ nodes: Node[] }>(`${path}/tree`);
    const properties = new Map(nodes.map((node) => [node.locUri, node.properties]));
    expect(properties.get('./Vendor')?.['ACL']?.value).toBe('Add=*&Delete=omadm&Get=*&Replace=omadm');
    expect(properties.get('./Vendor/Number')?.['Title']?.value).toBe('A number');
  });

  it('is cancelled while it waits, and then does not begin', async () => {
    const { device, path } = await phone({ dmVersion: '1.2', encoding: 'wbxml' });
    const { id } = await api.post<Job>(`${path}/discovery`, {});
    expect(await api.post<Job>(`/api/v1/tree-jobs/${id}/cancel`, undefined)).toMatchObject({ state: 'cancelled' });
    await device.runSession();
    const { nodes } = await api.get<{ nodes: Node[] }>(`${path}/tree`);
    expect(nodes.map(({ locUri }) => locUri).every((locUri) => locUri.startsWith('./DevInfo/'))).toBe(true);
  });
});

const TREE_XML = (kind: 'elements' | 'text' | 'wbxml'): string => {
  const root = buildTnds(
    [
      { locUri: './Post', format: 'node', acl: 'Get=*&Replace=omadm' },
      { locUri: './Post/Server', format: 'chr', value: 'mail.example.com', title: 'The server' },
      { locUri: './Post/Port', format: 'int', value: '993' },
      { locUri: './Post/Password', format: 'chr', value: 'hidden' },
      { locUri: './Post/Icon', format: 'bin', type: 'image/png', value: Uint8Array.of(0, 255) },
    ],
    { encoding: kind === 'wbxml' ? 'wbxml' : 'xml' },
  );
  const xml = encodeXml(root, { declaration: false });
  const [format, type, data] =
    kind === 'wbxml'
      ? ['bin', 'wbxml', Buffer.from(encodeWbxml(root, { language: 'dm-ddf-1.2' })).toString('base64')]
      : ['xml', 'xml', kind === 'text' ? `<![CDATA[${xml}]]>` : xml];
  return `<SyncBody><Add><Item><Target><LocURI>./Vendor</LocURI></Target><Meta><Format>${format}</Format>
<Type>application/vnd.syncml.dmtnds+${type}</Type></Meta><Data>${data}</Data></Item></Add></SyncBody>`;
};

describe.each(['wbxml', 'xml'] as const)('a whole tree in one command, to a device that speaks %s', (encoding) => {
  it.each(['elements', 'text', 'wbxml'] as const)(
    'as %s is made, known node by node, and shows no secret',
    async (kind) => {
      const { device, path } = await phone({ dmVersion: '1.2', encoding });
      const { id: packageId } = await api.upload<{ id: string }>(
        `/api/v1/packages?name=tree-${kind}`,
        Buffer.from(TREE_XML(kind)),
      );
      const { id } = await api.post<Job>('/api/v1/deliveries', { packageId, deviceId: device.deviceId });
      expect(await device.runSession()).toMatchObject({ end: 'completed', complaints: [] });
      expect(await api.get<Job>(`/api/v1/deliveries/${id}`)).toMatchObject({
        state: 'succeeded',
        results: [{ status: 200 }],
      });
      expect(device.tree.valueOf('./Vendor/Post/Server')).toBe('mail.example.com');
      expect(device.tree.valueOf('./Vendor/Post/Password')).toBe('hidden');
      expect(device.tree.valueOf('./Vendor/Post/Icon')).toEqual(Uint8Array.of(0, 255));
      const { nodes } = await api.get<{ nodes: Node[] }>(`${path}/tree?root=./Vendor/Post`);
      expect(nodes.map(({ locUri, value, properties }) => [locUri, value, properties?.['Title']?.value])).toEqual([
        ['./Vendor/Post', undefined, undefined],
        ['./Vendor/Post/Icon', 'AP8=', undefined],
        ['./Vendor/Post/Password', undefined, undefined],
        ['./Vendor/Post/Port', '993', undefined],
        ['./Vendor/Post/Server', 'mail.example.com', 'The server'],
      ]);
      const { items } = await api.get<{ items: { id: string }[] }>(
        `/api/v1/sessions?deviceId=${encodeURIComponent(device.deviceId)}`,
      );
      const said = JSON.stringify(await api.get(`/api/v1/sessions/${items[0]?.id}/messages`));
      expect(said).not.toContain('hidden');
      expect(said).not.toContain(Buffer.from('hidden').toString('base64'));
    },
  );
});

describe('a change of an access control list', () => {
  it('holds on the device, keeps the rights of others, and shows with the tree', async () => {
    const { device, path } = await phone({ dmVersion: '1.2', encoding: 'wbxml' });
    device.tree.replace('./Vendor/Mail?prop=ACL', { value: 'Get=other&Replace=other+omadm' });
    const change = async (body: object): Promise<unknown> => {
      const { id } = await api.put<Job>(`${path}/acl`, body);
      expect(await device.runSession()).toMatchObject({ end: 'completed' });
      return api.get(`/api/v1/tree-jobs/${id}`);
    };
    const add = { Get: ['omadm'], Delete: ['omadm'] };
    expect(await change({ locUri: './Vendor/Mail', add })).toMatchObject({
      state: 'failed',
      failure: { message: expect.stringContaining('425') },
    });
    device.tree.replace('./Vendor/Mail?prop=ACL', { value: 'Get=other+omadm&Replace=other+omadm' });
    expect(await change({ locUri: './Vendor/Mail', add: { Delete: ['omadm'] } })).toMatchObject({
      state: 'succeeded',
      acl: { before: 'Get=other+omadm&Replace=other+omadm', after: 'Get=other+omadm&Replace=other+omadm&Delete=omadm' },
    });
    expect(device.tree.get('./Vendor/Mail?prop=ACL')).toMatchObject({
      value: 'Get=other+omadm&Replace=other+omadm&Delete=omadm',
    });
    // What it does not have of its own it has from ./Vendor.
    expect(await change({ locUri: './Vendor/Number', remove: { Replace: ['omadm'] } })).toMatchObject({
      state: 'succeeded',
      acl: { before: 'Add=*&Delete=omadm&Get=*&Replace=omadm', after: 'Add=*&Delete=omadm&Get=*' },
    });
    expect(device.tree.replace('./Vendor/Number', { value: '9' }, 'omadm')).toBe(425);
    const { nodes } = await api.get<{ nodes: Node[] }>(`${path}/tree?root=./Vendor/Number`);
    expect(nodes[0]?.properties?.['ACL']?.value).toBe('Add=*&Delete=omadm&Get=*');
  });
});
