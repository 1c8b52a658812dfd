import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CampaignHarness } from './campaign-harness.ts';

let h: CampaignHarness;
beforeAll(async () => {
  h = await CampaignHarness.open();
});
beforeEach(() => h.empty());
afterAll(() => h.close());

describe('the version of a campaign', () => {
  it('counts what people do, not what the scheduler does, and refuses what is meant for another one', async () => {
    await h.devices(3);
    const id = await h.draft();
    const { definition, version } = (await h.campaigns.get(id)) ?? expect.fail();
    expect(version).toBe(1);
    const change = { name: 'again', definition, secrets: {} };
    expect((await h.campaigns.change({ ...h.order(id), version: 1 }, change)).version).toBe(2);
    await expect(h.campaigns.change({ ...h.order(id), version: 1 }, change)).rejects.toMatchObject({
      code: 'version-stale',
      details: { version: 2 },
    });
    await expect(h.campaigns.start({ ...h.order(id), version: 1 }, undefined)).rejects.toMatchObject({
      code: 'version-stale',
    });
    expect(await h.state(id)).toBe('draft');
    await h.campaigns.start({ ...h.order(id), version: 2 }, undefined);
    await h.tick();
    await h.end(id, 'succeeded');
    await h.tick();
    expect(await h.campaigns.get(id)).toMatchObject({ state: 'completed', version: 3 });
  });

  it('is one of two people who change it at once', async () => {
    const id = await h.draft();
    const { definition } = (await h.campaigns.get(id)) ?? expect.fail();
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) =>
        h.campaigns.change({ ...h.order(id), version: 1 }, { name, definition, secrets: {} }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('begins anew with a copy, which has the list of the other one with its variables', async () => {
    await h.devices(2);
    const list = { audience: { kind: 'list' as const } };
    const members = [{ deviceId: 'IMEI:000001', variables: { apn: 'a' } }, { deviceId: 'IMEI:000000' }];
    const id = await h.draft({ definition: list, members });
    const from = (await h.campaigns.get(id)) ?? expect.fail();
    const copy = await h.campaigns.create({ ...from, id: h.database.stores.entropy.id(), secrets: {}, listOf: id }, []);
    expect(copy.version).toBe(1);
    const { rows } = await h.pool.query(
      'SELECT device_id, variables IS NOT NULL AS varied FROM campaign_member WHERE campaign_id = $1 ORDER BY place',
      [copy.id],
    );
    expect(rows).toEqual([
      { device_id: 'IMEI:000001', varied: true },
      { device_id: 'IMEI:000000', varied: false },
    ]);
  });
});
