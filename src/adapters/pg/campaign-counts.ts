import type pg from 'pg';
import { NO_TARGETS, type TargetCounts, type TargetState, type WaveState } from '../../domain/campaign.ts';
import type { WaveStanding } from '../../domain/campaign-moves.ts';
import { KEPT_STEPS } from '../../domain/campaign-timeline.ts';
import type { CampaignPace, CampaignProgress } from '../../services/ports/campaign-store.ts';

type Queryable = Pick<pg.Pool, 'query'>;

interface CountRow {
  readonly wave: number;
  readonly state: TargetState;
  /** bigint, which comes as text. */
  readonly n: string;
}

interface WaveRow {
  readonly wave: number;
  readonly state: WaveState;
  readonly reason: string | null;
  readonly opened_at: Date | null;
  readonly failed_before: number;
  readonly finished_before: number;
}

/** What was folded, and what was appended since: one moment, since it is one statement. */
const COUNTS = `
SELECT wave, state, sum(n) AS n FROM (
  SELECT wave, state, n FROM campaign_count WHERE campaign_id = $1
  UNION ALL SELECT wave, to_state, n FROM campaign_tally WHERE campaign_id = $1 AND to_state IS NOT NULL
  UNION ALL SELECT wave, from_state, -n FROM campaign_tally WHERE campaign_id = $1 AND from_state IS NOT NULL
) AS c GROUP BY wave, state HAVING sum(n) <> 0`;

const RECOUNT = `
SELECT wave, state, count(*) AS n FROM campaign_target WHERE campaign_id = $1 GROUP BY wave, state`;

const WAVES = `
SELECT wave, state, reason, opened_at, failed_before, finished_before FROM campaign_wave WHERE campaign_id = $1 ORDER BY wave`;

/** How its waves stand. @param exact counts row by row */
export async function readProgress(on: Queryable, id: string, exact = false): Promise<CampaignProgress> {
  const [counts, waves] = [
    await on.query<CountRow>({
      name: exact ? 'campaign-recount' : 'campaign-counts',
      text: exact ? RECOUNT : COUNTS,
      values: [id],
    }),
    await on.query<WaveRow>({ name: 'campaign-waves', text: WAVES, values: [id] }),
  ];
  const byWave = countsByWave(counts.rows);
  return {
    waves: waves.rows.map(({ wave, state, reason, opened_at }) => ({
      wave,
      state,
      ...(reason !== null && { reason }),
      ...(opened_at !== null && { openedAt: opened_at }),
      counts: byWave.get(wave) ?? NO_TARGETS,
    })),
  };
}

export async function readStanding(on: Queryable, id: string): Promise<readonly WaveStanding[]> {
  const counts = await on.query<CountRow>({ name: 'campaign-counts', text: COUNTS, values: [id] });
  const waves = await on.query<WaveRow>({ name: 'campaign-waves', text: WAVES, values: [id] });
  const byWave = countsByWave(counts.rows);
  return waves.rows.map(({ wave, state, failed_before, finished_before }) => ({
    wave,
    state,
    counts: byWave.get(wave) ?? NO_TARGETS,
    pardon: { failed: failed_before, finished: finished_before },
  }));
}

/** $1 campaigns. As {@link COUNTS}, of each, all waves together. */
const COUNTS_OF_SEVERAL = `
SELECT campaign_id, state, sum(n) AS n FROM (
  SELECT campaign_id, state, n FROM campaign_count WHERE campaign_id = ANY ($1::uuid[])
  UNION ALL SELECT campaign_id, to_state, n FROM campaign_tally WHERE campaign_id = ANY ($1::uuid[]) AND to_state IS NOT NULL
  UNION ALL SELECT campaign_id, from_state, -n FROM campaign_tally
    WHERE campaign_id = ANY ($1::uuid[]) AND from_state IS NOT NULL
) AS c GROUP BY campaign_id, state HAVING sum(n) <> 0`;

