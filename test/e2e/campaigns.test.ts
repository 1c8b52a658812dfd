import { afterEach, expect, it } from 'vitest';
import { waveBounds, waveOfTarget } from '../../src/domain/campaign-waves.ts';
import { ADMIN_TOKEN } from './server-process.ts';
import { SECRET_KEY, type ServerUnderTest, startServerUnderTest } from './server-under-test.ts';
import { type Manner, VirtualFleet } from './virtual-fleet.ts';

const XML = `<SyncBody>
  <Replace><Item><Target><LocURI>./Vendor/Browser/Home</LocURI></Target><Data>http://home.example/</Data></Item></Replace>
</SyncBody>`;
const HOME = './Vendor/Browser/Home';
const WAIT = { timeout: 150_000, interval: 250 };

let server: ServerUnderTest;
let fleet: VirtualFleet;
afterEach(async () => {
  await server?.stop();
  await fleet?.close();
});

interface Progress {
  readonly state: string;
  readonly reason?: string;
  readonly targets: number;
  readonly isComplete: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly waves: readonly { readonly state: string; readonly counts: Readonly<Record<string, number>> }[];
}
interface Failure {
  readonly id: number;
  readonly reason: string;
  readonly command?: string;
  readonly locUri?: string;
  readonly status?: number;
  readonly devices: number;
}
interface Targets {
  readonly items: readonly { readonly deviceId: string; readonly wave: number; readonly attempt: number }[];
}

/** A server whose links lead to a fleet of that many devices. */
async function withFleet(count: number, mannerOf: (index: number) => Manner): Promise<void> {
  let url = '';
  let databaseUrl = '';
  server = await startServerUnderTest({}, async (database) => {
    databaseUrl = database;
    fleet = await VirtualFleet.start({
      count,
      databaseUrl,
      secretKey: SECRET_KEY,
      serverUrl: () => `${url}/dm`,
      mannerOf,
    });
    return { SMPP_URL: `smpp://test:test@127.0.0.1:${fleet.smsc.port}` };
  });
  url = server.url;
}

async function campaign(order: object): Promise<string> {
  const { id: packageId } = await server.api.upload<{ id: string }>('/api/v1/packages?name=home', Buffer.from(XML));
  const { id } = await server.api.post<{ id: string }>('/api/v1/campaigns', {
    name: 'home page',
    content: { kind: 'package', packageId },
    target: { kind: 'all' },
    ...order,
  });
  return id;
}

const progress = (id: string): Promise<Progress> => server.api.get<Progress>(`/api/v1/campaigns/${id}/progress`);
const some = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0));

