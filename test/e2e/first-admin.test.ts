import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type RunningServer, startServer } from '../../src/main.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';

let database: TestDatabase;
let server: RunningServer | undefined;
beforeEach(async () => {
  database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DELETE FROM app_user');
  await client.end();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.stop();
  await database.drop();
});

async function start(settings: Readonly<Record<string, string>>): Promise<string> {
  server = await startServer(
    readConfig({
      PORT: '0',
      DATABASE_URL: database.url,
      SECRET_KEY: Buffer.alloc(32, 9).toString('base64'),
      ADMIN_TOKEN: 'token-of-the-tests',
      LOG_LEVEL: 'silent',
      ...settings,
    }),
  );
  await server.ready;
  return server.url;
}

async function signIn(url: string, name: string, password: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  return response.json();
}

describe('the first admin', () => {
  it('is made with the password that the settings have, and not again', async () => {
    const url = await start({ ADMIN_USER: 'Grace', ADMIN_PASSWORD: 'correct horse' });
    await expect
      .poll(() => signIn(url, 'grace', 'correct horse'), { timeout: 30_000 })
      .toMatchObject({ name: 'grace', role: 'admin' });
    await server?.stop();
    const again = await start({ ADMIN_USER: 'other', ADMIN_PASSWORD: 'another horse' });
    expect(await signIn(again, 'grace', 'correct horse')).toMatchObject({ role: 'admin' });
    await server?.stop();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('SELECT name FROM app_user')).rows).toEqual([{ name: 'grace' }]);
    await client.end();
  });

  it('gets a password that is printed once when the settings have none', async () => {
    const printed: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    const url = await start({});
    await expect.poll(() => printed.join(''), { timeout: 30_000 }).toContain('Sign in as admin with');
    const [, password = ''] = /\(shown only now\): (\S+)/.exec(printed.join('')) ?? [];
    expect(await signIn(url, 'admin', password)).toMatchObject({ name: 'admin', role: 'admin' });
  });
});
