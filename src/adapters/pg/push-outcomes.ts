import type pg from 'pg';
import { otherMessageIds } from '../../domain/message-id.ts';
import { type MessageState, stateAfterReceipts } from '../../domain/push.ts';
import type { PushOutcome } from '../../services/ports/push-outbox.ts';

// The steps of writing down what became of claimed pushes; each is one statement or two in the transaction at hand.

/**
 * The parts the SMSC took, and the receipts that came before them. Nothing here depends on the lease. Gives the pushes
 * for which there are such receipts.
 */
export async function storeAccepted(
  client: pg.PoolClient,
  outcomes: readonly PushOutcome[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const parts: AcceptedPart[] = [];
  for (const { pushId, linkId, parts: tried } of outcomes) {
    for (const { part, outcome, content } of tried) {
      if (outcome.kind !== 'accepted') continue;
      parts.push({ push_id: pushId, part, link_id: linkId ?? '', message_id: outcome.messageId, content });
    }
  }
  if (parts.length === 0) return new Set();
  // An SMSC that gives two parts the same id: its receipts belong to the later one.
  const owners = new Map(parts.map((part) => [keyOf(part), part]));
  for (const [key, { message_id }] of owners) if (message_id === '') owners.delete(key);
  const { rows } = await client.query<{
    link_id: string;
    message_id: string;
    receipt: string | null;
    strangers: boolean;
  }>({
    name: 'push-messages',
    text: `
INSERT INTO sms_message AS m (link_id, message_id, push_id, part, at)
SELECT a.link_id, a.message_id, a.push_id, a.part, $2
FROM json_to_recordset($1) AS a(link_id text, message_id text, push_id text, part smallint)
WHERE EXISTS (SELECT FROM push WHERE id = a.push_id) ORDER BY a.link_id, a.message_id
ON CONFLICT (link_id, message_id) DO UPDATE SET push_id = excluded.push_id, part = excluded.part,
  receipt = CASE WHEN m.push_id IS NULL OR (m.push_id, m.part) = (excluded.push_id, excluded.part) THEN m.receipt END,
  at = excluded.at
RETURNING link_id, message_id, receipt, EXISTS (SELECT FROM sms_message u
  WHERE u.link_id = m.link_id AND u.push_id IS NULL) AS strangers`,
    values: [JSON.stringify([...owners.values()]), now],
  });
  const receipts = new Map<string, string | null>(rows.map((row) => [keyOf(row), row.receipt]));
  const open = new Set(rows.flatMap((row) => (row.strangers && row.receipt === null ? [keyOf(row)] : [])));
  if (open.size > 0) {
    const early = await claimStrangers(
      client,
      [...owners].flatMap(([key, part]) => (open.has(key) ? [part] : [])),
    );
    for (const [key, receipt] of early) receipts.set(key, receipt);
  }
  await client.query({
    name: 'push-parts',
    text: `
INSERT INTO push_part (push_id, part, link_id, message_id, receipt, content)
SELECT a.push_id, a.part, a.link_id, a.message_id, a.receipt, a.content
FROM json_to_recordset($1)
  AS a(push_id text, part smallint, link_id text, message_id text, receipt text, content text)
WHERE EXISTS (SELECT FROM push WHERE id = a.push_id) ORDER BY a.push_id, a.part
ON CONFLICT (push_id, part) DO UPDATE SET link_id = excluded.link_id, message_id = excluded.message_id,
  receipt = excluded.receipt, content = excluded.content`,
    values: [
      JSON.stringify(
        [...new Map(parts.map((part) => [`${part.push_id} ${part.part}`, part])).values()].map((part) => ({
          ...part,
          receipt: owners.get(keyOf(part)) === part ? receipts.get(keyOf(part)) : undefined,
        })),
      ),
    ],
  });
  return new Set([...owners].flatMap(([key, part]) => ((receipts.get(key) ?? null) === null ? [] : [part.push_id])));
}

interface AcceptedPart {
  readonly push_id: string;
  readonly part: number;
  readonly link_id: string;
  readonly message_id: string;
  readonly content: string | undefined;
}

function keyOf({ link_id, message_id }: { readonly link_id: string; readonly message_id: string }): string {
  return `${link_id} ${message_id}`;
}

/**
 * Receipts that came before their message, with its id in the other notation, are taken over; a receipt only lists
 * other notations when its link may use them. Gives the receipts by the message's key.
 */
async function claimStrangers(
  client: pg.PoolClient,
  parts: readonly AcceptedPart[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ link_id: string; message_id: string; receipt: string }>({
    name: 'push-early-receipts',
    text: `
WITH a AS (SELECT a.*, ltrim(p.destination, '+') AS digits
    FROM json_to_recordset($1) AS a(link_id text, message_id text, push_id text, forms text[])
    JOIN push p ON p.id = a.push_id),
  stranger AS (DELETE FROM sms_message u USING a
    WHERE u.push_id IS NULL AND u.link_id = a.link_id AND u.message_id = ANY (a.forms)
      AND a.message_id = ANY (u.other_ids) AND ltrim(u.destination, '+') = a.digits
    RETURNING a.link_id, a.message_id, u.receipt, u.error_code, u.destination)
UPDATE sms_message m SET receipt = s.receipt, error_code = s.error_code, destination = s.destination
FROM stranger s WHERE m.link_id = s.link_id AND m.message_id = s.message_id
RETURNING m.link_id, m.message_id, m.receipt`,
    values: [JSON.stringify(parts.map((part) => ({ ...part, forms: otherMessageIds(part.message_id) })))],
  });
  return new Map(rows.map((row) => [keyOf(row), row.receipt]));
}

/**
 * Counts the uncertain parts, and writes the decisions of those that still hold their lease: those are `kept`, the others
 * `lost`.
 */
export async function storeDecisions(
  client: pg.PoolClient,
  outcomes: readonly PushOutcome[],
  now: Date,
  workerId: string,
): Promise<{ kept: readonly { id: string; deliveryId: string | null }[]; lost: readonly string[] }> {
  const rows = outcomes.map(({ pushId, attempt, partCount, parts, decision, linkId }) => ({
    id: pushId,
    link_id: linkId,
    refused: decision.state === 'queued' && decision.reroute === true,
    attempt,
    part_count: partCount,
    uncertain: parts.filter(({ outcome }) => outcome.kind === 'uncertain').length,
    state: decision.state,
    attempts: decision.attempts,
    due_at: decision.state === 'queued' ? decision.dueAt : now,
    reason: decision.state === 'sent' ? null : decision.reason,
  }));
  const result = await client.query<{ id: string; mine: boolean; delivery_id: string | null }>({
    name: 'push-decisions',
    text: `
WITH o AS (SELECT * FROM json_to_recordset($1) AS o(id text, attempt int, part_count int, uncertain int, state text,
    attempts int, due_at timestamptz, reason text, link_id text, refused boolean)),
  held AS (SELECT p.id, p.state = 'sending' AND p.worker_id = $3 AND p.attempts = o.attempt AS mine
    FROM push p JOIN o ON o.id = p.id ORDER BY p.id FOR UPDATE OF p)
UPDATE push p SET
  uncertain_parts = p.uncertain_parts + o.uncertain,
  state = CASE WHEN NOT held.mine THEN p.state WHEN o.state = 'queued' AND p.cancelled_at IS NOT NULL THEN 'cancelled'
    ELSE o.state END,
  link_id = CASE WHEN held.mine THEN coalesce(o.link_id, p.link_id) ELSE p.link_id END,
  refused_by = CASE WHEN held.mine AND o.refused THEN array_append(p.refused_by, o.link_id) ELSE p.refused_by END,
  lane = CASE WHEN held.mine AND o.refused THEN '' ELSE p.lane END,
  attempts = CASE WHEN held.mine THEN o.attempts ELSE p.attempts END,
  part_count = CASE WHEN held.mine THEN o.part_count ELSE p.part_count END,
  due_at = CASE WHEN held.mine THEN o.due_at ELSE p.due_at END,
  reason = CASE WHEN held.mine THEN o.reason ELSE p.reason END,
  worker_id = CASE WHEN held.mine THEN NULL ELSE p.worker_id END,
  payload = CASE WHEN held.mine AND (o.state <> 'queued' OR p.cancelled_at IS NOT NULL) THEN NULL ELSE p.payload END,
  updated_at = $2
FROM held JOIN o ON o.id = held.id WHERE p.id = held.id
RETURNING p.id, held.mine, p.delivery_id`,
    values: [JSON.stringify(rows), now, workerId],
  });
  return {
    kept: result.rows.flatMap(({ id, mine, delivery_id }) => (mine ? [{ id, deliveryId: delivery_id }] : [])),
    lost: result.rows.flatMap(({ id, mine }) => (mine ? [] : [id])),
  };
}

interface SettlingRow {
  readonly id: string;
  readonly part_count: number;
  /** Null: there are none of the link it went to last. */
  readonly receipts: [part: number, receipt: MessageState][] | null;
}

const RECEIPTS = `SELECT json_agg(json_build_array(part, receipt)) FROM push_part
  WHERE push_id = p.id AND link_id = coalesce(p.link_id, '') AND receipt IS NOT NULL`;

/**
 * Moves sent pushes on as the receipts of their parts demand.
 * @param retriggerAt for triggers that end by this: when their device is to have come
 */
export async function settle(
  client: pg.PoolClient,
  pushIds: readonly string[],
  now: Date,
  retriggerAt: Date | undefined,
): Promise<void> {
  if (pushIds.length === 0) return;
  const { rows: held } = await client.query<SettlingRow>({
    name: 'push-settle-read',
    text: `
SELECT p.id, p.part_count, (${RECEIPTS}) AS receipts
FROM push p WHERE p.id = ANY ($1) AND p.state = 'sent'
  AND EXISTS (SELECT FROM push_part WHERE push_id = p.id AND receipt IS NOT NULL)
ORDER BY p.id FOR UPDATE OF p`,
    values: [pushIds],
  });
  // Receipts of other parts may have been written while this waited for the row; a statement sees none that came after
  // it began. What a push with one part had to be told of is there.
  const several = held.filter(({ part_count }) => part_count > 1).map(({ id }) => id);
  const again =
    several.length === 0
      ? []
      : (
          await client.query<SettlingRow>({
            name: 'push-settle-read-parts',
            text: `SELECT p.id, p.part_count, (${RECEIPTS}) AS receipts FROM push p WHERE p.id = ANY ($1)`,
            values: [several],
          })
        ).rows;
  const rows = [...held.filter(({ part_count }) => part_count <= 1), ...again];
  const moved = rows.flatMap(({ id, part_count, receipts }) => {
    const byPart = new Map(receipts ?? []);
    const state = stateAfterReceipts(
      'sent',
      Array.from({ length: part_count }, (_, part) => byPart.get(part)),
    );
    return state === 'sent' ? [] : [{ id, state }];
  });
  if (moved.length === 0) return;
  await client.query({
    name: 'push-settle-write',
    text: `UPDATE push SET state = m.state, updated_at = $2,
        retrigger_at = CASE WHEN kind = 'package0' AND delivery_id IS NOT NULL AND campaign_id IS NULL THEN $3::timestamptz END
      FROM json_to_recordset($1) AS m(id text, state text) WHERE push.id = m.id`,
    values: [JSON.stringify(moved), now, retriggerAt ?? null],
  });
}
