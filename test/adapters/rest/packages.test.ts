import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CP_XML, PACKAGE_XML, PLAIN_XML, RestHarness } from './rest-harness.ts';

describe('packages over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('makes a revision of an uploaded document and says where it is', async () => {
    const answer = await api.upload('apn', PACKAGE_XML);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      name: 'apn',
      revision: 1,
      kind: 'dm',
      commandCount: 2,
      variables: ['apn'],
      size: Buffer.byteLength(PACKAGE_XML),
      createdAt: '2026-01-31T12:00:00.000Z',
    });
    const location = answer.headers.get('Location') ?? '';
    expect((await api.get(location)).json).toEqual(answer.json);
  });

  it('counts revisions within a name', async () => {
    await api.upload('apn', PLAIN_XML);
    expect((await api.upload('apn', PLAIN_XML)).json.revision).toBe(2);
    expect((await api.upload('browser', PLAIN_XML)).json.revision).toBe(1);
  });

  it('takes an OMA CP document as kind cp', async () => {
    expect((await api.upload('w7', CP_XML)).json).toMatchObject({ kind: 'cp', commandCount: 0 });
  });

  it.each(['text/xml', 'application/xml; charset=utf-8', 'application/vnd.syncml.dm+xml'])('takes %s', async (type) => {
    expect((await api.upload('apn', PLAIN_XML, { type })).status).toBe(201);
  });

  it('refuses a faulty document with line, column and reason of every fault', async () => {
    const faulty = `<SyncBody>
  <Get><CmdID>1</CmdID><Item></Item></Get>
  <Fetch/>
</SyncBody>`;
    const { status, json } = await api.upload('bad', faulty);
    expect(status).toBe(422);
    expect(json.code).toBe('package-faulty');
    expect(json.faults.length).toBeGreaterThanOrEqual(2);
    for (const fault of json.faults) {
      expect(fault).toEqual({
        line: expect.any(Number),
        column: expect.any(Number),
        code: expect.any(String),
        reason: expect.any(String),
      });
    }
    expect(json.faults.map(({ line }: { line: number }) => line)).toEqual(expect.arrayContaining([2, 3]));
  });

  it('refuses an empty body as a faulty document', async () => {
    expect((await api.upload('empty', '')).status).toBe(422);
  });

  it('gives the document back octet for octet, and not as a page to show', async () => {
    const octets = new TextEncoder().encode(`\u{feff}${PLAIN_XML}\r\n<!-- ünïcode -->`);
    const { json } = await api.upload('apn', octets);
    const response = await fetch(`${api.url}/api/v1/packages/${json.id}/xml`, {
      headers: { Authorization: 'Bearer the-admin-token-of-these-tests' },
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(octets);
    expect(response.headers.get('Content-Type')).toBe('application/xml');
    expect(response.headers.get('Content-Disposition')).toBe('attachment');
  });

  it('lists newest first, page by page, by name and by kind', async () => {
    for (const name of ['a', 'b', 'a', 'c']) await api.upload(name, PLAIN_XML);
    await api.upload('w7', CP_XML);
    const first = await api.get('/api/v1/packages?limit=2');
    expect(first.json.items.map(({ name }: { name: string }) => name)).toEqual(['w7', 'c']);
    const second = await api.get(`/api/v1/packages?limit=2&cursor=${first.json.nextCursor}`);
    expect(second.json.items.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const third = await api.get(`/api/v1/packages?limit=2&cursor=${second.json.nextCursor}`);
    expect(third.json.items).toHaveLength(1);
    expect(third.json).not.toHaveProperty('nextCursor');
    expect((await api.get('/api/v1/packages?name=a')).json.items).toHaveLength(2);
    expect((await api.get('/api/v1/packages?kind=cp')).json.items).toHaveLength(1);
  });

  it('deletes a package, but not one that deliveries refer to', async () => {
    const { json } = await api.upload('apn', PLAIN_XML);
    api.packages.inUse.add(json.id);
    const refused = await api.delete(`/api/v1/packages/${json.id}`);
    expect([refused.status, refused.json.code]).toEqual([409, 'package-in-use']);
    api.packages.inUse.clear();
    const gone = await api.delete(`/api/v1/packages/${json.id}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await api.get(`/api/v1/packages/${json.id}`)).status).toBe(404);
  });

  it.each(['nonsense', '01980000-0000-7000-8000-ffffffffffff', '%00', "';--"])('knows no package %s', async (id) => {
    for (const path of [`/api/v1/packages/${id}`, `/api/v1/packages/${id}/xml`]) {
      const { status, json } = await api.get(path);
      expect([status, json.code]).toEqual([404, 'package-unknown']);
    }
    expect((await api.delete(`/api/v1/packages/${id}`)).status).toBe(404);
  });

  it.each([
    ['no name', ''],
    ['an empty name', '?name='],
    ['a name with a control character', '?name=a%00b'],
    ['two names', '?name=a&name=b'],
    ['a name that is too long', `?name=${'x'.repeat(101)}`],
  ])('refuses an upload with %s', async (_, query) => {
    const { status, json } = await api.post(`/api/v1/packages${query}`, undefined, {
      raw: PLAIN_XML,
      type: 'application/xml',
    });
    expect([status, json.code]).toEqual([400, 'request-invalid']);
    expect(json.errors[0]).toMatchObject({ in: 'query', pointer: '/name' });
  });
});
