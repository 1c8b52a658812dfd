import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, startListener } from '../../../src/adapters/listener/listener.ts';
import { DeviceAuthority } from '../dm-http/device-authority.ts';

let folder: string;
let root: DeviceAuthority;
let issuer: DeviceAuthority;
let listener: Listener | undefined;
let logged: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-test-'));
  root = await DeviceAuthority.create(folder, 'root');
  issuer = await root.delegate(folder, 'issuer');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await listener?.close(0);
  listener = undefined;
});

/** A listener that shows these certificates, one after the other in a file. */
async function show(chain: readonly string[], key: string, clientCaFile?: string): Promise<number> {
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  writeFileSync(files.certFile, chain.join('\n'));
  writeFileSync(files.keyFile, key);
  logged = [];
  const log = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);
  listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    tls: { ...files, minVersion: 'TLSv1.2', ...(clientCaFile !== undefined && { clientCaFile }) },
    log: { info: log, error: log },
    handler: (request, response) => response.end(`authorized: ${(request.socket as TLSSocket).authorized}`),
  });
  return listener.port;
}

/** What a device says that knows the authority at the top, and goes to that name. */
async function verdictOf(port: number, servername: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername, ca: readFileSync(root.caFile) });
  try {
    await once(socket, 'secureConnect');
    return 'accepted';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

describe('the certificates of a listener', () => {
  it('are shown up to the authority that devices know, and hold for the names in them', async () => {
    const { cert, key } = await issuer.issue('dm.example', { use: 'server' });
    const port = await show([cert, readFileSync(issuer.caFile, 'latin1')], key);
    expect(await verdictOf(port, 'device.example')).toBe('accepted');
    expect(await verdictOf(port, 'other.example')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(logged).toEqual([]);
  });

  it('do not satisfy a device when one in between is left out', async () => {
    const { cert, key } = await issuer.issue('dm.example', { use: 'server' });
    expect(await verdictOf(await show([cert], key), 'device.example')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it.each([
    ['expired', async () => issuer.issue('dm.example', { use: 'server', expired: true }), /the certificate expired on/],
    ['in the wrong order', async () => stranger(), /the certificate was not issued by the one after it/],
    ['without a name for devices to look for', async () => nameless(), /no name in its subjectAltName/],
  ])('that are %s are reported in the log', async (_, make, fault) => {
    const { cert, key } = await make();
    await show([cert, readFileSync(issuer.caFile, 'latin1')], key);
    expect(logged.join()).toMatch(/^devices may not accept the certificate/);
    expect(logged.join()).toMatch(fault);
  });

  it('of devices are verified through an authority in between that they show along', async () => {
    const server = await issuer.issue('dm.example', { use: 'server' });
    const port = await show([server.cert], server.key, root.caFile);
    const device = await issuer.issue('IMEI:1');
    const verdicts: string[] = [];
    for (const cert of [`${device.cert}\n${readFileSync(issuer.caFile, 'latin1')}`, device.cert]) {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, cert, key: device.key });
      await once(socket, 'secureConnect');
      socket.end('GET / HTTP/1.0\r\n\r\n');
      let answer = '';
      for await (const data of socket) answer += String(data);
      verdicts.push(answer.split('\r\n\r\n')[1] ?? '');
    }
    expect(verdicts).toEqual(['authorized: true', 'authorized: false']);
  });
});

/** Its issuer is not the authority in the file after it. */
async function stranger(): Promise<{ cert: string; key: string }> {
  const other = await DeviceAuthority.create(join(folder, 'other'), 'other');
  return other.issue('dm.example', { use: 'server' });
}

async function nameless(): Promise<{ cert: string; key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'dm.example' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: false }],
  });
  return { cert, key };
}
