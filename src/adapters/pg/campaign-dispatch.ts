import type pg from 'pg';
import type { ConflictRule } from '../../domain/campaign.ts';
import { MAX_PUSH_PRIORITY } from '../../domain/push.ts';
import type { DispatchDevice, DispatchOrder, DispatchOutcome, MadeParcel } from '../../services/ports/campaign-work.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';
import { openVariables, sealVariables } from '../../services/sealing.ts';
import { PUSH_CHANNEL } from './push-bell.ts';

/** Of the campaign that triggers. */
export interface DispatchingCampaign {
  readonly id: string;
  readonly priority: number;
  readonly conflict: ConflictRule;
}

/**
 * Waiting targets of a wave that are due, the longest due first. Sorting is off meanwhile: the one index that has them in
 * their order is the right one, whatever the statistics say of a table that was empty a minute ago.
 */
const CLAIM = `
SELECT device_id FROM campaign_target WHERE campaign_id = $1 AND wave = $2 AND state = 'waiting' AND due_at <= $3
ORDER BY due_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED`;

const BY_INDEX_ORDER = `SELECT set_config('enable_sort', 'off', true)`;
/** A thousand rows are looked up one by one however few they are among: no table is read from end to end for them. */
const ROW_BY_ROW = `SELECT set_config('enable_sort', 'on', true), set_config('enable_seqscan', 'off', true)`;

/**
 * Their devices, held, so that no other campaign triggers them in the same moment: what it has done by now is seen by the
 * statement after this. Who is busy is left for later.
 */
const HOLD = 'SELECT id FROM device WHERE id = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED';

const DETAILS = `
SELECT d.id, d.device_id, d.msisdn, d.imsi, d.attributes, m.variables FROM device d
LEFT JOIN campaign_member m ON m.campaign_id = $2 AND m.device_id = d.device_id WHERE d.id = ANY ($1::uuid[])`;

interface DetailRow {
  readonly id: string;
  readonly device_id: string;
  readonly msisdn: string | null;
  readonly imsi: string | null;
  readonly attributes: Record<string, string>;
  readonly variables: Buffer | null;
}

/**
 * $1 the campaign, $2 devices, $3 what is made for each (null: $4 is the same for all), $4, $5 why it cannot be made, $6 now,
 * $7 the expiry, $8 silent at, $9 conflict at, $10 the rule, $11 the campaign's priority, $12 and $13 zones that are closed
 * and until when, $14 until when devices without one are, $15 the priority of pushes.
 */
const FATES = `
WITH asked AS (SELECT * FROM unnest($2::uuid[], $3::bytea[], $5::text[]) AS a(id, made, fault)),
  fate AS (SELECT d.id, d.msisdn, coalesce(a.made, $4::bytea) AS made,
    CASE WHEN NOT $16::boolean AND d.msisdn IS NULL THEN 'no-msisdn' ELSE a.fault END AS fault,
    CASE WHEN d.time_zone IS NULL THEN $14::timestamptz ELSE z.until END AS closed_until,
    CASE WHEN $10::text = 'parallel' THEN false ELSE EXISTS (SELECT FROM campaign_target o JOIN campaign oc ON oc.id = o.campaign_id
      WHERE o.device_id = d.id AND o.campaign_id <> $1::uuid AND (o.state IN ('triggered', 'delivering')
        OR o.state = 'waiting' AND oc.state = 'running' AND oc.priority > $11::int AND EXISTS (SELECT FROM campaign_wave w
          WHERE w.campaign_id = o.campaign_id AND w.wave = o.wave AND w.state = 'open'))) END AS is_wanted
    FROM asked a JOIN device d ON d.id = a.id
    LEFT JOIN unnest($12::text[], $13::timestamptz[]) AS z(zone, until) ON z.zone = d.time_zone),
  decided AS MATERIALIZED (SELECT id, msisdn, made, fault, closed_until, CASE WHEN closed_until IS NOT NULL THEN 'later' WHEN is_wanted THEN
      CASE $10 WHEN 'skip' THEN 'skip' ELSE 'conflict' END
    WHEN fault IS NOT NULL THEN 'fault' ELSE 'go' END AS fate, new_id() AS delivery_id, new_id()::text AS push_id FROM fate)`;

