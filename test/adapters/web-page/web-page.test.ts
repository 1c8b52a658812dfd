import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import Koa from 'koa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webPage } from '../../../src/adapters/web-page/web-page.ts';

const HTML =
  '<!doctype html><meta property="csp-nonce" nonce="NONCE-OF-THE-PAGE"><script src="/assets/a.js" nonce="NONCE-OF-THE-PAGE">';
const SCRIPT = 'console.log(1);'.repeat(200);

let folder: string;
let server: Server;
let url: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-page-'));
  const app = new Koa();
  app.use(webPage({ folder: join(folder, 'web') }));
  app.use((ctx) => {
    ctx.status = 418;
    ctx.body = 'somebody else';
  });
  server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

function build(): void {
  mkdirSync(join(folder, 'web/assets'), { recursive: true });
  writeFileSync(join(folder, 'web/index.html'), HTML);
  writeFileSync(join(folder, 'web/icon.svg'), '<svg/>');
  writeFileSync(join(folder, 'web/assets/a-1.js'), SCRIPT);
  writeFileSync(join(folder, 'web/assets/a-1.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(folder, 'secret.txt'), 'not to be served');
}

describe('the web page', () => {
  it('says how to build it when it is not built, and is there as soon as it is', async () => {
    const before = await fetch(`${url}/`);
    expect([before.status, await before.text()]).toEqual([404, expect.stringContaining('npm run build')]);
    build();
    expect((await fetch(`${url}/`)).status).toBe(200);
  });

  it.each(['/', '/devices', '/devices/IMEI%3A1', '/apidocs', '/dmx'])(
    'is the answer to %s, for the page knows what to show',
    async (path) => {
      build();
      const response = await fetch(url + path);
      expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
    },
  );

  it.each(['/api', '/api/', '/api/v1/nothing', '/dm', '/dm/x', '/healthz', '/readyz', '/metrics'])(
    'leaves %s to others',
    async (path) => {
      build();
      expect((await fetch(url + path)).status).toBe(418);
    },
  );

  it('leaves everything but GET and HEAD to others', async () => {
    build();
    expect((await fetch(`${url}/`, { method: 'POST' })).status).toBe(418);
    const head = await fetch(`${url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('has a policy without inline scripts, with a nonce of its own each time', async () => {
    build();
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${url}/`);
        const policy = response.headers.get('Content-Security-Policy') ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("script-src 'self';");
        expect(policy).not.toContain('unsafe');
        const [, nonce = ''] = /style-src 'self' 'nonce-([^']+)'/.exec(policy) ?? [];
        expect(await response.text()).toBe(HTML.replaceAll('NONCE-OF-THE-PAGE', nonce));
        expect(response.headers.get('Cache-Control')).toBe('no-store');
        expect(response.headers.get('X-Frame-Options')).toBe('DENY');
        return nonce;
      }),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(nonces[0]).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  });

  it('gives out files that may be kept for ever, compressed when that is taken', async () => {
    build();
    const plain = await fetch(`${url}/assets/a-1.js`, { headers: { 'Accept-Encoding': 'identity' } });
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    expect(await plain.text()).toBe(SCRIPT);
    expect(plain.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(plain.headers.get('X-Content-Type-Options')).toBe('nosniff');
    const packed = await fetch(`${url}/assets/a-1.js`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect([packed.headers.get('Content-Encoding'), packed.headers.get('Vary')]).toEqual(['gzip', 'Accept-Encoding']);
    expect(await packed.text()).toBe(gunzipSync(gzipSync(SCRIPT)).toString());
    const icon = await fetch(`${url}/icon.svg`);
    expect([icon.headers.get('Content-Type'), icon.headers.get('Cache-Control')]).toEqual([
      'image/svg+xml',
      'public, max-age=3600',
    ]);
  });

  it.each(['/assets/a-2.js', '/favicon.ico', '/assets/..%2f..%2fsecret.txt', '/..%2fsecret.txt', '/secret.txt'])(
    'has nothing at %s, and nothing beside its folder',
    async (path) => {
      build();
      expect(await (await fetch(url + path)).text()).not.toContain('not to be served');
    },
  );
});
