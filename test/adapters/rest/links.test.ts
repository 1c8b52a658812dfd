import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSmppUrls } from '../../../src/adapters/smpp/smpp-url.ts';
import type { ProcessReport } from '../../../src/services/ports/link-reports.ts';
import { RestHarness } from './rest-harness.ts';

const LINK = { name: 'one', host: 'smsc.example', systemId: 'omadm', password: 'LINK-SECRET' };

describe('links', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('are made, shown with what was not said filled in, changed and taken away', async () => {
    const made = await api.post('/api/v1/links', {
      ...LINK,
      prefixes: ['49'],
      sourceTon: 5,
      destRules: [{ prefix: '49', ton: 2, npi: 1 }],
    });
    expect(made.status).toBe(201);
    const path = made.headers.get('location') ?? '';
    expect(made.json).toMatchObject({
      name: 'one',
      origin: 'api',
      enabled: true,
      port: 2775,
      tls: false,
      window: 50,
      binds: 1,
      bind: 'transceiver',
      prefixes: ['49'],
      weight: 1,
      sourceTon: 5,
      destRules: [{ prefix: '49', ton: 2, npi: 1, strip: 0, prepend: '' }],
    });
    const { json } = await api.patch(path, {
      ratePerSecond: 10,
      sourceTon: null,
      enabled: false,
      password: 'LINK-SECRET-2',
    });
    expect(json).toMatchObject({ ratePerSecond: 10, enabled: false, window: 50 });
    expect(json).not.toHaveProperty('sourceTon');
    const [record] = [...api.links.rows.values()];
    expect(record?.settings).toMatchObject({ password: 'LINK-SECRET-2', sourceTon: undefined });
    expect((await api.get('/api/v1/links')).json.items).toHaveLength(1);
    expect((await api.call('DELETE', path)).status).toBe(204);
    expect((await api.get(path)).json).toMatchObject({ status: 404, code: 'link-unknown' });
    expect((await api.call('DELETE', path)).status).toBe(404);
    for (const text of [...api.said, ...api.log]) expect(text).not.toContain('LINK-SECRET');
  });

  it('have names of their own', async () => {
    const { json } = await api.post('/api/v1/links', LINK);
    expect((await api.post('/api/v1/links', LINK)).json).toMatchObject({ status: 409, code: 'link-exists' });
    await api.post('/api/v1/links', { ...LINK, name: 'two' });
    expect((await api.patch(`/api/v1/links/${json.id}`, { name: 'two' })).json).toMatchObject({ code: 'link-exists' });
  });

  it('are changed and taken away only as the version that was read, where the request says which', async () => {
    const made = await api.post('/api/v1/links', LINK);
    const path = made.headers.get('location') ?? '';
    expect(made.headers.get('etag')).toBe('"1"');
    const first = { headers: { 'If-Match': '"1"' } };
    expect((await api.patch(path, { weight: 2 }, first)).headers.get('etag')).toBe('"2"');
    expect((await api.patch(path, { weight: 3 }, first)).json).toMatchObject({
      status: 412,
      code: 'version-stale',
      version: 2,
    });
    expect((await api.delete(path, first)).json).toMatchObject({ code: 'version-stale' });
    const read = await api.get(path);
    expect(read.json).toMatchObject({ weight: 2 });
    expect(read.headers.get('etag')).toBe('"2"');
    expect((await api.delete(path, { headers: { 'If-Match': '"2"' } })).status).toBe(204);
  });

  it('of SMPP_URL are shown and left alone', async () => {
    api.fixedLinks.push(...parseSmppUrls('smpp://env:ENV-SECRET@h:1?weight=2'));
    const { items } = (await api.get('/api/v1/links')).json;
    expect(items).toMatchObject([{ id: 'env@h:1', origin: 'environment', weight: 2 }]);
    const path = `/api/v1/links/${encodeURIComponent('env@h:1')}`;
    expect((await api.get(path)).json).toMatchObject({ name: 'env@h:1' });
    expect((await api.patch(path, { weight: 3 })).json).toMatchObject({ status: 409, code: 'link-fixed' });
    expect((await api.call('DELETE', path)).json).toMatchObject({ code: 'link-fixed' });
    expect((await api.post('/api/v1/links', { ...LINK, name: 'env@h:1' })).json).toMatchObject({ code: 'link-exists' });
    for (const text of [...api.said, ...api.log]) expect(text).not.toContain('ENV-SECRET');
  });

  it('say how they are doing, and can be tried', async () => {
    const { json } = await api.post('/api/v1/links', LINK);
    api.linkMonitor.statuses.set(json.id, {
      state: 'waiting',
      binds: [{ role: 'transceiver', state: 'waiting', unanswered: 0, fault: 'no connection to h:1: refused' }],
    });
    expect((await api.get(`/api/v1/links/${json.id}`)).json.status).toMatchObject({
      state: 'waiting',
      binds: [{ fault: 'no connection to h:1: refused' }],
    });
    api.linkMonitor.answer = { ok: false, detail: 'the SMSC refused the bind with status 0x0000000e', durationMs: 4 };
    expect((await api.post(`/api/v1/links/${json.id}/test`)).json).toEqual(api.linkMonitor.answer);
    expect((await api.post('/api/v1/links/nobody/test')).status).toBe(404);
  });

  it('say how they are doing in every server process', async () => {
    const { json } = await api.post('/api/v1/links', LINK);
    const now = api.clock.now().getTime();
    const bound = { state: 'bound', binds: [{ role: 'transceiver', state: 'bound', unanswered: 2 }] } as const;
    const tell = (processId: string, agoMs: number, links: ProcessReport['links']) =>
      api.linkReports.tell({ processId, links, seenAt: new Date(now - agoMs) });
    await tell('other', 5_000, { [json.id]: bound });
    await tell('silent', 60_000, { [json.id]: bound });
    await tell('elsewhere', 1_000, {});
    await tell('here', 4_000, { [json.id]: bound });
    api.linkMonitor.statuses.set(json.id, { state: 'waiting', binds: [] });
    const processes = [
      { process: 'here', state: 'waiting', binds: [], seenAt: new Date(now).toISOString() },
      { process: 'other', ...bound, seenAt: new Date(now - 5_000).toISOString() },
    ];
    expect((await api.get(`/api/v1/links/${json.id}`)).json.processes).toEqual(processes);
    expect((await api.get('/api/v1/links')).json.items[0].processes).toEqual(processes);
  });

  it.each([
    [{ ...LINK, name: 'a b' }, '/name'],
    [{ ...LINK, name: 'a,b' }, '/name'],
    [{ ...LINK, window: 0 }, '/window'],
    [{ ...LINK, host: 'a/b' }, '/host'],
    [{ ...LINK, systemId: 'x'.repeat(16) }, '/systemId'],
    [{ ...LINK, prefixes: ['+49'] }, '/prefixes/0'],
    [{ ...LINK, bind: 'both' }, '/bind'],
    [{ ...LINK, ca: 'no pem' }, '/ca'],
    [{ ...LINK, caFile: '/etc/passwd' }, '/caFile'],
    [{ name: 'x' }, '/host'],
  ])('are refused with the place of the fault: %j', async (body, pointer) => {
    const { status, json } = await api.post('/api/v1/links', body);
    expect(status).toBe(400);
    expect(json.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
  });

  it('are refused when their settings contradict one another', async () => {
    const { status, json } = await api.post('/api/v1/links', { ...LINK, verify: false, backOffMs: 9, maxBackOffMs: 8 });
    expect(status).toBe(422);
    expect(json).toMatchObject({ code: 'link-unsuitable' });
    expect(json.reasons).toEqual(['verify and ca go with tls only', 'backOffMs is more than maxBackOffMs']);
  });
});

