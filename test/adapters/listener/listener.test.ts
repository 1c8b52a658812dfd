import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Listener, startListener } from '../../../src/adapters/listener/listener.ts';

let folder: string;
let listener: Listener | undefined;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'listener-test-'));
  logged = [];
});

afterEach(async () => {
  await listener?.close(0);
  listener = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const log = {
  info: (_: object, text: string) => void logged.push(text),
  error: (_: object, text: string) => void logged.push(text),
};

async function makePair(name: string): Promise<{ certFile: string; keyFile: string }> {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const pair = await generate([{ name: 'commonName', value: name }], { keySize: 2048, algorithm: 'sha256' });
  writeFileSync(certFile, pair.cert);
  writeFileSync(keyFile, pair.private);
  return { certFile, keyFile };
}

function handshake(port: number, maxVersion?: 'TLSv1.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = maxVersion === undefined ? {} : { minVersion: maxVersion, maxVersion };
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      const { CN } = (socket.getPeerCertificate() as PeerCertificate).subject;
      socket.destroy();
      resolve(String(CN));
    });
    socket.on('error', reject);
  });
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never came');
}

describe('a listener', () => {
  it('speaks HTTP on a free port of its own', async () => {
    listener = await startListener({ host: '127.0.0.1', port: 0, log, handler: (_, res) => res.end('hello') });
    expect(await (await fetch(`http://127.0.0.1:${listener.port}`)).text()).toBe('hello');
  });

  it.each([
    ['closes the connection when the handler refuses', false, 'close'],
    ['keeps it when the handler lets it send', true, 'keep-alive'],
  ])('with a client that waits for 100 Continue, %s', async (_, goesOn, connection) => {
    listener = await startListener({
      host: '127.0.0.1',
      port: 0,
      log,
      handler: (request, response) => {
        if (goesOn) response.writeContinue();
        else response.end();
        request.resume().on('end', () => response.end());
      },
    });
    const { port } = listener;
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent: new Agent({ keepAlive: true }) });
    outgoing.setHeader('Expect', '100-continue').setHeader('Content-Length', 1).flushHeaders();
    outgoing.on('continue', () => outgoing.end('x'));
    const [response] = await once(outgoing, 'response');
    expect(response.headers.connection).toBe(connection);
    outgoing.destroy();
  });

  it('says so when its port is taken', async () => {
    listener = await startListener({ host: '127.0.0.1', port: 0, log, handler: (_, res) => res.end() });
    const { port } = listener;
    await expect(startListener({ host: '127.0.0.1', port, log, handler: () => {} })).rejects.toThrow(/EADDRINUSE/);
  });

  it('speaks TLS 1.2 and up with a certificate, and takes a renewed one without a restart', async () => {
    const first = await makePair('first');
    const second = await makePair('second');
    const served = { certFile: join(folder, 'served.crt'), keyFile: join(folder, 'served.key') };
    copyFileSync(first.certFile, served.certFile);
    copyFileSync(first.keyFile, served.keyFile);
    listener = await startListener({
      host: '127.0.0.1',
      port: 0,
      tls: { ...served, minVersion: 'TLSv1.2' },
      log,
      recheckMs: 20,
      handler: (_, res) => res.end(),
    });
    const { port } = listener;
    expect(await handshake(port)).toBe('first');
    await expect(handshake(port, 'TLSv1.1')).rejects.toThrow();

    writeFileSync(served.certFile, 'nonsense');
    await eventually(() => Promise.resolve(logged.some((line) => line.includes('the old one stays'))));
    expect(await handshake(port)).toBe('first');

    copyFileSync(second.certFile, served.certFile);
    copyFileSync(second.keyFile, served.keyFile);
    await eventually(async () => (await handshake(port)) === 'second');
  });
});
