import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/services/app-error.ts';
import { DEVICE, PLAIN_XML, RestHarness, TOKEN } from './rest-harness.ts';

describe('what goes wrong over REST', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('answers in problem+json, with a type that leads to a description', async () => {
    const { headers, json } = await api.get('/api/v1/devices/nobody');
    expect(headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
    expect(json).toEqual({
      type: '/api/problems/device-unknown',
      title: 'No such device',
      status: 404,
      detail: 'No device is registered as "nobody".',
      code: 'device-unknown',
      requestId: headers.get('X-Request-Id'),
      deviceId: 'nobody',
    });
    const described = await api.get(json.type);
    expect(described.json).toEqual({ code: 'device-unknown', status: 404, title: 'No such device' });
    expect((await api.get('/api/problems/none-such')).status).toBe(404);
  });

  it.each([
    ['{"deviceId": }', 1, 14],
    ['{\n  "deviceId": "x",\n}', 3, 1],
    ['{"a":"x\u0001y"}', 1, 8],
    ['[1, 2', 1, 6],
    ['{"a": "SECRET-in-the-body', 1, 7],
    ['{"a": 01}', 1, 8],
  ])('says where a body stops being JSON: %j', async (raw, line, column) => {
    const { status, json } = await api.post('/api/v1/devices', undefined, { raw, type: 'application/json' });
    expect([status, json.code, json.line, json.column]).toEqual([400, 'body-malformed', line, column]);
    expect(json.detail).not.toContain('SECRET');
  });

  it.each(['"text"', '12', 'null', 'true', 'nonsense'])('refuses %s as a body', async (raw) => {
    const { status, json } = await api.post('/api/v1/devices', undefined, { raw, type: 'application/json' });
    expect([status, json.code]).toEqual([400, 'body-malformed']);
  });

  it('refuses a body that reaches for prototypes', async () => {
    const raw = '{"__proto__": {"deviceId": "x"}}';
    const { status, json } = await api.post('/api/v1/devices', undefined, { raw, type: 'application/json' });
    expect([status, json.code]).toEqual([400, 'body-malformed']);
    expect(json.detail).toContain('__proto__');
  });

  it.each(['[]', '{}', ''])('names what is missing from the body %j', async (raw) => {
    const { status, json } = await api.post('/api/v1/devices', undefined, { raw, type: 'application/json' });
    expect([status, json.code]).toEqual([400, 'request-invalid']);
    expect(json.errors.length).toBeGreaterThan(0);
  });

  it.each([
    ['/api/v1/devices', 'text/plain', '{}'],
    ['/api/v1/devices', 'application/x-www-form-urlencoded', 'deviceId=x'],
    ['/api/v1/deliveries', 'application/xml', '<a/>'],
    ['/api/v1/packages?name=x', 'application/json', '{}'],
    ['/api/v1/packages?name=x', 'application/vnd.syncml.dm+wbxml', 'x'],
  ])('answers 415 at %s for a body of %s', async (path, type, raw) => {
    const { status, json } = await api.post(path, undefined, { raw, type });
    expect([status, json.code]).toEqual([415, 'media-type-unsupported']);
  });

  it('answers 415 for a Content-Encoding it does not undo', async () => {
    const call = { raw: PLAIN_XML, headers: { 'Content-Encoding': 'gzip' } };
    expect((await api.upload('x', PLAIN_XML, call)).status).toBe(415);
    const json = { raw: '{}', type: 'application/json', headers: { 'Content-Encoding': 'morse' } };
    expect((await api.post('/api/v1/devices', undefined, json)).status).toBe(415);
  });

  it('answers 413 for a document that is too large, and goes on', async () => {
    const { status, json } = await api.upload('big', `<!--${'x'.repeat(64 * 1024)}-->${PLAIN_XML}`);
    expect([status, json.code, json.maxBytes]).toEqual([413, 'body-too-large', 65_536]);
    expect((await api.upload('small', PLAIN_XML)).status).toBe(201);
  });

  it('answers 413 for a JSON body that is too large', async () => {
    const { status, json } = await api.post('/api/v1/devices', { deviceId: 'x'.repeat(1_100_000) });
    expect([status, json.code]).toEqual([413, 'body-too-large']);
  });

  it.each(['application/xml', 'application/json'])(
    'counts the octets of a chunked %s body that names no length',
    async (type) => {
      const path = type === 'application/xml' ? '/api/v1/packages?name=x' : '/api/v1/devices';
      const { status, sent } = await sendChunks(api.url + path, type, 40);
      expect(status).toBe(413);
      // The rest is read and thrown away, so a client that listens only after sending gets the answer.
      expect(sent).toBe(40);
    },
  );

  it.each([
    ['with a document in order to send it', TOKEN, 'application/xml', PLAIN_XML.length, 201, true],
    ['with JSON in order to send it', TOKEN, 'application/json', 2, 400, true],
    ['with too large a document', TOKEN, 'application/xml', 104_857_600, 413, false],
    ['with too large a JSON body', TOKEN, 'application/json', 104_857_600, 413, false],
    ['with a document of another type', TOKEN, 'text/plain', 4, 415, false],
    ['without its token', 'wrong', 'application/xml', 4, 401, false],
  ])('tells a client that waits %s', async (_, token, type, length, status, told) => {
    const path = type === 'application/json' ? '/api/v1/devices' : '/api/v1/packages?name=x';
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type, 'Content-Length': length };
    const outgoing = request(api.url + path, { method: 'POST', headers: { ...headers, Expect: '100-continue' } });
    let continued = false;
    outgoing.on('error', () => {});
    outgoing.on('continue', () => {
      continued = true;
      outgoing.end(type === 'application/json' ? '{}' : PLAIN_XML);
    });
    outgoing.flushHeaders();
    const answer = await new Promise<number | undefined>((resolve) =>
      outgoing.on('response', ({ statusCode }) => resolve(statusCode)),
    );
    outgoing.destroy();
    expect([answer, continued]).toEqual([status, told]);
  });

  it('survives a connection that closes in the middle of a body', async () => {
    const { port } = new URL(api.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST /api/v1/packages?name=x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n` +
            'Content-Type: application/xml\r\nContent-Length: 1000\r\n\r\n<SyncBody>',
          () => socket.destroy(),
        );
      });
      socket.on('close', () => resolve());
    });
    await vi.waitFor(() => expect(api.log.join('')).toContain('"status":400'), { timeout: 30_000 });
    expect(api.log.join('')).not.toContain('"level":50');
    expect((await api.get('/healthz')).status).toBe(200);
  });

  it('answers 404 for an unknown path below /api', async () => {
    for (const path of ['/api', '/api/', '/api/v1', '/api/v1/nothing', '/api/v2/devices', '/API/v1/devices']) {
      const answer = await api.get(path);
      if (path.startsWith('/API')) expect(answer.text).toBe('somebody else');
      else expect([answer.status, answer.json.code]).toEqual([404, 'route-unknown']);
    }
  });

  it.each([
    ['PUT', '/api/v1/packages', 'GET, HEAD, POST, OPTIONS'],
    ['DELETE', '/api/v1/devices', 'GET, HEAD, POST, OPTIONS'],
    ['POST', '/api/v1/devices/x', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
    ['GET', '/api/v1/deliveries/x/cancel', 'POST, OPTIONS'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('answers %s %s with 405 and what the path takes', async (method, path, allow) => {
    const { status, headers, json } = await api.call(method, path).catch((error: Error) => {
      throw error;
    });
    expect([status, json.code]).toEqual([405, 'method-not-allowed']);
    expect(new Set(headers.get('Allow')?.split(', '))).toEqual(new Set(allow.split(', ')));
  });

  it('answers OPTIONS with what the path takes', async () => {
    const { status, headers } = await api.call('OPTIONS', '/api/v1/packages/x/xml');
    expect([status, headers.get('Allow')]).toEqual([204, 'HEAD, GET, OPTIONS']);
  });

  it('answers HEAD like GET, without the body', async () => {
    const { status, text, headers } = await api.call('HEAD', '/api/v1/devices');
    expect([status, text]).toEqual([200, '']);
    expect(headers.get('Content-Type')).toContain('application/json');
  });

  it('leaves other paths to others', async () => {
    expect((await api.get('/', { token: null })).text).toBe('somebody else');
    expect((await api.get('/dm', { token: null })).text).toBe('somebody else');
  });

  it.each([
    ['limit=0', '/limit'],
    ['limit=201', '/limit'],
    ['limit=ten', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=', '/cursor'],
    ['page=2', '/page'],
  ])('refuses a listing with %s', async (query, pointer) => {
    for (const path of ['packages', 'devices', 'deliveries', 'sessions']) {
      const { status, json } = await api.get(`/api/v1/${path}?${query}`);
      expect([status, json.errors[0].in, json.errors[0].pointer]).toEqual([400, 'query', pointer]);
    }
  });

  it('refuses a cursor of its own making', async () => {
    const { status, json } = await api.get('/api/v1/devices?cursor=abc');
    expect([status, json.code]).toEqual([400, 'cursor-invalid']);
  });

  it('answers 500 with an id that the log has too, and says nothing of the cause', async () => {
    vi.spyOn(api.devices, 'get').mockRejectedValue(new TypeError('connect postgres://u:DB-SECRET@h/x failed'));
    const { status, json } = await api.get('/api/v1/devices/x');
    expect([status, json.code]).toEqual([500, 'internal-error']);
    expect(JSON.stringify(json)).not.toContain('DB-SECRET');
    expect(json.detail).toContain(json.requestId);
    const line = api.log.find((text) => text.includes(json.requestId)) ?? '';
    expect(JSON.parse(line)).toMatchObject({ level: 50, status: 500, err: { type: 'TypeError' } });
  });

  it('answers 503 with Retry-After while a store is away, and logs why', async () => {
    const cause = new Error('ECONNREFUSED');
    vi.spyOn(api.devices, 'get').mockRejectedValue(new AppError('unavailable', 'The database is away.', {}, cause));
    const { status, headers, json } = await api.get('/api/v1/devices/x');
    expect([status, json.code, headers.get('Retry-After')]).toEqual([503, 'unavailable', '1']);
    expect(api.log.join('')).toContain('ECONNREFUSED');
  });

  it('takes the id of a request from its sender when it is harmless, else makes one', async () => {
    const given = await api.get('/healthz', { headers: { 'X-Request-Id': 'trace-0001.a_b' } });
    expect(given.headers.get('X-Request-Id')).toBe('trace-0001.a_b');
    const made = await api.get('/healthz', { headers: { 'X-Request-Id': 'a b; "c"' } });
    expect(made.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs one line for each request, with neither query nor body', async () => {
    await api.post('/api/v1/devices', DEVICE);
    await api.get('/api/v1/devices?msisdn=49123456');
    const lines = api.log.map((text) => JSON.parse(text)).filter(({ path }) => path === '/api/v1/devices');
    expect(lines).toEqual([
      expect.objectContaining({ method: 'POST', status: 201, requestId: expect.any(String), address: '127.0.0.1' }),
      expect.objectContaining({ method: 'GET', status: 200, durationMs: expect.any(Number) }),
    ]);
    expect(api.log.join('')).not.toContain('49123456');
  });

  it('lets nothing be kept in caches', async () => {
    const { headers } = await api.get('/api/v1/devices');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
});

/** Sends 64 KiB chunks without a Content-Length, all of them before it listens. */
async function sendChunks(url: string, type: string, count: number): Promise<{ status: number; sent: number }> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const outgoing = request(
      url,
      { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': type } },
      (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode ?? 0, sent }));
      },
    );
    outgoing.on('error', reject);
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const next = (): void => {
      if (sent === count) return void outgoing.end();
      sent += 1;
      outgoing.write(chunk, next);
    };
    next();
  });
}
