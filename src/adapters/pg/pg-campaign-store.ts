import type pg from 'pg';
import {
  type CampaignAction,
  type CampaignState,
  openOf,
  type TargetCounts,
  type TargetState,
  takesAction,
} from '../../domain/campaign.ts';
import { AppError } from '../../services/app-error.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type {
  AudienceCount,
  AudienceQuery,
  Campaign,
  CampaignAnswer,
  CampaignDefinition,
  CampaignFailure,
  CampaignMember,
  CampaignOrder,
  CampaignPace,
  CampaignProgress,
  CampaignResult,
  CampaignSecrets,
  CampaignStore,
  CampaignTarget,
  ForecastCount,
  NewCampaign,
} from '../../services/ports/campaign-store.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { sealVariables } from '../../services/sealing.ts';
import { countAudience, estimateAudience } from './campaign-audience.ts';
import { lastEndAt, readCounts, readPace, readProgress, readStanding } from './campaign-counts.ts';
import {
  type CampaignHistory,
  findTarget,
  listFailedDevices,
  listFailures,
  listTargets,
  readAnswers,
  readResults,
} from './campaign-reads.ts';
import {
  CAMPAIGN_CHANNEL,
  CAMPAIGN_COLUMNS,
  type CampaignRow,
  campaignOf,
  definitionColumns,
  openCampaignSecrets,
  sealCampaignSecrets,
} from './campaign-rows.ts';
import { SEARCH_LIMITS } from './device-search.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { storableText } from './storable-text.ts';

