import { randomUUID } from 'node:crypto';
import { PgCampaignStore } from '../../../src/adapters/pg/pg-campaign-store.ts';
import { PgCampaignWork } from '../../../src/adapters/pg/pg-campaign-work.ts';
import { AesGcmSecretBox } from '../../../src/adapters/secrets/aes-gcm-secret-box.ts';
import type { CampaignTerms } from '../../../src/domain/campaign-terms.ts';
import { CampaignScheduler, type CampaignSchedulerOptions } from '../../../src/services/campaign-scheduler.ts';
import type {
  CampaignDefinition,
  CampaignMember,
  CampaignOrder,
  CampaignSecrets,
} from '../../../src/services/ports/campaign-store.ts';
import { sealSecrets } from '../../../src/services/sealing.ts';
import { newPackage } from '../../contract/stores-harness.ts';
import { FixedClock } from '../../fakes/fixed-clock.ts';
import { type PostgresStores, postgresStores } from '../../setup/stores.ts';

const START = Date.parse('2026-11-22T12:00:00.000Z');

export const AUTHOR = 'author';

export const TERMS: CampaignTerms = {
  membership: 'fixed',
  waves: [{}],
  thresholds: { successPercent: 80 },
  timeoutMs: 3_600_000,
  priority: 2,
  conflict: 'wait',
};

/** Campaigns over a database of their own, and a clock that stands still. */
export class CampaignHarness {
  readonly clock = new FixedClock(new Date(START).toISOString());
  readonly box = new AesGcmSecretBox(new Uint8Array(32).fill(7));
  readonly campaigns: PgCampaignStore;
  readonly work: PgCampaignWork;
  readonly scheduler: CampaignScheduler;
  readonly database: PostgresStores;

  private constructor(database: PostgresStores, options: Partial<CampaignSchedulerOptions>) {
    this.database = database;
    this.campaigns = new PgCampaignStore(database.pool, this.box);
    this.work = new PgCampaignWork(database.pool, this.box);
    this.scheduler = new CampaignScheduler(
      { work: this.work, packages: database.stores.packages, clock: this.clock },
      { serverId: 'omadm', pollMs: 1_000, maxBacklog: 100_000, ...options },
    );
  }

  static async open(options: Partial<CampaignSchedulerOptions> = {}): Promise<CampaignHarness> {
    return new CampaignHarness(await postgresStores(), options);
  }

