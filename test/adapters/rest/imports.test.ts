import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEVICE, RestHarness, TOKEN } from './rest-harness.ts';

let api: RestHarness;
beforeEach(async () => {
  api = await new RestHarness().start();
});
afterEach(() => api.stop());

const CSV = 'deviceId,msisdn,tags\nA,+491,pilot|b\nB,nonsense,\nC,+493,\n';
const send = (raw: string | Uint8Array, { query = '', type = 'text/csv', headers = {} } = {}) =>
  api.call('POST', `/api/v1/devices/import${query}`, { raw, type, headers });
const work = () => api.imports.workOne(new AbortController().signal);

describe('an import', () => {
  it('is taken in, carried out afterwards, and says how far it is and what was refused', async () => {
    const { status, json, headers } = await send(CSV);
    expect([status, json.state, json.policy, json.size, json.createdBy]).toEqual([
      202,
      'queued',
      'upsert',
      CSV.length,
      expect.any(String),
    ]);
    const path = headers.get('Location') ?? '';
    expect((await api.get(path)).json).toMatchObject({ state: 'queued', lines: 0, refusals: [] });
    await work();
    const reason = expect.stringMatching(/^msisdn: Expected a phone number/);
    expect((await api.get(path)).json).toMatchObject({
      state: 'completed',
      lines: 4,
      created: 2,
      refused: 1,
      position: CSV.length,
      refusals: [{ line: 3, deviceId: 'B', reason }],
    });
    expect((await api.get(`${path}/refusals`)).json.items).toMatchObject([{ line: 3 }]);
    const report = await api.get(`${path}/report`);
    expect([report.status, report.headers.get('Content-Type')]).toEqual([200, expect.stringContaining('text/csv')]);
    expect(report.text).toMatch(/^line,deviceId,reason\n3,B,"msisdn: Expected a phone number.*"\n$/);
    expect((await api.get('/api/v1/imports')).json.items).toHaveLength(1);
    expect((await api.get('/api/v1/devices/A')).json).toMatchObject({ msisdn: '+491', tags: ['b', 'pilot'] });
  });

  it('is taken in NDJSON, packed with gzip, and by another policy', async () => {
    await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'A' });
    const lines = gzipSync('{"deviceId":"A"}\n{"deviceId":"B"}\n');
    const headers = { 'Content-Encoding': 'gzip' };
    const { json } = await send(lines, { query: '?policy=create', type: 'application/x-ndjson', headers });
    await work();
    expect((await api.get(`/api/v1/imports/${json.id}`)).json).toMatchObject({
      format: 'ndjson',
      policy: 'create',
      created: 1,
      refused: 1,
      refusals: [{ line: 1, deviceId: 'A', reason: expect.stringContaining('registered already') }],
    });
  });

  it('of the same Idempotency-Key is taken once', async () => {
    const headers = { 'Idempotency-Key': 'one' };
    const first = await send(CSV, { headers });
    const second = await send(CSV, { headers });
    expect([second.status, second.json.id]).toEqual([202, first.json.id]);
    expect((await api.get('/api/v1/imports')).json.items).toHaveLength(1);
    expect((await send(`${CSV}D,+494,\n`, { headers })).json.code).toBe('idempotency-key-reused');
  });

  it.each([
    [{ type: 'application/json' }, 415, 'media-type-unsupported'],
    [{ headers: { 'Content-Encoding': 'br' } }, 415, 'media-type-unsupported'],
    [{ query: '?policy=replace' }, 400, 'request-invalid'],
  ])('with %j is refused', async (options, status, code) => {
    const answer = await send(CSV, options);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect((await api.get('/api/v1/imports')).json.items).toEqual([]);
  });

  it('that is too large is refused, packed or not, with an answer', async () => {
    const large = `deviceId\n${'x'.repeat(300_000)}`;
    for (const [raw, headers] of [
      [large, {}],
      [gzipSync(large), { 'Content-Encoding': 'gzip' }],
    ] as const) {
      const { status, json } = await send(raw, { headers });
      expect([status, json.code, json.maxBytes]).toEqual([413, 'import-too-large', 100_000]);
    }
    expect((await api.get('/api/v1/imports')).json.items.map(({ state }: { state: string }) => state)).toEqual([
      'failed',
      'failed',
    ]);
  });

  it('that is not gzip although it says so is refused', async () => {
    const { status, json } = await send(CSV, { headers: { 'Content-Encoding': 'gzip' } });
    expect([status, json.code]).toEqual([400, 'body-incomplete']);
  });

  it('whose connection is cut changes nothing and says so', async () => {
    const cut = request(`${api.url}/api/v1/devices/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'text/csv', 'Content-Length': '1000' },
    });
    cut.on('error', () => {});
    cut.write(CSV);
    const list = async () => (await api.get('/api/v1/imports')).json.items;
    await vi.waitFor(async () => expect(await list()).toMatchObject([{ state: 'receiving' }]), { timeout: 30_000 });
    cut.destroy();
    await vi.waitFor(async () => expect(await list()).toMatchObject([{ state: 'failed' }]), { timeout: 30_000 });
    expect((await list())[0].reason).toMatch(/broke off/);
    expect(await work()).toBe(false);
    expect((await api.get('/api/v1/devices')).json.items).toEqual([]);
  });

  it('that nobody knows is a 404', async () => {
    for (const path of ['', '/refusals', '/report']) {
      const { status, json } = await api.get(`/api/v1/imports/0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a${path}`);
      expect([status, json.code]).toEqual([404, 'import-unknown']);
    }
  });
});

describe('an export', () => {
  beforeEach(async () => {
    await api.post('/api/v1/devices', { ...DEVICE, deviceId: 'A', tags: ['b', 'a'], attributes: { note: '=1+1' } });
    await api.post('/api/v1/devices', { deviceId: '=B"', tags: ['-x'] });
    api.devices.report('A', { man: '@Acme', mod: 'X, "100"' }, api.clock.now());
  });

  it('is CSV whose formulas are none, without secrets', async () => {
    const { status, text, headers } = await api.get('/api/v1/devices/export');
    expect([status, headers.get('Content-Disposition')]).toEqual([200, 'attachment; filename="devices.csv"']);
    const [head, a, b] = text.split('\n');
    expect(head).toMatch(/^deviceId,msisdn,imsi,tags,attributes,timeZone,auth,clientUsername,.*lastSeenAt$/);
    expect(a).toMatch(
      /^A,\+491701234567,262011234567890,a\|b,"\{""note"":""=1\+1""\}",,md5,device1,,,none,,'@Acme,"X, ""100""",/,
    );
    expect(b).toMatch(/^"'=B""",,,'-x,/);
    expect(text).not.toContain('SECRET');
  });

  it('is NDJSON of those that a filter holds of', async () => {
    const query = new URLSearchParams({ filter: 'man==*Acme', format: 'ndjson' });
    const { text } = await api.get(`/api/v1/devices/export?${query}`);
    expect(text.split('\n').map((line) => line && JSON.parse(line))).toEqual([
      expect.objectContaining({ deviceId: 'A', tags: ['a', 'b'] }),
      '',
    ]);
    expect((await api.get('/api/v1/devices/export?filter=x')).json).toMatchObject({ code: 'filter-invalid' });
  });

  it.each(['csv', 'ndjson'])('in %s can be imported elsewhere', async (format) => {
    const { text, headers } = await api.get(`/api/v1/devices/export?format=${format}`);
    const other = await new RestHarness().start();
    try {
      await other.call('POST', '/api/v1/devices/import', {
        raw: text,
        type: headers.get('Content-Type')?.split(';')[0] ?? '',
      });
      await other.imports.workOne(new AbortController().signal);
      expect((await other.get('/api/v1/imports')).json.items).toMatchObject([{ created: 2, refused: 0 }]);
      const { json } = await other.get('/api/v1/devices/A');
      expect(json).toMatchObject({ msisdn: DEVICE.msisdn, tags: ['a', 'b'], attributes: { note: '=1+1' } });
      expect((await other.get(`/api/v1/devices/${encodeURIComponent('=B"')}`)).json.tags).toEqual(['-x']);
    } finally {
      await other.stop();
    }
  });
});
