import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RestHarness, TOKEN } from './rest-harness.ts';

describe('the bearer token', () => {
  let api: RestHarness;
  beforeEach(async () => {
    api = await new RestHarness().start();
  });
  afterEach(() => api.stop());

  it('is needed everywhere but at /healthz and to sign in', async () => {
    const document = (await api.document()) as { paths: Record<string, Record<string, unknown>> };
    for (const [template, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        const path = template.replaceAll(/\{\w+\}/g, 'x');
        const { status, headers, json } = await api.call(method.toUpperCase(), path, { token: null });
        if (path === '/api/v1/sign-in') {
          expect([path, json.code]).not.toEqual([path, 'unauthorized']);
          continue;
        }
        if (path === '/healthz') {
          expect(status).toBe(200);
          continue;
        }
        expect([method, path, status, json.code]).toEqual([method, path, 401, 'unauthorized']);
        expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="admin"');
      }
    }
  });

  it.each(['wrong', `${TOKEN}x`, TOKEN.slice(1), `${TOKEN},${TOKEN}`])('is refused when it is %s', async (token) => {
    const { status, headers } = await api.get('/api/v1/devices', { token });
    expect(status).toBe(401);
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="admin", error="invalid_token"');
  });

  it.each(['Basic YTpi', 'Bearer', 'Bearer ', TOKEN, `Bearer ${TOKEN} ${TOKEN}`])(
    'is asked for when the header is %s',
    async (Authorization) => {
      const { status } = await api.get('/api/v1/devices', { token: null, headers: { Authorization } });
      expect(status).toBe(401);
    },
  );

  it('is taken whatever the case of the word Bearer', async () => {
    const headers = { Authorization: `bEARER  ${TOKEN}` };
    expect((await api.get('/api/v1/devices', { token: null, headers })).status).toBe(200);
  });

  it('is asked for before an unknown path or method is admitted to', async () => {
    expect((await api.get('/api/v1/nothing', { token: null })).status).toBe(401);
    expect((await api.call('PUT', '/api/v1/devices', { token: null })).status).toBe(401);
  });

  it('is asked for before a body is read', async () => {
    const { status } = await api.upload('x', 'y'.repeat(200_000), { token: null });
    expect(status).toBe(401);
  });

  it('stands in no log line and no answer', async () => {
    await api.get('/api/v1/devices');
    await api.get('/api/v1/devices', { token: 'a-WRONG-token' });
    for (const text of [...api.log, ...api.said]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain('a-WRONG-token');
    }
  });
});
