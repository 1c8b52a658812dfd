import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, RestHarness } from './rest-harness.ts';

const PASSWORD = 'a long PASSWORD of hers';
let api: RestHarness;
let id: string;
beforeEach(async () => {
  api = await new RestHarness().start();
  const { json } = await api.post('/api/v1/users', { name: 'Ada', role: 'operator', password: PASSWORD });
  id = json.id;
});
afterEach(() => api.stop());

const attempt = (name: string, password: string): Promise<Answer> =>
  api.post('/api/v1/sign-in', { name, password }, { token: null });

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
  readonly with: (csrf?: string) => { token: null; headers: Record<string, string> };
}

async function browser(name = 'ada', password = PASSWORD): Promise<Browser> {
  const { status, headers, json } = await attempt(name, password);
  expect(status).toBe(200);
  const cookie = headers.get('Set-Cookie')?.split(';')[0] ?? '';
  return {
    cookie,
    csrf: json.csrfToken,
    with: (csrf) => ({ token: null, headers: { Cookie: cookie, ...(csrf !== undefined && { 'X-CSRF-Token': csrf }) } }),
  };
}

describe('signing in', () => {
  it('gives a cookie that no script reads and no other site sends, whatever the case of the name', async () => {
    const { headers, json } = await attempt('ADA', PASSWORD);
    expect(headers.get('Set-Cookie')).toMatch(
      /^omadm_session=[\w-]{43}; Path=\/; Expires=Sat, 07 Feb 2026 12:00:00 GMT; HttpOnly; SameSite=Strict$/,
    );
    expect(json).toMatchObject({ id, kind: 'user', name: 'ada', role: 'operator' });
    const { with: as, csrf } = await browser();
    expect((await api.get('/api/v1/me', as())).json).toMatchObject({ id, csrfToken: csrf });
  });

  it('answers alike whether the name is unknown, the password wrong or the user disabled, and always hashes', async () => {
    const wrong = await attempt('ada', 'not the password');
    const unknown = await attempt('bob', PASSWORD);
    await api.patch(`/api/v1/users/${id}`, { enabled: false });
    const disabled = await attempt('ada', PASSWORD);
    for (const { status, json } of [wrong, unknown, disabled]) {
      expect([status, json.code, json.detail]).toEqual([401, 'sign-in-refused', 'The name or the password is wrong.']);
    }
    expect(api.hasher.asked).toEqual([true, false, true]);
  });

  it('is held back after nine wrong passwords, known name or not, and free again later', async () => {
    for (const name of ['ada', 'nobody']) {
      for (let i = 0; i < 9; i++) expect((await attempt(name, 'wrong')).status).toBe(401);
      const { status, headers, json } = await attempt(name, PASSWORD);
      expect([status, json.code, headers.get('Retry-After')]).toEqual([429, 'attempts-limited', '2']);
    }
    api.clock.advance(2_000);
    expect((await attempt('ada', PASSWORD)).status).toBe(200);
    // The right password has cleared the count.
    expect((await attempt('ada', 'wrong')).status).toBe(401);
  });

  it('is held back by address too, whatever names are tried', async () => {
    for (let i = 0; i < 30; i++) expect((await attempt(`name${i}`, 'wrong')).status).toBe(401);
    expect((await attempt('ada', PASSWORD)).status).toBe(429);
  });

  it('stands in no log and no answer with its password', async () => {
    await attempt('ada', 'another PASSWORD');
    await browser();
    for (const text of [...api.log, ...api.said]) expect(text).not.toContain('PASSWORD');
  });
});