/** Campaigns in their tables. Throws AppError `unavailable` when the database is away. */
export class PgCampaignStore implements CampaignStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;
  readonly #patienceMs: number;

  /** @param patienceMs what counting for a page may take before it is estimated */
  constructor(pool: pg.Pool, box: SecretBox, patienceMs = SEARCH_LIMITS.patienceMs) {
    this.#pool = pool;
    this.#box = box;
    this.#patienceMs = patienceMs;
  }

  create(
    { id, name, definition, secrets, createdBy, createdAt, listOf }: NewCampaign,
    members: readonly CampaignMember[],
  ): Promise<Campaign> {
    return inTransaction(this.#pool, async (client) => {
      const columns: readonly (readonly [string, unknown])[] = [
        ['id', id],
        ['name', name],
        ['state', 'draft'],
        ['actor', createdBy],
        ['secrets', sealCampaignSecrets(this.#box, secrets)],
        ['created_by', createdBy],
        ['changed_by', createdBy],
        ['created_at', createdAt],
        ['updated_at', createdAt],
        ...definitionColumns(definition),
      ];
      await this.#hold(client, definition);
      const { rows } = await client.query<CampaignRow>(
        `INSERT INTO campaign AS c (${columns.map(([column]) => column).join(', ')})
        VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING ${CAMPAIGN_COLUMNS}`,
        columns.map(([, value]) => value),
      );
      if (listOf !== undefined) {
        await client.query(
          `INSERT INTO campaign_member (campaign_id, device_id, place, variables)
          SELECT $1, device_id, place, variables FROM campaign_member WHERE campaign_id = $2`,
          [id, listOf],
        );
      }
      await this.#insertMembers(client, id, members);
      return campaignOf(rows[0] ?? refuseUnknownCampaign());
    });
  }

  async get(id: string): Promise<Campaign | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<CampaignRow>({
        name: 'campaign-get',
        text: `SELECT ${CAMPAIGN_COLUMNS} FROM campaign c WHERE c.id = $1 AND c.deleted_at IS NULL`,
        values: [id],
      }),
    );
    return rows[0] === undefined ? undefined : campaignOf(rows[0]);
  }

  async secrets(id: string): Promise<CampaignSecrets> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ secrets: Buffer | null }>('SELECT secrets FROM campaign WHERE id = $1', [id]),
    );
    return openCampaignSecrets(this.#box, rows[0]?.secrets ?? null);
  }

  async list({ state }: { readonly state?: CampaignState }, { limit, cursor }: PageRequest): Promise<Page<Campaign>> {
    const before = cursor === undefined ? undefined : (decodeCursor(cursor, ['uuid']) as readonly [string]);
    const { rows } = await guarded(() =>
      this.#pool.query<CampaignRow>(
        `SELECT ${CAMPAIGN_COLUMNS} FROM campaign c WHERE c.deleted_at IS NULL AND ($2::uuid IS NULL OR c.id < $2)
          AND ($3::text IS NULL OR c.state = $3) ORDER BY c.id DESC LIMIT $1`,
        [limit + 1, before?.[0] ?? null, state ?? null],
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], campaignOf);
  }

  change(
    order: CampaignOrder,
    {
      name,
      definition,
      secrets,
      members = [],
    }: {
      readonly name: string;
      readonly definition: CampaignDefinition;
      readonly secrets: CampaignSecrets;
      readonly members?: readonly CampaignMember[];
    },
  ): Promise<Campaign> {
    return this.#act(order, 'edit', async (client) => {
      await this.#hold(client, definition);
      await this.#insertMembers(client, order.id, members);
      return [
        ['name', name],
        ['secrets', sealCampaignSecrets(this.#box, secrets)],
        ...definitionColumns(definition),
        ...changedBy(order),
      ];
    });
  }

  async addMembers(order: CampaignOrder, members: readonly CampaignMember[]): Promise<number> {
    let taken = 0;
    await this.#act(order, 'edit', async (client) => {
      taken = await this.#insertMembers(client, order.id, members);
      return changedBy(order);
    });
    return taken;
  }

  async removeMembers(order: CampaignOrder): Promise<void> {
    await this.#act(order, 'edit', async (client) => {
      await client.query('DELETE FROM campaign_member WHERE campaign_id = $1', [order.id]);
      return changedBy(order);
    });
  }

  countAudience(id: string, query: AudienceQuery, now: Date): Promise<AudienceCount> {
    return guarded(() => countAudience(this.#pool, id, query, now));
  }

  estimateAudience(id: string, query: AudienceQuery, now: Date): Promise<ForecastCount> {
    return guarded(() => estimateAudience(this.#pool, id, query, now, this.#patienceMs));
  }

  approve(order: CampaignOrder): Promise<Campaign> {
    return this.#act(order, 'approve', async (client) => {
      const { rows } = await client.query<{ created_by: string; changed_by: string }>(
        'SELECT created_by, changed_by FROM campaign WHERE id = $1',
        [order.id],
      );
      if (rows[0]?.created_by === order.by || rows[0]?.changed_by === order.by) {
        throw new AppError('approval-by-author', 'Who made or changed a campaign cannot be the one who approves it.');
      }
      return [
        ['approved_by', order.by],
        ['approved_at', order.now],
      ];
    });
  }

  start(order: CampaignOrder, startAt: Date | undefined): Promise<Campaign> {
    const isLater = startAt !== undefined && startAt.getTime() > order.now.getTime();
    return this.#act(order, 'start', async (client) => {
      const { rows } = await client.query<{ needs: boolean }>(
        'SELECT needs_approval AND approved_by IS NULL AS needs FROM campaign WHERE id = $1',
        [order.id],
      );
      if (rows[0]?.needs === true) {
        throw new AppError('approval-missing', 'Somebody else than its author has to approve the campaign first.');
      }
      return [
        ['state', isLater ? 'scheduled' : 'running'],
        ['reason', null],
        ['started_at', isLater ? null : order.now],
        ['next_at', isLater ? startAt : order.now],
      ];
    });
  }

  pause(order: CampaignOrder): Promise<Campaign> {
    return this.#act(order, 'pause', () => [
      ['state', 'paused'],
      ['reason', 'paused'],
      ['next_at', order.now],
    ]);
  }

  resume(order: CampaignOrder): Promise<Campaign> {
    return this.#act(order, 'resume', async (client) => {
      for (const { wave, state, counts } of await readStanding(client, order.id)) {
        if (state !== 'open') continue;
        const failed = counts.failed + counts.expired;
        await client.query(
          `UPDATE campaign_wave SET failed_before = $3, finished_before = $4, reason = NULL, updated_at = $5
          WHERE campaign_id = $1 AND wave = $2`,
          [order.id, wave, failed, failed + counts.succeeded, order.now],
        );
      }
      return [
        ['state', 'running'],
        ['reason', 'resumed'],
        ['allowance_at', null],
        ['next_at', order.now],
      ];
    });
  }

  stop(order: CampaignOrder, cancelsOpen: boolean): Promise<Campaign> {
    return this.#act(order, cancelsOpen ? 'cancel' : 'stop', (_, was) => [
      ...(was === 'stopped'
        ? []
        : ([
            ['state', 'stopped'],
            ['reason', cancelsOpen ? 'cancelled' : 'stopped'],
            ['ended_at', order.now],
          ] as const)),
      ...(cancelsOpen ? ([['cancels_open', true]] as const) : []),
      ['next_at', order.now],
    ]);
  }

  retryFailed(order: CampaignOrder): Promise<Campaign> {
    return this.#act(order, 'retry-failed', async (client, was) => {
      const waves = (await readStanding(client, order.id)).filter(
        ({ state, counts }) => state !== 'skipped' && counts.failed + counts.expired > 0,
      );
      if (waves.length === 0) throw new AppError('nothing-failed', 'No target of the campaign has failed.');
      await client.query(
        `UPDATE campaign_wave SET state = CASE state WHEN 'completed' THEN 'open' ELSE state END, reason = 'retry-failed',
          failed_before = 0, finished_before = 0, updated_at = $3
        WHERE campaign_id = $1 AND wave = ANY ($2::smallint[])`,
        [order.id, waves.map(({ wave }) => wave), order.now],
      );
      return [
        ...(was === 'completed'
          ? ([
              ['state', 'running'],
              ['reason', 'retry-failed'],
              ['ended_at', null],
            ] as const)
          : []),
        ['retry_before', order.now],
        ['next_at', order.now],
      ];
    });
  }

  skipWave(order: CampaignOrder, wave: number): Promise<Campaign> {
    return this.#act(order, 'skip-wave', async (client) => {
      const { rows } = await client.query<{ state: string }>(
        'SELECT state FROM campaign_wave WHERE campaign_id = $1 AND wave = $2 FOR UPDATE',
        [order.id, wave],
      );
      const [row] = rows;
      if (row === undefined) throw new AppError('wave-unknown', 'The campaign has no such wave.');
      if (row.state !== 'waiting' && row.state !== 'open') {
        throw new AppError('wave-ended', `The wave cannot be skipped any more: it is ${row.state}.`, {
          state: row.state,
        });
      }
      await client.query(
        `UPDATE campaign_wave SET state = 'skipped', reason = NULL, updated_at = $3 WHERE campaign_id = $1 AND wave = $2`,
        [order.id, wave, order.now],
      );
      return [['next_at', order.now]];
    });
  }

  async delete(order: CampaignOrder): Promise<void> {
    await this.#act(order, 'delete', async (client, was) => {
      const open = (await readStanding(client, order.id)).reduce((sum, { counts }) => sum + openOf(counts), 0);
      if (open > 0) {
        throw new AppError('campaign-state', `${open} targets are under way still; cancel the campaign first.`, {
          state: was,
        });
      }
      return [
        ['deleted_at', order.now],
        ['package_id', null],
        ['next_at', order.now],
      ];
    });
  }

  progress(id: string): Promise<CampaignProgress> {
    return guarded(() => readProgress(this.#pool, id));
  }

  countsOf(ids: readonly string[]): Promise<ReadonlyMap<string, TargetCounts>> {
    return guarded(() => readCounts(this.#pool, ids));
  }

  recount(id: string): Promise<CampaignProgress> {
    return guarded(() => readProgress(this.#pool, id, true));
  }

  lastEndAt(id: string): Promise<Date | undefined> {
    return guarded(() => lastEndAt(this.#pool, id));
  }

  pace(id: string, bucketMs: number): Promise<readonly CampaignPace[]> {
    return guarded(() => readPace(this.#pool, id, bucketMs));
  }

  targets(
    id: string,
    filter: { readonly state?: TargetState; readonly wave?: number },
    page: PageRequest,
  ): Promise<Page<CampaignTarget>> {
    return guarded(() => listTargets(this.#pool, id, filter, page));
  }

  target(id: string, deviceId: string): Promise<CampaignHistory | undefined> {
    return guarded(() => findTarget(this.#pool, id, storableText(deviceId)));
  }

  failures(id: string, page: PageRequest): Promise<Page<CampaignFailure>> {
    return guarded(() => listFailures(this.#pool, id, page));
  }

  failedDevices(id: string, failureId: number, page: PageRequest): Promise<Page<CampaignTarget>> {
    return guarded(() => listFailedDevices(this.#pool, id, failureId, page));
  }

  results(id: string): AsyncIterable<readonly CampaignResult[]> {
    return readResults(this.#pool, id);
  }

  answers(id: string, root: string): AsyncIterable<readonly CampaignAnswer[]> {
    return readAnswers(this.#pool, id, root);
  }

  /** Holds the package, so that it cannot be deleted before the campaign refers to it. */
  async #hold(client: pg.PoolClient, { content }: CampaignDefinition): Promise<void> {
    if (content.kind === 'discovery' || content.packageId === undefined) return;
    const { rowCount } = await client.query('SELECT 1 FROM package WHERE id = $1 FOR KEY SHARE', [content.packageId]);
    if (rowCount === 0) throw new AppError('package-unknown', 'There is no package of that id.');
  }

  async #insertMembers(client: pg.PoolClient, id: string, members: readonly CampaignMember[]): Promise<number> {
    if (members.length === 0) return 0;
    const { rowCount } = await client.query({
      name: 'campaign-members',
      text: `INSERT INTO campaign_member (campaign_id, device_id, place, variables)
        SELECT $1, m.device_id, coalesce((SELECT max(place) FROM campaign_member WHERE campaign_id = $1), -1) + m.no, m.variables
        FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS m(device_id, variables, no)
        ON CONFLICT (campaign_id, device_id) DO NOTHING`,
      values: [
        id,
        members.map(({ deviceId }) => storableText(deviceId)),
        members.map(({ variables = {} }) => sealVariables(this.#box, variables)),
      ],
    });
    return rowCount ?? 0;
  }

  /** With the campaign held and its state found to be right: what `work` gives is written, and told. */
  #act(
    { id, by, now, version }: CampaignOrder,
    action: CampaignAction,
    work: (client: pg.PoolClient, was: CampaignState) => Changes | Promise<Changes>,
  ): Promise<Campaign> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ state: CampaignState; version: number }>(
        'SELECT state, version FROM campaign WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
        [id],
      );
      const { state, version: current } = rows[0] ?? refuseUnknownCampaign();
      if (version !== undefined && version !== current) {
        throw new AppError(
          'version-stale',
          `The campaign has been changed since: it is version ${current}, not ${version}.`,
          { version: current },
        );
      }
      if (!takesAction(state, action)) refuseState(state, action);
      const columns = [['actor', by], ['updated_at', now], ...(await work(client, state))] as const;
      const changed = await client.query<CampaignRow>(
        `UPDATE campaign c SET version = c.version + 1, ${columns.map(([column], index) => `${column} = $${index + 2}`).join(', ')}
        WHERE c.id = $1 RETURNING ${CAMPAIGN_COLUMNS}`,
        [id, ...columns.map(([, value]) => value)],
      );
      await client.query(`SELECT pg_notify('${CAMPAIGN_CHANNEL}', '')`);
      return campaignOf(changed.rows[0] ?? refuseUnknownCampaign());
    });
  }
}

type Changes = readonly (readonly [column: string, value: unknown])[];

function changedBy({ by }: CampaignOrder): Changes {
  return [
    ['changed_by', by],
    ['approved_by', null],
    ['approved_at', null],
  ];
}

function refuseUnknownCampaign(): never {
  throw new AppError('campaign-unknown', 'There is no campaign of that id.');
}

function refuseState(state: CampaignState, action: CampaignAction): never {
  throw new AppError('campaign-state', `A campaign that is ${state} does not take this: ${action}.`, { state, action });
}
