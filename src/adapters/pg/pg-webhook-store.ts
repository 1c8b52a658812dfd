import type pg from 'pg';
import type { EventFilter, EventPosition } from '../../domain/event.ts';
import {
  WEBHOOK_DOUBTED_AFTER,
  WEBHOOK_GIVEN_UP_MS,
  type Webhook,
  type WebhookDisabledReason,
  type WebhookMessageState,
} from '../../domain/webhook.ts';
import { decodeCursor, pageOfRows } from '../../services/page-cursor.ts';
import type { Page, PageRequest } from '../../services/ports/page.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import type {
  ClaimedMessage,
  NewWebhook,
  NewWebhookMessage,
  SettledMessage,
  WebhookMessage,
  WebhookPatch,
  WebhookStore,
  WebhookVerdict,
} from '../../services/ports/webhook-store.ts';
import { guarded, inTransaction } from './pg-fault.ts';
import { storableText } from './storable-text.ts';

const COLUMNS = `id, url, kinds, campaign_id, description, enabled, disabled_reason, failures, failing_since,
  last_success_at, created_by, created_at, updated_at`;
const MESSAGE_COLUMNS = `id, webhook_id, kind, state, attempts, due_at, last_status, last_error, created_at, ended_at`;
/** A receiver that works is noted no more often than this. */
const NOTED_EVERY = "interval '1 minute'";

interface Row {
  readonly id: string;
  readonly url: string;
  readonly kinds: string[];
  readonly campaign_id: string | null;
  readonly description: string;
  readonly enabled: boolean;
  readonly disabled_reason: WebhookDisabledReason | null;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly last_success_at: Date | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface MessageRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly kind: string;
  readonly state: WebhookMessageState;
  readonly attempts: number;
  readonly due_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

/** Webhooks in the tables `webhook` and `webhook_message`, which is their queue. */
export class PgWebhookStore implements WebhookStore {
  readonly #pool: pg.Pool;
  readonly #box: SecretBox;

  constructor(pool: pg.Pool, box: SecretBox) {
    this.#pool = pool;
    this.#box = box;
  }

  async create({ secret, after, ...webhook }: NewWebhook): Promise<Webhook> {
    const { id, url, kinds, campaignId, description, enabled, createdBy, createdAt, updatedAt } = webhook;
    await guarded(() =>
      this.#pool.query(
        `INSERT INTO webhook (id, url, kinds, campaign_id, description, enabled, secret, after_tx, after_id, created_by,
          created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [
          id,
          url,
          kinds,
          campaignId ?? null,
          storableText(description),
          enabled,
          this.#box.seal(secret),
          after.tx.toString(),
          after.id.toString(),
          storableText(createdBy),
          createdAt,
          updatedAt,
        ],
      ),
    );
    return webhook;
  }

  async get(id: string): Promise<Webhook | undefined> {
    const { rows } = await guarded(() => this.#pool.query<Row>(`SELECT ${COLUMNS} FROM webhook WHERE id = $1`, [id]));
    return rows[0] === undefined ? undefined : webhookOf(rows[0]);
  }

  async secret(id: string): Promise<Uint8Array | undefined> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ secret: Buffer }>('SELECT secret FROM webhook WHERE id = $1', [id]),
    );
    return rows[0] === undefined ? undefined : this.#box.open(rows[0].secret);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<Webhook>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, ['uuid'])[0] as string);
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(
        `SELECT ${COLUMNS} FROM webhook WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
        [limit + 1, before],
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], webhookOf);
  }

