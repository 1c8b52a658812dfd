import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../../src/domain/principal.ts';
import { RestHarness } from './rest-harness.ts';

let api: RestHarness;
beforeEach(async () => {
  api = await new RestHarness().start();
});
afterEach(() => api.stop());

async function keyOf(role: Role, more: object = {}): Promise<{ id: string; key: string }> {
  const { status, json } = await api.post('/api/v1/keys', { name: `a ${role}`, role, ...more });
  expect(status).toBe(201);
  return json;
}

describe('an API key', () => {
  it('is shown once, kept as a hash, and stands in no log line', async () => {
    const { id, key } = await keyOf('viewer');
    expect(key).toMatch(/^omk_[A-Za-z0-9_-]{43}$/);
    const before = api.said.length;
    const { json } = await api.get(`/api/v1/keys/${id}`);
    expect(json).toMatchObject({
      id,
      name: 'a viewer',
      role: 'viewer',
      hint: key.slice(0, 8),
      createdBy: 'admin token',
    });
    await api.get('/api/v1/keys');
    await api.get('/api/v1/me', { token: key });
    for (const text of [...api.said.slice(before), ...api.log]) expect(text).not.toContain(key);
    expect(JSON.stringify([...api.keys.rows.values()])).not.toContain(key);
  });

  it('says who it is', async () => {
    const { id, key } = await keyOf('operator');
    const { json } = await api.get('/api/v1/me', { token: key });
    expect(json).toEqual({ id, kind: 'key', name: 'a operator', role: 'operator' });
    expect((await api.get('/api/v1/me')).json).toMatchObject({ id: 'admin-token', kind: 'token', role: 'admin' });
  });

  it('works no more once it is revoked, and stays in the list', async () => {
    const { id, key } = await keyOf('viewer');
    expect((await api.get('/api/v1/me', { token: key })).status).toBe(200);
    const { status, json } = await api.post(`/api/v1/keys/${id}/revoke`);
    expect(status).toBe(200);
    expect(json.revokedAt).toBe('2026-01-31T12:00:00.000Z');
    const { status: refused, headers } = await api.get('/api/v1/me', { token: key });
    expect(refused).toBe(401);
    expect(headers.get('WWW-Authenticate')).toContain('invalid_token');
    expect((await api.get('/api/v1/keys')).json.items).toHaveLength(1);
  });

  it('works no more in other processes either, after a few seconds', async () => {
    const { id, key } = await keyOf('viewer');
    await api.get('/api/v1/me', { token: key });
    await api.keys.revoke(id, api.clock.now());
    api.clock.advance(5_001);
    expect((await api.get('/api/v1/me', { token: key })).status).toBe(401);
  });

  it('works until it expires, and cannot expire before it is made', async () => {
    const { key } = await keyOf('viewer', { expiresAt: '2026-01-31T12:00:04Z' });
    expect((await api.get('/api/v1/me', { token: key })).status).toBe(200);
    api.clock.advance(4_000);
    expect((await api.get('/api/v1/me', { token: key })).status).toBe(401);
    const { status, json } = await api.post('/api/v1/keys', {
      name: 'late',
      role: 'viewer',
      expiresAt: '2026-01-31T12:00:03Z',
    });
    expect([status, json.code]).toEqual([422, 'expiry-past']);
  });

  it('is looked up once in a while, not for every request, and its use is noted sparsely', async () => {
    const { id, key } = await keyOf('viewer');
    for (let i = 0; i < 20; i++) await api.get('/api/v1/me', { token: key });
    expect(api.keys.lookups).toBe(1);
    expect((await api.get(`/api/v1/keys/${id}`)).json.lastUsedAt).toBe('2026-01-31T12:00:00.000Z');
    api.clock.advance(30_000);
    await api.get('/api/v1/me', { token: key });
    expect((await api.get(`/api/v1/keys/${id}`)).json.lastUsedAt).toBe('2026-01-31T12:00:00.000Z');
    api.clock.advance(40_000);
    await api.get('/api/v1/me', { token: key });
    expect((await api.get(`/api/v1/keys/${id}`)).json.lastUsedAt).toBe('2026-01-31T12:01:10.000Z');
  });

  it.each(['omk_', `omk_${'A'.repeat(43)}`, `omk_${'A'.repeat(44)}`, 'nothing'])('is not %s', async (token) => {
    expect((await api.get('/api/v1/me', { token })).status).toBe(401);
  });

  it('is asked for by an id that there is', async () => {
    for (const id of ['nothing', '01980000-0000-7000-8000-00000000ffff']) {
      expect((await api.get(`/api/v1/keys/${id}`)).json.code).toBe('key-unknown');
      expect((await api.post(`/api/v1/keys/${id}/revoke`)).json.code).toBe('key-unknown');
    }
  });
});

describe('roles', () => {
  interface Operation {
    readonly operationId: string;
    readonly 'x-required-role'?: Role;
  }
  const operations = async (): Promise<[method: string, path: string, role: Role, id: string][]> => {
    const { paths } = (await api.document()) as { paths: Record<string, Record<string, Operation>> };
    return Object.entries(paths).flatMap(([template, methods]) =>
      Object.entries(methods).flatMap(([method, { 'x-required-role': role, operationId }]) =>
        role === undefined ? [] : ([[method, template.replaceAll(/\{\w+\}/g, 'x'), role, operationId]] as const),
      ),
    ) as [string, string, Role, string][];
  };

  it.each([
    ['viewer', ['operator', 'admin']],
    ['operator', ['admin']],
    ['admin', []],
  ] as const)('keep a %s out of what needs more, at every operation', async (role, kept) => {
    const { key } = await keyOf(role);
    let refusals = 0;
    for (const [method, path, needed, id] of await operations()) {
      const { status, json } = await api.call(method.toUpperCase(), path, { token: key });
      if ((kept as readonly Role[]).includes(needed)) {
        expect([id, status, json?.code, json?.needed, json?.role]).toEqual([
          id,
          403,
          'role-insufficient',
          needed,
          role,
        ]);
        refusals += 1;
      } else expect([id, status]).not.toEqual([id, 403]);
    }
    expect(refusals > 0).toBe(kept.length > 0);
  });

  it('let viewers read, operators work, and admins decide over links, webhooks, keys and users', async () => {
    for (const [method, path, needed, id] of await operations()) {
      const expected = /^\/api\/v1\/(keys|users|audit)/.test(path)
        ? 'admin'
        : method === 'get'
          ? id === 'getOtaManual' || path.startsWith('/api/v1/webhooks')
            ? 'operator'
            : 'viewer'
          : /^\/api\/v1\/(links|webhooks)/.test(path)
            ? 'admin'
            : ['signOut', 'changePassword', 'validateCampaign'].includes(id)
              ? 'viewer'
              : 'operator';
      expect([id, needed]).toEqual([id, expected]);
    }
  });

  it('are asked before a body is read', async () => {
    const { key } = await keyOf('viewer');
    const { status } = await api.upload('x', 'y'.repeat(200_000), { token: key });
    expect(status).toBe(403);
  });
});
