import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CampaignHarness } from './campaign-harness.ts';

let h: CampaignHarness;
beforeAll(async () => {
  h = await CampaignHarness.open();
});
beforeEach(() => h.empty());
afterAll(() => h.close());

const recounted = async (id: string): Promise<void> => {
  expect((await h.campaigns.progress(id)).waves.map(({ counts }) => counts)).toEqual(
    (await h.campaigns.recount(id)).waves.map(({ counts }) => counts),
  );
};

describe('the scheduler of campaigns', () => {
  it('takes in every device, spreads it over the waves and triggers the first one', async () => {
    await h.devices(200);
    const id = await h.started({ terms: { waves: [{ percent: 10 }, { percent: 30 }, { percent: 60 }] } });
    await h.tick();
    expect(await h.counts(id, 1)).toEqual({ triggered: 20 });
    expect(await h.counts(id, 2)).toEqual({ waiting: 60 });
    expect(await h.counts(id, 3)).toEqual({ waiting: 120 });
    const { rows } = await h.pool.query(
      `SELECT count(*)::int AS n, count(DISTINCT p.destination)::int AS numbers, count(DISTINCT d.id)::int AS deliveries
      FROM push p JOIN delivery d ON d.id = p.delivery_id AND d.trigger_session_id = p.session_id
      JOIN device v ON v.id = p.device_id AND v.last_trigger_id = p.session_id
      WHERE p.campaign_id = $1 AND p.state = 'queued' AND p.kind = 'package0' AND p.priority = 2 AND d.state = 'queued'`,
      [id],
    );
    expect(rows).toEqual([{ n: 20, numbers: 20, deliveries: 20 }]);
    await recounted(id);
  });

  it('opens a wave after the success of the one before, and completes when all are through', async () => {
    await h.devices(100);
    const id = await h.started({ terms: { waves: [{ percent: 10 }, { percent: 90 }] } });
    await h.tick();
    await h.end(id, 'succeeded', { limit: 7 });
    await h.tick();
    expect(await h.counts(id, 2)).toEqual({ waiting: 90 });
    await h.end(id, 'succeeded', { limit: 1 });
    await h.tick();
    expect(await h.counts(id, 2)).toEqual({ triggered: 90 });
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
    expect(await h.counts(id)).toEqual({ succeeded: 100 });
    expect((await h.events(id, 'campaign.%')).map(({ to }) => to)).toEqual(['draft', 'running', 'completed']);
    expect((await h.events(id, 'wave.%')).map(({ to }) => to)).toEqual(['open', 'open', 'completed', 'completed']);
    await recounted(id);
  });

  it('pauses at the error threshold, calls back what has not left, and sends nothing more', async () => {
    await h.devices(100);
    const id = await h.started({
      terms: {
        waves: [{ percent: 50 }, { percent: 50 }],
        thresholds: { successPercent: 80, errorPercent: 20, errorMinimum: 5 },
      },
    });
    await h.tick();
    await h.end(id, 'failed', { limit: 5, statuses: [404] });
    await h.tick();
    const paused = await h.campaigns.get(id);
    expect(paused).toMatchObject({ state: 'paused', reason: 'error-threshold' });
    await h.tick();
    expect(await h.counts(id)).toEqual({ failed: 5, waiting: 95 });
    const { rows } = await h.pool.query(
      `SELECT state, count(*)::int AS n FROM push WHERE campaign_id = $1 GROUP BY state ORDER BY state`,
      [id],
    );
    expect(rows).toEqual([{ state: 'cancelled', n: 50 }]);
    expect(await h.events(id, 'campaign.paused')).toEqual([
      { from: 'running', to: 'paused', reason: 'error-threshold' },
    ]);
    await recounted(id);
  });

  it('goes on after a pause, with what failed before forgiven', async () => {
    await h.devices(20);
    const id = await h.started({ terms: { thresholds: { successPercent: 80, errorPercent: 20, errorMinimum: 5 } } });
    await h.tick();
    await h.push(id, 'sent');
    await h.end(id, 'failed', { limit: 5, statuses: [500] });
    await h.tick();
    expect(await h.state(id)).toBe('paused');
    await h.campaigns.resume(h.order(id));
    await h.tick();
    expect(await h.state(id)).toBe('running');
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
    expect(await h.counts(id)).toEqual({ failed: 5, succeeded: 15 });
  });

  it('claims nothing from the outbox for a campaign that does not run, and takes its target back', async () => {
    await h.devices(10);
    const id = await h.started();
    await h.tick();
    await h.campaigns.pause(h.order(id));
    const { outbox } = h.database.stores;
    expect(await outbox.claimDue(100, h.clock.now(), 60_000, 'w')).toEqual([]);
    expect(await h.counts(id)).toEqual({ waiting: 10 });
    const { rows } = await h.pool.query(`SELECT DISTINCT state, failure_code FROM delivery WHERE campaign_id = $1`, [
      id,
    ]);
    expect(rows).toEqual([{ state: 'cancelled', failure_code: 'recalled' }]);
    await h.campaigns.resume(h.order(id));
    await h.tick();
    expect(await h.counts(id)).toEqual({ triggered: 10 });
    expect(await outbox.claimDue(100, h.clock.now(), 60_000, 'w')).toHaveLength(10);
    const { items } = await h.campaigns.targets(id, {}, { limit: 10 });
    expect(items.map(({ attempt }) => attempt)).toEqual(Array(10).fill(2));
  });

  it('tries again after the back-off what the policy names, and nothing else', async () => {
    await h.devices(3);
    const id = await h.started({
      terms: {
        thresholds: { successPercent: 0 },
        retry: { maxAttempts: 2, on: ['5xx', 'expired'], firstMs: 60_000, maxMs: 600_000 },
      },
    });
    await h.tick();
    await h.end(id, 'failed', { limit: 1, statuses: [503] });
    await h.end(id, 'failed', { limit: 1, statuses: [503, 404] });
    await h.end(id, 'expired', { limit: 1 });
    expect(await h.counts(id)).toEqual({ waiting: 2, failed: 1 });
    await h.tick(30_000);
    expect(await h.counts(id)).toEqual({ waiting: 2, failed: 1 });
    await h.tick(31_000);
    expect(await h.counts(id)).toEqual({ triggered: 2, failed: 1 });
    await h.end(id, 'failed', { statuses: [503] });
    expect(await h.counts(id)).toEqual({ failed: 3 });
    await h.tick();
    const { items } = await h.campaigns.failures(id, { limit: 10 });
    expect(items.map(({ reason, locUri, status, devices }) => [reason, locUri, status, devices])).toEqual([
      ['command-refused', './Vendor/0', 503, 3],
      ['command-refused', './Vendor/1', 404, 1],
    ]);
    const devices = await h.campaigns.failedDevices(id, items[1]?.id ?? 0, { limit: 10 });
    expect(devices.items).toHaveLength(1);
  });

  it('fails a target whose trigger cannot be sent, and says so', async () => {
    await h.devices(2);
    const id = await h.started({ terms: { thresholds: { successPercent: 0 } } });
    await h.tick();
    await h.push(id, 'failed', 1);
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.counts(id)).toEqual({ failed: 1, succeeded: 1 });
    expect((await h.campaigns.failures(id, { limit: 10 })).items).toMatchObject([
      { reason: 'trigger-failed', devices: 1 },
    ]);
  });

  it('triggers a silent device again, for the same delivery', async () => {
    await h.devices(2);
    const id = await h.started({
      terms: { retry: { maxAttempts: 2, on: ['silent'], firstMs: 60_000, maxMs: 600_000, silentMs: 300_000 } },
    });
    await h.tick();
    await h.push(id, 'sent');
    await h.end(id, 'succeeded', { limit: 1 });
    await h.tick(299_000);
    const pushes = async () =>
      (await h.pool.query('SELECT delivery_id FROM push WHERE campaign_id = $1 ORDER BY id', [id])).rows;
    expect(await pushes()).toHaveLength(2);
    await h.tick(2_000);
    const all = await pushes();
    expect(all).toHaveLength(3);
    expect(new Set(all.map(({ delivery_id }) => delivery_id)).size).toBe(2);
    const { items } = await h.campaigns.targets(id, { state: 'triggered' }, { limit: 10 });
    expect(items).toMatchObject([{ attempt: 2, reason: 'silent' }]);
    await h.push(id, 'sent');
    await h.tick(3_000_000);
    expect(await pushes()).toHaveLength(3);
  });

  it('stops: what waits is cancelled, what is with devices may end', async () => {
    await h.devices(30);
    const id = await h.started({ terms: { waves: [{ count: 10 }, {}] } });
    await h.tick();
    await h.push(id, 'sent', 4);
    await h.campaigns.stop(h.order(id), false);
    await h.tick();
    expect(await h.state(id)).toBe('stopped');
    expect(await h.counts(id)).toEqual({ triggered: 4, cancelled: 26 });
    await h.end(id, 'succeeded', { limit: 3 });
    await h.campaigns.stop(h.order(id), true);
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 3, cancelled: 27 });
    await recounted(id);
  });

  it('puts failed targets back when it is told to, and completes anew', async () => {
    await h.devices(10);
    const id = await h.started({ terms: { thresholds: { successPercent: 50 } } });
    await h.tick();
    await h.end(id, 'failed', { limit: 4, statuses: [404] });
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
    await h.campaigns.retryFailed(h.order(id));
    await h.tick();
    expect(await h.state(id)).toBe('running');
    expect(await h.counts(id)).toEqual({ succeeded: 6, triggered: 4 });
    expect((await h.campaigns.failures(id, { limit: 10 })).items).toEqual([]);
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
    expect(await h.counts(id)).toEqual({ succeeded: 10 });
    await expect(h.campaigns.retryFailed(h.order(id))).rejects.toMatchObject({ code: 'nothing-failed' });
    await recounted(id);
  });

  it('skips a wave and goes on with the next', async () => {
    await h.devices(30);
    const id = await h.started({ terms: { waves: [{ count: 10 }, { count: 10 }, {}] } });
    await h.tick();
    await h.campaigns.skipWave(h.order(id), 2);
    await h.end(id, 'succeeded');
    await h.tick();
    await h.tick();
    expect(await h.counts(id)).toEqual({ succeeded: 10, skipped: 10, triggered: 10 });
    await expect(h.campaigns.skipWave(h.order(id), 2)).rejects.toMatchObject({ code: 'wave-ended' });
    await expect(h.campaigns.skipWave(h.order(id), 4)).rejects.toMatchObject({ code: 'wave-unknown' });
  });

  it('keeps the counts right when a device is deleted, whatever its target is doing', async () => {
    await h.devices(4);
    const id = await h.started({ terms: { waves: [{ count: 2 }, {}] } });
    await h.tick();
    const { rows } = await h.pool.query<{ device_id: string; state: string }>(
      'SELECT DISTINCT ON (t.state) d.device_id, t.state FROM campaign_target t JOIN device d ON d.id = t.device_id',
    );
    for (const { device_id } of rows) await h.pool.query('DELETE FROM device WHERE device_id = $1', [device_id]);
    expect(await h.counts(id)).toEqual({ triggered: 1, waiting: 1, cancelled: 1, skipped: 1 });
    await recounted(id);
    for (const { device_id } of rows) {
      expect(await h.campaigns.target(id, device_id)).toMatchObject({
        deviceId: device_id,
        isRegistered: false,
        reason: 'device-deleted',
      });
    }
    await h.end(id, 'succeeded');
    await h.tick();
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.state(id)).toBe('completed');
  });

  it('takes devices in that join later, when its membership is dynamic', async () => {
    await h.devices(5);
    const dynamic = await h.started({ terms: { membership: 'dynamic' } });
    const fixed = await h.started({ terms: { conflict: 'parallel' } });
    await h.tick();
    await h.devices(3, 5);
    await h.tick();
    expect(await h.counts(dynamic)).toEqual({ triggered: 8 });
    expect(await h.counts(fixed)).toEqual({ triggered: 5 });
    await h.end(dynamic, 'succeeded');
    await h.tick();
    expect(await h.state(dynamic)).toBe('running');
  });

  it('finds devices that come to match, among those it has seen before', async () => {
    await h.devices(5);
    const id = await h.started({
      definition: { audience: { kind: 'filter', filter: 'lang==de' } },
      terms: { membership: 'dynamic' },
    });
    await h.tick();
    expect(await h.counts(id)).toEqual({});
    await h.pool.query(`UPDATE device SET info_lang = 'de' WHERE device_id = 'IMEI:000002'`);
    await h.tick(11 * 60_000);
    await h.tick();
    expect(await h.counts(id)).toEqual({ triggered: 1 });
  });

  it('stays below its rate, and grows with the successes', async () => {
    await h.devices(300);
    const id = await h.started({
      terms: { rate: { perMinute: 60, growth: { factor: 2, perSuccesses: 5, maxPerMinute: 240 } } },
    });
    let triggered = 0;
    for (let second = 0; second < 10; second++) {
      await h.tick();
      triggered = (await h.counts(id))['triggered'] ?? 0;
    }
    expect(triggered).toBeGreaterThanOrEqual(9);
    expect(triggered).toBeLessThanOrEqual(12);
    await h.end(id, 'succeeded');
    for (let second = 0; second < 10; second++) await h.tick();
    const after = (await h.counts(id))['triggered'] ?? 0;
    expect(after).toBeGreaterThanOrEqual(35);
    expect(after).toBeLessThanOrEqual(45);
  });

  it('waits for its window, and for that of each device', async () => {
    await h.devices(2);
    await h.pool.query(`UPDATE device SET time_zone = 'Asia/Tokyo' WHERE device_id = 'IMEI:000001'`);
    // It is 12:00 in UTC and 21:00 in Tokyo.
    const evening = [{ from: '20:00', to: '22:00' }];
    const berlin = await h.started({
      terms: { conflict: 'parallel', windows: { timeZone: 'Europe/Berlin', spans: evening } },
    });
    const own = await h.started({
      terms: { conflict: 'parallel', windows: { timeZone: 'device', otherwise: 'UTC', spans: evening } },
    });
    await h.tick();
    expect(await h.counts(berlin)).toEqual({ waiting: 2 });
    expect(await h.counts(own)).toEqual({ waiting: 1, triggered: 1 });
    await h.tick(7 * 3_600_000 + 60_000);
    expect(await h.counts(berlin)).toEqual({ triggered: 2 });
    expect(await h.counts(own)).toEqual({ waiting: 1, triggered: 1 });
    await h.tick(3_600_000);
    expect(await h.counts(own)).toEqual({ triggered: 2 });
  });

  it('leaves a device to the campaign that is busy with it: the other waits, or leaves it out', async () => {
    await h.devices(3);
    const first = await h.started();
    await h.tick();
    const waiting = await h.started();
    const skipping = await h.started({ terms: { conflict: 'skip' } });
    const parallel = await h.started({ terms: { conflict: 'parallel' } });
    await h.tick();
    expect(await h.counts(waiting)).toEqual({ waiting: 3 });
    expect(await h.counts(skipping)).toEqual({ skipped: 3 });
    expect(await h.counts(parallel)).toEqual({ triggered: 3 });
    await h.end(first, 'succeeded');
    await h.end(parallel, 'succeeded');
    await h.tick(31_000);
    expect(await h.counts(waiting)).toEqual({ triggered: 3 });
  });

  it('begins at its time, and stops at its end whatever is left', async () => {
    await h.devices(5);
    const startAt = new Date(h.clock.now().getTime() + 60_000);
    const endAt = new Date(h.clock.now().getTime() + 120_000);
    const id = await h.started({ terms: { startAt, endAt } });
    expect(await h.state(id)).toBe('scheduled');
    await h.tick(59_000);
    expect(await h.state(id)).toBe('scheduled');
    await h.tick(2_000);
    expect(await h.counts(id)).toEqual({ triggered: 5 });
    const { rows } = await h.pool.query('SELECT DISTINCT expires_at FROM delivery WHERE campaign_id = $1', [id]);
    expect(rows).toEqual([{ expires_at: endAt }]);
    await h.tick(60_000);
    expect(await h.campaigns.get(id)).toMatchObject({ state: 'stopped', reason: 'end-time' });
  });

  it('goes on from a clock that was set back, and floods nobody when it was set forward', async () => {
    await h.devices(200);
    const id = await h.started({ terms: { rate: { perMinute: 60 } } });
    await h.tick();
    await h.tick();
    const before = (await h.counts(id))['triggered'] ?? 0;
    h.clock.advance(-7_200_000);
    await h.scheduler.run();
    await h.pool.query('UPDATE campaign SET next_at = $1', [h.clock.now()]);
    await h.tick();
    await h.tick();
    await h.tick();
    const back = (await h.counts(id))['triggered'] ?? 0;
    expect(back - before).toBeLessThanOrEqual(4);
    await h.tick(86_400_000);
    expect(((await h.counts(id))['triggered'] ?? 0) - back).toBeLessThanOrEqual(3);
  });

  it('pauses when its counts have become nonsense, and says so', async () => {
    await h.devices(10);
    const id = await h.started();
    await h.tick();
    await h.pool.query(`UPDATE campaign_count SET n = -3 WHERE campaign_id = $1`, [id]);
    await h.tick(3_000);
    expect(await h.campaigns.get(id)).toMatchObject({ state: 'paused', reason: 'thresholds-unknown' });
  });

  it('pauses when what it was ordered with does no longer do, and leaves the others their turn', async () => {
    await h.devices(2);
    const broken = await h.started({ terms: { conflict: 'parallel' } });
    await h.pool.query(
      `UPDATE campaign SET definition = replace(definition::text, '{"kind":"all"}', '{"kind":"filter","filter":"("}')::json`,
    );
    const whole = await h.started({ terms: { conflict: 'parallel' } });
    await h.tick();
    expect(await h.campaigns.get(broken)).toMatchObject({ state: 'paused', reason: 'order-unusable' });
    expect(await h.counts(whole)).toEqual({ triggered: 2 });
  });

  it('removes a deleted campaign and all that belongs to it', async () => {
    await h.devices(10);
    const id = await h.started();
    await h.tick();
    await expect(h.campaigns.delete(h.order(id))).rejects.toMatchObject({ code: 'campaign-state' });
    await h.end(id, 'failed', { limit: 2, statuses: [404] });
    await h.end(id, 'succeeded');
    await h.tick();
    const packageId = (await h.pool.query('SELECT package_id AS id FROM campaign')).rows[0]?.id;
    await expect(h.database.stores.packages.delete(packageId)).rejects.toMatchObject({ code: 'package-in-use' });
    await h.campaigns.delete(h.order(id));
    expect(await h.campaigns.get(id)).toBeUndefined();
    await h.tick();
    for (const table of [
      'campaign',
      'campaign_wave',
      'campaign_target',
      'campaign_count',
      'campaign_tally',
      'event',
      'campaign_failure',
      'campaign_failure_device',
      'delivery',
      'push',
    ]) {
      expect((await h.pool.query(`SELECT count(*)::int AS n FROM ${table}`)).rows).toEqual([{ n: 0 }]);
    }
    await h.database.stores.packages.delete(packageId);
  });
});
