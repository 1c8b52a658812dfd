/**
 * `npm run bench:ota`: settings in two short messages, signed with a PIN, from the request until the SMS centre has taken
 * both: through the REST API, one request a recipient at concurrency 16 and as lists of 1,000, beside Kannel's bearerbox
 * and smsbox (`sendota`, which takes one number a request, at concurrency 16) with the same document and PIN, on the same
 * machine and against the same simulated SMS centre. Each waits for ten answers at most, as Kannel does by default.
 *
 * The server is a process of its own, like Kannel's two; the SMS centre and whoever calls run in this one. PostgreSQL keeps
 * its durability, Kannel its queue in memory. The rounds alternate. Needs the Debian packages kannel and kannel-extras. The
 * last line is JSON; its ratios are ours over Kannel's pushes a second.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { type Smsc, startSmsc } from '../src/simulators/smsc/smsc.ts';

const { values } = parseArgs({
  options: {
    pushes: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
  },
});
const PUSHES = Number(values.pushes);
const CONCURRENCY = Number(values.concurrency);
const ROUNDS = Number(values.rounds);
const LIST = 1_000;
const PARTS = 2;
const PIN = '1234';
const PATIENCE_MS = 60_000;
const TOKEN = randomBytes(24).toString('base64url');
const SETTINGS = {
  name: 'Operator',
  connection: { type: 'packet', apn: 'internet.operator.example', username: 'guest', password: 'guest' },
};
const PROLOGUE = `<?xml version="1.0"?>
<!DOCTYPE wap-provisioningdoc PUBLIC "-//WAPFORUM//DTD PROV 1.0//EN" "http://www.wapforum.org/DTD/prov.dtd">
`;

const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'bench-ota-'));
const postgres = await startEmbeddedPostgres();
const smsc = await startSmsc({ deliverWithoutHandset: true });
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
let numbers = 0;
let code = 0;
try {
  await main();
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await smsc.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);

async function main(): Promise<void> {
  const server = await launchServer();
  const kannel = await launchKannel();
  const preview = await call<{ xml: string; parts: number }>(`${server}/api/v1/ota/preview`, {
    settings: SETTINGS,
    security: { type: 'USERPIN' },
  });
  if (preview.parts !== PARTS) throw new Error(`the document takes ${preview.parts} short messages`);
  const sendota = kannelUrl(kannel, preview.xml);
  const single = (to: string) => call(`${server}/api/v1/ota`, order(to));
  const contestants = [
    { name: 'single', send: (to: readonly string[]) => inParallel(to, CONCURRENCY, single) },
    { name: 'list', send: (to: readonly string[]) => inParallel(chunks(to), 1, (some) => single(some.join(','))) },
    { name: 'kannel', send: (to: readonly string[]) => inParallel(to, CONCURRENCY, (one) => get(sendota(one))) },
  ];
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, send } of contestants) {
      // The first round only warms up.
      const to = Array.from({ length: round === 0 ? 100 : PUSHES }, () => `+4917${String(++numbers).padStart(8, '0')}`);
      const rate = to.length / (await secondsUntilTaken(to, send));
      if (round > 0) rates.get(name)?.push(rate);
      if (round > 0) console.log(`round ${round}: ${name.padEnd(6)} ${rate.toFixed(0)} pushes/s`);
    }
  }
  const rate = (name: string): number => median(rates.get(name) ?? []);
  const ratio = (name: string): number => Math.round((rate(name) / rate('kannel')) * 100) / 100;
  console.log(
    JSON.stringify({
      bench: 'ota',
      pushes: PUSHES,
      parts: PARTS,
      concurrency: CONCURRENCY,
      list: LIST,
      singlePerSecond: Math.round(rate('single')),
      listPerSecond: Math.round(rate('list')),
      kannelPerSecond: Math.round(rate('kannel')),
      singleRatio: ratio('single'),
      listRatio: ratio('list'),
    }),
  );
}

/** From the first request until the SMS centre has taken every short message. */
async function secondsUntilTaken(
  to: readonly string[],
  send: (to: readonly string[]) => Promise<unknown>,
): Promise<number> {
  const awaited = new Map(to.map((number) => [number.slice(1), PARTS]));
  let taken: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const stop = smsc.onPush(({ destination }) => {
    const number = destination.replace(/^\+/, '');
    const left = (awaited.get(number) ?? 0) - 1;
    if (left > 0) awaited.set(number, left);
    else if (awaited.delete(number) && awaited.size === 0) taken();
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${awaited.size} pushes did not arrive`)), PATIENCE_MS);
  });
  const started = performance.now();
  await Promise.race([Promise.all([send(to), all]), late]);
  const seconds = (performance.now() - started) / 1_000;
  clearTimeout(timer);
  stop();
  return seconds;
}

function order(recipients: string): object {
  return { settings: SETTINGS, recipients, security: { type: 'USERPIN', pin: PIN } };
}

function chunks(to: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(to.length / LIST) }, (_, index) => to.slice(index * LIST, (index + 1) * LIST));
}

function call<T>(url: string, body: object): Promise<T> {
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
  return exchange('POST', url, headers, JSON.stringify(body)) as Promise<T>;
}

function get(url: string): Promise<unknown> {
  return exchange('GET', url, {}, '');
}

function exchange(method: string, url: string, headers: Record<string, string>, body: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const out = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        if (response.statusCode !== 200 && response.statusCode !== 202) reject(new Error(`${url}: ${text}`));
        else resolve(text.startsWith('{') ? JSON.parse(text) : text);
      });
    });
    out.on('error', reject);
    out.end(body);
  });
}

async function launchServer(): Promise<string> {
  const script = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATABASE_URL: postgres.url,
      SECRET_KEY: randomBytes(32).toString('base64'),
      ADMIN_TOKEN: TOKEN,
      SMPP_URL: `smpp://bench:bench@127.0.0.1:${smsc.port}?window=10`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const exited = once(child, 'exit').then(([status]) => Promise.reject(new Error(`the server ended with ${status}`)));
  exited.catch(() => {});
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /"url":"(http:[^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([ready, exited]);
  await until((one) => one.links === 1, 'the server does not bind');
  return url;
}

async function launchKannel(): Promise<number> {
  const [adminPort, boxPort, sendSmsPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'kannel.conf');
  writeFileSync(
    config,
    `group = core
admin-port = ${adminPort}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = ${boxPort}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
log-file = "${join(folder, 'bearerbox.log')}"
log-level = 3

group = smsc
smsc = smpp
host = 127.0.0.1
port = ${smsc.port}
smsc-username = bench
smsc-password = bench
system-type = ""
transceiver-mode = true

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${sendSmsPort}
sendsms-interface = 127.0.0.1
sendota-url = /cgi-bin/sendota
global-sender = 1234
log-file = "${join(folder, 'smsbox.log')}"
log-level = 3

group = sendsms-user
username = u
password = p
max-messages = 255
concatenation = true

group = sms-service
keyword = default
text = ""
`,
  );
  const run = (program: string): void => {
    const child = spawn(program, [config], {
      stdio: 'ignore',
      cwd: folder,
      env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    child.on('error', () => undefined);
    children.push(child);
  };
  run('bearerbox');
  await until((one) => one.links === 2, 'Kannel’s bearerbox does not bind; Debian has it in kannel');
  run('smsbox');
  await until(
    () =>
      get(`http://127.0.0.1:${sendSmsPort}/cgi-bin/sendota`).then(
        () => true,
        (error: Error) => !('code' in error),
      ),
    'Kannel’s smsbox does not answer; Debian has it in kannel',
  );
  return sendSmsPort;
}

function kannelUrl(port: number, xml: string): (to: string) => string {
  const text = PROLOGUE + xml.replace(/^<\?xml[^>]*\?>\s*/, '');
  const pin = [...PIN].map((digit) => `%${digit.charCodeAt(0).toString(16)}`).join('');
  const fixed = `username=u&password=p&from=1234&type=oma-settings&sec=userpin&pin=${pin}&text=${encodeURIComponent(text)}`;
  return (to) => `http://127.0.0.1:${port}/cgi-bin/sendota?${fixed}&phonenumber=${encodeURIComponent(to)}`;
}

async function until(holds: (one: Smsc) => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await holds(smsc))) {
    if (Date.now() > giveUpAt) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function inParallel<T>(list: readonly T[], lanes: number, act: (one: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < list.length; index = next++) await act(list[index] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}