  async update(id: string, patch: WebhookPatch, now: Date): Promise<Webhook | undefined> {
    const values: unknown[] = [id, now];
    const changes = ['updated_at = $2'];
    const set = (column: string, value: unknown): void => {
      changes.push(`${column} = $${values.push(value)}`);
    };
    if (patch.url !== undefined) set('url', patch.url);
    if (patch.kinds !== undefined) set('kinds', patch.kinds);
    if (patch.campaignId !== undefined) set('campaign_id', patch.campaignId);
    if (patch.description !== undefined) set('description', storableText(patch.description));
    if (patch.secret !== undefined) set('secret', this.#box.seal(patch.secret));
    if (patch.enabled !== undefined) set('enabled', patch.enabled);
    if (patch.enabled === true) {
      changes.push('disabled_reason = NULL', 'failures = 0', 'failing_since = NULL', 'paused_until = NULL');
    }
    const { rows } = await guarded(() =>
      this.#pool.query<Row>(`UPDATE webhook SET ${changes.join(', ')} WHERE id = $1 RETURNING ${COLUMNS}`, values),
    );
    return rows[0] === undefined ? undefined : webhookOf(rows[0]);
  }

  async delete(id: string): Promise<boolean> {
    const { rowCount } = await guarded(() => this.#pool.query('DELETE FROM webhook WHERE id = $1', [id]));
    return rowCount === 1;
  }

  async messages(
    webhookId: string,
    { state }: { readonly state?: WebhookMessageState },
    { limit, cursor }: PageRequest,
  ): Promise<Page<WebhookMessage>> {
    const values: unknown[] = [limit + 1, webhookId];
    const conditions = ['webhook_id = $2'];
    if (state !== undefined) conditions.push(`state = $${values.push(state)}`);
    if (cursor !== undefined) conditions.push(`id < $${values.push(...decodeCursor(cursor, ['uuid']))}`);
    const { rows } = await guarded(() =>
      this.#pool.query<MessageRow>(
        `SELECT ${MESSAGE_COLUMNS} FROM webhook_message WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT $1`,
        values,
      ),
    );
    return pageOfRows(rows, limit, ({ id }) => [id], messageOf);
  }

  async redeliver(
    webhookId: string,
    messageId: string | undefined,
    now: Date,
    limit: number,
  ): Promise<readonly WebhookMessage[]> {
    const { rows } = await guarded(() =>
      this.#pool.query<MessageRow>(
        `WITH ended AS (SELECT id FROM webhook_message WHERE webhook_id = $1
            AND ${messageId === undefined ? "state = 'dead' AND $2::uuid IS NULL" : "state <> 'pending' AND id = $2"}
          ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE webhook_message m SET state = 'pending', attempts = 0, due_at = $3, ended_at = NULL
        FROM ended WHERE m.id = ended.id RETURNING ${MESSAGE_COLUMNS.replaceAll(/\w+/g, 'm.$&')}`,
        [webhookId, messageId ?? null, now, limit],
      ),
    );
    return rows.map(messageOf);
  }

