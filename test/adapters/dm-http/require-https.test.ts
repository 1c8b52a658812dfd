import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningDoor, startDoor, XML } from './running-door.ts';

let door: RunningDoor | undefined;

afterEach(async () => {
  await door?.listener.close(0);
  door = undefined;
});

function post(port: number, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/dm`, {
    method: 'POST',
    body: '<x/>',
    headers: { 'Content-Type': XML, ...headers },
  });
}

describe('where plain HTTP is refused', () => {
  it('a message over it is answered 403 with the reason, and is not looked at', async () => {
    door = await startDoor({ requireHttps: true });
    for (const headers of [{}, { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.1' }]) {
      const response = await post(door.port, headers);
      expect([response.status, await response.text()]).toEqual([403, 'This server takes messages over HTTPS only.\n']);
    }
    expect(door.seen).toEqual([]);
  });

  it("a trusted proxy's word on the protocol is taken", async () => {
    door = await startDoor({ requireHttps: true, trustedProxies: ['127.0.0.1'] });
    const from = { 'X-Forwarded-For': '192.0.2.1' };
    expect((await post(door.port, { ...from, 'X-Forwarded-Proto': 'https' })).status).toBe(200);
    expect((await post(door.port, { ...from, 'X-Forwarded-Proto': 'http' })).status).toBe(403);
    expect((await post(door.port, from)).status).toBe(403);
    expect(door.seen.map(({ address }) => address)).toEqual(['192.0.2.1']);
  });

  it('a message over TLS is taken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'require-https-test-'));
    try {
      const pair = await generate([{ name: 'commonName', value: 'dm.example' }], {
        keyType: 'ec',
        algorithm: 'sha256',
      });
      const tls = {
        certFile: join(folder, 'tls.crt'),
        keyFile: join(folder, 'tls.key'),
        minVersion: 'TLSv1.2',
      } as const;
      writeFileSync(tls.certFile, pair.cert);
      writeFileSync(tls.keyFile, pair.private);
      door = await startDoor({ requireHttps: true, tls });
      const { port } = door;
      const status = await new Promise((resolve, reject) => {
        const options = { method: 'POST', path: '/dm', port, host: '127.0.0.1', headers: { 'Content-Type': XML } };
        request({ ...options, agent: false, rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end('<x/>');
      });
      expect([status, door.seen.length]).toEqual([200, 1]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it('plain HTTP is taken where nothing is said', async () => {
  door = await startDoor();
  expect((await post(door.port)).status).toBe(200);
});