/** Everything else about it is the same for packages, discoveries and pushes. */
const MOVE = `
  moved AS (UPDATE campaign_target t SET
      state = CASE f.fate WHEN 'go' THEN 'triggered' WHEN 'skip' THEN 'skipped' WHEN 'fault' THEN
        CASE f.fault WHEN 'no-msisdn' THEN 'skipped' ELSE 'failed' END ELSE 'waiting' END,
      attempt = CASE f.fate WHEN 'go' THEN t.attempt + 1 ELSE t.attempt END,
      due_at = CASE f.fate WHEN 'go' THEN CASE WHEN f.msisdn IS NOT NULL THEN $8::timestamptz END WHEN 'later' THEN f.closed_until WHEN 'conflict' THEN $9::timestamptz END,
      delivery_id = CASE WHEN f.fate = 'go' AND $16::boolean THEN f.delivery_id END,
      push_id = CASE WHEN f.fate = 'go' AND NOT $16::boolean THEN f.push_id END,
      reason = CASE f.fate WHEN 'skip' THEN 'conflict' WHEN 'conflict' THEN 'conflict' WHEN 'fault' THEN f.fault END,
      at = CASE WHEN f.fate IN ('go', 'skip', 'fault') THEN $6::timestamptz ELSE t.at END
    FROM decided f WHERE t.campaign_id = $1 AND t.device_id = f.id RETURNING t.state),
  told AS (SELECT pg_notify('${PUSH_CHANNEL}', '') FROM decided WHERE fate = 'go' LIMIT 1)
SELECT count(*) FILTER (WHERE state = 'triggered') AS triggered, (SELECT count(*) FROM told) AS told FROM moved`;

/**
 * $17 the kind, $18 the package, $19 what a failure does, $20 the plan, $21 the UI mode. What is made is taken from the rows
 * that the update gives back, never joined: the planner expects one row of each, and would hold each against each.
 */
const WITH_SESSION = `${FATES},
  called AS (UPDATE device SET last_trigger_id = last_trigger_id % 65535 + 1 FROM decided f
    WHERE device.id = f.id AND f.fate = 'go' AND f.msisdn IS NOT NULL
    RETURNING f.id, f.delivery_id, f.push_id, f.msisdn, f.made, device.last_trigger_id AS session_id),
  queued AS (INSERT INTO delivery (id, kind, package_id, device_id, state, on_failure, trigger_session_id, variables, plan,
      created_at, updated_at, expires_at, campaign_id)
    SELECT g.delivery_id, $17::text, $18::uuid, g.id, 'queued', $19::text, g.session_id, g.made, $20::json, $6::timestamptz,
      $6::timestamptz, $7::timestamptz, $1::uuid
    FROM (SELECT id, delivery_id, made, session_id FROM called
      UNION ALL SELECT id, delivery_id, made, NULL FROM decided WHERE fate = 'go' AND msisdn IS NULL) AS g),
  pushed AS (INSERT INTO push (id, kind, destination, device_id, delivery_id, session_id, ui_mode, state, priority, due_at,
      expires_at, created_at, updated_at, campaign_id)
    SELECT push_id, 'package0', msisdn, id, delivery_id, session_id, $21::int, 'queued', $15::int,
      $6::timestamptz, $7::timestamptz, $6::timestamptz, $6::timestamptz, $1::uuid
    FROM called),${MOVE}`;

