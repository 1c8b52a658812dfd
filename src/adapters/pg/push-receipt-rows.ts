import type pg from 'pg';
import { otherMessageIds } from '../../domain/message-id.ts';
import { isFinalMessageState, MESSAGE_STATES, stateAfterReceipts } from '../../domain/push.ts';
import type { DeliveryReceipt } from '../../services/ports/sms-link.ts';

const FINAL_MESSAGE_STATES = MESSAGE_STATES.map(({ name }) => name).filter(isFinalMessageState);

/** So long receipts of unknown messages are kept, and so long their message may still turn up. */
const STRANGER_MS = 7 * 86_400_000;
const LATE_MS = 3_600_000;

interface ReceiptRow {
  readonly link_id: string;
  readonly message_id: string;
  readonly receipt: string;
  readonly error_code: string | undefined;
  readonly destination: string | undefined;
  readonly anyNotation: boolean;
  /** What becomes of a push whose only part ended so. */
  readonly next?: string;
}

export interface ToldRow {
  readonly link_id: string;
  readonly message_id: string;
  readonly push_id: string | null;
  readonly part: number | null;
  readonly receipt: string;
  /** Whether the part has it. */
  readonly told: boolean;
  /** Whether that was all there was to do: the push has one part and has moved on, or has no cause to. */
  readonly settled: boolean;
}

/**
 * Writes receipts down, hands them to the parts they are about, and moves on the pushes that have one part: one
 * statement, which is all that most receipts take.
 * @param retriggerAt for triggers that end by this
 */
export async function storeReceipts(
  on: Pick<pg.Pool, 'query'>,
  receipts: readonly DeliveryReceipt[],
  now: Date,
  retriggerAt: Date | undefined,
): Promise<readonly ToldRow[]> {
  const latest = latestByMessage(receipts);
  if (latest.length === 0) return [];
  const { rows } = await on.query<ToldRow>({
    name: 'push-receipts',
    text: `
WITH r AS (SELECT * FROM json_to_recordset($1) AS r(link_id text, message_id text, receipt text, error_code text,
    destination text, next text) ORDER BY link_id, message_id),
  m AS (INSERT INTO sms_message AS m (link_id, message_id, receipt, error_code, destination, at)
    SELECT link_id, message_id, receipt, error_code, destination, $2 FROM r
    ON CONFLICT (link_id, message_id) DO UPDATE SET receipt = excluded.receipt, error_code = excluded.error_code,
      destination = coalesce(excluded.destination, m.destination), at = excluded.at
    WHERE m.receipt IS NULL OR excluded.receipt = ANY ($3) OR NOT m.receipt = ANY ($3)
    RETURNING link_id, message_id, push_id, part, receipt),
  p AS (UPDATE push_part p SET receipt = m.receipt FROM m JOIN r USING (link_id, message_id)
    WHERE p.push_id = m.push_id AND p.part = m.part AND p.link_id = m.link_id AND p.message_id = m.message_id
    RETURNING p.push_id, p.link_id, p.message_id, r.next),
  held AS (SELECT q.id, p.message_id, p.next, q.part_count = 1 AS single,
      q.state = 'sent' AND q.part_count = 1 AND coalesce(q.link_id, '') = p.link_id AND p.next <> 'sent' AS moves
    FROM p JOIN push q ON q.id = p.push_id ORDER BY q.id FOR UPDATE OF q),
  moved AS (UPDATE push q SET state = held.next, updated_at = $2,
      retrigger_at = CASE WHEN q.kind = 'package0' AND q.delivery_id IS NOT NULL THEN $4::timestamptz END
    FROM held WHERE q.id = held.id AND held.moves)
SELECT m.*, held.id IS NOT NULL AS told, coalesce(held.single, false) AS settled
FROM m LEFT JOIN held ON held.id = m.push_id AND held.message_id = m.message_id`,
    values: [JSON.stringify(latest), now, FINAL_MESSAGE_STATES, retriggerAt ?? null],
  });
  return rows;
}

/** Does for the receipts that {@link storeReceipts} was not through with what is left; gives the pushes to settle. */
export async function finishReceipts(
  client: pg.PoolClient,
  receipts: readonly DeliveryReceipt[],
  rows: readonly ToldRow[],
): Promise<readonly string[]> {
  // Where this waited for the submit's answer to be written, the part came to be after the statement began.
  const untold = rows.filter(({ push_id, told }) => push_id !== null && !told);
  if (untold.length > 0) {
    await client.query({
      name: 'push-receipts-untold',
      text: `UPDATE push_part p SET receipt = m.receipt
        FROM json_to_recordset($1) AS m(link_id text, message_id text, push_id text, part smallint, receipt text)
        WHERE p.push_id = m.push_id AND p.part = m.part AND p.link_id = m.link_id AND p.message_id = m.message_id`,
      values: [JSON.stringify(untold)],
    });
  }
  const touched = new Set(rows.flatMap((row) => (row.push_id === null ? [] : [row.push_id])));
  const unclaimed = new Set(rows.flatMap((row) => (row.push_id === null ? [keyOf(row)] : [])));
  if (unclaimed.size > 0) {
    const strangers = latestByMessage(receipts).filter((row) => unclaimed.has(keyOf(row)));
    for (const pushId of await findOtherwise(client, strangers)) touched.add(pushId);
  }
  return [...touched];
}