  async active(): Promise<readonly string[]> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ id: string }>({ name: 'webhook-active', text: 'SELECT id FROM webhook WHERE enabled' }),
    );
    return rows.map(({ id }) => id);
  }

  async queue(
    id: string,
    backlog: number,
    now: Date,
    take: (
      filter: EventFilter,
      after: EventPosition,
    ) => Promise<{ messages: readonly NewWebhookMessage[]; next: EventPosition; complete: boolean }>,
  ): Promise<boolean> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ kinds: string[]; campaign_id: string | null; tx: string; id: string; waiting: number }>({
        name: 'webhook-place',
        text: `SELECT kinds, campaign_id, after_tx AS tx, after_id AS id, (SELECT count(*)::int FROM (SELECT FROM
            webhook_message WHERE webhook_id = $1 AND state = 'pending' LIMIT $2) AS few) AS waiting
          FROM webhook WHERE id = $1 AND enabled`,
        values: [id, backlog],
      }),
    );
    const [row] = rows;
    if (row === undefined || row.waiting >= backlog) return false;
    const filter = { kinds: row.kinds, ...(row.campaign_id === null ? {} : { campaignId: row.campaign_id }) };
    const { messages, next, complete } = await take(filter, { tx: BigInt(row.tx), id: BigInt(row.id) });
    // Where nothing was found the place stays as it is: nothing is written while nothing happens. One that lay ahead of the
    // log, as after moving the data here, is put back.
    if (messages.length === 0 && complete && next.tx >= BigInt(row.tx)) return false;
    // Another process may have come first: then its messages count, and these are none.
    await guarded(() =>
      this.#pool.query({
        name: 'webhook-queue',
        text: `
WITH w AS (UPDATE webhook SET after_tx = $4, after_id = $5
    WHERE id = $1 AND enabled AND after_tx = $2 AND after_id = $3 RETURNING id)
INSERT INTO webhook_message (id, webhook_id, kind, body, state, due_at, created_at)
SELECT m.id, w.id, m.kind, m.body, 'pending', $6, $6 FROM w, json_to_recordset($7) AS m(id uuid, kind text, body text)`,
        values: [id, row.tx, row.id, next.tx.toString(), next.id.toString(), now, JSON.stringify(messages)],
      }),
    );
    return !complete;
  }

  async claim(id: string, now: Date, until: Date, limit: number): Promise<readonly ClaimedMessage[]> {
    const { rows } = await guarded(() =>
      this.#pool.query<{ id: string; attempts: number; body: string; url: string; secret: Buffer }>({
        name: 'webhook-claim',
        text: `
WITH w AS (SELECT id, url, secret, failures >= ${WEBHOOK_DOUBTED_AFTER} AS doubted FROM webhook
    WHERE id = $1 AND enabled AND (paused_until IS NULL OR paused_until <= $2) FOR UPDATE SKIP LOCKED),
  due AS (SELECT m.id FROM webhook_message m WHERE m.webhook_id = (SELECT id FROM w) AND m.state = 'pending'
      AND m.due_at <= $2
    ORDER BY m.due_at, m.id LIMIT (SELECT CASE WHEN doubted THEN 1 ELSE $4::int END FROM w)
    FOR UPDATE OF m SKIP LOCKED),
  probing AS (UPDATE webhook SET paused_until = $3 FROM w WHERE webhook.id = w.id AND w.doubted
    AND EXISTS (SELECT FROM due)),
  claimed AS (UPDATE webhook_message m SET attempts = m.attempts + 1, due_at = $3 FROM due WHERE m.id = due.id
    RETURNING m.id, m.attempts, m.body)
SELECT claimed.*, w.url, w.secret FROM claimed, w ORDER BY claimed.id`,
        values: [id, now, until, limit],
      }),
    );
    return rows.map(({ attempts, secret, ...row }) => ({ ...row, attempt: attempts, secret: this.#box.open(secret) }));
  }

  settle(
    webhookId: string,
    message: SettledMessage,
    verdict: WebhookVerdict,
    now: Date,
  ): Promise<WebhookDisabledReason | undefined> {
    const { id, attempt, decision, status, error } = message;
    return inTransaction(this.#pool, async (client) => {
      const waits = decision.state === 'pending';
      const { rowCount } = await client.query({
        name: 'webhook-settle',
        text: `UPDATE webhook_message SET state = $3, due_at = $4, ended_at = $5, last_status = $6, last_error = $7
          WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
        values: [
          id,
          attempt,
          decision.state,
          waits ? new Date(now.getTime() + decision.afterMs) : now,
          waits ? null : now,
          status ?? null,
          error === undefined ? null : storableText(error),
        ],
      });
      return rowCount === 0 ? undefined : judge(client, webhookId, verdict, now);
    });
  }
}

/** What an attempt says of the webhook. */
async function judge(
  client: pg.PoolClient,
  id: string,
  verdict: WebhookVerdict,
  now: Date,
): Promise<WebhookDisabledReason | undefined> {
  if (verdict.kind === 'works') {
    await client.query({
      name: 'webhook-works',
      text: `UPDATE webhook SET failures = 0, failing_since = NULL, paused_until = NULL, last_success_at = $2
        WHERE id = $1 AND (failures > 0 OR last_success_at IS NULL OR last_success_at < $2::timestamptz - ${NOTED_EVERY})`,
      values: [id, now],
    });
    return undefined;
  }
  const { rows } = await client.query<{ failures: number; failing_since: Date; enabled: boolean }>(
    `UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, $2) WHERE id = $1
    RETURNING failures, failing_since, enabled`,
    [id, now],
  );
  const [row] = rows;
  if (row === undefined || !row.enabled) return undefined;
  const isGivenUp = now.getTime() - row.failing_since.getTime() > WEBHOOK_GIVEN_UP_MS;
  if (verdict.kind === 'gone' || isGivenUp) {
    const reason = verdict.kind === 'gone' ? 'gone' : 'failing';
    await client.query('UPDATE webhook SET enabled = false, disabled_reason = $2, updated_at = $3 WHERE id = $1', [
      id,
      reason,
      now,
    ]);
    await client.query("INSERT INTO event (kind, data, at) VALUES ('webhook.disabled', $1, $2)", [
      JSON.stringify({ id, reason }),
      now,
    ]);
    return reason;
  }
  const pauseMs = verdict.pauseMs(row.failures);
  if (pauseMs > 0) {
    const until = new Date(now.getTime() + pauseMs);
    await client.query('UPDATE webhook SET paused_until = $2 WHERE id = $1', [id, until]);
  }
  return undefined;
}

function webhookOf(row: Row): Webhook {
  return {
    id: row.id,
    url: row.url,
    kinds: row.kinds,
    ...(row.campaign_id === null ? {} : { campaignId: row.campaign_id }),
    description: row.description,
    enabled: row.enabled,
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
    failures: row.failures,
    ...(row.failing_since === null ? {} : { failingSince: row.failing_since }),
    ...(row.last_success_at === null ? {} : { lastSuccessAt: row.last_success_at }),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function messageOf(row: MessageRow): WebhookMessage {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    kind: row.kind,
    state: row.state,
    attempts: row.attempts,
    ...(row.state === 'pending' ? { dueAt: row.due_at } : {}),
    ...(row.last_status === null ? {} : { lastStatus: row.last_status }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    createdAt: row.created_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
