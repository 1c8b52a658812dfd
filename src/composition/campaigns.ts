import type { PgCampaignWork } from '../adapters/pg/pg-campaign-work.ts';
import type { PgTreeReports } from '../adapters/pg/pg-tree-reports.ts';
import { CampaignScheduler } from '../services/campaign-scheduler.ts';
import type { Clock } from '../services/ports/clock.ts';
import type { PackageStore } from '../services/ports/package-store.ts';
import { type JobPorts, type RunJob, SWEEP_LIMIT } from './jobs.ts';

/** How often a campaign that is under way is looked at. */
const POLL_MS = 1_000;
/** Without anything to do the scheduler asks so often all the same. */
const IDLE_MS = 5_000;
/** Runs of reports that are worked in before somebody reads; what comes later is read later. */
const MAX_RUNS = 1_000;

/** What carries campaigns on. */
export function startCampaigns(
  ports: Pick<JobPorts, 'config' | 'clock'> & { readonly packages: PackageStore },
  work: PgCampaignWork,
  run: RunJob,
  stops: (() => Promise<void>)[],
): void {
  const { config, clock, packages } = ports;
  const scheduler = new CampaignScheduler(
    { work, packages, clock },
    { serverId: config.dmServerId, pollMs: POLL_MS, maxBacklog: config.campaignBacklog },
  );
  const loop = run({ name: 'carry-on-campaigns', everyMs: IDLE_MS, run: (signal) => scheduler.run(signal) });
  const listening = work.onChanged(() => loop.wake());
  stops.push(() => listening.close());
}

/** What devices have told so far can be read afterwards, unless more comes faster than it is worked in. */
export async function workInAll(treeReports: PgTreeReports, clock: Clock): Promise<void> {
  const now = clock.now();
  for (let runs = 0; runs < MAX_RUNS; runs++) {
    if ((await treeReports.workIn(now, SWEEP_LIMIT)) === 0) return;
  }
}