/**
 * Receipts whose id no message has: one of the same link (or of none, from before links had names) that was sent to the
 * same number and has the id in another notation is meant. Where there is none yet, the notations are kept for it.
 */
async function findOtherwise(client: pg.PoolClient, strangers: readonly ReceiptRow[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ push_id: string }>({
    name: 'push-receipts-otherwise',
    text: `
WITH r AS (SELECT * FROM json_to_recordset($1) AS r(link_id text, message_id text, receipt text, error_code text,
    destination text, other_ids text[])),
  meant AS (SELECT r.link_id AS r_link, r.message_id AS r_message, r.receipt, r.error_code, r.destination, c.*
    FROM r, LATERAL (SELECT m.link_id, m.message_id, m.push_id, m.part FROM sms_message m JOIN push p ON p.id = m.push_id
      WHERE m.link_id IN (r.link_id, '') AND m.message_id = ANY (r.other_ids || r.message_id)
        AND ltrim(p.destination, '+') = ltrim(r.destination, '+') ORDER BY m.at DESC LIMIT 1) AS c),
  kept AS (UPDATE sms_message m SET other_ids = r.other_ids FROM r
    WHERE m.link_id = r.link_id AND m.message_id = r.message_id AND m.push_id IS NULL AND r.other_ids <> '{}'
      AND NOT EXISTS (SELECT FROM meant WHERE r_link = r.link_id AND r_message = r.message_id)),
  gone AS (DELETE FROM sms_message m USING meant
    WHERE m.link_id = meant.r_link AND m.message_id = meant.r_message AND m.push_id IS NULL),
  known AS (UPDATE sms_message m SET receipt = meant.receipt, error_code = meant.error_code,
      destination = meant.destination
    FROM meant WHERE m.link_id = meant.link_id AND m.message_id = meant.message_id
      AND (m.receipt IS NULL OR meant.receipt = ANY ($2) OR NOT m.receipt = ANY ($2))
    RETURNING m.link_id, m.message_id, m.push_id, m.part, m.receipt)
UPDATE push_part p SET receipt = k.receipt FROM known k
WHERE p.push_id = k.push_id AND p.part = k.part AND p.link_id = k.link_id AND p.message_id = k.message_id
RETURNING p.push_id`,
    values: [
      JSON.stringify(
        strangers.map((row) => ({ ...row, other_ids: row.anyNotation ? otherMessageIds(row.message_id) : [] })),
      ),
      FINAL_MESSAGE_STATES,
    ],
  });
  return rows.map((row) => row.push_id);
}

/**
 * Looks again at receipts that may have missed their message, because both were written in the same moment; and forgets
 * those that nobody claimed in a week.
 */
export async function matchStrangers(client: pg.PoolClient, now: Date, limit: number): Promise<readonly string[]> {
  await client.query(
    `DELETE FROM sms_message WHERE (link_id, message_id) IN (SELECT link_id, message_id FROM sms_message
      WHERE push_id IS NULL AND at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [new Date(now.getTime() - STRANGER_MS), limit],
  );
  const { rows } = await client.query<Omit<ReceiptRow, 'anyNotation'>>(
    `SELECT link_id, message_id, receipt, error_code, destination FROM sms_message
    WHERE push_id IS NULL AND other_ids <> '{}' AND at > $1 ORDER BY at DESC LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [new Date(now.getTime() - LATE_MS), limit],
  );
  return rows.length === 0
    ? []
    : findOtherwise(
        client,
        rows.map((row) => ({ ...row, anyNotation: true })),
      );
}

/** One receipt a message id: the later counts, but a pending one never undoes a final one. */
function latestByMessage(receipts: readonly DeliveryReceipt[]): readonly ReceiptRow[] {
  const latest = new Map<string, DeliveryReceipt>();
  for (const receipt of receipts) {
    if (receipt.messageId === '') continue;
    const key = keyOf({ link_id: receipt.linkId ?? '', message_id: receipt.messageId });
    const known = latest.get(key);
    if (known !== undefined && isFinalMessageState(known.state) && !isFinalMessageState(receipt.state)) continue;
    latest.set(key, receipt);
  }
  return [...latest.values()].map(({ linkId, messageId, state, errorCode, destination, anyNotation }) => ({
    link_id: linkId ?? '',
    message_id: messageId,
    receipt: state,
    error_code: errorCode,
    destination,
    anyNotation: anyNotation === true,
    next: stateAfterReceipts('sent', [state]),
  }));
}

function keyOf({ link_id, message_id }: { readonly link_id: string; readonly message_id: string }): string {
  return `${link_id} ${message_id}`;
}