it('a campaign in three waves completes, and its report names the devices that failed, and why', {
  timeout: 240_000,
}, async () => {
  const COUNT = 300;
  // Every twentieth one: 5 %.
  const failing = Array.from({ length: COUNT }, (_, index) => index).filter((index) => index % 20 === 7);
  const manners: readonly Manner[] = ['refuses', 'unreachable', 'silent'];
  const mannerOf = (index: number): Manner =>
    failing.includes(index) ? (manners[Math.floor(index / 20) % 3] ?? 'refuses') : 'obeys';
  const those = (manner: Manner): string[] =>
    failing.filter((index) => mannerOf(index) === manner).map(VirtualFleet.idOf);
  await withFleet(COUNT, mannerOf);
  const id = await campaign({
    waves: [{ name: 'canary', percent: 10 }, { percent: 30 }, { percent: 60 }],
    thresholds: { successPercent: 80, errorPercent: 20, errorMinimum: 20 },
    timeoutMs: 15_000,
  });
  await server.api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: COUNT });

  await expect.poll(async () => (await progress(id)).state, WAIT).toBe('completed');
  const done = await progress(id);
  expect(done.waves.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
  expect(done.waves.map(({ counts }) => Object.values(counts).reduce((sum, n) => sum + n, 0))).toEqual([30, 90, 180]);
  expect(some(done.counts)).toEqual({ succeeded: 285, failed: 10, expired: 5 });

  const { items } = await server.api.get<{ items: Failure[] }>(`/api/v1/campaigns/${id}/failures`);
  const named = await Promise.all(
    items.map(async ({ id: failure, devices, reason, command, locUri, status }) => {
      const page = await server.api.get<Targets>(`/api/v1/campaigns/${id}/failures/${failure}/devices?limit=200`);
      const ids = page.items.map(({ deviceId }) => deviceId).sort();
      expect(ids).toHaveLength(devices);
      return [reason, command, locUri, status, ids] as const;
    }),
  );
  expect(named.sort(([a], [b]) => a.localeCompare(b))).toEqual([
    ['command-refused', 'Replace', HOME, 405, those('refuses')],
    ['expired', undefined, undefined, undefined, those('silent')],
    ['trigger-failed', undefined, undefined, undefined, those('unreachable')],
  ]);

  const answer = await fetch(`${server.url}/api/v1/campaigns/${id}/results`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const [head, ...lines] = (await answer.text()).trimEnd().split('\r\n');
  expect(head).toBe('deviceId,wave,state,attempts,reason,failures,deliveryId,at');
  expect(lines).toHaveLength(COUNT);
  const refused = lines.filter((line) => line.includes(`,failed,1,command-refused,Replace ${HOME} 405,`));
  expect(refused.map((line) => line.split(',')[0]).sort()).toEqual(those('refuses'));

  // Everybody was triggered once, and who obeys has what the campaign was for.
  expect([...fleet.triggers.values()]).toEqual(Array(COUNT).fill(1));
  for (let index = 0; index < COUNT; index++) {
    if (mannerOf(index) === 'obeys') expect(fleet.device(index).tree.valueOf(HOME)).toBe('http://home.example/');
  }
});

it('a campaign whose second wave fails pauses itself, and nothing more is sent', { timeout: 240_000 }, async () => {
  const COUNT = 200;
  const waves = [{ percent: 20 }, { percent: 40 }, { percent: 40 }];
  const bounds = waveBounds(waves, COUNT) ?? [];
  // The devices were registered in the order of their ids, which is that of the targets' numbers.
  const waveOf = (index: number): number => waveOfTarget(index, COUNT, bounds);
  await withFleet(COUNT, (index) => (waveOf(index) === 2 ? 'refuses' : 'obeys'));
  const id = await campaign({
    waves,
    thresholds: { successPercent: 90, errorPercent: 50, errorMinimum: 5 },
    rate: { perMinute: 600 },
  });
  await server.api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: COUNT });

  await expect.poll(async () => (await progress(id)).state, WAIT).toBe('paused');
  expect(await progress(id)).toMatchObject({ reason: 'error-threshold' });
  // What had left when it paused comes to its end; from then on nothing leaves.
  await expect
    .poll(async () => {
      const { counts } = await progress(id);
      return (counts['triggered'] ?? 0) + (counts['delivering'] ?? 0);
    }, WAIT)
    .toBe(0);
  const { sent } = fleet;
  const after = await progress(id);
  expect(after.waves[0]?.counts['succeeded']).toBe(40);
  const [, second, third] = after.waves;
  expect(second?.counts['failed']).toBeGreaterThanOrEqual(5);
  expect(second?.counts['waiting']).toBe(80 - (second?.counts['failed'] ?? 0));
  expect(some(third?.counts ?? {})).toEqual({ waiting: 80 });
  expect(sent).toBe(40 + (second?.counts['failed'] ?? 0));
  // Several looks of the scheduler later it is the same.
  const seen = new Date();
  await expect.poll(() => Date.now() - seen.getTime(), WAIT).toBeGreaterThan(4_000);
  expect(fleet.sent).toBe(sent);
  expect((await progress(id)).state).toBe('paused');
  for (const [index, times] of fleet.triggers) {
    expect(times).toBe(1);
    expect(waveOf(index)).not.toBe(3);
  }
});
