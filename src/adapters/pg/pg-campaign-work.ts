import type pg from 'pg';
import type { CampaignMove, WaveStanding } from '../../domain/campaign-moves.ts';
import type { Allowance } from '../../domain/campaign-rate.ts';
import type { DeviceFilter } from '../../domain/device-filter.ts';
import type { AudienceQuery, Campaign, CampaignSecrets } from '../../services/ports/campaign-store.ts';
import type { CampaignWork, DispatchOrder, DispatchOutcome, HeldCampaign } from '../../services/ports/campaign-work.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { countAudience, gatherTargets, prepareAudience } from './campaign-audience.ts';
import {
  cancelUnderWay,
  endWaiting,
  expirePushAttempts,
  putBackFailed,
  recallPushes,
  removeCampaign,
  retriggerSilent,
} from './campaign-chores.ts';
import { foldTallies, readStanding } from './campaign-counts.ts';
import { dispatchTargets } from './campaign-dispatch.ts';
import {
  CAMPAIGN_CHANNEL,
  CAMPAIGN_COLUMNS,
  type CampaignRow,
  campaignOf,
  openCampaignSecrets,
} from './campaign-rows.ts';
import { type Listening, listen } from './listen.ts';
import { guarded, inTransaction } from './pg-fault.ts';

interface HeldRow extends CampaignRow {
  readonly secrets: Buffer | null;
  readonly deleted_at: Date | null;
  readonly cancels_open: boolean;
  readonly retry_before: Date | null;
  readonly expected: number | null;
  readonly rescan_at: Date | null;
  readonly scan_device: string | null;
  readonly scan_place: string | null;
  readonly allowance: number;
  readonly allowance_at: Date | null;
}

/** Targets that change what the planner should think of their table. */
const MANY = 5_000;

/** So long a campaign is left alone whose turn ended in a fault. */
const FAULT_PAUSE_MS = 15_000;

