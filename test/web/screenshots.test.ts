import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityFaults } from './accessibility.ts';
import { startFurnished } from './furnished.ts';
import { type PageUnderTest, signIn } from './page-under-test.ts';
import { isWanted, LOOKS, SHOTS, takeShot } from './screenshots.ts';

let web: PageUnderTest;
beforeAll(async () => {
  web = await startFurnished();
}, 240_000);
afterAll(() => web?.stop());

describe.each(Object.keys(LOOKS) as (keyof typeof LOOKS)[])('in %s', (look) => {
  it('every page can be used by everybody (axe), and throws nothing', async () => {
    const { page, context, faults } = await web.open(LOOKS[look]);
    await signIn(page);
    for (const shot of SHOTS) {
      if (isWanted(shot, look)) await takeShot(page, shot, look);
      else {
        await page.goto(shot.path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
        await shot.prepare?.(page);
      }
      expect([shot.name, await accessibilityFaults(page)]).toEqual([shot.name, []]);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
