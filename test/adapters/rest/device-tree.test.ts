import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTnds } from '../../../src/provisioning/tnds.ts';
import { TNDS_XML } from '../../../src/syncml/serialised-tree.ts';
import { decodeXml } from '../../../src/wire/xml/decode-xml.ts';
import { DEVICE, RestHarness } from './rest-harness.ts';

const PATH = `/api/v1/devices/${encodeURIComponent(DEVICE.deviceId)}/tree`;
const AT = new Date('2026-01-31T12:00:00Z');

describe("a device's tree over REST", () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
    await api.post('/api/v1/devices', DEVICE);
    api.devices.trees.set(DEVICE.deviceId, [
      { locUri: './A', format: 'node', value: 'b/c', type: 'org.example/1.0', at: AT },
      {
        locUri: './A/b',
        value: 'text & <more>',
        format: 'chr',
        at: AT,
        properties: { ACL: { value: 'Get=*', at: AT }, VerNo: { value: '7', at: AT }, Title: { value: '', at: AT } },
      },
      { locUri: './A/c', value: 'AP8=', format: 'b64', type: 'image/png', at: AT },
      { locUri: './A/c%20d/AAuthSecret', format: 'chr', at: AT },
      { locUri: './odd\u0001', value: 'x', at: AT },
      { locUri: './odd value', value: 'x', at: AT },
      { locUri: './ringing', value: 'a\u0007', format: 'chr', at: AT },
    ]);
  });
  afterEach(() => api.stop());

  const names = async (query: string) =>
    (await api.get(`${PATH}${query}`)).json.nodes.map(({ locUri }: { locUri: string }) => locUri);

  it('comes whole, with the properties that are known', async () => {
    const { json } = await api.get(PATH);
    expect(json.nodes).toHaveLength(7);
    expect(json.nextCursor).toBeUndefined();
    expect(json.nodes[1].properties).toEqual({
      ACL: { value: 'Get=*', at: AT.toISOString() },
      VerNo: { value: '7', at: AT.toISOString() },
      Title: { value: '', at: AT.toISOString() },
    });
  });

  it('comes in part, and in pages', async () => {
    expect(await names('?root=./A&depth=1')).toEqual(['./A', './A/b', './A/c']);
    expect(await names('?root=./A&depth=0')).toEqual(['./A']);
    expect(await names('?depth=1')).toEqual(['./A', './odd\u0001', './odd value', './ringing']);
    const first = (await api.get(`${PATH}?root=A&limit=3`)).json;
    expect(first.nodes).toHaveLength(3);
    const second = (await api.get(`${PATH}?root=A&limit=3&cursor=${first.nextCursor}`)).json;
    expect(second).toMatchObject({ nodes: [{ locUri: './A/c%20d/AAuthSecret' }] });
    expect(second.nextCursor).toBeUndefined();
  });

  it('comes as a serialised tree when that is asked for', async () => {
    for (const [query, headers] of [
      ['', { Accept: TNDS_XML }],
      ['?format=tnds', {}],
    ] as const) {
      const { status, headers: answered, text } = await api.get(`${PATH}${query}`, { headers });
      expect([status, answered.get('Content-Type')?.split(';')[0]]).toEqual([200, TNDS_XML]);
      expect(parseTnds(decodeXml(text).root).nodes).toEqual(
        [
          { locUri: './A', format: 'node', ddfName: 'org.example/1.0' },
          { locUri: './A/b', format: 'chr', type: 'text/plain', acl: 'Get=*', verNo: 7, value: 'text & <more>' },
          { locUri: './A/c', format: 'bin', type: 'image/png', value: Uint8Array.of(0, 255) },
          { locUri: './A/c%20d/AAuthSecret', format: 'chr', type: 'text/plain' },
          { locUri: './ringing', format: 'chr', type: 'text/plain' },
        ].sort(byDepth),
      );
    }
    expect((await api.get(`${PATH}?format=json`, { headers: { Accept: TNDS_XML } })).json.nodes).toHaveLength(7);
    expect((await api.get(PATH, { headers: { Accept: '*/*' } })).json.nodes).toHaveLength(7);
    expect((await api.get(`${PATH}?format=tnds&root=./nothing`)).json.code).toBe('tree-unknown');
  });

  it('refuses what makes no sense', async () => {
    for (const query of ['?depth=-1', '?limit=0', '?limit=10001', '?format=yaml', '?colour=red']) {
      expect([query, (await api.get(PATH + query)).status]).toEqual([query, 400]);
    }
    expect((await api.get(`${PATH}?cursor=nonsense`)).json.code).toBe('cursor-invalid');
    expect((await api.get(`${PATH}?cursor=${Buffer.from('["\\u0000"]').toString('base64url')}`)).status).toBe(400);
    expect((await api.get(`${PATH}?root=/A`)).json.code).toBe('loc-uri-unsuitable');
    expect((await api.get('/api/v1/devices/nobody/tree')).status).toBe(404);
  });
});

/** The writer nests what belongs together; what has no parent in it comes by depth. */
function byDepth(a: { readonly locUri: string }, b: { readonly locUri: string }): number {
  return order(a.locUri) - order(b.locUri);
}

function order(locUri: string): number {
  return ['./A', './A/b', './A/c', './ringing', './A/c%20d/AAuthSecret'].indexOf(locUri);
}