/** What the scheduler of campaigns needs, over the tables of campaigns. Throws AppError `unavailable` when the database is away. */
export class PgCampaignWork implements CampaignWork {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
  }

  async withDue(now: Date, work: (held: HeldCampaign) => Promise<Date | undefined>): Promise<boolean> {
    let heldId: string | undefined;
    try {
      return await this.#withDue(now, (held) => {
        heldId = held.campaign.id;
        return work(held);
      });
    } catch (error) {
      // One that cannot be carried on must not keep the others from their turn.
      if (heldId !== undefined) {
        const later = new Date(now.getTime() + FAULT_PAUSE_MS);
        await guarded(() => this.#pool.query('UPDATE campaign SET next_at = $2 WHERE id = $1', [heldId, later]));
      }
      throw error;
    }
  }

  #withDue(now: Date, work: (held: HeldCampaign) => Promise<Date | undefined>): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<HeldRow>({
        name: 'campaign-due',
        text: `SELECT ${CAMPAIGN_COLUMNS}, c.secrets, c.deleted_at, c.cancels_open, c.retry_before, c.expected, c.rescan_at,
            c.scan_device, c.scan_place, c.allowance, c.allowance_at
          FROM campaign c WHERE c.next_at <= $1 ORDER BY c.next_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
        values: [now],
      });
      const [row] = rows;
      if (row === undefined) return false;
      const nextAt = await work(new PgHeldCampaign(client, this.#box, row));
      await client.query({
        name: 'campaign-next',
        text: 'UPDATE campaign SET next_at = $2 WHERE id = $1',
        values: [row.id, nextAt ?? null],
      });
      return true;
    });
  }

  async nextDueAt(): Promise<Date | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ next_at: Date }>({
        name: 'campaign-next-due',
        text: 'SELECT next_at FROM campaign WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1',
      }),
    );
    return rows[0]?.next_at;
  }

  onChanged(listener: () => void): Listening {
    return listen(this.#pool.options, CAMPAIGN_CHANNEL, listener);
  }
}

class PgHeldCampaign implements HeldCampaign {
  readonly campaign: Campaign;
  readonly isDeleted: boolean;
  readonly cancelsOpen: boolean;
  readonly retryBefore: Date | undefined;
  readonly isPrepared: boolean;
  readonly rescanAt: Date | undefined;
  readonly allowance: Allowance | undefined;
  readonly #client: pg.PoolClient;
  readonly #box: SecretBox;
  readonly #row: HeldRow;

  constructor(client: pg.PoolClient, box: SecretBox, row: HeldRow) {
    this.#client = client;
    this.#box = box;
    this.#row = row;
    this.campaign = campaignOf(row);
    this.isDeleted = row.deleted_at !== null;
    this.cancelsOpen = row.cancels_open;
    this.retryBefore = row.retry_before ?? undefined;
    this.isPrepared = row.expected !== null;
    this.rescanAt = row.rescan_at ?? undefined;
    this.allowance = row.allowance_at === null ? undefined : { allowance: row.allowance, at: row.allowance_at };
  }

  get secrets(): CampaignSecrets {
    return openCampaignSecrets(this.#box, this.#row.secrets);
  }

  fold(limit: number): Promise<number> {
    return foldTallies(this.#client, this.#row.id, limit);
  }

  standing(): Promise<readonly WaveStanding[]> {
    return readStanding(this.#client, this.#row.id);
  }

  async apply(move: CampaignMove, now: Date): Promise<void> {
    switch (move.kind) {
      case 'start':
        return this.#toState('running', null, now);
      case 'pause':
        await this.#toState('paused', move.reason, now);
        return this.#toWave(move.wave, 'open', move.detail, now);
      case 'complete':
        return this.#toState('completed', null, now);
      case 'stop':
        return this.#toState('stopped', move.reason, now);
      case 'open-wave':
        return this.#toWave(move.wave, 'open', null, now);
      case 'complete-wave':
        return this.#toWave(move.wave, 'completed', null, now);
    }
  }

  async #toState(state: Campaign['state'], reason: string | null, now: Date): Promise<void> {
    const isEnd = state === 'completed' || state === 'stopped';
    await this.#client.query({
      name: 'campaign-to-state',
      text: `UPDATE campaign SET state = $2, reason = $3, actor = NULL, updated_at = $4,
          started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, $4) ELSE started_at END,
          ended_at = CASE WHEN $5::boolean THEN $4 END WHERE id = $1`,
      values: [this.#row.id, state, reason, now, isEnd],
    });
  }

  async #toWave(wave: number, state: WaveStanding['state'], reason: string | null, now: Date): Promise<void> {
    await this.#client.query({
      name: 'campaign-to-wave',
      text: `UPDATE campaign_wave SET state = $3, reason = $4, updated_at = $5,
          opened_at = CASE WHEN $3 = 'open' THEN coalesce(opened_at, $5) ELSE opened_at END
        WHERE campaign_id = $1 AND wave = $2`,
      values: [this.#row.id, wave, state, reason, now],
    });
  }

  async prepare(query: AudienceQuery, now: Date): Promise<void> {
    const { targets } = await countAudience(this.#client, this.#row.id, query, now);
    await prepareAudience(this.#client, this.#row.id, this.campaign.definition.terms.waves, targets, now);
  }

  async gather(
    query: AudienceQuery,
    waveFilters: readonly (DeviceFilter | undefined)[],
    limit: number,
    now: Date,
    rescanAt: Date | undefined,
  ): Promise<{ readonly scanned: number; readonly joined: number }> {
    const { id, scan_device, scan_place, expected, joined, scanned_at } = this.#row;
    const fromStart = this.rescanAt !== undefined && this.rescanAt.getTime() <= now.getTime();
    const outcome = await gatherTargets(
      this.#client,
      id,
      query,
      this.campaign.definition.terms.waves,
      waveFilters,
      {
        scanDevice: fromStart ? null : scan_device,
        scanPlace: fromStart ? null : scan_place,
        expected: expected ?? 0,
        joined,
        wasScanned: scanned_at !== null,
      },
      limit,
      now,
    );
    if (outcome.scanned < limit || fromStart) {
      await this.#client.query({
        name: 'campaign-scanned',
        text: `UPDATE campaign SET scanned_at = CASE WHEN $2::boolean THEN coalesce(scanned_at, $3) ELSE scanned_at END,
          rescan_at = $4 WHERE id = $1`,
        values: [id, outcome.scanned < limit, now, rescanAt ?? null],
      });
      // A table that has grown at once is not yet known to the planner.
      if (scanned_at === null && joined + outcome.joined > MANY) await this.#client.query('ANALYZE campaign_target');
    }
    return outcome;
  }

  dispatch(order: DispatchOrder): Promise<DispatchOutcome> {
    const { id, definition } = this.campaign;
    const { priority, conflict } = definition.terms;
    return dispatchTargets(this.#client, this.#box, { id, priority, conflict }, order);
  }

  retrigger(limit: number, now: Date): Promise<number> {
    const { retry } = this.campaign.definition.terms;
    if (retry?.silentMs === undefined) return Promise.resolve(0);
    const { maxAttempts, maxMs, silentMs } = retry;
    return retriggerSilent(
      this.#client,
      this.#row.id,
      { maxAttempts, firstMs: silentMs, maxMs: Math.max(maxMs, silentMs) },
      limit,
      now,
    );
  }

  expirePushes(limit: number, now: Date): Promise<number> {
    if (this.campaign.definition.content.kind !== 'push') return Promise.resolve(0);
    return expirePushAttempts(this.#client, this.#row.id, limit, now);
  }

  recall(limit: number, now: Date): Promise<number> {
    const reason = this.campaign.state === 'paused' ? 'its campaign is paused' : 'its campaign has ended';
    return recallPushes(this.#client, this.#row.id, reason, limit, now);
  }

  async skipWaiting(limit: number, now: Date): Promise<number> {
    const { rows } = await this.#client.query<{ wave: number }>({
      name: 'campaign-skipped-waves',
      text: `SELECT wave FROM campaign_wave WHERE campaign_id = $1 AND state = 'skipped'`,
      values: [this.#row.id],
    });
    if (rows.length === 0) return 0;
    const waves = rows.map(({ wave }) => wave);
    return endWaiting(this.#client, this.#row.id, waves, 'skipped', 'wave-skipped', limit, now);
  }

  cancelWaiting(limit: number, now: Date): Promise<number> {
    return endWaiting(this.#client, this.#row.id, undefined, 'cancelled', 'campaign-ended', limit, now);
  }

  cancelOpen(limit: number, now: Date): Promise<number> {
    return cancelUnderWay(this.#client, this.#row.id, limit, now);
  }

  async putBack(limit: number, now: Date): Promise<number> {
    if (this.retryBefore === undefined) return 0;
    const moved = await putBackFailed(this.#client, this.#row.id, this.retryBefore, limit, now);
    if (moved < limit) {
      await this.#client.query('UPDATE campaign SET retry_before = NULL WHERE id = $1', [this.#row.id]);
    }
    return moved;
  }

  async keepAllowance({ allowance, at }: Allowance): Promise<void> {
    await this.#client.query({
      name: 'campaign-allowance',
      text: 'UPDATE campaign SET allowance = $2, allowance_at = $3 WHERE id = $1',
      values: [this.#row.id, allowance, at],
    });
  }

  async timeZones(): Promise<readonly string[]> {
    // From one zone to the next in the index; there are a few hundred, whatever the size of the fleet.
    const { rows } = await this.#client.query<{ time_zone: string }>({
      name: 'campaign-zones',
      text: `WITH RECURSIVE z AS (
          (SELECT time_zone FROM device WHERE time_zone IS NOT NULL ORDER BY time_zone LIMIT 1)
          UNION ALL SELECT (SELECT d.time_zone FROM device d WHERE d.time_zone > z.time_zone ORDER BY d.time_zone LIMIT 1)
          FROM z WHERE z.time_zone IS NOT NULL)
        SELECT time_zone FROM z WHERE time_zone IS NOT NULL`,
    });
    return rows.map(({ time_zone }) => time_zone);
  }

  async backlog(): Promise<number> {
    const { rows } = await this.#client.query<{ n: string }>({
      name: 'campaign-backlog',
      text: `SELECT count(*) AS n FROM push WHERE campaign_id = $1 AND state = 'queued'`,
      values: [this.#row.id],
    });
    return Number(rows[0]?.n ?? 0);
  }

  remove(limit: number): Promise<number> {
    return removeCampaign(this.#client, this.#row.id, limit);
  }
}
