import type pg from 'pg';
import type { History, HistoryStore, HistorySweep } from '../../services/ports/history-store.ts';
import { inTransaction } from './pg-fault.ts';

/** One process at a time for each history; the second number of the lock is the history's. The first has no meaning. */
const ADVISORY_LOCK = 2_026_112;

/** A receipt may come so long after the validity of its message has run out. */
const RECEIPTS_MS = 7 * 86_400_000;

interface Rule {
  /** For the advisory lock; never changes. */
  readonly number: number;
  readonly table: string;
  /** The primary key. */
  readonly key: string;
  readonly keyType: 'uuid' | 'text' | 'bigint';
  /** Whether keys tell when they were made (RFC 9562, version 7); otherwise rows are in the order of their `at`. */
  readonly keyIsTime: boolean;
  /** Of `t`: what may go. $3: it ended before that; $4: receipts of what was valid until then do not come any more. */
  readonly condition: string;
  /** More to do with those that are `due`, in the same statement. */
  readonly besides?: string;
}

/** So is what belongs to a campaign, until that goes. */
const OF_NO_CAMPAIGN = '(t.campaign_id IS NULL OR NOT EXISTS (SELECT FROM campaign c WHERE c.id = t.campaign_id))';

const RULES: Readonly<Record<Exclude<History, keyof typeof OWN_SWEEPS>, Rule>> = {
  // A device may repeat its last message: a session is of use for as long as it is kept, and not only while it is open.
  sessions: {
    number: 1,
    table: 'dm_session',
    key: 'id',
    keyType: 'uuid',
    keyIsTime: true,
    condition: 't.closed_at < $3 AND t.last_message_at < $3',
  },
  deliveries: {
    number: 2,
    table: 'delivery',
    key: 'id',
    keyType: 'uuid',
    keyIsTime: true,
    condition: `t.ended_at < $3 AND ${OF_NO_CAMPAIGN} AND NOT EXISTS (SELECT FROM push p WHERE p.delivery_id = t.id
      AND (p.state IN ('queued', 'sending') OR p.state = 'sent' AND greatest(p.expires_at, p.updated_at) >= $4))`,
    // A large value may still be the last known one of its node.
    besides: `freed AS (UPDATE device_object o SET delivery_id = NULL FROM due, node_value n
      WHERE o.delivery_id = due.key AND n.device_id = o.device_id AND n.loc_uri = o.loc_uri
        AND n.object->>'id' = o.id::text)`,
  },
  objects: {
    number: 3,
    table: 'device_object',
    key: 'id',
    keyType: 'uuid',
    keyIsTime: true,
    condition: `t.completed_at < $3 AND t.delivery_id IS NULL
      AND NOT EXISTS (SELECT FROM tree_report r WHERE r.device_id = t.device_id)
      AND NOT EXISTS (SELECT FROM node_value n WHERE n.device_id = t.device_id AND n.loc_uri = t.loc_uri
        AND n.object->>'id' = t.id::text)`,
  },
  // Those of a delivery go with it; those of a send, a campaign or a device's bootstrap are its outcome.
  pushes: {
    number: 4,
    table: 'push',
    key: 'id',
    keyType: 'text',
    keyIsTime: true,
    condition: `t.updated_at < $3 AND t.delivery_id IS NULL AND t.state NOT IN ('queued', 'sending')
      AND (t.state <> 'sent' OR greatest(t.expires_at, t.updated_at) < $4) AND ${OF_NO_CAMPAIGN}
      AND NOT EXISTS (SELECT FROM ota_recipient r WHERE r.push_id = t.id)
      AND NOT EXISTS (SELECT FROM device d WHERE d.id = t.device_id AND d.bootstrap_push_id = t.id)`,
  },
  // The outcome of an Exec is read from its alert.
  alerts: {
    number: 5,
    table: 'device_alert',
    key: 'id',
    keyType: 'bigint',
    keyIsTime: false,
    condition: `t.at < $3 AND NOT EXISTS (SELECT FROM awaited_exec e WHERE e.device_id = t.device_id
      AND e.correlator = t.correlator AND e.exchange <= t.exchange)`,
  },
  webhookMessages: {
    number: 8,
    table: 'webhook_message',
    key: 'id',
    keyType: 'uuid',
    keyIsTime: true,
    condition: 't.ended_at < $3',
  },
};