describe('pushes', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('are listed, shown and cancelled, and never say what is in them', async () => {
    const content = {
      kind: 'raw',
      destinationPort: 2948,
      sourcePort: 9200,
      payload: Buffer.from('PUSH-SECRET'),
    } as const;
    const dueAt = new Date(0);
    await api.outbox.enqueue({ pushId: 'p1', destination: '+491', content, dueAt });
    await api.outbox.enqueue({
      pushId: 'p2',
      destination: '+492',
      content,
      dueAt,
      priority: 8,
      expiresAt: new Date(9),
    });
    expect((await api.get('/api/v1/pushes')).json.items.map(({ id }: { id: string }) => id)).toEqual(['p2', 'p1']);
    expect((await api.get('/api/v1/pushes?destination=%2B491&state=queued')).json.items).toHaveLength(1);
    expect((await api.get('/api/v1/pushes?deliveryId=nonsense')).json.items).toEqual([]);
    expect((await api.get('/api/v1/pushes/p2')).json).toMatchObject({ priority: 8, state: 'queued', parts: [] });
    expect((await api.post('/api/v1/pushes/p2/cancel')).json).toMatchObject({ state: 'cancelled' });
    expect((await api.post('/api/v1/pushes/p2/cancel')).json).toMatchObject({ status: 409, code: 'push-ended' });
    expect((await api.get('/api/v1/pushes/p3')).json).toMatchObject({ status: 404, code: 'push-unknown' });
    expect((await api.post('/api/v1/pushes/p3/cancel')).status).toBe(404);
    for (const text of [...api.said, ...api.log]) expect(text).not.toContain('PUSH-SECRET');
  });
});

describe('incoming messages', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('are shown as octets, and as text where the coding says that it is text', async () => {
    const add = (n: number, dataCoding: number, body: Buffer, udh = new Uint8Array()) =>
      api.incoming.add({
        id: `0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b${10 + n}`,
        linkId: 'one',
        source: `49${n}`,
        destination: '1',
        udh,
        body,
        dataCoding,
        esmClass: 0,
        receivedAt: new Date(n),
      });
    await add(1, 0, Buffer.from('STOP'));
    await add(2, 0, Buffer.from([0, 1, 2]));
    await add(3, 8, Buffer.from('Grüße', 'utf16le').swap16());
    await add(4, 4, Buffer.from('0a', 'hex'), Buffer.from('0605040b84c002', 'hex'));
    const { items } = (await api.get('/api/v1/incoming-messages')).json;
    expect(items.map(({ text }: { text?: string }) => text)).toEqual([undefined, 'Grüße', undefined, 'STOP']);
    expect(items[0]).toMatchObject({ body: 'Cg==', header: 'BgUEC4TAAg==', linkId: 'one' });
    expect((await api.get('/api/v1/incoming-messages?source=491')).json.items).toHaveLength(1);
    expect((await api.get('/api/v1/incoming-messages?linkId=two')).json.items).toEqual([]);
  });
});
