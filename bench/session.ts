/**
 * `npm run bench:session`: N virtual devices go through whole authenticated sessions (WBXML, MD5, one package of 20
 * commands) against the real server and a real PostgreSQL, beside a floor measured in the same run: a bare Koa and pg
 * handler that does one select and one committed update a POST, given the same number of POSTs of the same size.
 *
 * Server and floor are processes of their own, the devices run in this one; PostgreSQL keeps its durability. The rounds
 * alternate, so that a noisy machine hits both alike. The last line is JSON.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { ApiClient } from '../scripts/api-client.ts';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { createHttpTransport, type Transport } from '../src/simulators/device/http-transport.ts';
import { VirtualDevice } from '../src/simulators/device/virtual-device.ts';
import { inParallel } from './in-parallel.ts';
import { killLaunched, launch } from './launch.ts';
import { median } from './median.ts';

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '300' },
    concurrency: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
  },
});
const DEVICES = Number(values.devices);
const CONCURRENCY = Number(values.concurrency);
const ROUNDS = Number(values.rounds);
const COMMANDS = 20;
const TOKEN = randomBytes(24).toString('base64url');

const postgres = await startEmbeddedPostgres();
let code = 0;
try {
  await main();
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  killLaunched();
  await postgres.stop();
}
process.exit(code);

async function main(): Promise<void> {
  const server = await launch('../src/main.ts', /"url":"(http:[^"]+)".*"msg":"ready"/, {
    PORT: '0',
    DATABASE_URL: postgres.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
    ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'info',
  });
  const floor = await launch('./session-floor.ts', /listening (http:\S+)/, { DATABASE_URL: postgres.url });
  const api = new ApiClient(server, TOKEN);
  const { id: packageId } = await api.upload<{ id: string }>('/api/v1/packages?name=bench', Buffer.from(packageXml()));

  const sizes: number[] = [];
  const http = createHttpTransport();
  const counting: Transport = (one) => {
    sizes.push(one.body.length);
    return http(one);
  };
  const fleet = await inParallel(Array.from({ length: DEVICES }), 8, (_, index) =>
    register(api, server, counting, index),
  );

  // Both warm up on a tenth.
  await prepare(api, packageId, fleet.slice(0, DEVICES / 10));
  await inParallel(fleet.slice(0, DEVICES / 10), CONCURRENCY, runSession);
  await flood(floor, sizes.slice());

  const sessionRates: number[] = [];
  const floorRates: number[] = [];
  let posts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await prepare(api, packageId, fleet);
    sizes.length = 0;
    const sessionSeconds = await seconds(() => inParallel(fleet, CONCURRENCY, runSession));
    posts = sizes.length;
    const floorSeconds = await seconds(() => flood(floor, sizes.slice()));
    sessionRates.push(posts / sessionSeconds);
    floorRates.push(posts / floorSeconds);
    console.log(
      `round ${round + 1}: ${(DEVICES / sessionSeconds).toFixed(0)} sessions/s (${(posts / sessionSeconds).toFixed(0)} POST/s), floor ${(posts / floorSeconds).toFixed(0)} POST/s`,
    );
  }
  const ratio = median(sessionRates) / median(floorRates);
  console.log(
    JSON.stringify({
      bench: 'session',
      devices: DEVICES,
      concurrency: CONCURRENCY,
      commandsPerSession: COMMANDS,
      postsPerSession: posts / DEVICES,
      sessionsPerSecond: round1((median(sessionRates) * DEVICES) / posts),
      postsPerSecond: round1(median(sessionRates)),
      floorPostsPerSecond: round1(median(floorRates)),
      ratioToFloor: Math.round(ratio * 1000) / 1000,
    }),
  );
}

async function register(api: ApiClient, server: string, transport: Transport, index: number): Promise<VirtualDevice> {
  const deviceId = `IMEI:bench-${index}`;
  const client = { username: `user${index}`, password: 'client-secret', nonce: randomBytes(16) };
  const account = { password: 'server-secret', nonce: randomBytes(16) };
  await api.post('/api/v1/devices', {
    deviceId,
    dm: {
      auth: 'md5',
      client: { ...client, nonce: client.nonce.toString('base64') },
      server: { ...account, nonce: account.nonce.toString('base64') },
    },
  });
  return new VirtualDevice({
    deviceId,
    serverUrl: `${server}/dm`,
    encoding: 'wbxml',
    auth: 'md5',
    client,
    server: { id: 'omadm', ...account },
    transport,
    recordExecutions: false,
  });
}

/** Queues a delivery for every device; not part of what is measured. */
async function prepare(api: ApiClient, packageId: string, fleet: readonly VirtualDevice[]): Promise<void> {
  await inParallel(fleet, 8, ({ deviceId }) => api.post('/api/v1/deliveries', { packageId, deviceId, trigger: false }));
}

async function runSession(device: VirtualDevice): Promise<void> {
  const outcome = await device.runSession();
  if (outcome.end !== 'completed' || outcome.executed !== COMMANDS || !outcome.serverAuthenticated) {
    throw new Error(`a session of ${device.deviceId} went wrong: ${JSON.stringify(outcome)}`);
  }
}

function packageXml(): string {
  const commands = Array.from(
    { length: COMMANDS },
    (_, index) =>
      `<Replace><CmdID>${index + 1}</CmdID><Item><Target><LocURI>./Vendor/Bench/Node${index}</LocURI></Target><Meta><Format xmlns="syncml:metinf">chr</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta><Data>value number ${index} of the benchmark</Data></Item></Replace>`,
  );
  return `<SyncBody xmlns="SYNCML:SYNCML1.1">${commands.join('')}</SyncBody>`;
}

/** The same POSTs, sizes and concurrency, with nothing in them. */
function flood(url: string, sizes: readonly number[]): Promise<unknown> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  return inParallel(sizes, CONCURRENCY, (size, index) =>
    post(`${url}/${index % DEVICES}`, Buffer.alloc(size, 0x61), agent),
  );
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const out = request(url, { method: 'POST', agent, headers: { 'Content-Length': body.length } }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`floor: ${response.statusCode}`)),
      );
    });
    out.on('error', reject);
    out.end(body);
  });
}

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return (performance.now() - started) / 1000;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