/** Targets by state, of several campaigns at once. */
export async function readCounts(on: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, TargetCounts>> {
  const { rows } = await on.query<{ campaign_id: string; state: TargetState; n: string }>({
    name: 'campaign-counts-of-several',
    text: COUNTS_OF_SEVERAL,
    values: [ids],
  });
  const byId = new Map<string, Record<TargetState, number>>();
  for (const { campaign_id, state, n } of rows) {
    const counts = byId.get(campaign_id) ?? { ...NO_TARGETS };
    counts[state] = Number(n);
    byId.set(campaign_id, counts);
  }
  return byId;
}

/** Where bins begin. */
const MIDNIGHT = `'2000-01-01T00:00:00Z'::timestamptz`;

/** The step in which the end of a target is kept: of a campaign `c` and a change `g`. */
const KEPT_STEP = `CASE ${KEPT_STEPS.map(({ untilMs, stepMs }) => {
  const step = `interval '${stepMs} milliseconds'`;
  return Number.isFinite(untilMs)
    ? `WHEN g.at < c.started_at + interval '${untilMs} milliseconds' THEN ${step}`
    : `ELSE ${step}`;
}).join(' ')} END`;

/** What a change `g` did to how many have succeeded, and have not. */
const ENDED = `CASE WHEN g.to_state = 'succeeded' THEN g.n ELSE 0 END - CASE WHEN g.from_state = 'succeeded' THEN g.n ELSE 0 END
        AS succeeded,
      CASE WHEN g.to_state IN ('failed', 'expired') THEN g.n ELSE 0 END
        - CASE WHEN g.from_state IN ('failed', 'expired') THEN g.n ELSE 0 END AS failed`;

/** $1 the campaign, $2 how many. Only who holds the campaign folds, so nobody waits here for anybody. */
const FOLD = `
WITH gone AS (DELETE FROM campaign_tally WHERE id IN (SELECT id FROM campaign_tally WHERE campaign_id = $1 LIMIT $2)
    RETURNING wave, from_state, to_state, failure_id, n, at),
  counted AS (INSERT INTO campaign_count AS c (campaign_id, wave, state, n)
    SELECT $1, wave, state, sum(n) FROM (SELECT wave, to_state AS state, n FROM gone WHERE to_state IS NOT NULL
      UNION ALL SELECT wave, from_state, -n FROM gone WHERE from_state IS NOT NULL) AS d GROUP BY wave, state
    ON CONFLICT (campaign_id, wave, state) DO UPDATE SET n = c.n + excluded.n),
  failed AS (UPDATE campaign_failure f SET n = f.n + d.n
    FROM (SELECT failure_id, sum(n) AS n FROM gone WHERE failure_id IS NOT NULL GROUP BY failure_id) AS d
    WHERE f.id = d.failure_id),
  paced AS (INSERT INTO campaign_pace AS p (campaign_id, wave, at, succeeded, failed)
    SELECT $1, wave, at, sum(succeeded), sum(failed) FROM (SELECT g.wave, date_bin(${KEPT_STEP}, g.at, ${MIDNIGHT}) AS at, ${ENDED}
      FROM gone g, campaign c WHERE c.id = $1 AND g.at IS NOT NULL) AS e
    WHERE succeeded <> 0 OR failed <> 0 GROUP BY wave, at
    ON CONFLICT (campaign_id, wave, at) DO UPDATE
      SET succeeded = p.succeeded + excluded.succeeded, failed = p.failed + excluded.failed)
SELECT count(*) AS n FROM gone`;

/** Works appended changes into the counts. Gives how many. */
export async function foldTallies(on: Queryable, id: string, limit: number): Promise<number> {
  const { rows } = await on.query<{ n: string }>({ name: 'campaign-fold', text: FOLD, values: [id, limit] });
  return Number(rows[0]?.n ?? 0);
}

/** $1 the campaign, $2 the length of a bucket, milliseconds. What was kept, and what was appended since. */
const PACE = `
SELECT wave, at, sum(succeeded) AS succeeded, sum(failed) AS failed FROM (
  SELECT wave, date_bin($2 * interval '1 millisecond', at, ${MIDNIGHT}) AS at, succeeded, failed FROM campaign_pace
    WHERE campaign_id = $1
  UNION ALL SELECT g.wave, date_bin($2 * interval '1 millisecond', g.at, ${MIDNIGHT}), ${ENDED} FROM campaign_tally g
    WHERE g.campaign_id = $1 AND g.at IS NOT NULL
) AS p GROUP BY wave, at HAVING sum(succeeded) <> 0 OR sum(failed) <> 0 ORDER BY wave, at`;

/** When the last target ended; undefined: none has. */
export async function lastEndAt(on: Queryable, id: string): Promise<Date | undefined> {
  const { rows } = await on.query<{ at: Date | null }>({
    name: 'campaign-last-end',
    text: `SELECT greatest((SELECT max(at) FROM campaign_pace WHERE campaign_id = $1),
      (SELECT max(at) FROM campaign_tally WHERE campaign_id = $1 AND to_state IN ('succeeded', 'failed', 'expired'))) AS at`,
    values: [id],
  });
  return rows[0]?.at ?? undefined;
}

/** How many targets of its waves have ended, by buckets of time; buckets in which nothing changed are left out. */
export async function readPace(on: Queryable, id: string, bucketMs: number): Promise<readonly CampaignPace[]> {
  const { rows } = await on.query<{ wave: number; at: Date; succeeded: string; failed: string }>({
    name: 'campaign-pace',
    text: PACE,
    values: [id, bucketMs],
  });
  return rows.map(({ wave, at, succeeded, failed }) => ({
    wave,
    at,
    succeeded: Number(succeeded),
    failed: Number(failed),
  }));
}

function countsByWave(rows: readonly CountRow[]): ReadonlyMap<number, TargetCounts> {
  const byWave = new Map<number, Record<TargetState, number>>();
  for (const { wave, state, n } of rows) {
    const counts = byWave.get(wave) ?? { ...NO_TARGETS };
    counts[state] = Number(n);
    byWave.set(wave, counts);
  }
  return byWave;
}
