/**
 * `npm run demo`: the whole flow on loopback, step by step. A server with an embedded PostgreSQL in a temporary folder,
 * a simulated SMSC, and one virtual device for each way of speaking. Exits 0 only when every device's tree holds every
 * value of the package. `-- --keep` leaves the server running until Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { type RunningServer, startServer } from '../src/main.ts';
import { compileDocument } from '../src/provisioning/compile-document.ts';
import { type ExpectedLeaf, expectedLeaves } from '../src/provisioning/expected-leaves.ts';
import { instantiateCommands } from '../src/provisioning/instantiate-commands.ts';
import type { DeviceEvent } from '../src/simulators/device/device-options.ts';
import { describeEvent } from '../src/simulators/device/report.ts';
import { VirtualDevice } from '../src/simulators/device/virtual-device.ts';
import { type Smsc, startSmsc } from '../src/simulators/smsc/smsc.ts';
import { ApiClient, type DeliveryReport, endOfDelivery } from './api-client.ts';

const SAMPLE = 'apn-and-browser';
const SERVER_ID = 'omadm-demo';
const WAYS = [
  { encoding: 'wbxml', auth: 'md5' },
  { encoding: 'wbxml', auth: 'basic' },
  { encoding: 'xml', auth: 'md5' },
  { encoding: 'xml', auth: 'basic' },
] as const;

const colour = process.stdout.isTTY;
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const step = (text: string): void => say(`\n${paint(1, text)}`);
const done = (text: string): void => say(`  ${paint(32, '✓')} ${text}`);

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });

const folder = mkdtempSync(join(tmpdir(), 'omadm-demo-'));
// As root, PostgreSQL runs as somebody else, who has to get through here to its cluster.
chmodSync(folder, 0o711);
let server: RunningServer | undefined;
let smsc: Smsc | undefined;
let code = 1;
try {
  code = await demo();
} catch (error) {
  say(`\n${paint(31, 'The demo failed.')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
} finally {
  await server?.stop();
  await smsc?.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

async function demo(): Promise<number> {
  step('1. An SMS centre, a PostgreSQL and a server, all on loopback');
  smsc = await startSmsc();
  done(`simulated SMSC on port ${smsc.port}`);
  const token = randomBytes(24).toString('base64url');
  const password = randomBytes(12).toString('base64url');
  server = await startServer(
    readConfig({
      PORT: options.keep ? '' : '0',
      DATA_DIR: folder,
      DM_SERVER_ID: SERVER_ID,
      SMPP_URL: `smpp://demo:demo@127.0.0.1:${smsc.port}`,
      ADMIN_TOKEN: token,
      ADMIN_PASSWORD: password,
      LOG_LEVEL: 'warn',
    }),
  );
  await server.ready;
  done(`server at ${server.url}, its PostgreSQL in a temporary folder`);
  const api = new ApiClient(server.url, token);

  step(`2. POST /api/v1/packages with provisioning-xml/${SAMPLE}.xml`);
  const xml = readFileSync(new URL(`../provisioning-xml/${SAMPLE}.xml`, import.meta.url));
  const uploaded = await api.upload<{ id: string; revision: number; commandCount: number }>(
    `/api/v1/packages?name=${SAMPLE}`,
    xml,
  );
  const expected = leavesOf(xml);
  done(`revision ${uploaded.revision}: ${uploaded.commandCount} commands that will leave ${expected.size} values`);

  let good = 0;
  for (const [index, way] of WAYS.entries()) {
    step(
      `${index + 3}. A DM/1.1 device that speaks ${way.encoding.toUpperCase()} with ${way.auth === 'md5' ? 'MD5' : 'Basic'} credentials`,
    );
    if (await deliver(api, smsc, server.url, uploaded.id, expected, way, index)) good += 1;
  }

  step(`${WAYS.length + 3}. The report`);
  say(`  ${good} of ${WAYS.length} devices hold every value of ${SAMPLE}.`);
  if (options.keep && good === WAYS.length) {
    say(`\n  The server keeps running at ${paint(1, server.url)}; its admin token is ${token}`);
    say(`  curl -H 'Authorization: Bearer ${token}' ${server.url}/api/v1/deliveries`);
    say(`  The web page is there too, once npm run build has built it: sign in as admin with ${password}`);
    say('  Ctrl-C ends it.');
    await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  }
  return good === WAYS.length ? 0 : 1;
}

async function deliver(
  api: ApiClient,
  centre: Smsc,
  serverUrl: string,
  packageId: string,
  expected: ReadonlyMap<string, ExpectedLeaf>,
  way: (typeof WAYS)[number],
  index: number,
): Promise<boolean> {
  const deviceId = `IMEI:49015420323751${index}`;
  const msisdn = `4366412345${index}`;
  const account = {
    client: { username: `phone${index}`, password: secret(), nonce: randomBytes(16) },
    server: { password: secret(), nonce: randomBytes(16) },
  };
  await api.post('/api/v1/devices', {
    deviceId,
    msisdn,
    dm: {
      auth: way.auth,
      client: { ...account.client, nonce: account.client.nonce.toString('base64') },
      server: { ...account.server, nonce: account.server.nonce.toString('base64') },
    },
  });
  done(`POST /api/v1/devices: ${deviceId}, number ${msisdn}`);

  const device = new VirtualDevice({
    deviceId,
    serverUrl: `${serverUrl}/dm`,
    encoding: way.encoding,
    auth: way.auth,
    client: account.client,
    server: { id: SERVER_ID, ...account.server },
    observe: (event) => show(event),
  });
  const handset = await device.attachToSmsc({ host: centre.host, port: centre.port, msisdn });
  try {
    const queued = await api.post<DeliveryReport>('/api/v1/deliveries', { packageId, deviceId });
    done(`POST /api/v1/deliveries: ${queued.state}; Package #0 goes out over SMPP`);
    const report = await endOfDelivery(api, queued.id);
    await device.whenIdle();
    const refused = report.results.filter(({ status }) => status === undefined || status >= 300);
    done(
      `GET /api/v1/deliveries/${report.id}: ${report.state}, ${report.results.length} results, ${refused.length} refused`,
    );
    if (report.failure !== undefined) say(`    ${paint(31, report.failure.message)}`);
    const wrong = differences(device, expected);
    for (const line of wrong) say(`    ${paint(31, line)}`);
    if (wrong.length === 0) done(`the device's tree holds all ${expected.size} values`);
    return wrong.length === 0 && report.state === 'succeeded';
  } finally {
    await handset.close();
  }
}

function show(event: DeviceEvent): void {
  if (event.kind === 'executed') return;
  for (const line of describeEvent(event, false)) say(`    ${paint(2, `device  ${line}`)}`);
}

function leavesOf(xml: Uint8Array): Map<string, ExpectedLeaf> {
  const compilation = compileDocument(xml);
  if (!compilation.ok) throw new Error(`${SAMPLE}.xml is faulty: ${JSON.stringify(compilation.faults)}`);
  const commands = instantiateCommands(compilation.document.commands, {});
  if (!commands.ok) throw new Error(`${SAMPLE}.xml needs values: ${commands.missing.join(', ')}`);
  return expectedLeaves(commands.commands);
}

/** What the tree of the device itself says, asked of nobody else. */
function differences(device: VirtualDevice, expected: ReadonlyMap<string, ExpectedLeaf>): string[] {
  const held = device.tree.leaves();
  const wrong: string[] = [];
  for (const [locUri, { value }] of expected) {
    const leaf = held.get(locUri);
    const found = leaf?.value instanceof Uint8Array ? Buffer.from(leaf.value).toString('base64') : leaf?.value;
    if (leaf === undefined) wrong.push(`${locUri} is missing`);
    else if (value !== undefined && found !== value) wrong.push(`${locUri} holds ${String(found)} instead of ${value}`);
  }
  return wrong;
}

function secret(): string {
  return randomBytes(9).toString('base64url');
}