describe('a session', () => {
  it('needs the token of the page for a write, and none for a read', async () => {
    const { with: as, csrf } = await browser();
    const missing = await api.post('/api/v1/deliveries', {}, as());
    expect([missing.status, missing.json.code]).toEqual([403, 'csrf-token-missing']);
    const other = await browser();
    expect((await api.post('/api/v1/deliveries', {}, as(other.csrf))).status).toBe(403);
    expect((await api.post('/api/v1/deliveries', {}, as(csrf))).status).toBe(400);
    expect((await api.get('/api/v1/devices', as())).status).toBe(200);
  });

  it('ends when it is signed out, and takes its cookie away', async () => {
    const { with: as, csrf } = await browser();
    const { status, headers } = await api.post('/api/v1/sign-out', undefined, as(csrf));
    expect(status).toBe(204);
    expect(headers.get('Set-Cookie')).toMatch(/^omadm_session=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect((await api.get('/api/v1/me', as())).status).toBe(401);
  });

  it('ends after twelve hours without a request, and after seven days anyhow', async () => {
    const idle = await browser();
    api.clock.advance(12 * 3_600_000);
    expect((await api.get('/api/v1/me', idle.with())).status).toBe(401);
    const busy = await browser();
    for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
      api.clock.advance(6 * 3_600_000);
      expect((await api.get('/api/v1/me', busy.with())).status).toBe(200);
    }
    api.clock.advance(6 * 3_600_000);
    expect((await api.get('/api/v1/me', busy.with())).status).toBe(401);
  });

  it('has the role that the user has now, and ends when the user is disabled', async () => {
    const { with: as } = await browser();
    await api.patch(`/api/v1/users/${id}`, { role: 'admin' });
    expect((await api.get('/api/v1/users', as())).status).toBe(200);
    await api.post('/api/v1/users', { name: 'root', role: 'admin', password: PASSWORD });
    await api.patch(`/api/v1/users/${id}`, { enabled: false });
    expect((await api.get('/api/v1/me', as())).status).toBe(401);
  });

  it('goes on when its own password changes, and the others end', async () => {
    const [mine, other] = [await browser(), await browser()];
    const refused = await api.post(
      '/api/v1/me/password',
      { current: 'wrong', password: 'another long PASSWORD' },
      mine.with(mine.csrf),
    );
    expect([refused.status, refused.json.code]).toEqual([401, 'sign-in-refused']);
    const { status } = await api.post(
      '/api/v1/me/password',
      { current: PASSWORD, password: 'another long PASSWORD' },
      mine.with(mine.csrf),
    );
    expect(status).toBe(204);
    expect((await api.get('/api/v1/me', mine.with())).status).toBe(200);
    expect((await api.get('/api/v1/me', other.with())).status).toBe(401);
    await browser('ada', 'another long PASSWORD');
  });

  it('is for users: a token has neither password nor session', async () => {
    expect((await api.post('/api/v1/sign-out')).json.code).toBe('not-a-user');
    const change = { current: PASSWORD, password: PASSWORD };
    expect((await api.post('/api/v1/me/password', change)).json.code).toBe('not-a-user');
  });

  it('gives way to an Authorization header', async () => {
    const { cookie } = await browser();
    expect((await api.get('/api/v1/me', { token: 'wrong', headers: { Cookie: cookie } })).status).toBe(401);
  });
});

