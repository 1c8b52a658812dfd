/**
 * `npm run bench:ota`: settings in two short messages, signed with a PIN, from the request until the SMS centre has taken
 * both: through the REST API, one request a recipient at concurrency 16 and as lists of 1,000, beside Kannel's bearerbox
 * and smsbox (`sendota`, which takes one number a request, at concurrency 16) with the same document and PIN, on the same
 * machine and against the same simulated SMS centre. Each waits for ten answers at most, as Kannel does by default.
 *
 * The server is a process of its own, like Kannel's two; the SMS centre and whoever calls run in this one. PostgreSQL keeps
 * its durability, Kannel its queue in memory. The rounds alternate. Needs the Debian packages kannel and kannel-extras. The
 * last line is JSON; its ratios are ours over Kannel's pushes a second. Kannel asks for no receipts in `sendota`, so neither do
 * we, unless `--receipts` is given.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { startKannel } from '../scripts/start-kannel.ts';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start-embedded-postgres.ts';
import { type Smsc, startSmsc } from '../src/simulators/smsc/smsc.ts';
import { inParallel } from './in-parallel.ts';
import { killLaunched, launch } from './launch.ts';
import { median } from './median.ts';

const { values } = parseArgs({
  options: {
    pushes: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
    receipts: { type: 'boolean', default: false },
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

let closeKannel = (): void => {};
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
  killLaunched();
  closeKannel();
  await smsc.close();
  await postgres.stop();
}
process.exit(code);

async function main(): Promise<void> {
  const server = await launchServer();
  const kannel = await startKannel(smsc);
  closeKannel = kannel.close;
  const preview = await call<{ xml: string; parts: number }>(`${server}/api/v1/ota/preview`, {
    settings: SETTINGS,
    security: { type: 'USERPIN' },
  });
  if (preview.parts !== PARTS) throw new Error(`the document takes ${preview.parts} short messages`);
  const sendota = kannelUrl(kannel.sendotaUrl, preview.xml);
  const single = (to: string) => call(`${server}/api/v1/ota`, order(to));
  const contestants = [
    { name: 'single', send: (to: readonly string[]) => inParallel(to, CONCURRENCY, single) },
    { name: 'list', send: (to: readonly string[]) => inParallel(chunks(to), 1, (some) => single(some.join(','))) },
    { name: 'kannel', send: (to: readonly string[]) => inParallel(to, CONCURRENCY, (one) => get(sendota(one))) },
  ];
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, send } of contestants) {
      // The first round warms up, and is as long as the others: the compiler needs it.
      const to = Array.from({ length: PUSHES }, () => `+4917${String(++numbers).padStart(8, '0')}`);
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
      receipts: values.receipts,
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
  const url = await launch('../src/main.ts', /"url":"(http:[^"]+)".*"msg":"ready"/, {
    PORT: '0',
    DATABASE_URL: postgres.url,
    SECRET_KEY: randomBytes(32).toString('base64'),
    ADMIN_TOKEN: TOKEN,
    SMPP_URL: `smpp://bench:bench@127.0.0.1:${smsc.port}?window=10&registeredDelivery=${values.receipts ? 1 : 0}`,
  });
  await until((one) => one.links === 1, 'the server does not bind');
  return url;
}

function kannelUrl(sendotaUrl: string, xml: string): (to: string) => string {
  const text = PROLOGUE + xml.replace(/^<\?xml[^>]*\?>\s*/, '');
  const pin = [...PIN].map((digit) => `%${digit.charCodeAt(0).toString(16)}`).join('');
  const fixed = `${sendotaUrl}&type=oma-settings&sec=userpin&pin=${pin}&text=${encodeURIComponent(text)}`;
  return (to) => `${fixed}&phonenumber=${encodeURIComponent(to)}`;
}

async function until(holds: (one: Smsc) => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await holds(smsc))) {
    if (Date.now() > giveUpAt) throw new Error(otherwise);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
