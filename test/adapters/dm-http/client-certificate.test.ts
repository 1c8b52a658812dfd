import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startListener } from '../../../src/adapters/listener/listener.ts';
import { type ClientCertificate, DeviceAuthority } from './device-authority.ts';
import { head, type RunningDoor, startDoor } from './running-door.ts';

const DEVICE = 'IMEI:493005100592800';

let folder: string;
let authority: DeviceAuthority;
let stranger: DeviceAuthority;
let tls: { certFile: string; keyFile: string; minVersion: SecureVersion; clientCaFile: string };
let door: RunningDoor;
let sockets: TLSSocket[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-certificate-test-'));
  authority = await DeviceAuthority.create(folder, 'maker');
  stranger = await DeviceAuthority.create(folder, 'stranger');
  const server = await stranger.issue('dm.example', { use: 'server' });
  tls = {
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    minVersion: 'TLSv1.2',
    clientCaFile: join(folder, 'devices.crt'),
  };
  writeFileSync(tls.certFile, server.cert);
  writeFileSync(tls.keyFile, server.key);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  sockets = [];
  copyFileSync(authority.caFile, tls.clientCaFile);
  door = await startDoor({ tls, recheckMs: 20 });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await door.listener.close(0);
});

interface Call {
  readonly version?: SecureVersion;
  readonly session?: Buffer;
}

/** Posts one message. Returns the names that went along with it, and the TLS session to resume. */
async function postAs(certificate: ClientCertificate | undefined, { version = 'TLSv1.3', session }: Call = {}) {
  const before = door.seen.length;
  const socket = connect({
    port: door.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ...certificate,
    ...(session !== undefined && { session }),
  });
  sockets.push(socket);
  let given: Buffer | undefined;
  let received = '';
  socket.on('error', () => {});
  socket.on('session', (data: Buffer) => {
    given = data;
  });
  socket.on('data', (data: Buffer) => {
    received += data.toString();
  });
  socket.write(`${head('1.1', 'Content-Length: 4')}<x/>`);
  await vi.waitFor(() => expect(received).toMatch(/<reply\/>$/), { timeout: 30_000 });
  // Who resumes a session need not be given another one.
  if (session === undefined) await vi.waitFor(() => expect(given).toBeDefined(), { timeout: 30_000 });
  expect(door.seen).toHaveLength(before + 1);
  return { names: door.seen.at(-1)?.transportIdentities, session: given, resumed: socket.isSessionReused() };
}

const namesOf = async (certificate: ClientCertificate | undefined): Promise<readonly string[] | undefined> =>
  (await postAs(certificate)).names;

describe('a client certificate', () => {
  it('that is verified names its common name to the services', async () => {
    expect(await namesOf(await authority.issue(DEVICE))).toEqual([DEVICE]);
  });

  it('names the URIs among its alternative names, too, and no other kind', async () => {
    const uris = ['urn:uuid:00000000-0000-0000-0000-000000000001', DEVICE];
    expect(await namesOf(await authority.issue('Model 7', { uris }))).toEqual(['Model 7', ...uris]);
  });

  it('cannot smuggle a name in inside another one', async () => {
    for (const uri of [`urn:a, URI:${DEVICE}`, `urn:a", URI:${DEVICE}`, `"urn:a", URI:${DEVICE}`]) {
      expect(await namesOf(await authority.issue('Model 7', { uris: [uri] }))).toEqual(['Model 7', uri]);
    }
  });

  it('is not needed', async () => {
    expect(await namesOf(undefined)).toBeUndefined();
  });

  it.each([
    ['of another authority', () => stranger.issue(DEVICE)],
    ['that has expired', () => authority.issue(DEVICE, { expired: true })],
    ['made for servers', () => authority.issue(DEVICE, { use: 'server' })],
  ])('%s counts as none, and the log says why', async (_, issue) => {
    expect(await namesOf(await issue())).toBeUndefined();
    expect(door.logged.join()).toMatch(
      /cannot be verified counts as none \{"address":"127\.0\.0\.1","reason":"[A-Z_]+"/,
    );
  });

  it('is not asked for when no authority is set', async () => {
    await door.listener.close(0);
    const { clientCaFile: _, ...withoutAuthority } = tls;
    door = await startDoor({ tls: withoutAuthority });
    expect(await namesOf(await authority.issue(DEVICE))).toBeUndefined();
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a resumed session of %s', (version) => {
  it('has the names it had, no more and no less', async () => {
    for (const [certificate, names] of [
      [await authority.issue(DEVICE), [DEVICE]],
      [await stranger.issue(DEVICE), undefined],
      [undefined, undefined],
    ] as const) {
      const first = await postAs(certificate, { version });
      expect(first.names).toEqual(names);
      const again = await postAs(undefined, {
        version,
        ...(first.session !== undefined && { session: first.session }),
      });
      expect([again.resumed, again.names]).toEqual([true, names]);
    }
  });

  it('of before does not outlive its authority', async () => {
    const first = await postAs(await authority.issue(DEVICE), { version });
    copyFileSync(stranger.caFile, tls.clientCaFile);
    await vi.waitFor(() => expect(door.logged.join()).toContain('read again'), { timeout: 30_000 });
    const again = await postAs(undefined, { version, ...(first.session !== undefined && { session: first.session }) });
    expect([again.resumed, again.names]).toEqual([false, undefined]);
    expect((await postAs(await stranger.issue(DEVICE), { version })).names).toEqual([DEVICE]);
  });
});

describe('a file of authorities', () => {
  it('without a certificate stops the start', async () => {
    writeFileSync(tls.clientCaFile, 'nonsense');
    const options = { host: '127.0.0.1', port: 0, log: { info: () => {}, error: () => {} }, handler: () => {} };
    await expect(startListener({ ...options, tls })).rejects.toThrow(`${tls.clientCaFile} holds no PEM certificate`);
  });

  it('that is spoilt later leaves the old ones in force', async () => {
    writeFileSync(tls.clientCaFile, 'nonsense');
    await vi.waitFor(() => expect(door.logged.join()).toContain('the old one stays'), { timeout: 30_000 });
    expect(await namesOf(await authority.issue(DEVICE))).toEqual([DEVICE]);
  });
});
