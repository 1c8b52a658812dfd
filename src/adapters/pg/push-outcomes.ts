import type pg from 'pg';
import { type MessageState, stateAfterReceipts } from '../../domain/push.ts';
import type { PushOutcome } from '../../services/ports/push-outbox.ts';

// The steps of writing down what became of claimed pushes; each is one statement or two in the transaction at hand.

/** The parts the SMSC took, and the receipts that came before them. Nothing here depends on the lease. */
export async function storeAccepted(client: pg.PoolClient, outcomes: readonly PushOutcome[], now: Date): Promise<void> {
  const parts = new Map<string, { push_id: string; part: number; message_id: string }>();
  for (const { pushId, parts: tried } of outcomes) {
    for (const { part, outcome } of tried) {
      if (outcome.kind !== 'accepted') continue;
      parts.set(`${pushId} ${part}`, { push_id: pushId, part, message_id: outcome.messageId });
    }
  }
  if (parts.size === 0) return;
  // An SMSC that gives two parts the same id: its receipts belong to the later one.
  const owners = new Map([...parts.values()].map((part) => [part.message_id, part]));
  owners.delete('');
  const { rows } = await client.query<{ message_id: string; receipt: string }>({
    name: 'push-messages',
    text: `
INSERT INTO sms_message AS m (message_id, push_id, part, at)
SELECT a.message_id, a.push_id, a.part, $2
FROM json_to_recordset($1) AS a(message_id text, push_id text, part smallint)
WHERE EXISTS (SELECT FROM push WHERE id = a.push_id) ORDER BY a.message_id
ON CONFLICT (message_id) DO UPDATE SET push_id = excluded.push_id, part = excluded.part,
  receipt = CASE WHEN m.push_id IS NULL OR (m.push_id, m.part) = (excluded.push_id, excluded.part) THEN m.receipt END,
  at = excluded.at
RETURNING message_id, receipt`,
    values: [JSON.stringify([...owners.values()]), now],
  });
  const receipts = new Map(rows.map((row) => [row.message_id, row.receipt]));
  await client.query({
    name: 'push-parts',
    text: `
INSERT INTO push_part (push_id, part, message_id, receipt)
SELECT a.push_id, a.part, a.message_id, a.receipt
FROM json_to_recordset($1) AS a(push_id text, part smallint, message_id text, receipt text)
WHERE EXISTS (SELECT FROM push WHERE id = a.push_id) ORDER BY a.push_id, a.part
ON CONFLICT (push_id, part) DO UPDATE SET message_id = excluded.message_id, receipt = excluded.receipt`,
    values: [
      JSON.stringify(
        [...parts.values()].map((part) => ({
          ...part,
          receipt: owners.get(part.message_id) === part ? receipts.get(part.message_id) : undefined,
        })),
      ),
    ],
  });
}

/** Counts the uncertain parts, and writes the decisions of those that still hold their lease. Gives back their ids. */
export async function storeDecisions(
  client: pg.PoolClient,
  outcomes: readonly PushOutcome[],
  now: Date,
  workerId: string,
): Promise<string[]> {
  const rows = outcomes.map(({ pushId, attempt, partCount, parts, decision }) => ({
    id: pushId,
    attempt,
    part_count: partCount,
    uncertain: parts.filter(({ outcome }) => outcome.kind === 'uncertain').length,
    state: decision.state,
    attempts: decision.attempts,
    due_at: decision.state === 'queued' ? decision.dueAt : now,
    reason: decision.state === 'sent' ? null : decision.reason,
  }));
  const result = await client.query<{ id: string; mine: boolean }>({
    name: 'push-decisions',
    text: `
WITH o AS (SELECT * FROM json_to_recordset($1) AS o(id text, attempt int, part_count int, uncertain int, state text,
    attempts int, due_at timestamptz, reason text)),
  held AS (SELECT p.id, p.state = 'sending' AND p.worker_id = $3 AND p.attempts = o.attempt AS mine
    FROM push p JOIN o ON o.id = p.id ORDER BY p.id FOR UPDATE OF p)
UPDATE push p SET
  uncertain_parts = p.uncertain_parts + o.uncertain,
  state = CASE WHEN held.mine THEN o.state ELSE p.state END,
  attempts = CASE WHEN held.mine THEN o.attempts ELSE p.attempts END,
  part_count = CASE WHEN held.mine THEN o.part_count ELSE p.part_count END,
  due_at = CASE WHEN held.mine THEN o.due_at ELSE p.due_at END,
  reason = CASE WHEN held.mine THEN o.reason ELSE p.reason END,
  worker_id = CASE WHEN held.mine THEN NULL ELSE p.worker_id END,
  updated_at = $2
FROM held JOIN o ON o.id = held.id WHERE p.id = held.id
RETURNING p.id, held.mine`,
    values: [JSON.stringify(rows), now, workerId],
  });
  return result.rows.filter(({ mine }) => mine).map(({ id }) => id);
}

/** Moves sent pushes on as the receipts of their parts demand. */
export async function settle(client: pg.PoolClient, pushIds: readonly string[], now: Date): Promise<void> {
  if (pushIds.length === 0) return;
  const { rows } = await client.query<{
    id: string;
    part_count: number;
    receipts: [part: number, receipt: MessageState][];
  }>({
    name: 'push-settle-read',
    text: `
SELECT p.id, p.part_count, (SELECT json_agg(json_build_array(part, receipt)) FROM push_part
    WHERE push_id = p.id AND receipt IS NOT NULL) AS receipts
FROM push p WHERE p.id = ANY ($1) AND p.state = 'sent'
  AND EXISTS (SELECT FROM push_part WHERE push_id = p.id AND receipt IS NOT NULL)
ORDER BY p.id FOR UPDATE OF p`,
    values: [pushIds],
  });
  const moved = rows.flatMap(({ id, part_count, receipts }) => {
    const byPart = new Map(receipts);
    const state = stateAfterReceipts(
      'sent',
      Array.from({ length: part_count }, (_, part) => byPart.get(part)),
    );
    return state === 'sent' ? [] : [{ id, state }];
  });
  if (moved.length === 0) return;
  await client.query({
    name: 'push-settle-write',
    text: `UPDATE push SET state = m.state, updated_at = $2
      FROM json_to_recordset($1) AS m(id text, state text) WHERE push.id = m.id`,
    values: [JSON.stringify(moved), now],
  });
}
