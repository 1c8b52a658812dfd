import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { SmppLink } from '../../src/adapters/smpp/smpp-link.ts';
import { parseSmppUrl } from '../../src/adapters/smpp/smpp-url.ts';
import { renderPush } from '../../src/services/render-push.ts';
import { pcapOf, recordingRelay, SMSC_PORT } from './capture.ts';

/*
 * Kannel's own SMPP server for testing ESMEs (Debian package kannel-extras, `drive_smpp`): it takes a transmitter and a
 * receiver, sends so many messages to the receiver with an enquire_link after each, and logs what is submitted to it. It
 * also wants somebody to listen where a bearerbox would listen for smsboxes.
 */

const DRIVE_SMPP = '/usr/lib/kannel/test/drive_smpp';
const MESSAGES = 20;
const run = promisify(execFile);
const cleanUp: (() => Promise<unknown> | unknown)[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drive-smpp-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as net.AddressInfo).port;
}

/** Starts it and waits until it listens. */
async function driveSmpp(): Promise<{ port: number; log: () => Promise<string> }> {
  const sockets = new Set<net.Socket>();
  const bearerbox = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  const smsboxPort = await listening(bearerbox);
  const port = await freePort();
  const conf = join(folder, 'drive.conf');
  await writeFile(
    conf,
    `group = core
admin-port = ${await freePort()}
smsbox-port = ${smsboxPort}
admin-password = bar

group = smsc
smsc = smpp
smsc-id = smpp
host = 127.0.0.1
port = ${port}
system-type = "VMA"
address-range = ""
smsc-username = "foo"
smsc-password = "bar"
`,
  );
  const logFile = join(folder, 'drive.log');
  const child: ChildProcess = spawn(
    DRIVE_SMPP,
    ['-v', '4', '-l', logFile, '-p', String(port), '-m', String(MESSAGES), '-c', conf],
    { cwd: folder, stdio: 'ignore' },
  );
  cleanUp.push(async () => {
    child.kill('SIGKILL');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => bearerbox.close(resolve));
  });
  const log = () => readFile(logFile, 'utf8').catch(() => '');
  await expect.poll(log, { timeout: 30_000 }).toContain('accept_thread) maps to pid');
  return { port, log };
}

it("the link binds to Kannel's SMPP server, delivers, takes what it sends, and says what it should", async () => {
  const server = await driveSmpp();
  const relay = await recordingRelay(server.port);
  cleanUp.push(() => relay.close());
  const link = new SmppLink(
    parseSmppUrl(`smpp://foo:bar@127.0.0.1:${relay.port}?bind=separate&systemType=VMA&sourceAddr=123&window=7`),
  );
  cleanUp.push(() => link.close(1_000));
  const incoming: string[] = [];
  link.onIncoming(async ({ source, destination, body }) => {
    incoming.push(`${source} ${destination} ${Buffer.from(body).toString('latin1')}`);
  });
  await expect
    .poll(() => link.binds.map(({ role, state }) => `${role} ${state}`), { timeout: 30_000 })
    .toEqual(['transmitter bound', 'receiver bound']);

  const messages = Array.from({ length: MESSAGES }, (_, n) => {
    const [segment] = renderPush({
      pushId: `push-${n}`,
      destination: '+491701234567',
      attempt: 1,
      acceptedParts: [],
      lane: '',
      refusedBy: [],
      kind: 'package0',
      sessionId: n + 1,
      uiMode: 1,
      account: { serverId: 'omadm', serverPassword: 'secret', serverNonce: Uint8Array.from([1, 2, 3]) },
    });
    if (segment === undefined) throw new Error('no segment');
    return { destination: '+491701234567', ...segment };
  });
  const outcomes = await Promise.all(messages.map((message, n) => link.submit(message, n)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(messages.map(() => 'accepted'));
  await expect.poll(() => incoming.length, { timeout: 30_000 }).toBe(MESSAGES);
  expect(incoming).toEqual(Array.from({ length: MESSAGES }, (_, n) => `456 123 ${n + 1}`));
  // It acknowledged every message and answered every question, as Kannel counts.
  await expect.poll(async () => count(await server.log(), 'PDU of type deliver_sm_resp')).toBe(MESSAGES);
  expect(count(await server.log(), 'PDU of type enquire_link_resp')).toBe(MESSAGES);
  const log = await server.log();
  expect(count(log, 'PDU of type submit_sm')).toBe(MESSAGES);
  expect(log).toContain('ESME has submitted all messages to SMSC');
  await link.close();

  const file = join(folder, 'drive.pcap');
  await writeFile(file, pcapOf(relay.recorded));
  const fields = ['smpp.command_id', 'smpp.source_addr', 'smpp.destination_addr', 'smpp.esm.submit.features'];
  const { stdout } = await run('tshark', [
    ...['-r', file, '-d', `tcp.port==${SMSC_PORT},smpp`, '-Y', 'smpp.command_id == 4'],
    ...['-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])],
    ...['-e', 'smpp.data_coding', '-e', 'smpp.message'],
  ]);
  const submits = stdout.trim().split('\n');
  const octets = submits.flatMap((line) => line.split('|').at(-1)?.split(',') ?? []);
  expect(octets).toHaveLength(MESSAGES);
  expect(octets).toEqual(messages.map(({ udh, body }) => Buffer.concat([udh, body]).toString('hex')));
  expect(submits[0]).toMatch(/123.*\|491701234567/);
  const { stdout: faults } = await run('tshark', [
    ...['-r', file, '-d', `tcp.port==${SMSC_PORT},smpp`, '-Y', 'smpp && _ws.malformed'],
  ]);
  expect(faults).toBe('');
});

function count(text: string, what: string): number {
  return text.split(`${what}\n`).length - 1;
}
