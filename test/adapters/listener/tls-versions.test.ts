import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, getCiphers, type SecureVersion, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, startListener } from '../../../src/adapters/listener/listener.ts';

let folder: string;
let files: { certFile: string; keyFile: string };
let listener: Listener | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-versions-test-'));
  files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const pair = await generate([{ name: 'commonName', value: 'dm.example' }], { keySize: 2048, algorithm: 'sha256' });
  writeFileSync(files.certFile, pair.cert);
  writeFileSync(files.keyFile, pair.private);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await listener?.close(0);
  listener = undefined;
});

async function start(minVersion: SecureVersion): Promise<number> {
  listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    tls: { ...files, minVersion },
    log: { info: () => {}, error: () => {} },
    handler: (_, response) => response.end('hello'),
  });
  return listener.port;
}

interface Visit {
  readonly protocol: string | null;
  readonly cipher: string;
  readonly body: string;
}

/** Fetches a page as a client that speaks one version only. The client is told to take old signatures, too. */
function visit(port: number, version: SecureVersion, cipher = 'DEFAULT'): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        host: '127.0.0.1',
        agent: false,
        rejectUnauthorized: false,
        minVersion: version,
        maxVersion: version,
        ciphers: `${cipher}:@SECLEVEL=0`,
      },
      (response) => {
        const socket = response.socket as TLSSocket;
        const facts = { protocol: socket.getProtocol(), cipher: socket.getCipher().name };
        response.once('data', (data: Buffer) => resolve({ ...facts, body: data.toString() }));
      },
    );
    outgoing.on('error', reject).end();
  });
}

describe('a client that negotiates its version of HTTP with TLS', () => {
  it.each(['http/1.1', 'http/1.0'])('may offer %s only', async (protocol) => {
    const socket = connect({
      port: await start('TLSv1.2'),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: [protocol],
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe(protocol);
    socket.destroy();
  });
});

describe('the oldest version of TLS', () => {
  it('that is spoken is 1.2, when nothing older is switched on', async () => {
    const port = await start('TLSv1.2');
    await expect(visit(port, 'TLSv1')).rejects.toThrow(/alert protocol version|unsupported protocol/);
    await expect(visit(port, 'TLSv1.1')).rejects.toThrow(/alert protocol version|unsupported protocol/);
    expect((await visit(port, 'TLSv1.2')).protocol).toBe('TLSv1.2');
    expect((await visit(port, 'TLSv1.3')).protocol).toBe('TLSv1.3');
  });

  it('may be 1.0, for devices that know nothing newer, with the suite they have to know; newer ones are still spoken', async () => {
    const port = await start('TLSv1');
    expect(await visit(port, 'TLSv1', 'AES128-SHA')).toEqual({
      protocol: 'TLSv1',
      cipher: 'AES128-SHA',
      body: 'hello',
    });
    expect((await visit(port, 'TLSv1.1')).protocol).toBe('TLSv1.1');
    expect((await visit(port, 'TLSv1.3')).protocol).toBe('TLSv1.3');
  });

  it('may be 1.1, and then 1.0 is not spoken', async () => {
    const port = await start('TLSv1.1');
    await expect(visit(port, 'TLSv1')).rejects.toThrow(/alert protocol version|unsupported protocol/);
    expect(await visit(port, 'TLSv1.1')).toMatchObject({ protocol: 'TLSv1.1', body: 'hello' });
  });

  it('may be 1.3', async () => {
    const port = await start('TLSv1.3');
    await expect(visit(port, 'TLSv1.2')).rejects.toThrow(/alert protocol version|unsupported protocol/);
    expect((await visit(port, 'TLSv1.3')).body).toBe('hello');
  });

  it('has no suite with 3DES or RC4, whatever is switched on: the library knows none', async () => {
    const port = await start('TLSv1');
    for (const suite of ['DES-CBC3-SHA', 'RC4-SHA', '3DES']) {
      expect(getCiphers().filter((known) => known.includes(suite.toLowerCase()))).toEqual([]);
      await expect(visit(port, 'TLSv1', suite)).rejects.toThrow(/no cipher/i);
    }
  });

  it('never brings suites without authentication or encryption with it', async () => {
    const port = await start('TLSv1');
    for (const suite of ['aNULL', 'eNULL', 'AECDH-AES128-SHA', 'NULL-SHA']) {
      await expect(visit(port, 'TLSv1', suite)).rejects.toThrow(/handshake failure|no cipher/i);
    }
  });
});
