import { request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN } from './server-process.ts';
import { registerDevice, type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const PATH = '/api/v1/events';

interface Event {
  readonly id: string;
  readonly kind: string;
  readonly deviceId?: string;
  readonly data: { readonly n?: number };
}

let server: ServerUnderTest;
let database: pg.Client;
beforeAll(async () => {
  server = await startServerUnderTest();
  database = new pg.Client({ connectionString: server.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await server?.stop();
});

/** A program that reads a stream. */
class Stream {
  #text = '';
  #abort = new AbortController();
  status = 0;
  hasEnded = false;

  static async open(url: string, query = '', lastEventId?: string, path = PATH): Promise<Stream> {
    const stream = new Stream();
    const response = await fetch(`${url}${path}${query}`, {
      signal: stream.#abort.signal,
      headers: {
        Authorization: `Bearer ${ADMIN_TOKEN}`,
        Accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
      },
    });
    stream.status = response.status;
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    void stream.#read(response);
    await expect.poll(() => stream.lastId, WAIT).not.toBe('');
    return stream;
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        this.#text += decoder.decode(chunk, { stream: true });
      }
      this.hasEnded = true;
    } catch {
      // Closed by us.
    }
  }

  get events(): readonly Event[] {
    return [...this.#text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? '') as Event);
  }

  /** As a browser keeps it. */
  get lastId(): string {
    return [...this.#text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  }

  close(): void {
    this.#abort.abort();
  }
}

const write = (kind: string, n: number) =>
  database.query('INSERT INTO event (kind, data, at) VALUES ($1, $2, now())', [kind, { n }]);
const numbers = ({ events }: Pick<Stream, 'events'>) => events.map(({ data }) => data.n);

describe('the stream of events', () => {
  it('tells a program of a delivery that ends, in the words of the page', async () => {
    const stream = await Stream.open(server.url, '?kind=delivery.*');
    const device = await registerDevice(server, { deviceId: 'IMEI:490154203237518', auth: 'md5' });
    const xml = '<Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>';
    const { id: packageId } = await server.api.upload<{ id: string }>('/api/v1/packages?name=e', Buffer.from(xml));
    const { id } = await server.api.post<{ id: string }>('/api/v1/deliveries', {
      packageId,
      deviceId: device.deviceId,
    });
    await device.start().runSession();
    await expect
      .poll(() => stream.events, WAIT)
      .toMatchObject([
        { kind: 'delivery.succeeded', deviceId: device.deviceId, data: { id, from: 'delivering', packageId } },
      ]);
    stream.close();
    const { items } = await server.api.get<{ items: Event[] }>(`${PATH}?kind=delivery.succeeded`);
    expect(items).toEqual(stream.events);
  });

  it('of one campaign tells of that alone, as a page and as a stream, and there is none of a campaign that is not', async () => {
    const { id: packageId } = await server.api.upload<{ id: string }>(
      '/api/v1/packages?name=c',
      Buffer.from('<Get><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>'),
    );
    const make = (name: string) =>
      server.api.post<{ id: string }>('/api/v1/campaigns', {
        name,
        content: { kind: 'package', packageId },
        target: { kind: 'list', devices: ['IMEI:1'] },
      });
    const [one] = [await make('one'), await make('two')];
    const path = `/api/v1/campaigns/${one.id}/events`;
    const page = () => server.api.get<{ items: Event[] }>(path);
    await expect.poll(async () => (await page()).items.map(({ kind }) => kind), WAIT).toEqual(['campaign.draft']);
    const stream = await Stream.open(server.url, '?after=1.1', undefined, path);
    await expect.poll(() => stream.events, WAIT).toEqual((await page()).items);
    stream.close();
    const unknown = path.replace(one.id, '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a');
    await expect(server.api.get(unknown)).rejects.toThrow('404');
  });

  it('goes on where a client broke off, which misses nothing and gets nothing twice', async () => {
    const stream = await Stream.open(server.url, '?kind=test.*');
    await write('test.a', 1);
    await write('other.a', 0);
    await write('test.b', 2);
    await expect.poll(() => numbers(stream), WAIT).toEqual([1, 2]);
    const last = stream.events[0]?.id ?? '';
    stream.close();
    await write('test.a', 3);
    const again = await Stream.open(server.url, '?kind=test.*', last);
    await write('test.a', 4);
    await expect.poll(() => numbers(again), WAIT).toEqual([2, 3, 4]);
    again.close();
    const before = await Stream.open(server.url, '?kind=test.*');
    const place = before.lastId;
    before.close();
    await write('test.a', 5);
    const third = await Stream.open(server.url, `?kind=test.*&after=${place}`);
    await expect.poll(() => numbers(third), WAIT).toEqual([5]);
    third.close();
  });

  it('is the same for many clients, and one that does not read holds nobody up', { timeout: 120_000 }, async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => Stream.open(server.url, '?kind=many.*')));
    const idle = request(`${server.url}${PATH}?kind=many.*`, {
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, Accept: 'text/event-stream' },
    });
    idle.on('error', () => {});
    const answered = new Promise<void>((resolve) => {
      idle.on('response', (response) => {
        response.pause();
        resolve();
      });
    });
    idle.end();
    await answered;
    const count = 3_000;
    const filling = 'x'.repeat(500);
    await database.query(
      `INSERT INTO event (kind, data, at) SELECT 'many.one', json_build_object('n', n, 'filling', $2::text), now()
      FROM generate_series(1, $1) n`,
      [count, filling],
    );
    for (const client of clients) await expect.poll(() => client.events.length, WAIT).toBe(count);
    const expected = Array.from({ length: count }, (_, n) => n + 1);
    for (const client of clients) expect(numbers(client)).toEqual(expected);
    for (const client of clients) client.close();
    idle.destroy();
  });

  it('refuses a place that is none, and kinds that are none', async () => {
    const call = (query: string) =>
      fetch(`${server.url}${PATH}${query}`, {
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, Accept: 'text/event-stream' },
      });
    expect((await call('?after=nowhere')).status).toBe(400);
    expect((await call('?kind=Campaign')).status).toBe(400);
    expect((await call('?campaignId=none')).status).toBe(400);
  });

  it('ends when the server stops, which does not wait for it', async () => {
    const other = await startServerUnderTest();
    const stream = await Stream.open(other.url);
    await other.stop();
    await expect.poll(() => stream.hasEnded, WAIT).toBe(true);
  });
});
