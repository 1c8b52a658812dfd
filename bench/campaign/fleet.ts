import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { median } from '../median.ts';
import type { ServerOfBench } from '../servers.ts';

export interface FleetReport {
  readonly devices: number;
  /** From the first octet until the last line is worked in. */
  readonly importSeconds: number;
  readonly importRowsPerSecond: number;
  /** The part of it that the upload took. */
  readonly uploadSeconds: number;
  /** Medians. */
  readonly pageMs: Readonly<Record<string, number>>;
  readonly countMs: Readonly<Record<string, number>>;
  readonly exportRowsPerSecond: number;
  /** Of the server's process, the most that was seen. */
  readonly peakMebibytes: { readonly import: number; readonly queries: number; readonly export: number };
}

/** Questions that people ask of a fleet: filters of many and of few, each order, and a page from the middle. */
const PAGES: Readonly<Record<string, string>> = {
  newest: '',
  filterOfMany: 'filter=tags==pilot',
  filterOfFew: 'filter=tags==rare',
  filterOfTwo: 'filter=tags=in=(pilot,rare);attributes.customer==C77',
  pattern: 'filter=deviceId==IMEI:4900000000012*',
  sortedByDeviceId: 'sort=deviceId',
  sortedByLastSeen: 'sort=lastSeenAt:desc',
  sortedByCreated: 'sort=createdAt',
  sortedAndFiltered: 'sort=deviceId:desc&filter=tags==pilot',
};
const COUNTS: Readonly<Record<string, string>> = {
  all: '',
  filterOfMany: 'filter=tags==pilot',
  filterOfFew: 'filter=tags==rare',
};
const ROUNDS = 15;
const LOOK_MS = 250;
const MEBIBYTE = 1_048_576;

/** Devices of {@link importFleet}: every third a pilot, every thousandth rare, fifty sites, five thousand customers. */
export function deviceIdOf(n: number): string {
  return `IMEI:${490_000_000_000_000 + n}`;
}

/**
 * Registers so many devices through the REST API and asks for them in the ways that people do.
 * @param devices how many; the server has none yet
 */
export async function measureFleet(server: ServerOfBench, devices: number): Promise<FleetReport> {
  const importing = watchMemory(server);
  const { seconds, uploadSeconds } = await importFleet(server, devices);
  const importPeak = await importing();
  const asking = watchMemory(server);
  const pageMs: Record<string, number> = {};
  for (const [name, query] of Object.entries(PAGES)) pageMs[name] = await medianMs(server, `/api/v1/devices?${query}`);
  const countMs: Record<string, number> = {};
  for (const [name, query] of Object.entries(COUNTS)) {
    countMs[name] = await medianMs(server, `/api/v1/devices/count?${query}`);
  }
  const queriesPeak = await asking();
  const exporting = watchMemory(server);
  const exportSeconds = await readExport(server, devices);
  return {
    devices,
    importSeconds: rounded(seconds),
    importRowsPerSecond: Math.round(devices / seconds),
    uploadSeconds: rounded(uploadSeconds),
    pageMs,
    countMs,
    exportRowsPerSecond: Math.round(devices / exportSeconds),
    peakMebibytes: { import: importPeak, queries: queriesPeak, export: await exporting() },
  };
}

interface Import {
  readonly id: string;
  readonly state: string;
  readonly created: number;
  readonly reason?: string;
}

/**
 * Uploads a CSV that is made as it is sent, and waits until it is worked in.
 * @throws Error when the server has not made every one of them
 */
export async function importFleet(
  { url, token }: ServerOfBench,
  devices: number,
): Promise<{ readonly seconds: number; readonly uploadSeconds: number }> {
  const began = performance.now();
  const headers = { Authorization: `Bearer ${token}` };
  const upload = request(`${url}/api/v1/devices/import?policy=create`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' },
  });
  const answered = new Promise<string>((resolve, reject) => {
    upload.on('error', reject);
    upload.on('response', (response) => {
      void response.toArray().then((chunks) => resolve(Buffer.concat(chunks as Buffer[]).toString()), reject);
    });
  });
  await pipeline(Readable.from(packed(devices)), upload);
  const { id } = JSON.parse(await answered) as Import;
  const uploadSeconds = (performance.now() - began) / 1_000;
  for (;;) {
    const response = await fetch(`${url}/api/v1/imports/${id}`, { headers });
    const { state, created, reason } = (await response.json()) as Import;
    if (state === 'completed' && created === devices)
      return { seconds: (performance.now() - began) / 1_000, uploadSeconds };
    if (state === 'completed' || state === 'failed') throw new Error(`the import ${state}: ${created}, ${reason}`);
    await pause(LOOK_MS);
  }
}

const LINES_AT_ONCE = 5_000;

/** Several gzip members one after the other are one gzip file. */
function* packed(devices: number): Generator<Uint8Array> {
  const lines = [
    'deviceId,msisdn,imsi,tags,attributes.customer,timeZone,auth,clientUsername,clientPassword,serverPassword',
  ];
  for (let n = 0; n < devices; n++) {
    const tags = [...(n % 3 === 0 ? ['pilot', `site-${n % 50}`] : []), ...(n % 1_000 === 0 ? ['rare'] : [])].join('|');
    lines.push(
      `${deviceIdOf(n)},+49${1_700_000_000 + n},26201${1_000_000_000 + n},${tags},C${n % 5_000},Europe/Berlin,md5,device${n},client-${n},server-${n}`,
    );
    if (lines.length < LINES_AT_ONCE) continue;
    yield gzipSync(`${lines.join('\n')}\n`, { level: 1 });
    lines.length = 0;
  }
  if (lines.length > 0) yield gzipSync(`${lines.join('\n')}\n`, { level: 1 });
}

async function medianMs({ url, token }: ServerOfBench, path: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const response = await fetch(url + path, { headers: { Authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
    times.push(performance.now() - began);
  }
  return rounded(median(times));
}

async function readExport({ url, token }: ServerOfBench, devices: number): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${url}/api/v1/devices/export`, { headers: { Authorization: `Bearer ${token}` } });
  let lines = 0;
  for await (const chunk of response.body ?? []) {
    for (const octet of chunk as Uint8Array) if (octet === 0x0a) lines += 1;
  }
  if (lines !== devices + 1) throw new Error(`the export has ${lines} lines`);
  return (performance.now() - began) / 1_000;
}

/** Looks now and then until it is asked for the most it has seen, in mebibytes. */
export function watchMemory({ url, token }: ServerOfBench): () => Promise<number> {
  let peak = 0;
  let isOn = true;
  const look = async (): Promise<void> => {
    const response = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
    const octets = Number(/^process_resident_memory_bytes (\S+)/m.exec(await response.text())?.[1]);
    if (octets > peak) peak = octets;
  };
  const watching = (async () => {
    for (; isOn; await pause(LOOK_MS)) await look();
  })();
  return async () => {
    isOn = false;
    await watching;
    await look();
    return Math.round(peak / MEBIBYTE);
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
