import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CampaignHarness } from './campaign-harness.ts';

let h: CampaignHarness;
beforeAll(async () => {
  h = await CampaignHarness.open();
});
beforeEach(() => h.empty());
afterAll(() => h.close());

const MINUTE = 60_000;
const pace = async (id: string, bucketMs = 1_000) =>
  (await h.campaigns.pace(id, bucketMs)).map(({ at, ...rest }) => ({ at: at.toISOString().slice(11, 19), ...rest }));
const sums = async (id: string): Promise<readonly [number, number]> =>
  (await h.campaigns.pace(id, MINUTE)).reduce<readonly [number, number]>(
    ([good, bad], { succeeded, failed }) => [good + succeeded, bad + failed],
    [0, 0],
  );
const tallies = async (): Promise<number> => (await h.pool.query('SELECT 1 FROM campaign_tally')).rowCount ?? 0;

describe('the timeline of a campaign', () => {
  it('says when the targets of each wave ended, before and after the changes were worked in', async () => {
    await h.devices(100);
    const id = await h.started({
      terms: { waves: [{ percent: 10 }, { percent: 90 }], thresholds: { successPercent: 50 } },
    });
    await h.tick();
    expect(await h.campaigns.lastEndAt(id)).toBeUndefined();
    await h.end(id, 'succeeded', { limit: 6 });
    h.clock.advance(2_000);
    await h.end(id, 'failed', { limit: 4, statuses: [404] });
    const first = [
      { wave: 1, at: '12:00:01', succeeded: 6, failed: 0 },
      { wave: 1, at: '12:00:03', succeeded: 0, failed: 4 },
    ];
    expect(await pace(id)).toEqual(first);
    expect(await h.campaigns.lastEndAt(id)).toEqual(h.clock.now());
    await h.tick();
    await h.tick();
    expect(await pace(id)).toEqual(first);
    await h.end(id, 'succeeded', { limit: 30 });
    await h.end(id, 'expired', { limit: 5 });
    expect(await pace(id, MINUTE)).toEqual([
      { wave: 1, at: '12:00:00', succeeded: 6, failed: 4 },
      { wave: 2, at: '12:00:00', succeeded: 30, failed: 5 },
    ]);
    expect(await sums(id)).toEqual([36, 9]);
    const counts = await h.campaigns.countsOf([id, '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6f']);
    expect([...counts.keys()]).toEqual([id]);
    expect(counts.get(id)).toMatchObject({ succeeded: 36, failed: 4, expired: 5 });
  });

  it('takes those that are tried again off, where they are put back', async () => {
    await h.devices(10);
    const id = await h.started({ terms: { thresholds: { successPercent: 0 } } });
    await h.tick();
    await h.end(id, 'failed', { limit: 4, statuses: [500] });
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
    h.clock.advance(5 * MINUTE);
    await h.campaigns.retryFailed(h.order(id));
    await h.tick(0);
    expect(await pace(id, MINUTE)).toEqual([
      { wave: 1, at: '12:00:00', succeeded: 6, failed: 4 },
      { wave: 1, at: '12:05:00', succeeded: 0, failed: -4 },
    ]);
    await h.end(id, 'succeeded');
    expect(await sums(id)).toEqual([10, 0]);
  });

  it('is kept in longer steps the longer it goes on, and adds up to what progress says', async () => {
    await h.devices(60);
    const id = await h.started({ terms: { thresholds: { successPercent: 0 }, timeoutMs: 90 * 86_400_000 } });
    await h.tick();
    for (let day = 0; day < 20; day++) {
      await h.end(id, day % 3 === 0 ? 'failed' : 'succeeded', { limit: 3 });
      await h.tick(86_400_000 + 1_234_567);
    }
    await h.tick(MINUTE);
    expect(await tallies()).toBe(0);
    const { rows } = await h.pool.query<{ at: Date }>('SELECT at FROM campaign_pace ORDER BY at');
    expect(rows.length).toBe(20);
    expect(rows.slice(10).every(({ at }) => at.getTime() % (60 * MINUTE) === 0)).toBe(true);
    const counts = await h.counts(id);
    expect(await sums(id)).toEqual([counts['succeeded'], counts['failed']]);
  });

  it('goes together with the campaign', async () => {
    await h.devices(5);
    const id = await h.started();
    await h.tick();
    await h.end(id, 'succeeded');
    await h.tick();
    await h.tick();
    expect(await sums(id)).toEqual([5, 0]);
    await h.campaigns.delete(h.order(id));
    for (let round = 0; round < 3; round++) await h.tick();
    expect((await h.pool.query('SELECT 1 FROM campaign_pace')).rowCount).toBe(0);
    expect((await h.pool.query('SELECT 1 FROM campaign')).rowCount).toBe(0);
  });

  it('has few buckets, whatever the campaign leaves behind in a year', async () => {
    const id = await h.started();
    // As many rows as a year leaves behind in each of two waves, and changes of a busy second on top.
    await h.pool.query(
      `INSERT INTO campaign_pace (campaign_id, wave, at, succeeded, failed)
      SELECT $1, wave, $2::timestamptz + n * interval '1 s', 33, 2 FROM generate_series(1, 15000) n, generate_series(1, 2) wave`,
      [id, h.clock.now()],
    );
    await h.pool.query(
      `INSERT INTO campaign_tally (campaign_id, wave, from_state, to_state, n, at)
      SELECT $1, 1, 'delivering', 'succeeded', 1, $2::timestamptz + interval '4 h' FROM generate_series(1, 5000)`,
      [id, h.clock.now()],
    );
    expect(await sums(id)).toEqual([995_000, 60_000]);
    expect((await h.campaigns.pace(id, 120_000)).length).toBeLessThan(400);
  });
});
