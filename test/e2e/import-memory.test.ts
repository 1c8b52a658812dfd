import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../setup/postgres.ts';
import { ADMIN_TOKEN, ServerProcess } from './server-process.ts';

const FEW = 10_000;
const MANY = 100_000;
/** Octets that no reader can do without: a line of the longer file is about a kilobyte. */
const PADDING = 'x'.repeat(250);
const MEBIBYTE = 1_048_576;

/** So that what lives counts, not what is yet to be collected. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=160' };

let database: TestDatabase;
let server: ServerProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  server = new ServerProcess({ databaseUrl: database.url, port: await freePort(), env: HEAP });
  await server.start();
});
afterAll(async () => {
  await server.kill();
  await database.drop();
});

const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };

async function memory(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

function* lines(count: number, prefix: string): Generator<string> {
  yield 'deviceId,tags,attributes.a,attributes.b,attributes.c,attributes.d\n';
  for (let n = 0; n < count; n++) {
    // One in a hundred cannot be read.
    const quote = n % 100 === 99 ? '"' : '';
    yield `${prefix}${n},${quote}pilot,${PADDING},${PADDING},${PADDING},${PADDING}\n`;
  }
}

interface Import {
  readonly id: string;
  readonly state: string;
  readonly created: number;
  readonly refused: number;
}

/** Uploads and waits for its end. @returns the most memory that was seen */
async function imported(count: number, prefix: string): Promise<{ readonly done: Import; readonly peak: number }> {
  const upload = request(`${server.url}/api/v1/devices/import?policy=create`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'text/csv' },
  });
  const answered = new Promise<string>((resolve, reject) => {
    upload.on('error', reject);
    upload.on('response', async (response) => resolve((await Readable.from(response).toArray()).join('')));
  });
  await pipeline(Readable.from(lines(count, prefix)), upload);
  const { id } = JSON.parse(await answered) as Import;
  let peak = 0;
  for (;;) {
    peak = Math.max(peak, await memory());
    const done = (await (await fetch(`${server.url}/api/v1/imports/${id}`, { headers })).json()) as Import;
    if (!['queued', 'running'].includes(done.state)) return { done, peak };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('an import and an export of 100,000 lines take no more memory than those of a few', {
  timeout: 600_000,
}, async () => {
  const few = await imported(FEW, 'few-');
  expect(few.done).toMatchObject({ state: 'completed', created: FEW - FEW / 100, refused: FEW / 100 });
  const many = await imported(MANY, 'many-');
  expect(many.done).toMatchObject({ state: 'completed', created: MANY - MANY / 100, refused: MANY / 100 });
  // The file is as large as that; held anywhere it would show.
  expect(many.peak - few.peak).toBeLessThan(80 * MEBIBYTE);

  let octets = 0;
  let peak = 0;
  const response = await fetch(`${server.url}/api/v1/devices/export?format=ndjson`, { headers });
  for await (const chunk of response.body ?? []) {
    octets += (chunk as Uint8Array).length;
    if (octets % 64 === 0) peak = Math.max(peak, await memory());
  }
  expect(octets).toBeGreaterThan(100 * 1_000_000);
  expect(Math.max(peak, await memory()) - few.peak).toBeLessThan(80 * MEBIBYTE);
});