  get pool(): PostgresStores['pool'] {
    return this.database.pool;
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  async empty(): Promise<void> {
    this.clock.advance(START - this.clock.now().getTime());
    await this.database.emptied();
  }

  /** Devices `IMEI:000000`, `IMEI:000001`… with numbers; they share their passwords. */
  async devices(count: number, from = 0): Promise<void> {
    await this.pool.query(
      `INSERT INTO device (id, device_id, msisdn, auth, client_username, secrets, created_at, updated_at)
      SELECT new_id(), 'IMEI:' || lpad(n::text, 6, '0'), '+49170' || lpad(n::text, 7, '0'), 'md5', 'u', $4, $3, $3
      FROM generate_series($1::int, $2::int) AS n ORDER BY n`,
      [from, from + count - 1, this.clock.now(), sealSecrets(this.box, { clientPassword: 'c', serverPassword: 's' })],
    );
  }

  async package(variables: readonly string[] = []): Promise<string> {
    const made = await this.database.stores.packages.createRevision(newPackage(this.database.stores, { variables }));
    return made.id;
  }

  order(id: string, by = AUTHOR): CampaignOrder {
    return { id, by, now: this.clock.now() };
  }

  async draft(
    change: {
      readonly terms?: Partial<CampaignTerms>;
      readonly definition?: Partial<CampaignDefinition>;
      readonly secrets?: CampaignSecrets;
      readonly members?: readonly CampaignMember[];
    } = {},
  ): Promise<string> {
    const { id } = await this.campaigns.create(
      {
        id: this.database.stores.entropy.id(),
        name: 'roll-out',
        definition: {
          content: { kind: 'package', packageId: await this.package(), onFailure: 'continue', uiMode: 1 },
          audience: { kind: 'all' },
          deviceVariables: {},
          needsApproval: false,
          ...change.definition,
          terms: { ...TERMS, ...change.terms },
        },
        secrets: change.secrets ?? {},
        createdBy: AUTHOR,
        createdAt: this.clock.now(),
      },
      change.members ?? [],
    );
    return id;
  }

  async started(change: Parameters<CampaignHarness['draft']>[0] = {}): Promise<string> {
    const id = await this.draft(change);
    await this.campaigns.start(this.order(id), change?.terms?.startAt);
    return id;
  }

  /** What is due now, and a look later. */
  async tick(ms = 1_000): Promise<void> {
    this.clock.advance(ms);
    await this.scheduler.run();
  }

  async state(id: string): Promise<string | undefined> {
    return (await this.campaigns.get(id))?.state;
  }

  /** How many targets are in which state, those that nobody is in left out. */
  async counts(id: string, wave?: number): Promise<Record<string, number>> {
    const { waves } = await this.campaigns.progress(id);
    const sums: Record<string, number> = {};
    for (const one of waves) {
      if (wave !== undefined && one.wave !== wave) continue;
      for (const [state, n] of Object.entries(one.counts)) if (n !== 0) sums[state] = (sums[state] ?? 0) + n;
    }
    return sums;
  }

  /** Deliveries under way come to an end, `limit` of them, the oldest first. */
  async end(
    id: string,
    state: 'succeeded' | 'failed' | 'expired' | 'cancelled',
    { limit = 1_000_000, code, statuses = [] }: { limit?: number; code?: string; statuses?: readonly number[] } = {},
  ): Promise<number> {
    const { rows } = await this.pool.query<{ id: string }>(
      'SELECT id FROM delivery WHERE campaign_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $2',
      [id, limit],
    );
    const ids = rows.map((row) => row.id);
    const now = this.clock.now();
    await this.pool.query(
      `UPDATE delivery SET state = 'delivering', updated_at = $2 WHERE id = ANY ($1::uuid[]) AND state <> 'delivering'`,
      [ids, now],
    );
    if (statuses.length > 0) {
      const results = statuses.map((status, place) => ({
        path: [place],
        item: 0,
        command: 'Replace',
        locUri: `./Vendor/${place}`,
        status,
      }));
      await this.pool.query(
        'INSERT INTO result_report (delivery_id, exchange, results) SELECT id, 1, $2 FROM unnest($1::uuid[]) AS d(id)',
        [ids, JSON.stringify(results)],
      );
    }
    const { rowCount } = await this.pool.query(
      `UPDATE delivery SET state = $2, failure_code = $3, failure_message = 'as the test says', updated_at = $4, ended_at = $4
      WHERE id = ANY ($1::uuid[]) AND ended_at IS NULL`,
      [ids, state, code ?? (state === 'failed' ? 'command-refused' : null), now],
    );
    return rowCount ?? 0;
  }

  /** Pushes of the campaign go the way that the dispatcher takes them. */
  async push(id: string, state: 'sent' | 'delivered' | 'failed' | 'expired', limit = 1_000_000): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE push SET state = $2, updated_at = $4 WHERE id IN (SELECT id FROM push WHERE campaign_id = $1
        AND state IN ('queued', 'sending', 'sent') AND state <> $2 ORDER BY id LIMIT $3)`,
      [id, state, limit, this.clock.now()],
    );
    return rowCount ?? 0;
  }

  async events(id: string, kind: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await this.pool.query<{ data: Record<string, unknown> }>(
      'SELECT data FROM event WHERE campaign_id = $1 AND kind LIKE $2 ORDER BY id',
      [id, kind],
    );
    return rows.map(({ data }) => data);
  }

  /** Someone else's id for a device. */
  async rowOf(deviceId: string): Promise<string> {
    const { rows } = await this.pool.query<{ id: string }>('SELECT id FROM device WHERE device_id = $1', [deviceId]);
    return rows[0]?.id ?? randomUUID();
  }
}