/** $17 and $18 the ports. */
const WITHOUT_SESSION = `${FATES},
  pushed AS (INSERT INTO push (id, kind, destination, device_id, destination_port, source_port, payload, state, priority,
      due_at, expires_at, created_at, updated_at, campaign_id)
    SELECT f.push_id, 'raw', f.msisdn, f.id, $17::int, $18::int, f.made, 'queued', $15::int, $6::timestamptz,
      $7::timestamptz, $6::timestamptz, $6::timestamptz, $1::uuid
    FROM decided f WHERE f.fate = 'go'),${MOVE}`;

/**
 * Triggers waiting targets: deliveries and pushes are made, and the targets moved, in the transaction at hand. Rows stay in
 * the database where every target gets the same.
 */
export async function dispatchTargets(
  client: pg.PoolClient,
  box: SecretBox,
  campaign: DispatchingCampaign,
  order: DispatchOrder,
): Promise<DispatchOutcome> {
  const { wave, limit, now, parcel } = order;
  await client.query(BY_INDEX_ORDER);
  const claimed = await client.query<{ device_id: string }>({
    name: 'campaign-claim',
    text: CLAIM,
    values: [campaign.id, wave, now, limit],
  });
  await client.query(ROW_BY_ROW);
  const taken = claimed.rows.length;
  if (taken === 0) return { taken, triggered: 0 };
  const claimedIds = claimed.rows.map(({ device_id }) => device_id);
  const held = await client.query<{ id: string }>({ name: 'campaign-hold', text: HOLD, values: [claimedIds] });
  let ids = held.rows.map(({ id }) => id);
  const same: MadeParcel | undefined = parcel.kind === 'discovery' ? { variables: {} } : parcel.same;
  let made: readonly MadeParcel[] = [];
  if (same === undefined && parcel.kind !== 'discovery') {
    const { rows } = await client.query<DetailRow>({
      name: 'campaign-details',
      text: DETAILS,
      values: [ids, campaign.id],
    });
    ids = rows.map(({ id }) => id);
    made = rows.map((row) => parcel.make(detailsOf(row, box)));
  }
  const zones = [...order.closedZones];
  const hasSession = parcel.kind !== 'push';
  const values: unknown[] = [
    campaign.id,
    ids,
    made.length === 0 ? ids.map(() => null) : made.map((one) => octetsOf(box, one)),
    same === undefined ? null : octetsOf(box, same),
    made.length === 0
      ? ids.map(() => (same !== undefined && 'fault' in same ? same.fault : null))
      : made.map((one) => ('fault' in one ? one.fault : null)),
    now,
    order.expiresAt,
    order.silentAt ?? null,
    order.conflictAt,
    campaign.conflict,
    campaign.priority,
    zones.map(([zone]) => zone),
    zones.map(([, until]) => until),
    order.otherwiseClosed ?? null,
    Math.min(campaign.priority, MAX_PUSH_PRIORITY),
    hasSession,
  ];
  if (parcel.kind === 'push') values.push(parcel.destinationPort, parcel.sourcePort);
  else if (parcel.kind === 'package') values.push('package', parcel.packageId, parcel.onFailure, null, parcel.uiMode);
  else values.push('discovery', null, 'continue', JSON.stringify(parcel.plan), parcel.uiMode);
  const { rows } = await client.query<{ triggered: string }>({
    name: hasSession ? 'campaign-dispatch' : 'campaign-dispatch-push',
    text: hasSession ? WITH_SESSION : WITHOUT_SESSION,
    values,
  });
  return { taken, triggered: Number(rows[0]?.triggered ?? 0) };
}

function octetsOf(box: SecretBox, made: MadeParcel): Uint8Array | null {
  if ('payload' in made) return Buffer.from(box.seal(made.payload));
  return 'variables' in made ? sealVariables(box, made.variables) : null;
}

function detailsOf(row: DetailRow, box: SecretBox): DispatchDevice {
  return {
    id: row.id,
    deviceId: row.device_id,
    ...(row.msisdn !== null && { msisdn: row.msisdn }),
    ...(row.imsi !== null && { imsi: row.imsi }),
    attributes: row.attributes,
    variables: openVariables(box, row.variables),
  };
}
