import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * What axe-core has against the page as it is now, by WCAG 2.2 A and AA: one line a fault, of those it holds serious or
 * critical.
 */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Toasts fade: half there, their contrast says nothing.
  await page.locator('.mantine-Notifications-notification').first().waitFor({ state: 'detached' });
  // Past the page's policy, which admits no script of ours.
  await page.evaluate(AXE);
  const violations = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then((outcome) => outcome.violations)`,
  )) as readonly Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id} (${impact}): ${help}: ${html} ${failureSummary ?? ''}`),
    );
}