describe('users', () => {
  it('are made, shown without their password, and found under one name each', async () => {
    const { json, headers } = await api.get(`/api/v1/users/${id}`);
    expect(json).toEqual({
      id,
      name: 'ada',
      role: 'operator',
      enabled: true,
      createdAt: '2026-01-31T12:00:00.000Z',
      updatedAt: '2026-01-31T12:00:00.000Z',
    });
    expect(headers.get('ETag')).toBe('"1"');
    const again = await api.post('/api/v1/users', { name: 'aDA', role: 'viewer', password: PASSWORD });
    expect([again.status, again.json.code]).toEqual([409, 'user-exists']);
    expect((await api.get('/api/v1/users')).json.items).toHaveLength(1);
  });

  it('need a password of twelve characters and a plain name', async () => {
    const { json } = await api.post('/api/v1/users', { name: 'a b', role: 'root', password: 'short' });
    expect(json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/name', '/role', '/password']);
  });

  it('are changed only as they were read, when If-Match says so', async () => {
    const patch = (version: string, body: object) =>
      api.patch(`/api/v1/users/${id}`, body, { headers: { 'If-Match': version } });
    expect((await patch('"1"', { role: 'viewer' })).headers.get('ETag')).toBe('"2"');
    const stale = await patch('"1"', { role: 'admin' });
    expect([stale.status, stale.json.code]).toEqual([412, 'version-stale']);
    expect((await patch('nonsense', { role: 'admin' })).status).toBe(400);
    expect((await patch('*', { role: 'admin' })).status).toBe(200);
  });

  it('keep one admin among them', async () => {
    await api.patch(`/api/v1/users/${id}`, { role: 'admin' });
    for (const body of [{ role: 'viewer' }, { enabled: false }]) {
      expect((await api.patch(`/api/v1/users/${id}`, body)).json.code).toBe('last-admin');
    }
    expect((await api.delete(`/api/v1/users/${id}`)).json.code).toBe('last-admin');
    await api.post('/api/v1/users', { name: 'bob', role: 'admin', password: PASSWORD });
    expect((await api.delete(`/api/v1/users/${id}`)).status).toBe(204);
  });
});

describe('the audit log', () => {
  it('says who did what and where it is, newest first, without bodies', async () => {
    const { with: as, csrf } = await browser();
    await api.post('/api/v1/devices', { deviceId: 'IMEI:1' }, as(csrf));
    await api.delete('/api/v1/devices/IMEI%3A1', as(csrf));
    const { json } = await api.get('/api/v1/audit');
    expect(json.items.map(({ operation }: { operation: string }) => operation)).toEqual([
      'deleteDevice',
      'registerDevice',
      'signIn',
      'createUser',
    ]);
    expect(json.items[0]).toMatchObject({
      principal: { id, kind: 'user', name: 'ada', role: 'operator' },
      params: { deviceId: 'IMEI:1' },
      status: 204,
    });
    expect(json.items[1].made).toBe('/api/v1/devices/IMEI%3A1');
    expect(JSON.stringify(json)).not.toContain('PASSWORD');
  });

  it('has what was refused for want of rights, and not what failed or was only read', async () => {
    const { with: as, csrf } = await browser();
    await api.post('/api/v1/keys', { name: 'mine', role: 'admin' }, as(csrf));
    await api.post('/api/v1/deliveries', { nonsense: true }, as(csrf));
    await api.get('/api/v1/devices', as());
    const { json } = await api.get(`/api/v1/audit?principalId=${id}`);
    expect(
      json.items.map(({ operation, status }: { operation: string; status: number }) => [operation, status]),
    ).toEqual([
      ['createApiKey', 403],
      ['signIn', 200],
    ]);
  });

  it('is filtered by operation and time', async () => {
    api.clock.advance(60_000);
    await browser();
    const operations = async (query: string): Promise<string[]> =>
      (await api.get(`/api/v1/audit?${query}`)).json.items.map(({ operation }: { operation: string }) => operation);
    expect(await operations('operation=signIn')).toEqual(['signIn']);
    expect(await operations('from=2026-01-31T12:01:00Z')).toEqual(['signIn']);
    expect(await operations('until=2026-01-31T12:01:00Z')).toEqual(['createUser']);
  });

  it('takes many entries at once in few writes', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => api.post('/api/v1/devices', { deviceId: `IMEI:${i}` })));
    expect(api.audit.rows).toHaveLength(41);
    expect(api.audit.batches.length).toBeLessThanOrEqual(41);
  });

  it('does not undo what was done when it cannot be written, and says so in the log', async () => {
    api.audit.add = () => Promise.reject(new Error('away'));
    expect((await api.post('/api/v1/devices', { deviceId: 'IMEI:1' })).status).toBe(201);
    expect(api.log.join('')).toContain('not in the audit log');
  });
});
