import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualFleet } from '../e2e/virtual-fleet.ts';
import { accessibilityFaults } from './accessibility.ts';
import { CampaignFleet, PASSWORD } from './campaign-fleet.ts';
import { signIn } from './page-under-test.ts';
import { LOOKS } from './screenshots.ts';

const COUNT = 20;
let house: CampaignFleet;
beforeAll(async () => {
  // Every fifth refuses.
  house = await CampaignFleet.start(COUNT, (index) => (index % 5 === 3 ? 'refuses' : 'obeys'));
});
afterAll(() => house?.stop());

const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const stateIs = (page: Page, name: string) =>
  page.getByText(name, { exact: true }).first().waitFor({ timeout: 90_000 });
const confirm = (page: Page, name: string) => page.getByRole('dialog').getByRole('button', { name }).click();
const menu = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name }).click();
};

describe('a campaign under way', () => {
  it('waits for somebody else to approve it', { timeout: 120_000 }, async () => {
    const target = { kind: 'filter', filter: `deviceId==${VirtualFleet.idOf(1)}` };
    const later = { needsApproval: true, target, startAt: '2030-05-01T08:00:00Z' };
    const id = await house.campaign('Approved by two', later);
    await house.web.server.api.post('/api/v1/users', { name: 'mona', role: 'operator', password: PASSWORD });
    const author = await house.web.open();
    await signIn(author.page, { name: 'mona', password: PASSWORD }, `/campaigns/${id}/edit`);
    await author.page.getByRole('textbox', { name: 'Name of the campaign' }).fill('Changed by mona');
    await author.page.getByRole('button', { name: 'Save and review' }).click();
    await author.page.getByText('You have made or changed it').waitFor();
    expect(await author.page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    expect(await author.page.getByRole('button', { name: 'Schedule' }).count()).toBe(0);

    const second = await house.web.open();
    await signIn(second.page, { name: 'olga', password: PASSWORD }, `/campaigns/${id}`);
    await second.page.getByText('has to approve it before it starts').waitFor();
    expect(await accessibilityFaults(second.page)).toEqual([]);
    await second.page.getByRole('button', { name: 'Approve' }).click();
    await region(second.page, 'Review and start').getByText('Approved').waitFor();
    await second.page.getByRole('button', { name: 'Schedule' }).click();
    await stateIs(second.page, 'Scheduled');
    await region(second.page, 'What happens next').getByText('It starts 1 May 2030').waitFor();
    expect(await accessibilityFaults(second.page)).toEqual([]);
    expect([...author.faults, ...second.faults]).toEqual([]);
    await author.context.close();
    await second.context.close();
  });

  it('is reviewed by an estimate where counting takes long, and asks for the number when it is about everybody', async () => {
    const id = await house.campaign('About many', {
      target: { kind: 'filter', filter: 'deviceId==IMEI*' },
      // So that it keeps no device from the campaigns below.
      startAt: '2030-05-01T08:00:00Z',
    });
    const { page, context, faults } = await house.web.open();
    // As a server with a million devices would say it; what the start says is the server's own.
    await page.route(`**/campaigns/${id}/validate?estimate=true`, async (route) => {
      const response = await route.fetch();
      const forecast = (await response.json()) as object;
      await route.fulfill({
        response,
        json: { ...forecast, kind: 'estimate', targets: 123_456, devices: 1_000_000, needsConfirmation: false },
      });
    });
    await signIn(page, undefined, `/campaigns/${id}`);
    const review = region(page, 'Review and start');
    await review.getByText('about 123,456').waitFor();
    expect(await review.getByRole('textbox').count()).toBe(0);
    await review.getByRole('button', { name: 'Schedule', exact: true }).click();
    await review.getByText(`The campaign is about all ${COUNT} devices`, { exact: false }).waitFor();
    await review.getByRole('textbox', { name: 'Type the number of devices' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await review.getByRole('textbox', { name: 'Type the number of devices' }).fill(String(COUNT));
    await review.getByRole('button', { name: 'Schedule', exact: true }).click();
    await stateIs(page, 'Scheduled');
    expect(faults).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });

  it('pauses itself, says why and what comes next, and goes on when somebody resumes it', {
    timeout: 240_000,
  }, async () => {
    const thresholds = { successPercent: 90, errorPercent: 10, errorMinimum: 5 };
    const waves = [{ name: 'canary', percent: 50 }, { percent: 50 }];
    const id = await house.campaign('Careful', { waves, thresholds }, COUNT);
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, `/campaigns/${id}`);
    await stateIs(page, 'Paused');
    const next = region(page, 'What happens next');
    await next
      .getByText(/It has paused itself in wave 1 \(canary\): \d+ of \d+ finished targets have failed/)
      .waitFor();
    await next.getByText('Resume it, and what has failed so far counts no more').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    // Which devices, what was refused, and the way to each.
    const failure = region(page, 'A command was refused');
    await failure.getByText('Replace ./Vendor/Browser/Home').waitFor();
    await failure.getByRole('button', { name: 'Show the devices' }).click();
    const first = failure.getByRole('link', { name: /^IMEI:/ }).first();
    const deviceId = (await first.textContent()) ?? '';
    expect(await first.getAttribute('href')).toBe(`/devices/${encodeURIComponent(deviceId)}`);
    await failure.getByRole('link', { name: `Open the delivery to ${deviceId}` }).click();
    await page.getByRole('heading', { level: 1, name: new RegExp(deviceId) }).waitFor();
    await page.goBack();

    // By state, in the address.
    await page.getByRole('combobox', { name: 'State' }).click();
    await page.getByRole('option', { name: 'Failed' }).click();
    await page.waitForURL(/state=failed/);
    const failed = region(page, 'Devices').getByRole('row', { name: /A command was refused/ });
    await expect.poll(() => failed.count()).toBeGreaterThan(0);
    await page.reload();
    await expect.poll(() => failed.count()).toBeGreaterThan(0);
    expect(
      await region(page, 'Devices')
        .getByRole('row', { name: /Succeeded/ })
        .count(),
    ).toBe(0);

    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Paused', { exact: true }).first().waitFor();
    for (let rounds = 0; rounds < 20 && (await house.read(id)).state !== 'completed'; rounds++) {
      if ((await house.read(id)).state === 'paused') await page.getByRole('button', { name: 'Resume' }).click();
      await page.waitForTimeout(1_000);
    }
    await stateIs(page, 'Completed');
    await next.getByText('4 devices failed and can be tried again').waitFor();
    house.fleet.mannerOf = () => 'obeys';
    await page.getByRole('button', { name: 'Retry failed' }).click();
    await page.getByText('100 % through').waitFor({ timeout: 60_000 });
    await next.getByText('Every wave is through. Nothing more happens.').waitFor({ timeout: 60_000 });
    // Nothing is left to be tried again.
    expect(await page.getByRole('button', { name: 'Retry failed' }).count()).toBe(0);
    const history = region(page, 'History');
    await history.getByText('too much failed').first().waitFor();
    await history.getByText('failed devices are tried again').first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    house.fleet.mannerOf = (index) => (index % 5 === 3 ? 'refuses' : 'obeys');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Results as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
    expect(faults).toEqual([]);
    await context.close();
  });

  it('is paused, stopped, cancelled and removed, each after a question where it is for good', {
    timeout: 180_000,
  }, async () => {
    house.fleet.mannerOf = () => 'silent';
    const id = await house.campaign('By hand', { conflict: 'parallel' }, COUNT);
    const { page, context, faults } = await house.web.open();
    await signIn(page, undefined, `/campaigns/${id}`);
    await page.getByText(`${COUNT} Triggered`).first().waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    await region(page, 'What happens next').getByText('Somebody has paused it').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await stateIs(page, 'Running');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByText('Whoever waits is left out').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await confirm(page, 'Stop');
    await region(page, 'What happens next').getByText('Somebody has stopped it').waitFor();
    await menu(page, 'Stop and cancel all');
    await confirm(page, 'Stop and cancel all');
    await page.getByText(`${COUNT} Cancelled`).first().waitFor({ timeout: 60_000 });
    expect(await accessibilityFaults(page)).toEqual([]);
    await menu(page, 'Delete');
    await confirm(page, 'Delete');
    await page.getByRole('heading', { level: 1, name: 'Campaigns' }).waitFor();
    await page.getByText('By hand is deleted.').waitFor();
    await expect.poll(() => page.getByRole('row', { name: /By hand/ }).count()).toBe(0);
    house.fleet.mannerOf = (index) => (index % 5 === 3 ? 'refuses' : 'obeys');
    expect(faults).toEqual([]);
    await context.close();
  });

  it('says when its hours begin, and is seen by a viewer who can do nothing to it', { timeout: 120_000 }, async () => {
    const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const windows = { timeZone: 'UTC', spans: [{ from: clock(3), to: clock(5) }] };
    const id = await house.campaign('At night', { windows, conflict: 'parallel' }, COUNT);
    const { page, context, faults } = await house.web.open();
    await signIn(page, { name: 'vera', password: PASSWORD }, `/campaigns/${id}`);
    await region(page, 'What happens next').getByText('nothing is triggered until in 3 hr').waitFor();
    await page.getByText(`${COUNT} Waiting`).first().waitFor();
    for (const name of ['Pause', 'Stop', 'Skip this wave', 'More actions', 'Retry failed']) {
      expect([name, await page.getByRole('button', { name }).count()]).toEqual([name, 0]);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goto('/');
    await region(page, 'Running campaigns').getByRole('link', { name: 'At night' }).click();
    await page.getByRole('heading', { level: 1, name: 'At night' }).waitFor();
    await page.goto(`/campaigns/${id}/edit`);
    await page.getByText('Only operators and admins make campaigns').waitFor();
    await page.goto('/campaigns/new');
    await page.getByText('Only operators and admins make campaigns').waitFor();
    expect(faults).toEqual([]);
    await house.web.server.api.post(`/api/v1/campaigns/${id}/cancel`, undefined);
    await context.close();
  });
});

describe('a campaign of 100,000 devices', () => {
  let id: string;
  /** With the id of the campaign as its one value. */
  const query = async (text: string): Promise<void> => {
    const client = new pg.Client(house.web.server.databaseUrl);
    await client.connect();
    try {
      await client.query(text, [id]);
    } finally {
      await client.end();
    }
  };
  beforeAll(async () => {
    id = await house.campaign('The big one', { waves: [{ name: 'canary', percent: 10 }, { percent: 90 }] });
    // As if it had gone on for two days: what is left of that are rows of counts and of times.
    await query(
      `UPDATE campaign SET state = 'running', started_at = now() - interval '2 days', expected = 100000, joined = 100000,
        scanned_at = now() WHERE id = $1`,
    );
    await query(
      `INSERT INTO campaign_wave (campaign_id, wave, state, upto, updated_at, opened_at)
      VALUES ($1, 1, 'completed', 10000, now(), now()), ($1, 2, 'open', 100000, now(), now())`,
    );
    await query(
      `INSERT INTO campaign_count (campaign_id, wave, state, n) VALUES ($1, 1, 'succeeded', 9600), ($1, 1, 'failed', 400),
        ($1, 2, 'succeeded', 48000), ($1, 2, 'failed', 2000), ($1, 2, 'waiting', 40000)`,
    );
    await query(
      `INSERT INTO campaign_pace (campaign_id, wave, at, succeeded, failed)
      SELECT $1::uuid, 1, date_trunc('hour', now()) - interval '47 h' + n * interval '10 min', 96, 4 FROM generate_series(1, 100) n
      UNION ALL SELECT $1::uuid, 2, date_trunc('hour', now()) - interval '20 h' + n * interval '10 min', 480, 20
      FROM generate_series(1, 100) n`,
    );
  });

  it.each(Object.keys(LOOKS) as (keyof typeof LOOKS)[])(
    'has a chart of all its time, which is followed, in %s',
    { timeout: 120_000 },
    async (look) => {
      const { page, context, faults } = await house.web.open(LOOKS[look]);
      await signIn(page, undefined, `/campaigns/${id}`);
      await page.getByText('60 % through').waitFor();
      const chart = page.getByRole('img', { name: 'Wave 2: 50,000 finished' });
      await chart.waitFor();
      // Its last value is read with the keys: all that there is, though nobody has looked before.
      await chart.focus();
      await chart.press('ArrowLeft');
      await page
        .getByText(/48,000 succeeded, 2,000 failed/)
        .first()
        .waitFor({ state: 'attached' });
      await region(page, 'What happens next')
        .getByText(/About .* left at the pace of late/)
        .waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      // Nothing is wider than the screen.
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
        true,
      );
      expect(faults).toEqual([]);
      await context.close();
    },
  );

  it('shows what comes to its end while somebody looks', { timeout: 120_000 }, async () => {
    const { page, context } = await house.web.open();
    await signIn(page, undefined, `/campaigns/${id}`);
    await page.getByRole('img', { name: 'Wave 2: 50,000 finished' }).waitFor();
    await query(
      `INSERT INTO campaign_tally (campaign_id, wave, from_state, to_state, n, at)
      VALUES ($1, 2, 'waiting', 'succeeded', 1000, now())`,
    );
    await page.getByRole('img', { name: 'Wave 2: 51,000 finished' }).waitFor();
    await query('DELETE FROM campaign_tally WHERE campaign_id = $1');
    await context.close();
  });
});