/** What is swept in other ways, each with the number of its lock. */
const OWN_SWEEPS = { sends: 6, events: 7, campaigns: 9 } as const;

function isOwnSweep(history: History): history is keyof typeof OWN_SWEEPS {
  return Object.hasOwn(OWN_SWEEPS, history);
}

interface Counted {
  readonly looked: number;
  readonly removed: number;
  readonly last: string | null;
}

/**
 * Old rows are found by their primary keys, which are in the order of time: no index has to be kept up for this while
 * messages are answered. A portion looks at so many rows and no more, whatever it may remove of them; rows that somebody
 * holds are left for the next round. What belongs to a row goes with it by the triggers of its table.
 */
export class PgHistoryStore implements HistoryStore {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  sweep(history: History, before: Date, now: Date, after: string | undefined, limit: number): Promise<HistorySweep> {
    const receiptsUntil = new Date(now.getTime() - RECEIPTS_MS);
    return inTransaction(this.#pool, async (client) => {
      const number = isOwnSweep(history) ? OWN_SWEEPS[history] : RULES[history].number;
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1, $2) AS taken', [
        ADVISORY_LOCK,
        number,
      ]);
      if (rows[0]?.taken !== true) return { looked: 0, removed: 0 };
      if (history === 'sends') return sweepSends(client, before, limit);
      if (history === 'events') return sweepEvents(client, before, after, limit);
      if (history === 'campaigns') return sweepCampaigns(client, before, now, limit);
      const rule = RULES[history];
      const counted = await client.query<Counted>({
        name: `purge-${history}-${limit}`,
        text: statementOf(rule, limit),
        values: [after ?? lowest(rule.keyType), highest(rule, before), before, receiptsUntil],
      });
      return sweepOf(counted.rows[0], limit);
    });
  }
}

/** $1 keys after this, $2 and before that, $3 and $4 as in {@link Rule.condition}. The limit stands in it for the planner. */
function statementOf({ table, key, keyType, keyIsTime, condition, besides }: Rule, limit: number): string {
  return `
WITH looked AS MATERIALIZED (SELECT t.${key} AS key ${keyIsTime ? '' : ', t.at'} FROM ${table} t
    WHERE t.${key} > $1::${keyType} AND ${keyIsTime ? `t.${key} < $2::${keyType}` : '$2::text IS NULL'}
    ORDER BY t.${key} LIMIT ${limit}),
  due AS MATERIALIZED (SELECT t.${key} AS key FROM ${table} t
    WHERE t.${key} = ANY (ARRAY(SELECT key FROM looked)) AND $4::timestamptz IS NOT NULL AND ${condition}
    ORDER BY t.${key} FOR UPDATE OF t SKIP LOCKED),
  ${besides === undefined ? '' : `${besides},`}
  gone AS (DELETE FROM ${table} t USING due WHERE t.${key} = due.key RETURNING 1)
SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM gone) AS removed,
  (SELECT key::text FROM looked ${keyIsTime ? '' : 'WHERE at < $3'} ORDER BY key DESC LIMIT 1) AS last`;
}

function sweepOf(counted: Counted | undefined, limit: number): HistorySweep {
  const { looked = 0, removed = 0, last = null } = counted ?? {};
  return { looked, removed, ...(looked < limit || last === null ? {} : { next: last }) };
}

/** A send may have a hundred thousand recipients: they go in portions, and it goes with the last of them. */
async function sweepSends(client: pg.PoolClient, before: Date, limit: number): Promise<HistorySweep> {
  const { rows } = await client.query<{ sends: number; removed: number }>({
    name: `purge-sends-${limit}`,
    text: `
WITH due AS MATERIALIZED (SELECT id FROM ota_send WHERE id < $1 AND expires_at < $2 ORDER BY id LIMIT 1
    FOR UPDATE SKIP LOCKED),
  portion AS MATERIALIZED (SELECT r.send_id, r.position FROM ota_recipient r
    WHERE r.send_id = (SELECT id FROM due) ORDER BY r.position LIMIT ${limit}),
  gone AS (DELETE FROM ota_recipient r USING portion p WHERE r.send_id = p.send_id AND r.position = p.position),
  sends AS (DELETE FROM ota_send s USING due WHERE s.id = due.id
    AND (SELECT count(*) FROM portion) < ${limit} RETURNING 1)
SELECT (SELECT count(*)::int FROM due) AS sends, (SELECT count(*)::int FROM sends) AS removed`,
    values: [idOf(before), before],
  });
  const { sends = 0, removed = 0 } = rows[0] ?? {};
  return { looked: sends, removed, ...(sends === 0 ? {} : { next: '' }) };
}

/** What campaigns and waves went through stays with the campaign; what each of its devices did does not. */
async function sweepEvents(
  client: pg.PoolClient,
  before: Date,
  after: string | undefined,
  limit: number,
): Promise<HistorySweep> {
  const { rows } = await client.query<Counted>({
    name: `purge-events-${limit}`,
    text: `
WITH looked AS MATERIALIZED (SELECT e.tx, e.id, e.at, e.at < $3 AND (e.campaign_id IS NULL OR e.device_id IS NOT NULL
      OR NOT EXISTS (SELECT FROM campaign c WHERE c.id = e.campaign_id)) AS due
    FROM event e WHERE (e.tx, e.id) > ($1, $2) ORDER BY e.tx, e.id LIMIT ${limit}),
  gone AS (DELETE FROM event e USING looked l WHERE l.due AND e.tx = l.tx AND e.id = l.id RETURNING 1)
SELECT (SELECT count(*)::int FROM looked) AS looked, (SELECT count(*)::int FROM gone) AS removed,
  (SELECT tx || '/' || id FROM looked WHERE at < $3 ORDER BY tx DESC, id DESC LIMIT 1) AS last`,
    values: [...(after ?? '0/0').split('/').slice(0, 2), before],
  });
  return sweepOf(rows[0], limit);
}

/** They are marked; the scheduler of campaigns removes what is marked, in portions of its own. */
async function sweepCampaigns(client: pg.PoolClient, before: Date, now: Date, limit: number): Promise<HistorySweep> {
  const { rowCount } = await client.query({
    name: `purge-campaigns-${limit}`,
    text: `
WITH due AS (SELECT c.id FROM campaign c WHERE c.ended_at < $1 AND c.deleted_at IS NULL
    AND NOT EXISTS (SELECT FROM campaign_target t WHERE t.campaign_id = c.id AND t.state IN ('triggered', 'delivering'))
  ORDER BY c.id LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED)
UPDATE campaign c SET deleted_at = $2, package_id = NULL, next_at = $2 FROM due WHERE c.id = due.id`,
    values: [before, now],
  });
  const removed = rowCount ?? 0;
  return { looked: removed, removed, ...(removed < limit ? {} : { next: '' }) };
}

function lowest(keyType: Rule['keyType']): string {
  return { uuid: '00000000-0000-0000-0000-000000000000', text: '', bigint: '0' }[keyType];
}

function highest({ keyIsTime }: Rule, before: Date): string | null {
  return keyIsTime ? idOf(before) : null;
}

/** Below every id that was made at that instant or later. */
function idOf(instant: Date): string {
  const ms = Math.max(instant.getTime(), 0).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8, 12)}-0000-0000-000000000000`;
}
